"""How it stands with each source that is asked again and again: its cursor, its next time, its last fault."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update

from bot.db.models import sources
from bot.errors import FengsuiError

FIRST_WAIT = timedelta(minutes=1)
CLAIMED = timedelta(minutes=10)  # so long nobody else starts the same, if whoever began dies


@dataclass(frozen=True, slots=True)
class Source:
    """A source as it was left. `reason` is the last failure as data, none after a success."""

    name: str
    cursor: str | None = None
    tried_at: datetime | None = None
    succeeded_at: datetime | None = None
    next_at: datetime | None = None
    failures: int = 0
    reason: str | None = None
    counts: Mapping[str, int] | None = None


def next_try(failures: int, *, every: timedelta, wait: float | None = None) -> timedelta:
    """After how long to try again (pure): the usual time after a success, doubling from a minute after failures.

    Where the source itself said how long to wait, that is kept, even if it is longer than usual.
    """
    if wait is not None:
        return max(FIRST_WAIT, timedelta(seconds=wait))
    return min(every, FIRST_WAIT * 2 ** min(failures - 1, 12)) if failures else every


def all_sources(tx: Connection) -> dict[str, Source]:
    rows = tx.execute(select(sources).order_by(sources.c.name)).mappings()
    return {row["name"]: Source(**row) for row in rows}


def begin(tx: Connection, name: str, *, now: datetime, by_hand: bool = False) -> Source | None:
    """The source if it is due, marked as tried; None when it is not its time, or another process is at it."""
    found = all_sources(tx).get(name)
    if found is not None and not by_hand and found.next_at is not None and found.next_at > now:
        return None
    values = {"tried_at": now, "next_at": now + CLAIMED}
    if found is None:
        tx.execute(insert(sources).values(name=name, failures=0, counts={}, **values))
        return Source(name)
    tx.execute(update(sources).where(sources.c.name == name).values(values))
    return found


def move(tx: Connection, name: str, cursor: str) -> None:
    """What comes before the cursor need not be read again, whatever happens after."""
    tx.execute(update(sources).where(sources.c.name == name).values(cursor=cursor))


def succeeded(tx: Connection, name: str, *, counts: Mapping[str, int], now: datetime, every: timedelta) -> None:
    """What it brought stays to be seen until it brings something again."""
    values: dict[str, Any] = {"succeeded_at": now, "next_at": now + every, "failures": 0, "reason": None}
    values |= {"counts": dict(counts)} if counts.get("read") else {}
    tx.execute(update(sources).where(sources.c.name == name).values(values))


def failed(
    tx: Connection, name: str, *, error: FengsuiError, now: datetime, every: timedelta, wait: float | None
) -> None:  # fmt: skip
    mine = sources.c.name == name
    failures = int(tx.execute(select(sources.c.failures).where(mine)).scalar() or 0) + 1
    at = now + next_try(failures, every=every, wait=wait)
    tx.execute(update(sources).where(mine).values(failures=failures, reason=error.as_data(), next_at=at))


def hurry(tx: Connection, name: str, *, now: datetime) -> None:
    """Somebody wants it now: it is due at once."""
    tx.execute(update(sources).where(sources.c.name == name).values(next_at=now))
