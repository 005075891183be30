"""Opening a ticket: once for a turn, once for a question, and those on duty are told."""

from datetime import datetime

from sqlalchemy import Connection, insert, select

from bot.db.models import tickets
from bot.tickets import duty
from bot.tickets.ticket import Desk, Kind, State, Ticket, due, read


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
    same = mine & (tickets.c.state == State.OPEN) & (tickets.c.question == question)
    known = tx.execute(select(tickets).where((tickets.c.key == key) | same).order_by(tickets.c.id)).first()
    if known is not None:
        return read(known)
    values = {
        "member_id": member_id,
        "channel": channel,
        "address": address,
        "kind": kind,
        "question": question,
        "language": language,
        "state": State.OPEN,
        "key": key,
        "created_at": now,
        "due_at": due(now, desk),
    }
    made = read(tx.execute(insert(tickets).values(**values).returning(tickets)).one())
    duty.tell_new(tx, made, now=now, desk=desk)
    return made
