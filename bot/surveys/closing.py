"""Reminders that comments close soon: to those who were alerted and have not answered, where no survey reminds them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, String, and_, cast, exists, func, literal, or_, select

from bot import notifications as store
from bot import organisations
from bot.alerts.reach import Reach, reach
from bot.db.engine import AnyRow
from bot.db.models import alerts, deliveries, feedback, follows, notifications
from bot.deliveries import NewDelivery, enqueue
from bot.interests import ENDED
from bot.surveys.local_clock import local_dues
from bot.surveys.rules import Rules

CLOSING = "closing"
PRIORITY = 4
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Close:
    """A family whose comments close, and the reminder whose turn it is, since a day."""

    family: str
    day: date
    rung: str
    since: date

    @property
    def key(self) -> str:
        """A date that moved has reminders of its own."""
        return f"{CLOSING}:{self.family}:{self.rung}-{self.day.isoformat()}:"


def due(tx: Connection, *, now: datetime, rules: Rules) -> list[Close]:
    """What may have somebody left to remind now, while people are at work."""
    return list(_due(tx, rules.today(now), rules)) if rules.at_work(now) and rules.closing.before else []


def _due(tx: Connection, today: date, rules: Rules) -> Iterator[Close]:
    last = rules.calendar.add(today, max(rules.closing.before) + 1)
    near = notifications.c.comment_deadline.between(today, last) & (notifications.c.state == "active")
    for family in tx.execute(
        select(notifications.c.family).where(near).distinct().order_by(notifications.c.family)
    ).scalars():
        day = store.deadline(tx, family)
        turn = rules.turn(day, rules.closing, today=today) if day and day >= today else None
        if day and turn:
            yield Close(family, day, *turn)


def remind(tx: Connection, one: Close, *, now: datetime, rules: Rules) -> int:
    """Write the next reminders; returns how many were looked at, less than a chunk when it is done. Whoever needs none
    has a row with the reason too, so that nobody is looked at twice."""
    rows = tx.execute(_left(one, rules).limit(rules.chunk)).all()
    to = reach(tx, {row.member_id for row in rows}, {one.family}, now=now)
    enqueue(tx, [_delivery(tx, one, row, to, rules) for row in rows], now=now)
    return len(rows)


def _left(one: Close, rules: Rules):  # type: ignore[no-untyped-def]
    """The newest alert of this family, reminders left out, that each member was sent before the reminder's day."""
    about = deliveries.join(alerts, alerts.c.id == deliveries.c.alert_id).join(
        notifications, notifications.c.id == alerts.c.notification_id
    )
    told = deliveries.alias()
    key = literal(one.key) + cast(deliveries.c.member_id, String)
    sent = and_(
        notifications.c.family == one.family, deliveries.c.kind == "alert", deliveries.c.state == "sent",
        deliveries.c.settled_at < rules.start_of(one.since), ~deliveries.c.key.startswith(f"{CLOSING}:"),
    )  # fmt: skip
    newest = (
        select(func.max(deliveries.c.id)).select_from(about).where(sent, ~exists().where(told.c.key == key))
        .group_by(deliveries.c.member_id)
    )  # fmt: skip
    return select(deliveries).where(deliveries.c.id.in_(newest)).order_by(deliveries.c.member_id)


def _delivery(tx: Connection, one: Close, row: AnyRow, to: Reach, rules: Rules) -> NewDelivery:
    address = to.address(row.member_id)
    channel, name = address or ("none", str(row.member_id))
    reason = (
        _needless(tx, row.member_id, one.family)
        or to.skip_reason(row.member_id, one.family)
        or (None if address else "no_address")
    )
    return NewDelivery(
        f"{one.key}{row.member_id}", row.member_id, channel, name, alert_id=row.alert_id, interest_id=row.interest_id,
        payload={**row.payload, CLOSING: one.day.isoformat()}, priority=PRIORITY, skipped=reason,
        latest=rules.start_of(one.day + DAY),
    )  # fmt: skip


def _needless(tx: Connection, member_id: int, family: str) -> str | None:
    """It came by an interest that has ended; they (or a colleague) have answered; a survey reminds them by itself."""
    ended = and_(follows.c.member_id == member_id, follows.c.family == family, follows.c.state == ENDED)
    if tx.execute(select(follows.c.family).where(ended)).first():
        return "unsubscribed"
    enterprise = organisations.acting_for(tx, [member_id]).values()
    theirs = or_(feedback.c.member_id == member_id, feedback.c.organisation_id.in_([one for one in enterprise if one]))
    about = or_(feedback.c.symbol == family, feedback.c.symbol.startswith(f"{family}/", autoescape=True))
    given = select(feedback.c.id).where(theirs, about, feedback.c.state == "submitted")
    if tx.execute(given.limit(1)).first():
        return "answered"
    return "asked_by_survey" if local_dues(tx, member_id, [family]) else None


def overtaken(tx: Connection, row: AnyRow) -> str | None:
    """Why a reminder must not go out any more: the date has moved, or the answer has come."""
    about = alerts.join(notifications, notifications.c.id == alerts.c.notification_id)
    query = select(notifications.c.family).select_from(about).where(alerts.c.id == row.alert_id)
    family = str(tx.execute(query).scalar_one())
    day = store.deadline(tx, family)
    if day is None or day.isoformat() != row.payload[CLOSING]:
        return "deadline_moved"
    return _needless(tx, row.member_id, family)
