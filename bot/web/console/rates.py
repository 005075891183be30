"""Exchange rates: what staff entered, by day and with its source; amounts in reports are converted by them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection
from starlette.responses import Response

from bot import authority
from bot.authority import Deed
from bot.errors import BadInput
from bot.results.money import Rate, listed, set_rate
from bot.web.console.gate import centre, form, page
from bot.web.console.visit import Visit


async def listing(visit: Visit) -> Response:
    return await _page(visit, {})


async def _page(visit: Visit, given: dict[str, str], *, problem: str = "") -> Response:
    shown = {"currency": "", "day": visit.today.isoformat(), "usd": "", "source": "", **given}
    rows = await visit.read(listed)
    return visit.page("rates.html", status=400 if problem else 200, rates=rows, given=shown, problem=problem)


async def enter(visit: Visit) -> Response:
    given = {name: visit.given(name) for name in ("currency", "day", "usd", "source")}
    try:
        await visit.run(_enter, visit, _rate(given), now=visit.now)
    except BadInput as error:
        return await _page(
            visit, given, problem=visit.web.services.texts(error.key, visit.language, **error.values)
        )  # fmt: skip
    return visit.back("/rates", "rate_kept")


def _rate(given: dict[str, str]) -> Rate:
    try:
        return Rate(given["currency"], date.fromisoformat(given["day"]), float(given["usd"]), given["source"])
    except ValueError as error:
        raise BadInput("console.rates.bad") from error


def _enter(tx: Connection, visit: Visit, rate: Rate, *, now: datetime) -> None:
    set_rate(tx, rate, by=visit.me, now=now)
    detail: dict[str, Any] = {"day": rate.day.isoformat(), "usd": rate.usd, "source": rate.source}
    subject = rate.currency.strip().upper()
    authority.record(tx, visit.me, Deed.SET_RATES, allowed=True, now=now, subject=subject, detail=detail)


routes = [
    page("/rates", listing, deed=Deed.SET_RATES, on=centre, nav="rates"),
    form("/rates", enter, deed=Deed.SET_RATES, on=centre),
]
