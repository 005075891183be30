"""Whom a survey or a notice means, as a form asks for it: the choices, what was chosen, and how many that is."""

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, select
from starlette.responses import Response

from bot import alerts, audience, authority
from bot.audience import Audience
from bot.authority import Deed
from bot.db.engine import AnyRow
from bot.db.models import organisations as table
from bot.errors import BadInput
from bot.messages import storable
from bot.organisations import Kind
from bot.web.body import row_number
from bot.web.console.gate import Handler
from bot.web.console.visit import Visit
from nlu import markets

SENDERS = (Kind.CENTRE, Kind.BUREAU, Kind.ASSOCIATION)


def choices(tx: Connection, visit: Visit, deed: Deed) -> dict[str, Any]:
    """What the form offers: in whose name, which counties and associations, which markets."""
    mine = table.c.id.in_(visit.within(deed))
    columns = (table.c.id, table.c.kind, table.c.name_zh, table.c.name_en)
    rows = list(tx.execute(select(*columns).where(mine, table.c.kind.in_(SENDERS)).order_by(table.c.id)))
    own = sorted(authority.tops(visit.staff.grants, deed))
    return {
        "senders": sorted(rows, key=lambda row: (row.id not in own, row.id)),
        "counties": [row for row in rows if row.kind == Kind.BUREAU],
        "associations": [row for row in rows if row.kind == Kind.ASSOCIATION],
        "markets": sorted(
            ((code, markets.name(code, visit.language)) for code in markets.markets()), key=lambda pair: pair[1]
        ),
    }


def chosen(values: Callable[[str], Collection[str]]) -> Audience:
    """The audience that the fields say; words are separated by commas or lines."""
    return Audience.of(
        regions=_numbers(values("regions")),
        associations=_numbers(values("associations")),
        products=_words(values("products")),
        hs_codes=_words(values("hs_codes")),
        markets=[one for one in values("markets") if one],
        languages=[one for one in values("languages") if one],
    )


def _numbers(given: Collection[str]) -> list[int]:
    return [number for one in given if (number := row_number(one)) is not None]


def _words(given: Collection[str]) -> list[str]:
    plain = "\n".join(storable(one) for one in given)
    for mark in "，,；;、":
        plain = plain.replace(mark, "\n")
    return [word.strip()[:100] for word in plain.split("\n") if word.strip()][:50]


def of_form(visit: Visit) -> Audience:
    return chosen(lambda name: [one for one in visit.form.getlist(name) if isinstance(one, str)])


def counting(deed: Deed, *, roles: tuple[str, ...] = ()) -> Handler:
    """A page part: how many the fields of the form mean, and some of them by name; `roles`: only people in these."""

    async def count(visit: Visit) -> Response:
        return visit.page("audience_count.html", **await visit.read(_count, visit, deed, roles))

    return count


def _count(tx: Connection, visit: Visit, deed: Deed, roles: tuple[str, ...]) -> dict[str, Any]:
    query = visit.request.query_params
    place = row_number(query.get("organisation"))
    if place is None:
        raise BadInput("console.members.no_organisation")
    authority.require(tx, visit.me, deed, place)
    if query.get("concerned") == "1" and (about := row_number(query.get("notification"))):
        found = alerts.preview(tx, about, now=visit.now.astimezone(visit.zone))
        return {"concerned": len(found.getting), "counted": None, "sample": [], "words": ""}
    wanted = replace(chosen(query.getlist), roles=roles)
    audience.check(tx, wanted, by=visit.me, deed=deed, organisation_id=place)
    return {
        "concerned": None,
        "counted": audience.count(tx, wanted, organisation_id=place, today=visit.today),
        "sample": audience.sample(tx, wanted, organisation_id=place, today=visit.today),
        "words": audience.described(tx, wanted, texts=visit.web.services.texts, language=visit.language),
    }


def named(row: AnyRow, language: str) -> str:
    return str(row.name_en if language == "en" else row.name_zh)
