"""A ticket as it is stored, its number, and by when it is to be answered."""

import re
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from bot.db.engine import AnyRow
from bot.db.models import tickets
from bot.errors import BadInput
from bot.settings import Desk as DeskSettings
from bot.settings import Settings
from bot.workdays import Calendar

NUMBER = re.compile(r"(?<![A-Za-z])T\s?[-–—]?\s?0*(\d{1,9})(?![\d/])", re.IGNORECASE)
DAY = timedelta(days=1)


class Kind(StrEnum):
    UNANSWERED = "unanswered"
    PERSON = "person"
    FEEDBACK = "feedback"


class State(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Desk:
    """The hours in which tickets are answered, on the days that are worked, and who is told of them."""

    settings: DeskSettings = field(default_factory=DeskSettings)
    calendar: Calendar = field(default_factory=Calendar)

    @classmethod
    def of(cls, settings: Settings) -> "Desk":
        return cls(settings.desk, settings.calendar.workdays)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.settings.time_zone)

    def local(self, moment: datetime) -> str:
        """A moment as it is told to people."""
        return moment.astimezone(self.zone).strftime("%Y-%m-%d %H:%M")


@dataclass(frozen=True, slots=True)
class Ticket:
    """`channel` and `address`: where it was asked, and so where it is answered."""

    id: int
    member_id: int
    channel: str
    address: str
    kind: Kind
    question: str
    language: str
    state: State
    assignee_id: int | None
    rating: int | None
    article: str | None
    created_at: datetime
    due_at: datetime
    answered_at: datetime | None
    closed_at: datetime | None

    @property
    def number(self) -> str:
        return number(self.id)

    def is_late(self, now: datetime) -> bool:
        return self.state is State.OPEN and self.due_at < now


def number(ticket_id: int) -> str:
    """The number that people quote: T-000123."""
    return f"T-{ticket_id:06d}"


def numbers(text: str) -> list[int]:
    """The tickets that a text names: T-12, t 000012."""
    return list(dict.fromkeys(int(found[1]) for found in NUMBER.finditer(text)))


def read(row: AnyRow) -> Ticket:
    return Ticket(
        id=row.id, member_id=row.member_id, channel=row.channel, address=row.address, kind=Kind(row.kind),
        question=row.question, language=row.language, state=State(row.state), assignee_id=row.assignee_id,
        rating=row.rating, article=row.article, created_at=row.created_at, due_at=row.due_at,
        answered_at=row.answered_at, closed_at=row.closed_at,
    )  # fmt: skip


def by_id(tx: Connection, ticket_id: int) -> Ticket:
    """Raises BadInput for a number that is none."""
    row: Any = tx.execute(select(tickets).where(tickets.c.id == ticket_id)).first()
    if row is None:
        raise BadInput("ticket.unknown", number=number(ticket_id))
    return read(row)


def due(now: datetime, desk: Desk) -> datetime:
    """When the desk has been open for `answer_hours` from now on: on working days, from opening to closing."""
    settings = desk.settings
    opens, closes = time.fromisoformat(settings.opens), time.fromisoformat(settings.closes)
    moment, left = now.astimezone(desk.zone), timedelta(hours=settings.answer_hours)
    while True:
        start = max(moment, moment.replace(hour=opens.hour, minute=opens.minute, second=0, microsecond=0))
        end = moment.replace(hour=closes.hour, minute=closes.minute, second=0, microsecond=0)
        if desk.calendar.is_workday(moment.date()) and start < end:
            if left <= end - start:
                return start + left
            left -= end - start
        moment = (moment + DAY).replace(hour=0, minute=0, second=0, microsecond=0)
