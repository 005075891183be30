"""Numbers that only go up, shared by all processes: a row each, locked by its own update."""

from sqlalchemy import Connection, insert, select, update

from bot.db.models import counters


def advance(tx: Connection, name: str, *, by: int = 1) -> int:
    """Move the counter on and return its new value. Other writers of the same counter wait for this transaction."""
    moved = tx.execute(
        update(counters).where(counters.c.name == name).values(value=counters.c.value + by).returning(counters.c.value)
    ).scalar()
    if moved is None:
        tx.execute(insert(counters).values(name=name, value=by))
        return by
    return int(moved)


def current(tx: Connection, name: str) -> int:
    return int(tx.execute(select(counters.c.value).where(counters.c.name == name)).scalar() or 0)
