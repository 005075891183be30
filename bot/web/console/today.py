"""The first page: what wants attention now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, and_, exists, func, or_, select
from starlette.responses import Response

from bot.authority import Deed
from bot.db.engine import AnyRow
from bot.db.models import (
    channel_gaps,
    deliveries,
    enrolments,
    import_problems,
    imports,
    invitations,
    members,
    notification_texts,
    notifications,
    organisations,
    surveys,
    tickets,
)  # fmt: skip
from bot.web.console.gate import page
from bot.web.console.imports import Told, told_sources
from bot.web.console.reach import reached
from bot.web.console.visit import Visit

SOON = timedelta(days=14)
SHOWN = 8
RECENT = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows and how many there are in all."""

    rows: Sequence[AnyRow | Told]
    total: int


async def show(visit: Visit) -> Response:
    wanting = await visit.read(_parts, visit)
    if visit.staff.can(Deed.IMPORT):
        failing = [one for one in await told_sources(visit) if one.state.failures]
        wanting["sources"] = Part(failing[:SHOWN], len(failing))
    return visit.page("today.html", wanting=wanting)


def _parts(tx: Connection, visit: Visit) -> dict[str, Part]:
    """What this person may see of each thing; a part that is not theirs is left out."""
    staff, today, now = visit.staff, visit.today, visit.now
    found = {"clocks": _part(tx, _clocks(today))}
    if staff.can(Deed.SEE_PROGRESS):
        found["surveys"] = _part(tx, _surveys(visit))
    if staff.can(Deed.ANSWER_TICKET):
        found["tickets"] = _part(tx, _tickets(visit))
    if staff.can(Deed.APPROVE):
        found["requests"] = _part(tx, _requests(visit))
    if staff.can(Deed.SEE_DELIVERIES):
        found["deliveries"] = _part(tx, _failed(visit, now))
    if staff.can(Deed.IMPORT):
        found["imports"] = _part(tx, _broken(now))
        found["gaps"] = _part(tx, _gaps(now))
    return found


def _part(tx: Connection, query: Select[Any]) -> Part:
    """The first rows and the number of all, in one query."""
    rows = list(tx.execute(query.add_columns(func.count().over().label("total")).limit(SHOWN)))
    return Part(rows, rows[0].total if rows else 0)


def _clocks(today: date) -> Select[Any]:
    """What can still be commented on, the nearest day first."""
    table = notifications.c
    still = and_(table.comment_deadline >= today, table.comment_deadline <= today + SOON, table.state == "active")
    own = notification_texts.c
    chinese = and_(own.notification_id == table.id, own.language == "zh")
    columns = (table.id, table.symbol, table.title, table.comment_deadline, table.members, own.title.label("title_zh"))
    joined = notifications.outerjoin(notification_texts, chinese)
    return select(*columns).select_from(joined).where(still).order_by(table.comment_deadline, table.id)


def _surveys(visit: Visit) -> Select[Any]:
    table = surveys.c
    columns = (table.id, table.title_zh, table.title_en, table.enterprise_due, table.county_due, table.centre_due)
    mine = or_(table.organisation_id.in_(visit.within(Deed.SEE_PROGRESS)), _asks_within(visit))
    return select(*columns).where(table.state == "open", mine).order_by(table.enterprise_due, table.id)


def _asks_within(visit: Visit) -> Any:
    """A survey from above that asks enterprises of this person."""
    asked = and_(
        invitations.c.survey_id == surveys.c.id, invitations.c.organisation_id.in_(visit.within(Deed.SEE_PROGRESS))
    )
    return exists().where(asked)


def _tickets(visit: Visit) -> Select[Any]:
    table = tickets.c
    columns = (table.id, table.kind, table.question, table.due_at, table.created_at)
    mine = reached(visit, Deed.ANSWER_TICKET, table.member_id)
    return select(*columns).where(table.state == "open", mine).order_by(table.due_at, table.id)


def _requests(visit: Visit) -> Select[Any]:
    table = enrolments.c
    joined = enrolments.join(members, members.c.id == table.member_id).join(
        organisations, organisations.c.id == table.organisation_id
    )
    columns = (table.id, table.note, table.asked_at, members.c.name, organisations.c.name_zh, organisations.c.name_en)
    mine = and_(table.state == "asked", table.organisation_id.in_(visit.within(Deed.APPROVE)))
    return select(*columns).select_from(joined).where(mine).order_by(table.asked_at, table.id)


def _failed(visit: Visit, now: datetime) -> Select[Any]:
    """What did not arrive lately, to members within reach; whoever belongs to nobody is the centre's."""
    table = deliveries.c
    ended = and_(table.state.in_(("failed", "unknown")), table.created_at > now - RECENT)
    columns = (table.id, table.kind, table.channel, table.state, table.reason, table.created_at, members.c.name)
    query = select(*columns).join(members, members.c.id == table.member_id)
    return query.where(ended, reached(visit, Deed.SEE_DELIVERIES, table.member_id)).order_by(table.id.desc())


def _gaps(now: datetime) -> Select[Any]:
    """Times in which a channel was not heard, numbers that never came."""
    table = channel_gaps.c
    columns = (table.channel, table.kind, table.missing, table.seconds, table.seen_at)
    return select(*columns).where(table.seen_at > now - RECENT).order_by(table.id.desc())


def _broken(now: datetime) -> Select[Any]:
    count = select(func.count()).where(import_problems.c.import_id == imports.c.id).scalar_subquery()
    columns = (imports.c.id, imports.c.source, imports.c.started_at, imports.c.ended_at, count.label("problems"))
    unfinished = and_(imports.c.ended_at.is_(None), imports.c.started_at < now - timedelta(hours=1))
    recent = and_(imports.c.started_at > now - RECENT, or_(count > 0, unfinished))
    return select(*columns).where(recent).order_by(imports.c.id.desc())


routes = [page("/", show, deed=Deed.ENTER_CONSOLE, nav="today")]
