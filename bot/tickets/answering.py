"""What is done with a ticket: staff take, answer, note, close it; who asked follows up, rates, asks again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from bot import authority
from bot.authority import Deed
from bot.db.models import ticket_messages, tickets
from bot.deliveries import NewDelivery, enqueue
from bot.drafts import Drafts
from bot.errors import BadInput, NotAllowed
from bot.i18n import LANGUAGES, Texts
from bot.tickets import duty
from bot.tickets.ticket import Desk, State, Ticket, by_id, due, number, read

LONGEST = 4000  # characters of an answer or a follow-up: a chat shows them in one piece
TOPIC = "tickets"  # where a draft article of a ticket lies until an editor finds its place


# --- staff ----------------------------------------------------------------------------------------


def assign(tx: Connection, by: int, ticket_id: int, *, to: int | None, now: datetime, desk: Desk) -> Ticket:
    """Give it to a colleague who may answer it (None: to nobody), who is told. Raises NotAllowed, BadInput."""
    found = _staff(tx, by, ticket_id)
    if to is not None and not _may(tx, to, found):
        raise BadInput("ticket.cannot_take")
    changed = _change(tx, found, {"assignee_id": to})
    _record(tx, by, "assign_ticket", found, now, to=to)
    if to != by:
        duty.tell_assigned(tx, changed, now=now, desk=desk)
    return changed


def take(tx: Connection, by: int, ticket_id: int, *, now: datetime) -> Ticket:
    """ "I will do it". Raises BadInput when a colleague was first."""
    found = _staff(tx, by, ticket_id)
    if found.assignee_id not in (None, by):
        raise BadInput("ticket.taken_already", number=found.number)
    free = (tickets.c.id == found.id) & (tickets.c.assignee_id.is_(None) | (tickets.c.assignee_id == by))
    row = tx.execute(update(tickets).where(free).values(assignee_id=by).returning(tickets)).first()
    if row is None:
        raise BadInput("ticket.taken_already", number=found.number)
    _record(tx, by, "take_ticket", found, now)
    return read(row)


def answer(tx: Connection, by: int, ticket_id: int, *, text: str, key: str, now: datetime) -> Ticket:
    """Answer into the chat where it was asked, through the outbox. The same key is the same answer."""
    found = _staff(tx, by, ticket_id)
    message_id = _write(tx, found, by, "answer", text, key, now)
    if message_id is None:
        return found
    values: dict[str, Any] = {"state": State.ANSWERED, "answered_at": now, "closed_at": None, "rating": None}
    if found.assignee_id is None:
        values["assignee_id"] = by
    answered = _change(tx, found, values)
    _record(tx, by, "answer_ticket", found, now)
    payload = {"ticket": found.id, "message": message_id}
    row = NewDelivery(
        f"ticket:{found.id}:answer:{message_id}", found.member_id, found.channel, found.address, kind="ticket",
        payload=payload, priority=3,
    )  # fmt: skip
    enqueue(tx, [row], now=now)
    return answered


def note(tx: Connection, by: int, ticket_id: int, *, text: str, key: str, now: datetime) -> None:
    """A word among staff; whoever asked never sees it."""
    found = _staff(tx, by, ticket_id)
    _write(tx, found, by, "note", text, key, now)


def close(tx: Connection, by: int, ticket_id: int, *, now: datetime) -> Ticket:
    """Nothing more is to be done. Staff may, and whoever asked. Again changes nothing."""
    found = _theirs(tx, by, ticket_id)
    if found.state is State.CLOSED:
        return found
    _record(tx, by, "close_ticket", found, now)
    return _change(tx, found, {"state": State.CLOSED, "closed_at": now})


def reopen(tx: Connection, by: int, ticket_id: int, *, now: datetime, desk: Desk) -> Ticket:
    """It is to be answered (again), by a new time. Staff may, and whoever asked."""
    found = _theirs(tx, by, ticket_id)
    if found.state is State.OPEN:
        return found
    _record(tx, by, "reopen_ticket", found, now)
    return _open_again(tx, found, now, desk)


def draft_article(tx: Connection, by: int, ticket_id: int, *, drafts: Drafts, texts: Texts, now: datetime) -> str:
    """A draft article of question and answer, for an editor to finish; returns its name. Again gives the same one.

    Nothing of it is live: what is missing is marked, and `Drafts.publish` refuses it until it is written.
    """
    found = _staff(tx, by, ticket_id)
    if found.article is not None:
        return found.article
    if not _may(tx, by, found, Deed.EDIT_KNOWLEDGE):
        raise NotAllowed("people.not_allowed")
    name = f"articles/{TOPIC}/{found.number.lower()}.yml"
    drafts.write(name, _article(found, _answers(tx, found), texts))
    _change(tx, found, {"article": name})
    _record(tx, by, "draft_article", found, now, name=name)
    return name


def _article(found: Ticket, answers: Sequence[str], texts: Texts) -> dict[str, Any]:
    """The fields of an article, with what the ticket has in the language in which it was asked."""
    missing = {language: texts("ticket.to_be_written", language) for language in LANGUAGES}
    said = "\n".join(answers) or missing[found.language]
    return {
        "id": found.number.lower(),
        "topic": TOPIC,
        "title": {**missing, found.language: found.question.split("\n")[0][:80]},
        "questions": {language: [found.question] if language == found.language else [] for language in LANGUAGES},
        "answer": {**missing, found.language: said},
        "facts": [],
        "markets": [],
        "hs_codes": [],
        "products": {"zh": [], "en": []},
        "status": "in_force",
        "valid_from": None,
        "valid_until": None,
        "next_check": None,
        "sources": [],
        "related": [],
    }


def _answers(tx: Connection, found: Ticket) -> list[str]:
    mine = (ticket_messages.c.ticket_id == found.id) & (ticket_messages.c.kind == "answer")
    return list(tx.execute(select(ticket_messages.c.text).where(mine).order_by(ticket_messages.c.id)).scalars())


# --- who asked ------------------------------------------------------------------------------------


def follow_up(
    tx: Connection, member_id: int, ticket_id: int, *, text: str, key: str, now: datetime, desk: Desk
) -> Ticket:
    """More from whoever asked: it is open (again), and whoever has it is told. Raises BadInput for another's."""
    found = _asked(tx, member_id, ticket_id)
    message_id = _write(tx, found, member_id, "follow_up", text, key, now)
    if message_id is None:
        return by_id(tx, found.id)
    again = found if found.state is State.OPEN else _open_again(tx, found, now, desk)
    duty.tell_follow_up(tx, again, message_id, text, now=now, desk=desk)
    return again


