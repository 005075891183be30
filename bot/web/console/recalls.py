"""Recalls and refusals abroad: find them, see what they say and said before, who was told, and take them as a file."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, select
from starlette.responses import Response

from bot import authority, exports, recalls
from bot.authority import Deed
from bot.db.engine import AnyRow
from bot.db.models import deliveries
from bot.errors import BadInput
from bot.notifications import day_text
from bot.recalls import Criteria, Kind, Recall
from bot.web.console.gate import Missing, centre, page
from bot.web.console.notifications import market_choices
from bot.web.console.reach import reached
from bot.web.console.survey_results import MEDIA, download
from bot.web.console.visit import PAGE, Visit
from nlu import markets

SOURCES = ("safety_gate", "cpsc", "fda_refusals", "openfda", "rasff")
FILTERS = ("q", "market", "origin", "kind", "source", "since")


@dataclass(frozen=True, slots=True)
class Line:
    """One recall in a list, in the reader's words."""

    id: int
    number: str
    kind: str
    date: str
    market: str
    origin: str
    source: str
    record: Mapping[str, Any]
    state: str
    reason: str | None
    told: int


async def listing(visit: Visit) -> Response:
    asked = {name: visit.asked(name) for name in FILTERS}
    lines, total = await visit.read(_found, visit, asked)
    names = [(one, visit.web.services.texts(f"source.name.{one}", visit.language)) for one in SOURCES]
    return visit.page(
        "recalls.html", lines=lines, total=total, asked=asked, number=visit.page_number, size=PAGE, sources=names,
        kinds=[(kind.value, visit.say(f"recalls.kind.{kind}")) for kind in Kind],
        market_choices=market_choices(visit.language), may_export=visit.staff.can(Deed.EXPORT), forms=exports.FORMATS,
    )  # fmt: skip


def _found(tx: Connection, visit: Visit, asked: Mapping[str, str]) -> tuple[list[Line], int]:
    found = recalls.search(tx, _criteria(asked), limit=PAGE, offset=(visit.page_number - 1) * PAGE)
    told = _told(tx, visit, [one.id for one in found.found])
    return [_line(visit, one, told.get(one.id, 0)) for one in found.found], found.total


def _criteria(asked: Mapping[str, str]) -> Criteria:
    return Criteria(
        products=(asked["q"],) if asked["q"] else (), markets=(asked["market"],) if asked["market"] else (),
        origins=(asked["origin"],) if asked["origin"] else (), since=_day(asked["since"]),
        kind=asked["kind"] if asked["kind"] in set(Kind) else None,
        sources=(asked["source"],) if asked["source"] in SOURCES else (),
    )  # fmt: skip


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _told(tx: Connection, visit: Visit, ids: list[int]) -> dict[int, int]:
    """How many members within reach were sent each of them."""
    who = func.count(func.distinct(deliveries.c.member_id))
    query = select(deliveries.c.recall_id, who).where(deliveries.c.recall_id.in_(ids), deliveries.c.state == "sent")
    mine = query.where(reached(visit, Deed.SEE_MEMBERS, deliveries.c.member_id)).group_by(deliveries.c.recall_id)
    return {row[0]: row[1] for row in tx.execute(mine)}


def _line(visit: Visit, one: Recall, told: int) -> Line:
    texts, language, record = visit.web.services.texts, visit.language, one.record
    origin = ", ".join(markets.name(code, language) for code in one.origin)
    return Line(
        one.id, recalls.number(one.id), one.kind, day_text(one.date, language, visit.today, texts),
        markets.name(record["market"], language), origin or texts("recall.origin_unknown", language),
        recalls.source_name(record, texts, language), record, one.state, one.reason, told,
    )  # fmt: skip


async def detail(visit: Visit) -> Response:
    return visit.page("recall.html", **await visit.read(_whole, visit))


def _whole(tx: Connection, visit: Visit) -> dict[str, Any]:
    one = recalls.by_id(tx, visit.number("recall"))
    if one is None:
        raise Missing
    return {
        "line": _line(visit, one, 0), "before": recalls.versions(tx, one.id), "counts": _counts(tx, visit, one.id),
        "notified_by": markets.name(one.record.get("notified_by", ""), visit.language),
    }  # fmt: skip


def _counts(tx: Connection, visit: Visit, recall_id: int) -> list[AnyRow]:
    """How many deliveries to members within reach stand how, and why."""
    columns = (deliveries.c.state, deliveries.c.reason)
    query = select(*columns, func.count().label("n")).where(deliveries.c.recall_id == recall_id)
    mine = query.where(reached(visit, Deed.SEE_MEMBERS, deliveries.c.member_id)).group_by(*columns)
    return list(tx.execute(mine.order_by(deliveries.c.state, deliveries.c.reason)))


async def export(visit: Visit) -> Response:
    """All of them as a file that can be imported again."""
    form = visit.request.path_params["kind"]
    if form not in exports.FORMATS:
        raise BadInput("cli.unknown_kind", kind=form[:20], kinds=", ".join(exports.FORMATS))
    content = await visit.read(lambda tx: exports.write(recalls.export_rows(tx), form))
    await visit.run(_exported, visit, form, now=visit.now)
    return download(content, f"recalls.{form}", MEDIA.get(form, "application/jsonl"))


def _exported(tx: Connection, visit: Visit, form: str, *, now: datetime) -> None:
    authority.record(tx, visit.me, Deed.EXPORT, allowed=True, now=now, subject=f"recalls {form}")


routes = [
    page("/recalls", listing, deed=Deed.ENTER_CONSOLE, nav="recalls"),
    page("/recalls/{recall:int}", detail, deed=Deed.ENTER_CONSOLE),
    page("/recalls/export/{kind}", export, deed=Deed.EXPORT, on=centre),
]
