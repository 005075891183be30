"""The one-time link with which a browser speaks for a member."""

from datetime import datetime

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot import accounts, authority, enrolment, members
from bot.enrolment import Purpose
from bot.errors import BadInput
from bot.settings import Console
from bot.web import guard, pages, sessions
from bot.web.body import clean
from bot.web.console import cookie as staff_cookie
from bot.web.state import state


async def ask(request: Request) -> Response:
    """Ask first: previews of links in mail and chat open them too, and must not use them up."""
    return pages.page(request, "enter.html")


async def enter(request: Request) -> Response:
    """Use the link: this browser speaks for that member from now on; staff go on to choose login and password."""
    web = state(request)
    if not guard.same_origin(request, web.services.settings):
        return guard.refused("origin")
    code = clean(request.path_params["code"])
    rules, now = web.services.settings.console, web.services.clock.now()
    try:
        cookie, staff = await web.services.db.run(redeem, web.sessions, code, rules=rules, now=now)
    except BadInput as error:
        said = web.services.texts(error.key, pages.language(request), **error.values)
        return pages.page(request, "message.html", status=400, said=said)
    response = RedirectResponse("/console/account" if staff else "/", status_code=303)
    web.sessions.set(request, response, cookie)
    if staff:
        staff_cookie.put(request, response, staff)
    return response


def redeem(
    tx: Connection, made: sessions.Sessions, code: str, *, rules: Console, now: datetime
) -> tuple[str, str | None]:
    """The cookies of a new session: of the chat, at the member's own web address, so that their conversation is there
    on every device; and of the console, for staff."""
    visitor, cookie = made.open(tx, now=now)
    newcomer = members.at_address(tx, "web", visitor, now=now)
    used = enrolment.redeem(tx, code, member_id=newcomer, now=now)
    earlier = sessions.web_address_of(tx, used.member_id, but=visitor)
    if earlier is not None:
        sessions.forget(tx, visitor)
        cookie = made.open(tx, now=now, visitor=earlier)[1]
    return cookie, _staff(tx, used, rules=rules, now=now)


def _staff(tx: Connection, used: enrolment.Redeemed, *, rules: Console, now: datetime) -> str | None:
    is_staff = used.purpose is Purpose.ENTER and accounts.may_enter(authority.grants(tx, used.member_id))
    return accounts.open_session(tx, used.member_id, now=now, rules=rules, by_link=True) if is_staff else None


routes = [Route("/enter/{code}", ask, methods=["GET"]), Route("/enter/{code}", enter, methods=["POST"])]
