"""Tickets: the queue, one with all that was said, and what staff do with it."""

import secrets
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select
from starlette.responses import Response

import knowledge
from bot import authority, tickets
from bot.authority import Deed
from bot.db.models import members, roles
from bot.db.models import tickets as table
from bot.drafts import Drafts
from bot.errors import BadInput
from bot.tickets import Desk
from bot.web.body import row_number
from bot.web.console.gate import centre, form, member, page
from bot.web.console.visit import PAGE, Visit

KNOWLEDGE = Path(knowledge.__file__).parent


def of_ticket(tx: Connection, params: Any) -> Any:
    """The organisations of whoever asked."""
    asked = tx.execute(select(table.c.member_id).where(table.c.id == params["ticket"])).scalar()
    return None if asked is None else member(tx, {"member": asked})


def desk(visit: Visit) -> Desk:
    return Desk.of(visit.web.services.settings)


def drafts(visit: Visit) -> Drafts:
    return Drafts(KNOWLEDGE, visit.web.services.settings.data)


async def listing(visit: Visit) -> Response:
    asked = {name: visit.asked(name) for name in ("q", "state", "kind", "whose", "late")}
    asked["state"] = asked["state"] if asked["state"] in (*tickets.State, "all") else tickets.State.OPEN
    lines, counts = await visit.read(_listed, visit, asked)
    more = lines[PAGE - 1].ticket.id if len(lines) > PAGE else None
    return visit.page(
        "tickets.html", lines=lines[:PAGE], counts=counts, asked=asked, more=more,
        states=[one.value for one in tickets.State], kinds=[one.value for one in tickets.Kind],
    )  # fmt: skip


def _listed(tx: Connection, visit: Visit, asked: dict[str, str]) -> tuple[list[tickets.Line], Any]:
    state = None if asked["state"] == "all" else asked["state"]
    kind = asked["kind"] if asked["kind"] in set(tickets.Kind) else None
    whose = {"mine": visit.me, "free": 0}.get(asked["whose"])
    beyond = row_number(visit.asked("from"))
    place = {"after": beyond} if state == tickets.State.OPEN else {"before": beyond}
    lines = tickets.queue(
        tx, visit.me, now=visit.now, state=state, kind=kind, assignee=whose, late=bool(asked["late"]),
        text=asked["q"], limit=PAGE + 1, **place,
    )  # fmt: skip
    return lines, tickets.counts(tx, visit.me, now=visit.now)


async def detail(visit: Visit) -> Response:
    return visit.page("ticket.html", key=secrets.token_hex(12), **await visit.read(_one, visit))


def _one(tx: Connection, visit: Visit) -> dict[str, Any]:
    found = tickets.detail(tx, visit.me, visit.number("ticket"))
    may_draft = bool(authority.tops(visit.staff.grants, Deed.EDIT_KNOWLEDGE).intersection(centre(tx, {})))
    return {"found": found, "ticket": found.ticket, "people": _colleagues(tx, found.ticket), "may_draft": may_draft}


def _colleagues(tx: Connection, ticket: tickets.Ticket) -> list[Any]:
    """Those who may answer it."""
    held = [role for role in authority.Role if authority.permits(role, Deed.ANSWER_TICKET)]
    query = select(members.c.id, members.c.name).join(roles, roles.c.member_id == members.c.id)
    found = tx.execute(query.where(roles.c.role.in_(held), members.c.state == "active").distinct().limit(300)).all()
    return sorted(found, key=lambda row: (row.name or "", row.id))


def _back(visit: Visit, said: str) -> Response:
    return visit.back(f"/tickets/{visit.number('ticket')}", said)


def _key(visit: Visit) -> str:
    """The same form sent twice is one message."""
    return f"console:{visit.me}:{visit.given('key')[:64]}"


async def answer(visit: Visit) -> Response:
    await visit.run(
        tickets.answer, visit.me, visit.number("ticket"), text=visit.given("text"), key=_key(visit), now=visit.now
    )  # fmt: skip
    return _back(visit, "ticket_answered")


async def note(visit: Visit) -> Response:
    await visit.run(
        tickets.note, visit.me, visit.number("ticket"), text=visit.given("text"), key=_key(visit), now=visit.now
    )  # fmt: skip
    return _back(visit, "ticket_noted")


async def take(visit: Visit) -> Response:
    await visit.run(tickets.take, visit.me, visit.number("ticket"), now=visit.now)
    return _back(visit, "ticket_taken")


async def assign(visit: Visit) -> Response:
    to = row_number(visit.given("to")) or None
    await visit.run(tickets.assign, visit.me, visit.number("ticket"), to=to, now=visit.now, desk=desk(visit))
    return _back(visit, "ticket_assigned")


async def close(visit: Visit) -> Response:
    await visit.run(tickets.close, visit.me, visit.number("ticket"), now=visit.now)
    return _back(visit, "ticket_closed")


async def reopen(visit: Visit) -> Response:
    await visit.run(tickets.reopen, visit.me, visit.number("ticket"), now=visit.now, desk=desk(visit))
    return _back(visit, "ticket_reopened")


async def article(visit: Visit) -> Response:
    """One click: a draft article of question and answer, for an editor to finish."""
    number = visit.number("ticket")
    if not await visit.read(_may_answer, visit, number):
        raise BadInput("console.gate.missing")
    texts = visit.web.services.texts
    name = await visit.run(
        tickets.draft_article, visit.me, number, drafts=drafts(visit), texts=texts, now=visit.now
    )  # fmt: skip
    return visit.back(f"/knowledge/drafts/{name}", "draft_begun")


def _may_answer(tx: Connection, visit: Visit, number: int) -> bool:
    return authority.may_for(tx, visit.me, Deed.ANSWER_TICKET, tickets.by_id(tx, number).member_id)


routes = [
    page("/tickets", listing, deed=Deed.ANSWER_TICKET, nav="tickets"),
    page("/tickets/{ticket:int}", detail, deed=Deed.ANSWER_TICKET, on=of_ticket),
    form("/tickets/{ticket:int}/answer", answer, deed=Deed.ANSWER_TICKET, on=of_ticket),
    form("/tickets/{ticket:int}/note", note, deed=Deed.ANSWER_TICKET, on=of_ticket),
    form("/tickets/{ticket:int}/take", take, deed=Deed.ANSWER_TICKET, on=of_ticket),
    form("/tickets/{ticket:int}/assign", assign, deed=Deed.ANSWER_TICKET, on=of_ticket),
    form("/tickets/{ticket:int}/close", close, deed=Deed.ANSWER_TICKET, on=of_ticket),
    form("/tickets/{ticket:int}/reopen", reopen, deed=Deed.ANSWER_TICKET, on=of_ticket),
    form("/tickets/{ticket:int}/article", article, deed=Deed.EDIT_KNOWLEDGE, on=centre),
]
