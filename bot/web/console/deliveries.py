"""Why did they get it, why didn't they: every message to members within reach, its state and reason, tried again."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select
from starlette.responses import Response

from bot import authority, deliveries, recalls
from bot.alerts import render
from bot.authority import Deed
from bot.db.engine import AnyRow
from bot.db.models import alerts, interests, members, notices, notifications, surveys
from bot.db.models import deliveries as table
from bot.deliveries import State
from bot.errors import BadInput
from bot.web.body import row_number
from bot.web.console.gate import Missing, form, member, page
from bot.web.console.reach import reached
from bot.web.console.visit import PAGE, Visit
from bot.worker import language_of

KINDS = ("alert", "maybe", "recall", "digest", "notice", "survey", "text")
BY_NUMBER = {"member": table.c.member_id, "notification": alerts.c.notification_id, "notice": table.c.notice_id,
             "survey": table.c.survey_id, "alert": table.c.alert_id, "recall": table.c.recall_id}  # fmt: skip


def of_delivery(tx: Connection, params: Any) -> Any:
    """The organisations of the member to whom it goes."""
    owner = tx.execute(select(table.c.member_id).where(table.c.id == params["delivery"])).scalar()
    return None if owner is None else member(tx, {"member": owner})


async def listing(visit: Visit) -> Response:
    asked = {name: visit.asked(name) for name in (*BY_NUMBER, "q", "state", "kind", "channel")}
    rows, counts, channels = await visit.read(_found, visit, asked)
    return visit.page(
        "deliveries.html", rows=rows, counts=counts, channels=channels, asked=asked, kinds=KINDS,
        states=[state.value for state in State], total=rows[0].total if rows else 0, number=visit.page_number,
        size=PAGE,
    )  # fmt: skip


def _found(tx: Connection, visit: Visit, asked: dict[str, str]) -> tuple[list[AnyRow], list[AnyRow], list[str]]:
    query = _with_names(visit).where(*_filters(asked))
    page_ = query.add_columns(func.count().over().label("total")).order_by(table.c.id.desc())
    rows = list(tx.execute(page_.limit(PAGE).offset((visit.page_number - 1) * PAGE)))
    each = query.subquery()
    states = select(each.c.state, func.count().label("n")).group_by(each.c.state).order_by(each.c.state)
    channels = list(tx.execute(select(table.c.channel).distinct().order_by(table.c.channel)).scalars())
    return rows, list(tx.execute(states)), channels


def _with_names(visit: Visit) -> Select[Any]:
    joined = (
        table.join(members, members.c.id == table.c.member_id)
        .outerjoin(alerts, alerts.c.id == table.c.alert_id)
        .outerjoin(notifications, notifications.c.id == alerts.c.notification_id)
        .outerjoin(notices, notices.c.id == table.c.notice_id)
        .outerjoin(surveys, surveys.c.id == table.c.survey_id)
    )
    columns = (
        members.c.name, alerts.c.kind.label("alert_kind"), notifications.c.symbol, alerts.c.notification_id,
        notices.c.title_zh.label("notice_zh"), notices.c.title_en.label("notice_en"),
        surveys.c.title_zh.label("survey_zh"), surveys.c.title_en.label("survey_en"),
    )  # fmt: skip
    query = select(table, *columns).select_from(joined)
    return query.where(reached(visit, Deed.SEE_DELIVERIES, table.c.member_id))


def _filters(asked: dict[str, str]) -> list[Any]:
    found: list[Any] = [
        column == number for name, column in BY_NUMBER.items() if (number := row_number(asked[name])) is not None
    ]
    if asked["q"]:
        words = asked["q"]
        found.append(
            members.c.name.icontains(words, autoescape=True)
            | notifications.c.symbol.icontains(words, autoescape=True)
            | notices.c.title_zh.icontains(words, autoescape=True)
            | notices.c.title_en.icontains(words, autoescape=True)
        )
    if asked["state"] == "failed":
        found.append(table.c.state.in_((State.FAILED, State.UNKNOWN)))
    elif asked["state"] in set(State):
        found.append(table.c.state == asked["state"])
    found += [table.c[name] == asked[name] for name in ("kind", "channel") if asked[name]]
    return found


async def detail(visit: Visit) -> Response:
    return visit.page("delivery.html", **await visit.read(_one, visit))


def _one(tx: Connection, visit: Visit) -> dict[str, Any]:
    row = tx.execute(_with_names(visit).where(table.c.id == visit.number("delivery"))).first()
    if row is None:
        raise Missing
    mine = select(interests.c.products, interests.c.state).where(interests.c.id == row.interest_id)
    return {
        "row": row,
        "interest": tx.execute(mine).first() if row.interest_id else None,
        "instead": tx.execute(select(table.c.id).where(table.c.instead_of == row.id)).scalar(),
        "message": _message(tx, visit, row),
        "may_replay": row.state in (State.FAILED, State.UNKNOWN) and visit.staff.can(Deed.REPLAY),
    }


def _message(tx: Connection, visit: Visit, row: AnyRow) -> str:
    """What an alert says now, in its reader's language; other kinds are written by what they belong to."""
    if row.kind not in ("alert", "maybe", recalls.KIND):
        return ""
    write = recalls.render if row.kind == recalls.KIND else render
    try:
        language = language_of(tx, row.member_id)
        reply = write(tx, row, texts=visit.web.services.texts, language=language, today=visit.today)
    except LookupError:
        return ""
    return reply.text


async def replay(visit: Visit) -> Response:
    """Try a failed one again; pressed twice it is queued once."""
    if not await visit.run(_replay, visit, now=visit.now):
        raise BadInput("console.delivery.not_ended")
    return visit.back(f"/deliveries/{visit.number('delivery')}", "replayed")


def _replay(tx: Connection, visit: Visit, *, now: datetime) -> bool:
    number = visit.number("delivery")
    done = deliveries.replay(tx, number)
    if done:
        authority.record(tx, visit.me, Deed.REPLAY, allowed=True, now=now, subject=f"delivery {number}")
    return done


routes = [
    page("/deliveries", listing, deed=Deed.SEE_DELIVERIES, nav="deliveries"),
    page("/deliveries/{delivery:int}", detail, deed=Deed.SEE_DELIVERIES, on=of_delivery),
    form("/deliveries/{delivery:int}/replay", replay, deed=Deed.REPLAY, on=of_delivery),
]
