"""One transaction at a time for what bears a name; SQLite has one writer anyway."""

from sqlalchemy import Connection, func, select


def alone(tx: Connection, name: str) -> None:
    """Wait until no other transaction holds this name, and hold it until ours ends."""
    if tx.dialect.name == "postgresql":
        tx.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))
