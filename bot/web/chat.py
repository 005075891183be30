"""The chat page and its routes: messages by POST, replies and alerts by an event stream that resumes."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from jinja2 import Environment, FileSystemLoader
from sqlalchemy import Connection
from sse_starlette import EventSourceResponse
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response

from bot import enrolment, inbox, members
from bot.channels import rows
from bot.db.engine import AnyRow
from bot.errors import BadInput
from bot.i18n import LANGUAGES
from bot.messages import Inbound
from bot.web import guard, sessions
from bot.web.state import WebState, state

HERE = Path(__file__).parent
LANGUAGE_COOKIE = "fengsui_language"
HEARTBEAT_SECONDS = 20

router = APIRouter(include_in_schema=False)
_pages = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True)


@router.get("/")
async def page(request: Request) -> Response:
    """The chat page; a visitor without a session gets one."""
    web = state(request)
    language = _language(request)
    response = HTMLResponse(_page(web, language))
    response.set_cookie(LANGUAGE_COOKIE, language, max_age=31_536_000, samesite="lax", path="/")
    if await _visitor(request) is None:
        _, cookie = await web.services.db.run(web.sessions.open, now=web.services.clock.now())
        web.sessions.set(request, response, cookie)
    return response


def _page(web: WebState, language: str) -> str:
    texts, desk = web.services.texts, web.services.settings.desk
    strings = {key.removeprefix("web."): value for key, value in texts.area("web", language).items()}
    centre = desk.name_en if language == "en" else desk.name_zh
    return _pages.get_template("chat.html").render(t=strings, language=language, centre=centre, strings=strings)


def _language(request: Request) -> str:
    """Asked for in the address, else chosen before, else the browser's first language that we speak."""
    for wanted in (request.query_params.get("language"), request.cookies.get(LANGUAGE_COOKIE)):
        if wanted in LANGUAGES:
            return str(wanted)
    for part in request.headers.get("accept-language", "").split(","):
        if part.strip()[:2].lower() in LANGUAGES:
            return part.strip()[:2].lower()
    return "zh"


async def _visitor(request: Request) -> str | None:
    web = state(request)
    now = web.services.clock.now()
    token = web.sessions.token(request, now=now)
    return await web.services.db.read(sessions.visitor_of, token, now=now) if token else None


@router.post("/chat/messages")
async def post(request: Request) -> Response:
    """Take a message: 202 once it is committed; its answer comes over the event stream. The same id is one message."""
    web = state(request)
    if not guard.same_origin(request, web.services.settings):
        return guard.refused("origin")
    visitor = await _visitor(request)
    if visitor is None:
        return _problem(web, request, "web.session_expired", 401)
    wait = web.limiter.wait(visitor)
    if wait:
        return _problem(web, request, "web.too_fast", 429, {"Retry-After": str(int(wait) + 1)})
    try:
        message = _message(await request.json(), visitor, _language(request))
    except (ValueError, TypeError, KeyError):
        return _problem(web, request, "web.bad_message", 400)
    if not message.text.strip() or len(message.text) > web.services.settings.limits.message_chars:
        key = "web.message_too_long" if message.text.strip() else "web.empty_message"
        return _problem(web, request, key, 400)
    row_id = await web.services.db.run(_receive, message, now=web.services.clock.now())
    web.spawn(_answer(web, message))
    return JSONResponse({"row": row_id}, status_code=202)


def _message(body: Any, visitor: str, language: str) -> Inbound:
    key, text, shown = body["id"], body["text"], body.get("shown")
    if not (isinstance(key, str) and 8 <= len(key) <= 64 and isinstance(text, str)):
        raise ValueError("a message is {id: 8-64 characters, text, shown}")
    shown = str(shown)[:200] if shown else None
    hints = {"language": language, "time_zone": str(body.get("zone") or "")}
    return Inbound("web", visitor, key, text.replace("\x00", ""), shown=shown, metadata=hints)


def _receive(tx: Connection, message: Inbound, *, now: Any) -> int | None:
    """The message in the inbox and in what the page shows, in one transaction."""
    inbox.receive(tx, message, now=now)
    body = {"text": message.shown or message.text}
    return rows.put(tx, "web", message.sender, key=f"in:{message.key}", body=body, mine=True, now=now)


async def _answer(web: WebState, message: Inbound) -> None:
    await web.conversations.respond(message, web.channel)
    web.feed.nudge()


