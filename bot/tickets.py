"""Tickets: what the base cannot answer, and what asks for a person. Each has a number and a time to answer by."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert, select

from bot.db.engine import AnyRow
from bot.db.models import tickets
from bot.settings import Desk


class Kind(StrEnum):
    UNANSWERED = "unanswered"
    PERSON = "person"
    FEEDBACK = "feedback"


@dataclass(frozen=True, slots=True)
class Ticket:
    id: int
    kind: Kind
    question: str
    created_at: datetime
    due_at: datetime

    @property
    def number(self) -> str:
        return f"T-{self.id:06d}"


def open_ticket(
    tx: Connection,
    member_id: int,
    *,
    kind: Kind,
    question: str,
    language: str,
    channel: str,
    address: str,
    key: str,
    now: datetime,
    desk: Desk,
) -> Ticket:
    """A ticket for the question. The same key, or the member's same open question, is the same ticket."""
    mine = tickets.c.member_id == member_id
    same = mine & (tickets.c.state == "open") & (tickets.c.question == question)
    known = tx.execute(select(tickets).where((tickets.c.key == key) | same).order_by(tickets.c.id)).first()
    if known is not None:
        return _ticket(known)
    values = {
        "member_id": member_id,
        "channel": channel,
        "address": address,
        "kind": kind,
        "question": question,
        "language": language,
        "state": "open",
        "key": key,
        "created_at": now,
        "due_at": due(now, desk),
    }
    return _ticket(tx.execute(insert(tickets).values(**values).returning(tickets)).one())


def _ticket(row: AnyRow) -> Ticket:
    return Ticket(row.id, Kind(row.kind), row.question, row.created_at, row.due_at)


def due(now: datetime, desk: Desk) -> datetime:
    """When the desk has been open for `answer_hours` from now on: Monday to Friday, from opening to closing.

    Public holidays are not known here; the sentence to the member says "about".
    """
    zone = ZoneInfo(desk.time_zone)
    opens, closes = time.fromisoformat(desk.opens), time.fromisoformat(desk.closes)
    moment, left = now.astimezone(zone), timedelta(hours=desk.answer_hours)
    while True:
        start = max(moment, moment.replace(hour=opens.hour, minute=opens.minute, second=0, microsecond=0))
        end = moment.replace(hour=closes.hour, minute=closes.minute, second=0, microsecond=0)
        if moment.weekday() < 5 and start < end:
            if left <= end - start:
                return start + left
            left -= end - start
        moment = (moment + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
