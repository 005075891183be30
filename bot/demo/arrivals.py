"""New notifications for somebody who wants to watch an alert: a feed like any other, with made-up content."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from bot import notifications
from bot.demo.entries import SOURCE, records
from bot.notifications import Record
from bot.ports import BadRow


@dataclass(slots=True)
class Arrivals:
    """A feed of given records."""

    records: Sequence[Record]
    source: str = SOURCE

    def __iter__(self) -> Iterator[tuple[int, dict[str, Any]] | BadRow]:
        yield from enumerate(self.records, 1)

    def __len__(self) -> int:
        return len(self.records)


def arriving(now: datetime) -> list[Record]:
    """All of them in the order of arrival, distributed today: as lines of JSON they are an import file."""
    return records("arriving", now)


def next_arrival(tx: Connection, *, now: datetime) -> Arrivals:
    """The first one that has not arrived yet, for `intake.run_import(..., demo=True)`; empty when all have."""
    waiting = (one for one in arriving(now) if notifications.by_symbol(tx, one["symbol"]) is None)
    return Arrivals(tuple(one for one, _ in zip(waiting, range(1), strict=False)))
