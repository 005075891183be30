"""The queue as staff see it: filtered, paged, in a constant number of queries; one ticket whole; the export."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from bot import authority, organisations
from bot.authority import Deed
from bot.db.models import members, ticket_messages, tickets
from bot.errors import NotAllowed
from bot.organisations import Organisation
from bot.tickets.ticket import State, Ticket, by_id, read

PAGE = 50
NOBODY = 0  # as an assignee: those that nobody has taken

_assignee = members.alias("assignee")


@dataclass(frozen=True, slots=True)
class Line:
    """A ticket in the queue: who asked, from where, who has it, how much was said about it."""

    ticket: Ticket
    member: str | None
    organisation: Organisation | None
    assignee: str | None
    messages: int


@dataclass(frozen=True, slots=True)
class Message:
    """Something that was said about a ticket: an answer, a follow-up, or a note among staff."""

    id: int
    kind: str
    author_id: int | None
    author: str | None
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Detail:
    """One ticket with all that was said, oldest first."""

    line: Line
    messages: tuple[Message, ...]

    @property
    def ticket(self) -> Ticket:
        return self.line.ticket


@dataclass(frozen=True, slots=True)
class Counts:
    """What waits within someone's reach."""

    open: int
    late: int
    mine: int
    free: int


def queue(
    tx: Connection, by: int, *, now: datetime, state: str | None = None, kind: str | None = None,
    assignee: int | None = None, late: bool = False, text: str = "", before: int | None = None,
    after: int | None = None, limit: int = PAGE,
) -> list[Line]:  # fmt: skip
    """The tickets of the people whom the member may answer: open ones first due first (`after` is the last id of the
    page before), others newest first (`before`). `assignee`: a member's number, 0 for nobody's."""
    where: list[ColumnElement[bool]] = [tickets.c.member_id.in_(_reached(tx, by))]
    where += _filters(state, kind, assignee, late, text, now)
    query = _LINES.where(*where)
    if state == State.OPEN:
        if after is not None:
            at = select(tickets.c.due_at).where(tickets.c.id == after).scalar_subquery()
            query = query.where((tickets.c.due_at > at) | ((tickets.c.due_at == at) & (tickets.c.id > after)))
        query = query.order_by(tickets.c.due_at, tickets.c.id)
    else:
        if before is not None:
            query = query.where(tickets.c.id < before)
        query = query.order_by(tickets.c.id.desc())
    return list(_lines(tx, query.limit(limit)))


def counts(tx: Connection, by: int, *, now: datetime) -> Counts:
    mine, free = tickets.c.assignee_id == by, tickets.c.assignee_id.is_(None)
    late = tickets.c.due_at < now
    number = func.count()
    query = select(number, number.filter(late), number.filter(mine), number.filter(free))
    where = (tickets.c.state == State.OPEN) & tickets.c.member_id.in_(_reached(tx, by))
    return Counts(*tx.execute(query.select_from(tickets).where(where)).one())


def detail(tx: Connection, by: int, ticket_id: int) -> Detail:
    """Raises NotAllowed, BadInput."""
    found = by_id(tx, ticket_id)
    if not authority.may_for(tx, by, Deed.ANSWER_TICKET, found.member_id):
        raise NotAllowed("ticket.not_yours", number=found.number)
    (line,) = _lines(tx, _LINES.where(tickets.c.id == ticket_id))
    said = (
        select(ticket_messages.c.id, ticket_messages.c.kind, ticket_messages.c.author_id, members.c.name,
               ticket_messages.c.text, ticket_messages.c.at)
        .outerjoin(members, members.c.id == ticket_messages.c.author_id)
        .where(ticket_messages.c.ticket_id == ticket_id)
    )  # fmt: skip
    return Detail(line, tuple(Message(*row) for row in tx.execute(said.order_by(ticket_messages.c.id))))


def export_rows(tx: Connection) -> Iterator[dict[str, Any]]:
    """Every ticket with its last answer, a row each."""
    newest = select(func.max(ticket_messages.c.id)).where(ticket_messages.c.kind == "answer")
    newest = newest.group_by(ticket_messages.c.ticket_id)
    answer = select(ticket_messages).where(ticket_messages.c.id.in_(newest)).subquery()
    table = tickets.c
    query = (
        select(table.id, table.kind, table.state, table.member_id, table.language, table.question, table.created_at,
               table.due_at, table.assignee_id, answer.c.text.label("answer"), table.answered_at, table.closed_at,
               table.rating, table.article)
        .outerjoin(answer, answer.c.ticket_id == table.id).order_by(table.id)
    )  # fmt: skip
    for row in tx.execute(query).yield_per(500):
        yield dict(row._mapping)


_MESSAGES = select(func.count()).where(ticket_messages.c.ticket_id == tickets.c.id).correlate(tickets).scalar_subquery()
_LINES = (
    select(tickets, members.c.name.label("member"), _assignee.c.name.label("assignee"), _MESSAGES.label("messages"))
    .join(members, members.c.id == tickets.c.member_id)
    .outerjoin(_assignee, _assignee.c.id == tickets.c.assignee_id)
)


def _lines(tx: Connection, query: Any) -> Iterator[Line]:
    rows = tx.execute(query).all()
    at = organisations.acting_for(tx, {row.member_id for row in rows})
    known = organisations.by_ids(tx, set(at.values()))
    for row in rows:
        place = known.get(at.get(row.member_id, 0))
        yield Line(read(row), row.member, place, row.assignee, row.messages)


def _reached(tx: Connection, by: int) -> Any:
    return authority.people_within(authority.grants(tx, by), Deed.ANSWER_TICKET)


def _filters(
    state: str | None, kind: str | None, assignee: int | None, late: bool, text: str, now: datetime
) -> Iterator[ColumnElement[bool]]:
    if state:
        yield tickets.c.state == state
    if kind:
        yield tickets.c.kind == kind
    if assignee is not None:
        yield tickets.c.assignee_id.is_(None) if assignee == NOBODY else tickets.c.assignee_id == assignee
    if late:
        yield (tickets.c.state == State.OPEN) & (tickets.c.due_at < now)
    if text.strip():
        yield tickets.c.question.icontains(text.strip(), autoescape=True)
