"""The page behind an answer link: the whole message and its buttons. Opening it changes nothing, pressing does.

Programs that look through mail open every link, so a GET only shows. The link itself is what allows a press: it comes
from a mail program or a chat, without a cookie of ours.
"""

import secrets
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot import answer_links
from bot.answer_links import Link
from bot.errors import BadInput
from bot.i18n import LANGUAGES
from bot.messages import Inbound, storable
from bot.web import answer_talk, pages
from bot.web.body import clean, row_number
from bot.web.state import WebState, state

NOT_THERE, GONE = 404, 410


async def ask(request: Request) -> Response:
    """Show the message with its buttons, or what was answered."""
    try:
        link = await _found(request)
    except BadInput as error:
        return _sorry(request, error)
    now = state(request).services.clock.now()
    if not link.done and link.expires_at <= now:
        return _sorry(request, BadInput("link.expired"), link)
    wanted = row_number(request.query_params.get("c")) or 0
    return await _page(request, link, wanted=wanted - 1)


async def answer(request: Request) -> Response:
    """Take the answer: once, however often it is sent."""
    web, token = state(request), _token(request)
    form = await request.form()
    place = row_number(_text(form.get("choice")))
    try:
        link = await web.services.db.run(answer_links.claim, token, (place or 0) - 1, now=web.services.clock.now())
    except BadInput as error:
        return _sorry(request, error)
    if link.answer is None:
        return await _page(request, link, wanted=-1, shown=await _take(web, link, (place or 0) - 1))
    if not link.done:
        said = await _take(web, link, link.answer)
        await web.services.db.run(answer_links.note, link.id, said)
        link = await _found(request)
    return await _page(request, link, wanted=-1)


async def _take(web: WebState, link: Link, place: int) -> list[str]:
    """The button's turn in the member's conversation at that address; what is replied stands on the page."""
    button, once = link.buttons[place], "answer" if link.answer is not None else secrets.token_hex(8)
    message = Inbound(
        link.channel, link.address, f"link:{link.id}:{once}", button.payload, shown=button.title,
        metadata={"language": link.language},
    )  # fmt: skip
    got = await web.conversations.handle(message)
    await web.conversations.replied(got)
    return [reply.text for reply in got.replies if reply.text]


async def say(request: Request) -> Response:
    """Take an answer to the question that stands there: once, however often it is sent."""
    web, form = state(request), await request.form()
    try:
        link = await _found(request)
        if link.expires_at <= web.services.clock.now():
            raise BadInput("link.expired")
    except BadInput as error:
        return _sorry(request, error)
    refused = await answer_talk.take(web, link, form)
    return await _page(request, link, wanted=-1, refused=refused, unsent=answer_talk.unsent(form, refused))


async def ask_stop(request: Request) -> Response:
    try:
        link = await _found(request)
    except BadInput as error:
        return _sorry(request, error)
    return await _stop_page(request, link)


async def stop(request: Request) -> Response:
    """No more messages to this address: from the page, or in one click from a mail program (RFC 8058)."""
    db, form = state(request).services.db, await request.form()
    try:
        if form.get("again"):
            link = await db.run(answer_links.resume, _token(request))
        else:
            link = await db.run(answer_links.stop, _token(request), now=state(request).services.clock.now())
    except BadInput as error:
        return _sorry(request, error)
    return await _stop_page(request, link)


async def _found(request: Request) -> Link:
    return await state(request).services.db.read(answer_links.find, _token(request))


def _token(request: Request) -> str:
    return str(clean(request.path_params["token"]))


def _text(value: Any) -> str:
    return storable(value) if isinstance(value, str) else ""


def _language(request: Request, link: Link | None) -> str:
    """That of the message, unless another one is asked for."""
    asked = request.query_params.get("language")
    if asked in LANGUAGES:
        return str(asked)
    return link.language if link else pages.language(request)


def _sorry(request: Request, error: BadInput, link: Link | None = None) -> Response:
    spoken = _language(request, link)
    status = GONE if error.key == "link.expired" else NOT_THERE if error.key == "link.unknown" else 400
    return pages.page(request, "answer_sorry.html", status=status, spoken=spoken, **_common(request, spoken, error.key))


async def _page(
    request: Request, link: Link, *, wanted: int, shown: list[str] | None = None, refused: str | None = None,
    unsent: str = "",
) -> Response:  # fmt: skip
    spoken = _language(request, link)
    services = state(request).services
    zone = ZoneInfo(services.settings.desk.time_zone)
    talk = await services.db.read(answer_talk.standing, link) if link.expires_at > services.clock.now() else None
    return pages.page(
        request, "answer.html", spoken=spoken, link=link, wanted=wanted, shown=shown, token=_token(request),
        talk=talk, refused=refused, unsent=unsent, most=state(request).conversations.max_chars,
        until=link.expires_at.astimezone(zone).date(), **_common(request, spoken, "link.change"),
    )  # fmt: skip


async def _stop_page(request: Request, link: Link) -> Response:
    spoken = _language(request, link)
    stopped = await state(request).services.db.read(answer_links.stopped, link)
    return pages.page(
        request, "answer_stop.html", spoken=spoken, link=link, stopped=stopped, token=_token(request),
        **_common(request, spoken, "link.change"),
    )  # fmt: skip


def _common(request: Request, spoken: str, key: str) -> dict[str, Any]:
    """The sentences of the page, and whom to ask."""
    services = state(request).services
    desk, texts = services.settings.desk, services.texts
    contact = " ".join(part for part in (desk.phone, desk.email) if part)
    centre = desk.name_zh if spoken == "zh" else desk.name_en

    def say(name: str, **values: Any) -> str:
        return texts(f"link.{name}", spoken, **values)

    return {"say": say, "said": texts(key, spoken, centre=centre, contact=contact), "other": _other(spoken)}


def _other(spoken: str) -> str:
    return next(one for one in LANGUAGES if one != spoken)


routes = [
    Route("/a/{token}", ask, methods=["GET"]),
    Route("/a/{token}", answer, methods=["POST"]),
    Route("/a/{token}/say", say, methods=["POST"]),
    Route("/a/{token}/stop", ask_stop, methods=["GET"]),
    Route("/a/{token}/stop", stop, methods=["POST"]),
]
