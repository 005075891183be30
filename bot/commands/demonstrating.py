"""`fengsui demo`: the demonstration data in, something new arriving, and all of it out again."""

from collections.abc import Callable, Iterator
from typing import Any

from bot import clock, demo, intake
from bot.db.engine import Database
from bot.ports import Clock
from bot.settings import Settings

Say = Callable[..., None]


def run(settings: Settings, *, remove: bool, new: bool, say: Say) -> None:
    from bot.db.migrate import open_database

    db, now = open_database(settings), clock.from_setting(settings.clock)
    try:
        if remove:
            say("cli.demo_removed", n=db.now(demo.remove))
        elif new:
            _arrive(db, now, settings, say)
        else:
            say("cli.demo_loaded" if load_once(db, now) else "cli.demo_loaded_before")
    finally:
        db.close()


def load_once(db: Database, now: Clock) -> bool:
    """Load the demonstration data unless it is there; True if it was loaded now."""
    return db.now(demo.load, now=now.now())


def _arrive(db: Database, now: Clock, settings: Settings, say: Say) -> None:
    feed = _Arriving(demo.arriving(now.now()))
    report = intake.run_import(db, feed, clock=now, settings=settings, demo=True)
    sent = intake.fan_out(db, now, settings)
    say("cli.demo_arrived", n=report.new, queued=sent.queued)


class _Arriving:
    """The demonstration's new notifications as a feed."""

    source = "demonstration"

    def __init__(self, records: list[dict[str, Any]]) -> None:
        self._records = records

    def __iter__(self) -> Iterator[tuple[int, dict[str, Any]]]:
        return iter(enumerate(self._records, start=1))

    def __len__(self) -> int:
        return len(self._records)
