"""The comment period of a notification as a picture."""

from collections.abc import Iterator
from datetime import date
from functools import partial

from sqlalchemy import Connection

from actions.pictures import picture
from actions.turn import Turn
from bot import notifications, surveys
from bot.errors import NotReady
from bot.notifications import Notification, day_text
from bot.reports import timeline
from bot.reports.timeline import Moment

FIELD = "timeline"  # what the button says
DATES = ("date", "proposed_adoption", "proposed_entry_into_force")


async def show_timeline(now: Turn, symbol: str) -> None:
    found, due = await now.services.db.read(_read, now, symbol)
    if found is None:
        now.say("find.unknown_symbol", symbol=symbol)
        return
    moments = [_moment(now, name, day) for name, day in days(found, due, now.today)]
    if len(moments) < 2:  # today alone is no line
        now.say("timeline.no_dates", symbol=found.symbol)
        return
    try:
        path = await picture(now, FIELD, (found.symbol, moments), partial(timeline.draw, found.symbol, moments))
    except NotReady:
        now.say("timeline.no_font")
        return
    clock = notifications.clock(found, now.language, now.today, now.services.texts)
    now.show(now.said("timeline.caption", symbol=found.symbol, clock=clock), image=path)


def _read(tx: Connection, now: Turn, symbol: str) -> tuple[Notification | None, date | None]:
    found = notifications.by_symbol(tx, symbol)
    due = surveys.local_dues(tx, now.member_id, [found.family]).get(found.family) if found else None
    return found, due.day if due else None


def days(found: Notification, due: date | None, today: date) -> Iterator[tuple[str, date]]:
    """What is known, by name; only dates that the record states."""
    for name in DATES:
        if found.record.get(name):
            yield name, date.fromisoformat(found.record[name])
    if due:
        yield "local_due", due
    if found.deadline:
        yield "deadline", found.deadline
    yield "today", today


def _moment(now: Turn, name: str, day: date) -> Moment:
    shown = day_text(day, now.language, now.today, now.services.texts)
    return Moment(day, now.said(f"timeline.{name}"), shown, name == "today")
