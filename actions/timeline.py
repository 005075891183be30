"""The comment period of a notification as a picture: drawn once for what it shows, then taken from the files."""

import asyncio
from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection

from actions.turn import Turn
from bot import notifications, surveys
from bot.errors import NotReady
from bot.notifications import Notification, day_text
from bot.reports import fonts, timeline
from bot.reports.timeline import Moment

FIELD = "timeline"  # what the button says
FOLDER = "pictures"
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
        path = await asyncio.to_thread(_picture, now, found.symbol, moments)
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


def _picture(now: Turn, symbol: str, moments: list[Moment]) -> str:
    """Path below the files. Raises NotReady without a font. The address is signed for the reader on every channel."""
    settings = now.services.settings
    font = fonts.chinese(settings.reports.font)
    name = sha256(repr((symbol, now.language, moments)).encode()).hexdigest()[:32]
    path = Path(FOLDER, name, f"{FIELD}.png")
    whole = settings.data / "files" / path
    if not whole.is_file():
        whole.parent.mkdir(parents=True, exist_ok=True)
        part = whole.with_name(f"{now.inbox_id}.part")
        part.write_bytes(timeline.draw(symbol, moments, font=font))
        part.replace(whole)  # never half a picture
    return path.as_posix()
