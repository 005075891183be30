"""Signing in and out, and one's own account: login, password, the sessions on other devices."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bot import accounts, authority
from bot.accounts import Account, Session
from bot.authority import Deed
from bot.errors import BadInput
from bot.messages import storable
from bot.web import guard, pages
from bot.web.console import cookie
from bot.web.console.gate import form, page
from bot.web.console.render import render
from bot.web.console.visit import ROOT, Visit
from bot.web.state import state

T = TypeVar("T")

HASHING = ThreadPoolExecutor(2, "passwords")  # a password hash takes 64 MB: not more than two at once


async def _slowly(f: Callable[..., T], *args: str) -> T:
    return await asyncio.get_running_loop().run_in_executor(HASHING, f, *args)


async def ask(request: Request) -> Response:
    """The sign-in page."""
    return _login_page(request)


def _login_page(request: Request, *, problem: str = "", login: str = "", status: int = 200) -> Response:
    services, language = state(request).services, pages.language(request)
    said = request.query_params.get("said", "")
    onward = _inside(request.query_params.get("next", ""))
    made = render(
        "login.html", services.texts, language, ZoneInfo(services.settings.desk.time_zone), path=request.url.path,
        problem=problem, login=login, query={"next": onward} if onward else {}, said=said,
    )  # fmt: skip
    response = HTMLResponse(made, status_code=status)
    if request.query_params.get("language"):
        pages.keep_language(request, response, language)
    return response


def _inside(path: str) -> str:
    """The address to go on to, if it is one of the console; else none."""
    return path if path.startswith(f"{ROOT}/") and "//" not in path and "\\" not in path else ""


async def enter(request: Request) -> Response:
    """Sign in. Whether the login is unknown, locked, or the password wrong is not told apart, in words or in time."""
    services = state(request).services
    if not guard.same_origin(request, services.settings):
        return guard.refused("origin")
    async with request.form() as given:
        login, password = (str(given.get(name, "")) for name in ("login", "password"))
    rules, now = services.settings.console, services.clock.now()
    known = await _take(request, login, now)
    right = await _slowly(accounts.fits, known.password if known else accounts.NOBODY, password)
    if known is None or not right:
        problem = services.texts(
            "console.login.wrong", pages.language(request), n=rules.tries, minutes=rules.lock_minutes
        )
        return _login_page(request, problem=problem, login=storable(login)[:64], status=401)
    secret = await services.db.run(_begin, known, rules=rules, now=now)
    response = RedirectResponse(_inside(request.query_params.get("next", "")) or f"{ROOT}/", status_code=303)
    cookie.put(request, response, secret)
    return response


async def _take(request: Request, login: str, now: datetime) -> Account | None:
    services = state(request).services
    try:
        name = accounts.clean_login(storable(login))
    except BadInput:
        return None
    return await services.db.run(accounts.take_try, name, now=now, rules=services.settings.console)


def _begin(tx: Connection, known: Account, *, rules: Any, now: datetime) -> str:
    accounts.passed(tx, known.member_id)
    authority.record(tx, known.member_id, "sign_in", allowed=True, now=now)
    return accounts.open_session(tx, known.member_id, now=now, rules=rules)


async def leave(visit: Visit) -> Response:
    await visit.run(accounts.close, visit.staff)
    return _out(visit, "left")


async def leave_everywhere(visit: Visit) -> Response:
    await visit.run(_leave_everywhere, visit.staff, now=visit.now)
    return _out(visit, "left_everywhere")


def _leave_everywhere(tx: Connection, staff: Session, *, now: datetime) -> None:
    accounts.close_all(tx, staff.member_id)
    authority.record(tx, staff.member_id, "sign_out_everywhere", allowed=True, now=now)


def _out(visit: Visit, said: str) -> Response:
    response = visit.back("/login", said)
    cookie.drop(visit.request, response)
    return response


async def account(visit: Visit) -> Response:
    """One's own account; whoever came by a link chooses login and password first."""
    return _account_page(visit)


def _account_page(visit: Visit, *, problem: str = "", login: str | None = None, status: int = 200) -> Response:
    shown = visit.staff.login or "" if login is None else login
    return visit.page(
        "account.html", status=status, problem=problem, login=shown, rules=visit.web.services.settings.console
    )


async def choose(visit: Visit) -> Response:
    """Set login and password. Without a link the old password is asked for, and counted like a try to sign in."""
    login, password = visit.given("login"), str(visit.form.get("password", ""))
    try:
        await _set(visit, login, password)
    except BadInput as error:
        problem = visit.web.services.texts(error.key, visit.language, **error.values)
        return _account_page(visit, problem=problem, login=login, status=400)
    rules = visit.web.services.settings.console
    secret = await visit.run(accounts.open_session, visit.me, now=visit.now, rules=rules)
    response = visit.back("/", "password_set")
    cookie.put(visit.request, response, secret)
    return response


async def _set(visit: Visit, login: str, password: str) -> None:
    rules = visit.web.services.settings.console
    name = accounts.clean_login(login)
    if password != str(visit.form.get("again", "")):
        raise BadInput("console.account.not_the_same")
    accounts.check_password(password, login=name, minimum=rules.password_length)
    if not visit.staff.by_link:
        await _check_old(visit)
    stored = await _slowly(accounts.hashed, password)
    await visit.run(_store, visit.me, name, stored, now=visit.now)


async def _check_old(visit: Visit) -> None:
    rules, old = visit.web.services.settings.console, str(visit.form.get("old", ""))
    known = await visit.run(accounts.take_try, visit.staff.login or "", now=visit.now, rules=rules)
    stored = known.password if known else accounts.NOBODY
    if not await _slowly(accounts.fits, stored, old) or known is None:
        raise BadInput("console.account.wrong_old")


def _store(tx: Connection, member_id: int, login: str, password: str, *, now: datetime) -> None:
    accounts.put(tx, member_id, login=login, password=password, now=now)
    authority.record(tx, member_id, "set_password", allowed=True, now=now, subject=f"member {member_id}")


OPEN: tuple[BaseRoute, ...] = (
    Route("/login", ask, methods=["GET"]),
    Route("/login", enter, methods=["POST"]),
)
routes = [
    form("/leave", leave, deed=Deed.ENTER_CONSOLE, early=True),
    form("/leave/everywhere", leave_everywhere, deed=Deed.ENTER_CONSOLE, early=True),
    page("/account", account, deed=Deed.ENTER_CONSOLE, early=True),
    form("/account", choose, deed=Deed.ENTER_CONSOLE, early=True),
]
