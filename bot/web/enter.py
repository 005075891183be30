"""The one-time link with which a browser speaks for a member."""

from datetime import datetime

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot import enrolment, members
from bot.errors import BadInput
from bot.web import guard, pages, sessions
from bot.web.body import clean
from bot.web.state import state


async def ask(request: Request) -> Response:
    """Ask first: previews of links in mail and chat open them too, and must not use them up."""
    return pages.page(request, "enter.html")


async def enter(request: Request) -> Response:
    """Use the link: this browser speaks for that member from now on."""
    web = state(request)
    if not guard.same_origin(request, web.services.settings):
        return guard.refused("origin")
    code = clean(request.path_params["code"])
    try:
        cookie = await web.services.db.run(redeem, web.sessions, code, now=web.services.clock.now())
    except BadInput as error:
        said = web.services.texts(error.key, pages.language(request), **error.values)
        return pages.page(request, "message.html", status=400, said=said)
    response = RedirectResponse("/", status_code=303)
    web.sessions.set(request, response, cookie)
    return response


def redeem(tx: Connection, made: sessions.Sessions, code: str, *, now: datetime) -> str:
    """A new session at the member's own web address, so that their conversation is there on every device."""
    visitor, cookie = made.open(tx, now=now)
    newcomer = members.at_address(tx, "web", visitor, now=now)
    used = enrolment.redeem(tx, code, member_id=newcomer, now=now)
    earlier = sessions.web_address_of(tx, used.member_id, but=visitor)
    if earlier is None:
        return cookie
    sessions.forget(tx, visitor)
    return made.open(tx, now=now, visitor=earlier)[1]


routes = [Route("/enter/{code}", ask, methods=["GET"]), Route("/enter/{code}", enter, methods=["POST"])]
