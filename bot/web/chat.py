"""The chat page and its routes: messages by POST, replies and alerts by an event stream that resumes."""

import json
from asyncio import to_thread
from collections.abc import AsyncIterator
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection
from sse_starlette import EventSourceResponse
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from bot import attachments, inbox
from bot.attachments import Refused
from bot.channels import rows
from bot.db.engine import AnyRow
from bot.messages import Inbound
from bot.web import guard, pages, receipts, sessions, upload
from bot.web.body import json_object, row_number
from bot.web.state import WebState, state

HEARTBEAT_SECONDS = 20
FILE = "/send_file"  # what a file without words says
RETRY_MILLISECONDS = 1000  # how long a browser waits before it connects again


async def page(request: Request) -> Response:
    """The chat page; a visitor without a session gets one (who only looks whether we are there does not)."""
    web = state(request)
    language, desk = pages.language(request), web.services.settings.desk
    response = pages.page(request, "chat.html", centre=desk.name_en if language == "en" else desk.name_zh)
    pages.keep_language(request, response, language)
    if request.method == "GET" and await _visitor(request) is None:
        _, cookie = await web.services.db.run(web.sessions.open, now=web.services.clock.now())
        web.sessions.set(request, response, cookie)
    return response


async def _visitor(request: Request) -> str | None:
    web = state(request)
    now = web.services.clock.now()
    token = web.sessions.token(request, now=now)
    return await web.services.db.read(sessions.visitor_of, token, now=now) if token else None


async def _sender(request: Request) -> str | Response:
    """The visitor who may send something now, or why not."""
    web = state(request)
    if not guard.same_origin(request, web.services.settings):
        return guard.refused("origin")
    visitor = await _visitor(request)
    if visitor is None:
        return pages.problem(request, "web.session_expired", 401)
    wait = web.limiter.wait(visitor)
    if wait:
        return pages.problem(request, "web.too_fast", 429, {"Retry-After": str(int(wait) + 1)})
    return visitor


async def post(request: Request) -> Response:
    """Take a message: 202 once it is committed; its answer comes over the event stream. The same id is one message."""
    limit = state(request).services.settings.limits.message_chars
    visitor = await _sender(request)
    if isinstance(visitor, Response):
        return visitor
    message = _message(await json_object(request), visitor, pages.language(request))
    if message is None:
        return pages.problem(request, "web.bad_message", 400)
    if not message.text.strip():
        return pages.problem(request, "web.empty_message", 400)
    if len(message.text) > limit:
        return pages.problem(request, "web.message_too_long", 400, limit=limit)
    return await _take(state(request), message)


async def _take(web: WebState, message: Inbound) -> Response:
    row_id, fresh = await web.services.db.run(_receive, message, now=web.services.clock.now())
    if not fresh:  # the same file a second time
        for file in message.attachments:
            attachments.drop(web.services.settings.data / "files" / file.path)
    web.spawn(_answer(web, message))
    return JSONResponse({"row": row_id}, status_code=202)


async def post_file(request: Request) -> Response:
    """Take a file (multipart: id, zone, file) as a message of its own; the same id is one file."""
    settings = state(request).services.settings
    visitor = await _sender(request)
    if isinstance(visitor, Response):
        return visitor
    async with upload.form_of(request) as form:
        sent = upload.file_of(form)
        body = {name: upload.text_of(form, name) for name in ("id", "zone")}
        message = _message({**body, "text": FILE}, visitor, pages.language(request))
        if message is None or sent is None:
            return pages.problem(request, "web.bad_message", 400)
        taken = await to_thread(upload.take, sent, settings.data / "files", most=settings.limits.upload_bytes)
    if isinstance(taken, Refused):
        megabytes = settings.limits.upload_bytes // 1_000_000
        return pages.problem(request, f"attachments.{taken}", 400, megabytes=megabytes)
    return await _take(state(request), replace(message, attachments=(taken,)))


