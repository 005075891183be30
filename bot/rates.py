"""How fast a provider lets us send: GCRA rows that all processes share, and halts that the provider orders.

Source of the algorithm: ITU-T I.371, annex A (generic cell rate algorithm, virtual scheduling).
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.db.models import rates

FORGET_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Limit:
    """One message every so many seconds under this name, `burst` of them at once."""

    name: str
    every: float
    burst: int = 1


@dataclass(frozen=True, slots=True)
class Wait:
    """Not yet: `name` is the limit that stands in the way longest. `halted`: the provider has told us to wait."""

    seconds: float
    name: str
    halted: bool = False


@dataclass(frozen=True, slots=True)
class Level:
    """A row: when the next one would be exactly on time, and until when nothing may go at all."""

    due: float = 0.0
    halted_until: float = 0.0


def wait(limit: Limit, level: Level, now: float) -> Wait | None:
    """How long this limit makes us wait; None: it does not."""
    if level.halted_until > now:
        return Wait(level.halted_until - now, limit.name, halted=True)
    early = _due(limit, level, now) - now - limit.every * (limit.burst - 1)
    return Wait(early, limit.name) if early > 1e-6 else None


def _due(limit: Limit, level: Level, now: float) -> float:
    # A clock that was put back must not hold everything up: no row can be further ahead than a whole burst.
    return max(now, min(level.due, now + limit.every * max(limit.burst, 20)))


def take(tx: Connection, limits: Sequence[Limit], *, at: float | None = None) -> Wait | None:
    """Take one place of every limit, or of none: then say how long to wait."""
    now = time.time() if at is None else at
    levels = _locked(tx, [limit.name for limit in limits])
    waits = [found for limit in limits if (found := wait(limit, levels.get(limit.name, Level()), now))]
    if waits:
        return max(waits, key=lambda one: one.seconds)
    _write(tx, {limit.name: _due(limit, levels.get(limit.name, Level()), now) + limit.every for limit in limits})
    return None


def _locked(tx: Connection, names: Sequence[str]) -> dict[str, Level]:
    """The rows, held until the transaction ends; those that are not there yet are made, so that they can be held."""
    found = _levels(tx, names)
    if len(found) == len(names):
        return found
    fresh = [{"name": name, "due": 0.0, "halted_until": 0.0} for name in sorted(names)]
    tx.execute(_insert(tx).on_conflict_do_nothing(), fresh)
    return _levels(tx, names)


def _levels(tx: Connection, names: Sequence[str]) -> dict[str, Level]:
    # In the order of their names: two processes that want the same two rows never wait for each other.
    query = select(rates).where(rates.c.name.in_(names)).order_by(rates.c.name).with_for_update()
    return {row.name: Level(row.due, row.halted_until) for row in tx.execute(query)}


def _write(tx: Connection, due: Mapping[str, float]) -> None:
    values = [{"name": name, "due": moment, "halted_until": 0.0} for name, moment in sorted(due.items())]
    insert = _insert(tx)
    tx.execute(insert.on_conflict_do_update(index_elements=["name"], set_={"due": insert.excluded.due}), values)


def _insert(tx: Connection) -> Any:
    return (postgresql if tx.dialect.name == "postgresql" else sqlite).insert(rates)


def level(tx: Connection, name: str) -> Level:
    return _levels(tx, [name]).get(name, Level())


def halt(tx: Connection, limit: Limit, seconds: float, *, at: float | None = None) -> None:
    """Nothing under this limit for so long, and then one after the other: what has piled up must not come in a burst.

    A longer halt that is on already stays.
    """
    now = time.time() if at is None else at
    found = level(tx, limit.name)
    until = max(found.halted_until, now + seconds)
    due = max(found.due, until + limit.every * (limit.burst - 1))
    values = {"due": due, "halted_until": until}
    tx.execute(_insert(tx).on_conflict_do_update(index_elements=["name"], set_=values), {"name": limit.name, **values})


def end_halts(tx: Connection) -> None:
    """The machine's clock was set, and with it the ends of the halts: a provider that meant it says so again."""
    tx.execute(update(rates).where(rates.c.halted_until > 0).values(halted_until=0.0))


def forget(tx: Connection, *, at: float | None = None) -> int:
    """Drop the rows of chats that were quiet for long."""
    before = (time.time() if at is None else at) - FORGET_SECONDS
    return int(tx.execute(delete(rates).where(rates.c.due < before, rates.c.halted_until < before)).rowcount)