def _problem(web: WebState, request: Request, key: str, status: int, headers: dict[str, str] | None = None) -> Response:
    limit = web.services.settings.limits.message_chars
    said = web.services.texts(key, _language(request), **({"limit": limit} if key == "web.message_too_long" else {}))
    return JSONResponse({"error": said}, status_code=status, headers=headers)


@router.get("/chat/history")
async def history(request: Request) -> Response:
    """The visitor's newest messages, or those before ?before=ROW."""
    web = state(request)
    visitor = await _visitor(request)
    if visitor is None:
        return _problem(web, request, "web.session_expired", 401)
    asked = request.query_params.get("before", "")
    before = int(asked) if asked.isdecimal() else None
    found = await web.services.db.read(rows.before, "web", visitor, row_id=before)
    return JSONResponse({"messages": [_shown(web, visitor, row) for row in found]})


@router.get("/chat/events")
async def events(request: Request) -> Response:
    """The visitor's messages as they come, from Last-Event-ID (or ?after=) on."""
    web = state(request)
    visitor = await _visitor(request)
    if visitor is None:
        return _problem(web, request, "web.session_expired", 401)
    asked = request.headers.get("last-event-id") or request.query_params.get("after", "0")
    start = int(asked) if asked.isdecimal() else 0
    return EventSourceResponse(_stream(request, web, visitor, start), ping=HEARTBEAT_SECONDS)


async def _stream(request: Request, web: WebState, visitor: str, last: int) -> AsyncIterator[dict[str, str]]:
    event = web.feed.watch()
    try:
        while not await request.is_disconnected():
            for row in await web.services.db.read(rows.after, "web", visitor, row_id=last):
                last = row.id
                data = json.dumps(_shown(web, visitor, row), ensure_ascii=False)
                yield {"id": str(row.id), "event": "message", "data": data}
            await web.feed.changed(event, HEARTBEAT_SECONDS)
            if await _visitor(request) is None:  # revoked or expired meanwhile
                return
    finally:
        web.feed.unwatch(event)


def _shown(web: WebState, visitor: str, row: AnyRow) -> dict[str, Any]:
    """One message as the page gets it; files get an address that only this visitor can use."""
    body = dict(row.body)
    sent = body.pop("attachment", None)
    if sent:
        href = f"/files/{quote(sent['path'])}?s={web.sessions.sign_file(visitor, sent['path'])}"
        body["file"] = {"name": sent["name"], "size": sent["size"], "href": href}
    return {"row": row.id, "mine": row.mine, "at": row.at.isoformat(), **body}


@router.get("/files/{path:path}")
async def file(request: Request, path: str) -> Response:
    """A file that was sent to this visitor."""
    web = state(request)
    visitor = await _visitor(request)
    folder = (web.services.settings.data / "files").resolve()
    target = (folder / path).resolve()
    if visitor is None or request.query_params.get("s") != web.sessions.sign_file(visitor, path):
        return guard.refused("file")
    if not (target.is_relative_to(folder) and target.is_file()):
        return _problem(web, request, "web.no_file", 404)
    return FileResponse(target, filename=target.name, content_disposition_type="attachment")


@router.get("/enter/{code}")
async def enter(request: Request, code: str) -> Response:
    """A one-time link: ask first, because previews of links in mail and chat open them too."""
    web = state(request)
    language = _language(request)
    strings = {key.removeprefix("web."): value for key, value in web.services.texts.area("web", language).items()}
    return HTMLResponse(_pages.get_template("enter.html").render(t=strings, language=language))


@router.post("/enter/{code}")
async def entered(request: Request, code: str) -> Response:
    """Use the one-time link: this browser speaks for that member from now on."""
    web = state(request)
    if not guard.same_origin(request, web.services.settings):
        return guard.refused("origin")
    try:
        cookie = await web.services.db.run(_enter, web.sessions, code, now=web.services.clock.now())
    except BadInput as error:
        said = web.services.texts(error.key, _language(request), **error.values)
        return HTMLResponse(_pages.get_template("message.html").render(said=said, language=_language(request)), 400)
    response = RedirectResponse("/", status_code=303)
    web.sessions.set(request, response, cookie)
    return response


def _enter(tx: Connection, made: sessions.Sessions, code: str, *, now: Any) -> str:
    """A new session at the member's own web address, so that their conversation is there on every device."""
    visitor, cookie = made.open(tx, now=now)
    newcomer = members.at_address(tx, "web", visitor, now=now)
    used = enrolment.redeem(tx, code, member_id=newcomer, now=now)
    earlier = sessions.web_address_of(tx, used.member_id)
    if earlier is None or earlier == visitor:
        return cookie
    return made.open(tx, now=now, visitor=earlier)[1]
