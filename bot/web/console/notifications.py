"""Notifications: find them, see who was alerted and why, try who would be, write a Chinese title and summary."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select
from starlette.responses import Response

from bot import alerts, authority, notifications
from bot.alerts import Getting, Missed
from bot.authority import Deed
from bot.db.engine import AnyRow
from bot.db.models import alerts as alert_table
from bot.db.models import deliveries, members
from bot.errors import BadInput
from bot.i18n import LANGUAGES
from bot.matching import Match, Miss, reason_text
from bot.notifications import Criteria, Notification
from bot.notifications.card import member_names, summary, titles, type_name
from bot.notifications.record import TYPES
from bot.web.console.gate import Missing, centre, form, page
from bot.web.console.reach import reached
from bot.web.console.visit import PAGE, Visit
from nlu import markets, symbols

LISTED = 200  # members named on one page; the rest is counted
AT_MOST = 6  # values of an interest that are shown beside a miss
LIMITS = {"title": 500, "summary": 4000}


@dataclass(frozen=True, slots=True)
class Line:
    """One notification in a list."""

    id: int
    symbol: str
    titles: list[str]
    market: str
    kind: str
    clock: str
    urgent: bool
    alerted: int


# --- the list -------------------------------------------------------------------------------------


async def listing(visit: Visit) -> Response:
    asked = {name: visit.asked(name) for name in ("q", "market", "agreement", "type", "open")}
    found, total = await visit.read(_found, visit, asked)
    types = [(kind, visit.web.services.texts(f"notification.type.{kind}", visit.language)) for kind in TYPES]
    return visit.page(
        "notifications.html", lines=found, total=total, asked=asked, types=types, number=visit.page_number, size=PAGE,
        market_choices=market_choices(visit.language),
    )  # fmt: skip


def _found(tx: Connection, visit: Visit, asked: Mapping[str, str]) -> tuple[list[Line], int]:
    offset = (visit.page_number - 1) * PAGE
    symbol = symbols.parse(asked["q"]) if asked["q"] else None
    if symbol:
        family = notifications.family(tx, str(symbol))[::-1]
        found, total = family[offset : offset + PAGE], len(family)
    else:
        found, total = notifications.search(tx, _criteria(visit, asked), limit=PAGE, offset=offset)
    counts = _alerted(tx, visit, [one.id for one in found])
    return [_line(visit, one, counts.get(one.id, 0)) for one in found], total


def _criteria(visit: Visit, asked: Mapping[str, str]) -> Criteria:
    return Criteria(
        products=(asked["q"],) if asked["q"] else (),
        markets=(asked["market"],) if asked["market"] else (),
        agreement=asked["agreement"] if asked["agreement"] in ("TBT", "SPS") else None,
        types=(asked["type"],) if asked["type"] in TYPES else (),
        open_on=visit.today if asked["open"] else None,
    )


def _alerted(tx: Connection, visit: Visit, ids: list[int]) -> dict[int, int]:
    """How many members within reach were sent each of them."""
    who = func.count(func.distinct(deliveries.c.member_id))
    query = (
        select(alert_table.c.notification_id, who)
        .join(deliveries, deliveries.c.alert_id == alert_table.c.id)
        .where(alert_table.c.notification_id.in_(ids), deliveries.c.state == "sent")
        .where(reached(visit, Deed.SEE_MEMBERS, deliveries.c.member_id))
        .group_by(alert_table.c.notification_id)
    )
    return {row[0]: row[1] for row in tx.execute(query)}


def _line(visit: Visit, one: Notification, alerted: int) -> Line:
    texts, language = visit.web.services.texts, visit.language
    left = (one.deadline - visit.today).days if one.deadline and not one.withdrawn_by else -1
    return Line(
        one.id, one.symbol, titles(one.record, language, texts),
        member_names(one.record["members"], language, texts), type_name(one.record, language, texts),
        notifications.clock(one, language, visit.today, texts), 0 <= left <= 14, alerted,
    )  # fmt: skip


# --- one of them ----------------------------------------------------------------------------------


async def detail(visit: Visit) -> Response:
    return visit.page("notification.html", **await visit.read(_whole, visit))


def _whole(tx: Connection, visit: Visit) -> dict[str, Any]:
    one = _there(tx, visit)
    raw, texts = one.record, visit.web.services.texts
    return {
        "one": one,
        "line": _line(visit, one, 0),
        "summary": summary(raw, visit.language),
        "family": [_line(visit, other, 0) for other in notifications.family(tx, one.symbol) if other.id != one.id],
        "words": notifications.own_words(tx, one.id),
        "alerts": _alerts(tx, visit, one.id),
        "markets": member_names(raw["members"], visit.language, texts),
        "may_write": _at_centre(tx, visit, Deed.EDIT_NOTIFICATION),
        "languages": LANGUAGES,
        "limits": LIMITS,
    }


def _there(tx: Connection, visit: Visit) -> Notification:
    one = notifications.by_id(tx, visit.number("notification"))
    if one is None:
        raise Missing
    return one


def _at_centre(tx: Connection, visit: Visit, deed: Deed) -> bool:
    return bool(authority.tops(visit.staff.grants, deed).intersection(centre(tx, {})))


def _alerts(tx: Connection, visit: Visit, notification_id: int) -> list[dict[str, Any]]:
    """Each alert of it, and its deliveries within reach by state and reason."""
    query = select(alert_table).where(alert_table.c.notification_id == notification_id).order_by(alert_table.c.id)
    rows = tx.execute(query).all()
    count = func.count().label("n")
    told = (
        select(deliveries.c.alert_id, deliveries.c.state, deliveries.c.reason, count)
        .where(deliveries.c.alert_id.in_([row.id for row in rows]))
        .where(reached(visit, Deed.SEE_MEMBERS, deliveries.c.member_id))
        .group_by(deliveries.c.alert_id, deliveries.c.state, deliveries.c.reason)
        .order_by(count.desc())
    )
    counts = tx.execute(told).all()
    return [{"alert": row, "counts": [one for one in counts if one.alert_id == row.id]} for row in rows]


async def write(visit: Visit) -> Response:
    """Title and summary in one language; what was typed stays on the page when it is too long."""
    language = visit.request.path_params["language"]
    if language not in LANGUAGES:
        raise Missing
    given = {name: visit.given(name) for name in LIMITS}
    for name, most in LIMITS.items():
        if len(given[name]) > most:
            raise BadInput("console.notification.too_long", n=most)
    await visit.run(_write, visit, language, given, now=visit.now)
    said = "words_kept" if any(given.values()) else "words_gone"
    return visit.back(f"/notifications/{visit.number('notification')}", said)


def _write(tx: Connection, visit: Visit, language: str, given: Mapping[str, str], *, now: datetime) -> None:
    one = _there(tx, visit)
    notifications.write_words(tx, one.id, language, **given, by=visit.me, now=now)
    authority.record(
        tx, visit.me, Deed.EDIT_NOTIFICATION, allowed=True, now=now, subject=one.symbol,
        detail={"language": language, **given},
    )  # fmt: skip


# --- who would get it -----------------------------------------------------------------------------


async def preview(visit: Visit) -> Response:
    """A part of the page: who would get this now and why, and what keeps it from the others."""
    return visit.page(
        "notification_preview.html", **await visit.read(_preview, visit, now=visit.now.astimezone(visit.zone))
    )


def _preview(tx: Connection, visit: Visit, *, now: datetime) -> dict[str, Any]:
    one = _there(tx, visit)
    found = alerts.preview(tx, one.id, now=now)
    names = _names(tx, visit, [*found.getting, *found.maybe, *found.missed])
    return {
        "one": one,
        "getting": _getting(visit, found.getting, names),
        "maybe": _getting(visit, found.maybe, names),
        "missed": [(names[who], why, _at(visit, why)) for who, why in found.missed.items() if who in names][:LISTED],
        "totals": {"getting": len(found.getting), "maybe": len(found.maybe), "missed": len(found.missed)},
        "within": sum(1 for who in found.getting if who in names),
        "listed": LISTED,
    }


def _getting(
    visit: Visit, them: Mapping[int, Getting], names: Mapping[int, AnyRow]
) -> list[tuple[AnyRow, str, int, str | None]]:
    """(who, why, how sure in per cent, what holds it back)."""
    mine = [one for one in them.values() if one.member_id in names][:LISTED]
    return [(names[one.member_id], _why(visit, one.why), round(100 * one.why.score), one.held_back) for one in mine]


def _at(visit: Visit, missed: Missed) -> str:
    """What the interest says instead, as it was typed; markets by their names."""
    named = missed.why is Miss.MARKET
    values = [markets.name(value, visit.language) if named else value for value in missed.at]
    return visit.web.services.texts("alert.list_comma", visit.language).join(values[:AT_MOST])


def _why(visit: Visit, why: Match) -> str:
    return reason_text(why, visit.language, texts=visit.web.services.texts)


def _names(tx: Connection, visit: Visit, ids: list[int]) -> dict[int, AnyRow]:
    """Those of them who are within reach, by id; of others not even the name is told."""
    query = select(members.c.id, members.c.name).where(reached(visit, Deed.SEE_MEMBERS, members.c.id))
    wanted = set(ids)
    return {row.id: row for row in tx.execute(query) if row.id in wanted}


def market_choices(language: str) -> list[tuple[str, str]]:
    return sorted(((code, markets.name(code, language)) for code in markets.markets()), key=lambda pair: pair[1])


routes = [
    page("/notifications", listing, deed=Deed.ENTER_CONSOLE, nav="notifications"),
    page("/notifications/{notification:int}", detail, deed=Deed.ENTER_CONSOLE),
    page("/notifications/{notification:int}/preview", preview, deed=Deed.SEE_MEMBERS),
    form("/notifications/{notification:int}/words/{language}", write, deed=Deed.EDIT_NOTIFICATION, on=centre),
]
