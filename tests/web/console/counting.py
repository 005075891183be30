"""How many statements a page sends to the database."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import event

from bot.db.engine import Database

TIMES = 30  # the service's own work goes on meanwhile, in bursts: the least of many counts is the page's own


def statements(db: Database, look: Callable[[], Any]) -> int:
    """How many are asked while `look` runs."""
    look()
    return min(_once(db, look) for _ in range(TIMES))


def _once(db: Database, look: Callable[[], Any]) -> int:
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        seen.append(statement)

    engines = {db._engine, db._reader}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        look()
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)
    return len(seen)
