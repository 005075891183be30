"""Who is on duty, and what they are told in their own chat: a new ticket, a follow-up, one that is late; once each."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from bot.alerts.reach import reach
from bot.authority import Deed, Role, permits
from bot.db.models import members, organisations, roles, tickets
from bot.deliveries import NewDelivery, enqueue
from bot.organisations import Kind
from bot.tickets.ticket import Desk, State, Ticket, read

SHOWN = 300  # characters of a question
OLDEST = timedelta(days=30)  # what has been late for longer is known
AT_ONCE = 500


def on_duty(tx: Connection, desk: Desk) -> list[int]:
    """Those whom the settings name; by default everyone at the centre who may answer tickets."""
    if desk.settings.on_duty:
        known = select(members.c.id).where(members.c.id.in_(desk.settings.on_duty), members.c.state == "active")
        return list(tx.execute(known.order_by(members.c.id)).scalars())
    able = [role for role in Role if permits(role, Deed.ANSWER_TICKET)]
    query = (
        select(roles.c.member_id).distinct().join(organisations, organisations.c.id == roles.c.organisation_id)
        .where(roles.c.role.in_(able), organisations.c.kind == Kind.CENTRE)
    )  # fmt: skip
    return list(tx.execute(query.order_by(roles.c.member_id)).scalars())


def tell_new(tx: Connection, found: Ticket, *, now: datetime, desk: Desk) -> None:
    people = [one for one in on_duty(tx, desk) if one != found.member_id]
    _tell(tx, found, people, "opened", "ticket.came", {"due": desk.local(found.due_at)}, now)


def tell_follow_up(tx: Connection, found: Ticket, message_id: int, text: str, *, now: datetime, desk: Desk) -> None:
    """To whoever has taken it, else to those on duty."""
    people = [found.assignee_id] if found.assignee_id else on_duty(tx, desk)
    values = {"due": desk.local(found.due_at), "text": text[:SHOWN]}
    _tell(tx, found, people, f"follow_up:{message_id}", "ticket.followed_up", values, now)


def tell_assigned(tx: Connection, found: Ticket, *, now: datetime, desk: Desk) -> None:
    if found.assignee_id is not None:
        values = {"due": desk.local(found.due_at)}
        _tell(tx, found, [found.assignee_id], f"assigned:{now.timestamp():.0f}", "ticket.assigned", values, now)


def tell_overdue(tx: Connection, *, now: datetime, desk: Desk) -> int:
    """Tell of open tickets whose time is over, once for each due time; returns how many messages are new."""
    late = (tickets.c.state == State.OPEN) & (tickets.c.due_at < now) & (tickets.c.due_at > now - OLDEST)
    made_up = select(members.c.id).where(members.c.demo)  # nobody works on the demonstration's
    query = select(tickets).where(late, tickets.c.member_id.not_in(made_up))
    rows = tx.execute(query.order_by(tickets.c.due_at).limit(AT_ONCE)).all()
    everyone = on_duty(tx, desk) if rows else []
    written = 0
    for found in map(read, rows):
        people = [found.assignee_id] if found.assignee_id else everyone
        occasion = f"overdue:{found.due_at.timestamp():.0f}"
        written += _tell(tx, found, people, occasion, "ticket.overdue", {"due": desk.local(found.due_at)}, now)
    return written


def _tell(
    tx: Connection, found: Ticket, people: Sequence[int], occasion: str, sentence: str, values: Mapping[str, Any],
    now: datetime,
) -> int:  # fmt: skip
    where = reach(tx, people, (), now=now).addresses
    said = {"number": found.number, "question": found.question[:SHOWN], **values}
    buttons = (
        []
        if found.assignee_id
        else [{"key": "ticket.take", "payload": f'/about_ticket{{"ticket": "{found.id}", "field": "take"}}'}]
    )
    payload = {"key": sentence, "values": said, "buttons": buttons}
    rows = [
        NewDelivery(f"ticket:{found.id}:{occasion}:{one}", one, *where[one], kind="text", payload=payload, priority=3)
        for one in people
        if one in where
    ]
    return max(0, enqueue(tx, rows, now=now))
