"""Numbers that only go up, shared by all processes: a row each, locked by its own update."""

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.db.models import counters

_CURRENT = select(counters.c.value).where(counters.c.name == bindparam("of"))


def advance(tx: Connection, name: str, *, by: int = 1) -> int:
    """Move the counter on and return its new value. Other writers of the same counter wait for this transaction."""
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    first = dialect.insert(counters).values(name=name, value=by)
    # One statement: two writers that are both the first would otherwise both insert the row.
    moved = first.on_conflict_do_update(index_elements=["name"], set_={"value": counters.c.value + by})
    return int(tx.execute(moved.returning(counters.c.value)).scalar_one())


def current(tx: Connection, name: str) -> int:
    return int(tx.execute(_CURRENT, {"of": name}).scalar() or 0)