def _message(body: dict[str, Any] | None, visitor: str, language: str) -> Inbound | None:
    """{id: 8-64 characters, text, shown} as a message; None for anything else."""
    body = body or {}
    key, text, shown = body.get("id"), body.get("text"), body.get("shown")
    if not (isinstance(key, str) and 8 <= len(key) <= 64 and isinstance(text, str)):
        return None
    shown = str(shown)[:200] if shown else None
    hints = {"language": language, "time_zone": str(body.get("zone") or "")}
    return Inbound("web", visitor, key, text, shown=shown, metadata=hints)


def _receive(tx: Connection, message: Inbound, *, now: datetime) -> tuple[int, bool]:
    """The message in the inbox and in what the page shows, in one transaction; its row there, and whether it is new."""
    received = inbox.receive(tx, message, now=now)
    body: dict[str, Any] = {"text": message.shown or message.text}
    if message.attachments:
        body = {"text": "", "attachment": asdict(message.attachments[0])}
    key = f"in:{message.key}"
    row_id = rows.put(tx, "web", message.sender, key=key, body=body, mine=True, now=now)
    return rows.number(tx, "web", message.sender, key=key) if row_id is None else row_id, received.fresh


async def _answer(web: WebState, message: Inbound) -> None:
    await web.conversations.respond(message, web.channel)
    web.feed.nudge()


async def history(request: Request) -> Response:
    """The visitor's newest messages, or those before ?before=ROW."""
    web = state(request)
    visitor = await _visitor(request)
    if visitor is None:
        return pages.problem(request, "web.session_expired", 401)
    before = row_number(request.query_params.get("before"))
    found = await web.services.db.read(rows.before, "web", visitor, row_id=before)
    await receipts.note(web, "web", visitor, found)
    return JSONResponse({"messages": [_shown(web, visitor, row) for row in found]})


async def events(request: Request) -> Response:
    """The visitor's messages as they come, from Last-Event-ID (or ?after=) on."""
    web = state(request)
    visitor = await _visitor(request)
    if visitor is None:
        return pages.problem(request, "web.session_expired", 401)
    start = row_number(request.headers.get("last-event-id") or request.query_params.get("after")) or 0
    return EventSourceResponse(_stream(request, web, visitor, start), ping=HEARTBEAT_SECONDS)


async def _stream(request: Request, web: WebState, visitor: str, last: int) -> AsyncIterator[dict[str, Any]]:
    event = web.feed.watch()
    try:
        yield {"retry": RETRY_MILLISECONDS}
        while not await request.is_disconnected():
            while found := await web.services.db.read(rows.after, "web", visitor, row_id=last):
                for row in found:
                    last = row.id
                    data = json.dumps(_shown(web, visitor, row))  # ASCII: U+2028 would end a line for some readers
                    yield {"id": str(row.id), "event": "message", "data": data}
                await receipts.note(web, "web", visitor, found)
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
        body["file"] = {"name": sent["name"], "size": sent["size"], "href": _address(web, visitor, sent["path"])}
    if body.get("image"):
        body["image"] = _address(web, visitor, body["image"])
    return {"row": row.id, "mine": row.mine, "at": row.at.isoformat(), **body}


def _address(web: WebState, visitor: str, path: str) -> str:
    return f"/files/{quote(path)}?s={web.sessions.sign_file(visitor, path)}"


async def file(request: Request) -> Response:
    """A file that was sent to this visitor: its address is signed for them, so it names nothing but what we sent."""
    web, path = state(request), str(request.path_params["path"])
    visitor = await _visitor(request)
    if visitor is None or not web.sessions.signed_file(visitor, path, request.query_params.get("s", "")):
        return guard.refused("file")
    folder = (web.services.settings.data / "files").resolve()
    target = (folder / path).resolve()
    if not (target.is_relative_to(folder) and target.is_file()):
        return pages.problem(request, "web.no_file", 404)
    return FileResponse(target, filename=target.name, content_disposition_type="attachment")


routes = [
    Route("/", page, methods=["GET"]),
    Route("/chat/messages", post, methods=["POST"]),
    Route(upload.PATH, post_file, methods=["POST"]),
    Route("/chat/history", history, methods=["GET"]),
    Route("/chat/events", events, methods=["GET"]),
    Route("/files/{path:path}", file, methods=["GET"]),
]
