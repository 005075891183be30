"""Brings a database to the schema of this version; alembic is loaded only when there is something to do."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from bot.db.engine import Database
from bot.settings import Settings

if TYPE_CHECKING:
    from alembic.config import Config

LOCK = 0x66656E67  # the number of the lock under which PostgreSQL lets one of us migrate
FOLDER = Path(__file__).parent / "migrations"


@cache
def head() -> str:
    """The newest revision, read from the file names (NNNN_what.py): no need to load alembic for it."""
    return max(path.name[:4] for path in (FOLDER / "versions").glob("[0-9][0-9][0-9][0-9]_*.py"))


def current(tx: Connection) -> str | None:
    """The revision that the database stands at; None for an empty one."""
    if not inspect(tx).has_table("alembic_version"):
        return None
    revision: str | None = tx.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return revision


def upgrade(db: Database) -> bool:
    """Migrate to the newest revision; False when it was there already. Of several that start at once one does it."""
    if db.look(current) == head():
        return False
    from alembic import command

    with db.engine.begin() as connection:
        if not db.sqlite:  # there BEGIN IMMEDIATE has let in one only
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        if current(connection) == head():
            return False
        setup = config()
        setup.attributes["connection"] = connection
        command.upgrade(setup, "head")
    return True


def open_database(settings: Settings) -> Database:
    """The database of these settings, at this version's schema; the data folder is made if it is not there."""
    settings.data.mkdir(parents=True, exist_ok=True)
    db = Database(settings.url)
    upgrade(db)
    return db


def config() -> "Config":
    """What alembic needs to know; its commands also want the connection, in `attributes`."""
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", str(FOLDER))
    return made