def rate(tx: Connection, member_id: int, ticket_id: int, *, helped: bool, now: datetime) -> Ticket:
    """Did the answer help? The last word counts. Raises BadInput for another's ticket, or without an answer."""
    found = _asked(tx, member_id, ticket_id)
    if found.answered_at is None:
        raise BadInput("ticket.no_answer_yet", number=found.number)
    closed = {"state": State.CLOSED, "closed_at": now} if helped and found.state is State.ANSWERED else {}
    return _change(tx, found, {"rating": int(helped), **closed})


def newest_of(tx: Connection, member_id: int, *, answered: bool = False) -> Ticket | None:
    """The member's newest ticket (of those that were answered): what "about my question" means."""
    query = select(tickets).where(tickets.c.member_id == member_id)
    if answered:
        query = query.where(tickets.c.answered_at.is_not(None)).order_by(tickets.c.answered_at.desc())
    row = tx.execute(query.order_by(tickets.c.id.desc()).limit(1)).first()
    return read(row) if row else None


# --- both -----------------------------------------------------------------------------------------


def _open_again(tx: Connection, found: Ticket, now: datetime, desk: Desk) -> Ticket:
    values = {"state": State.OPEN, "closed_at": None, "rating": None, "due_at": due(now, desk)}
    return _change(tx, found, values)


def _write(tx: Connection, found: Ticket, author: int, kind: str, text: str, key: str, now: datetime) -> int | None:
    """The number of the new message; None when this key was written before. Raises BadInput for nothing or too much."""
    plain = text.strip()
    if not plain:
        raise BadInput("ticket.empty")
    if len(plain) > LONGEST:
        raise BadInput("ticket.too_long", n=len(plain), most=LONGEST)
    if tx.execute(select(ticket_messages.c.id).where(ticket_messages.c.key == key)).first():
        return None
    values = {"ticket_id": found.id, "author_id": author, "kind": kind, "text": plain, "key": key, "at": now}
    return int(tx.execute(insert(ticket_messages).values(**values).returning(ticket_messages.c.id)).scalar_one())


def _change(tx: Connection, found: Ticket, values: dict[str, Any]) -> Ticket:
    row = tx.execute(update(tickets).where(tickets.c.id == found.id).values(**values).returning(tickets)).one()
    return read(row)


def _may(tx: Connection, by: int, found: Ticket, deed: Deed = Deed.ANSWER_TICKET) -> bool:
    return authority.may_for(tx, by, deed, found.member_id)


def _staff(tx: Connection, by: int, ticket_id: int) -> Ticket:
    found = by_id(tx, ticket_id)
    if not _may(tx, by, found):
        raise NotAllowed("ticket.not_yours", number=found.number)
    return found


def _asked(tx: Connection, member_id: int, ticket_id: int) -> Ticket:
    found = by_id(tx, ticket_id)
    if found.member_id != member_id:
        raise BadInput("ticket.unknown", number=number(ticket_id))  # that it is another's, is nobody's business
    return found


def _theirs(tx: Connection, by: int, ticket_id: int) -> Ticket:
    found = by_id(tx, ticket_id)
    return found if found.member_id == by else _staff(tx, by, ticket_id)


def _record(tx: Connection, by: int, action: str, found: Ticket, now: datetime, **detail: Any) -> None:
    authority.record(tx, by, action, allowed=True, now=now, subject=f"ticket {found.id}", detail=detail)
