"""`fengsui demo`: the demonstration data in, something new arriving, and all of it out again."""

from collections.abc import Callable

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
    feed = db.look(demo.next_arrival, now=now.now())
    report = intake.run_import(db, feed, clock=now, settings=settings, demo=True)
    sent = intake.fan_out(db, now, settings)
    if not report.new:
        say("cli.demo_no_more")
        return
    say("cli.demo_arrived", symbol=feed.records[0]["symbol"], queued=sent.queued)
