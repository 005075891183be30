"""The audit log: who did what, and who tried in vain."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select
from starlette.responses import Response

from bot.authority import Deed
from bot.db.engine import AnyRow
from bot.db.models import audit_log, members
from bot.web.body import row_number
from bot.web.console.gate import centre, page
from bot.web.console.visit import PAGE, Visit

FILTERS = ("q", "action", "member", "allowed", "since", "until")


async def listing(visit: Visit) -> Response:
    asked = {name: visit.asked(name) for name in FILTERS}
    rows, actions = await visit.read(_found, visit, asked)
    total = rows[0].total if rows else 0
    return visit.page(
        "audit.html", rows=rows, actions=actions, asked=asked, total=total, number=visit.page_number, size=PAGE
    )  # fmt: skip


def _found(tx: Connection, visit: Visit, asked: dict[str, str]) -> tuple[list[AnyRow], list[str]]:
    joined = audit_log.outerjoin(members, members.c.id == audit_log.c.member_id)
    query = select(audit_log, members.c.name, func.count().over().label("total")).select_from(joined)
    query = query.where(*_filters(asked, visit.zone)).order_by(audit_log.c.at.desc(), audit_log.c.id.desc())
    rows = list(tx.execute(query.limit(PAGE).offset((visit.page_number - 1) * PAGE)))
    actions = tx.execute(select(audit_log.c.action).distinct().order_by(audit_log.c.action)).scalars()
    return rows, list(actions)


def _filters(asked: dict[str, str], zone: ZoneInfo) -> list[Any]:
    found: list[Any] = []
    if asked["q"]:
        words = asked["q"]
        found.append(
            members.c.name.icontains(words, autoescape=True) | audit_log.c.subject.icontains(words, autoescape=True)
        )
    if asked["action"]:
        found.append(audit_log.c.action == asked["action"])
    if (number := row_number(asked["member"])) is not None:
        found.append(audit_log.c.member_id == number)
    if asked["allowed"] in ("yes", "no"):
        found.append(audit_log.c.allowed.is_(asked["allowed"] == "yes"))
    if since := _moment(asked["since"], zone):
        found.append(audit_log.c.at >= since)
    if until := _moment(asked["until"], zone):
        found.append(audit_log.c.at < until + timedelta(days=1))
    return found


def _moment(day: str, zone: ZoneInfo) -> datetime | None:
    """The beginning of a day at the desk; None for what is no day."""
    try:
        return datetime.combine(date.fromisoformat(day), time(), zone)
    except ValueError:
        return None


routes = [page("/audit", listing, deed=Deed.SEE_AUDIT, on=centre, nav="audit")]
