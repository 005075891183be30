"""The revisions make exactly the tables that the code uses, from nothing and on both databases."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from bot.db import migrate
from bot.db.engine import Database
from bot.db.models import metadata


def _differences(tx: Connection) -> list[object]:
    context = MigrationContext.configure(tx, opts={"compare_type": True})
    return list(compare_metadata(context, metadata))


def test_an_empty_database_is_brought_to_the_newest_revision(empty_db: Database) -> None:
    assert empty_db.look(migrate.current) is None
    assert migrate.upgrade(empty_db)
    assert empty_db.look(migrate.current) == migrate.head()
    tables = empty_db.look(lambda tx: set(inspect(tx).get_table_names()))
    assert tables == set(metadata.tables) | {"alembic_version"}


def test_migrating_twice_does_nothing_the_second_time(empty_db: Database) -> None:
    migrate.upgrade(empty_db)
    assert not migrate.upgrade(empty_db)


def test_of_several_that_start_at_once_one_migrates(empty_db: Database) -> None:
    with ThreadPoolExecutor(3) as pool:
        did = list(pool.map(lambda _: migrate.upgrade(empty_db), range(3)))
    assert sorted(did) == [False, False, True]


def test_models_and_revisions_say_the_same(db: Database) -> None:
    differences = db.look(_differences)
    assert differences == [], "run: make migration NAME=what_changes"


def test_the_comparison_would_notice_a_difference(db: Database) -> None:
    db.now(lambda tx: tx.execute(text("ALTER TABLE members ADD COLUMN forgotten INTEGER")))
    assert len(db.look(_differences)) == 1


def test_indexes_and_foreign_keys_are_there(db: Database) -> None:
    """compare_metadata leaves some of them unseen, depending on the database: looked at by name."""

    def names(tx: Connection) -> set[str | None]:
        seen = inspect(tx)
        found = {index["name"] for table in metadata.tables for index in seen.get_indexes(table)}
        return found | {key["name"] for table in metadata.tables for key in seen.get_foreign_keys(table)}

    found = db.look(names)
    wanted = {index.name for table in metadata.tables.values() for index in table.indexes}
    wanted |= {
        f"fk_{table.name}_{key.column_keys[0]}_{key.referred_table.name}"
        for table in metadata.tables.values()
        for key in table.foreign_key_constraints
    }
    assert wanted <= found


@pytest.mark.parametrize("revision", sorted((migrate.FOLDER / "versions").glob("*.py")), ids=lambda p: p.name)
def test_revisions_are_numbered_and_stand_alone(revision: object) -> None:
    source = revision.read_text("utf-8")  # type: ignore[attr-defined]
    assert f'revision = "{revision.name[:4]}"' in source  # type: ignore[attr-defined]
    assert "import bot" not in source
    assert "from bot" not in source
