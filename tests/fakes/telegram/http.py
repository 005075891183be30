"""The server's HTTP side: method calls, file downloads, and what a fault makes of an answer."""

import asyncio
import json
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from tests.fakes.telegram.bots import Bot, Call
from tests.fakes.telegram.errors import ApiError, too_many
from tests.fakes.telegram.faults import Fault
from tests.fakes.telegram.hand import hand_pages
from tests.fakes.telegram.methods import METHODS
from tests.fakes.telegram.params import Params, read_params
from tests.fakes.telegram.waiting import first

if TYPE_CHECKING:
    from tests.fakes.telegram.server import TelegramServer

Json = dict[str, Any]
GATEWAY = b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body></body>\r\n</html>\r\n"


class Web:
    """An ASGI application."""

    def __init__(self, server: "TelegramServer") -> None:
        self.server = server
        self._pages = hand_pages(server)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        path = scope["path"]
        if path.startswith("/file/bot"):
            await self._download(path.removeprefix("/file/bot"))(scope, receive, send)
        elif path.startswith("/bot"):
            await self._call(path.removeprefix("/bot"), Request(scope, receive), send)
        else:
            await self._pages(scope, receive, send)

    def _download(self, path: str) -> Response:
        token, _, name = path.partition("/")
        bot = self.server.bots.get(token)
        found = next((one for one in bot.files.values() if one.path == name), None) if bot else None
        if not found:
            return _json(ApiError(404, "Not Found").body() if bot else _unauthorized().body())
        return Response(found.data, media_type="application/octet-stream")

    async def _call(self, path: str, request: Request, send: Send) -> None:
        token, _, name = path.partition("/")
        bot = self.server.bots.get(token)
        if not bot:
            return await _json(_unauthorized(token).body())(request.scope, request.receive, send)
        try:
            params = await read_params(request)
        except ApiError as refusal:
            return await _json(refusal.body())(request.scope, request.receive, send)
        method = METHODS.get(name.lower(), (name, None))[0]
        fault = self.server.fault_for(bot, method, params)
        body = await self._body(bot, method, params, fault)
        return await self._answer(body, fault, request, send)

    async def _body(self, bot: Bot, method: str, params: Params, fault: Fault | None) -> Json:
        """The answer, noted among the calls; a call that a fault kept from being carried out has the fault's."""
        call = Call(method, params.values, self.server.clock.now(), bot)
        self.server.calls.append(call)
        try:
            if fault and not fault.done:
                raise _refusal(self.server, bot, params, fault)
            result = await self.server.perform(bot, method, params)
            body: Json = {"ok": True, "result": result}
            call.result = result
        except ApiError as refusal:
            body = refusal.body()
        if not fault or fault.kind not in {"hang", "cut"}:
            call.ok, call.code, call.description = body["ok"], body.get("error_code", 200), body.get("description", "")
        self.server.changed.send()
        return body

    async def _answer(self, body: Json, fault: Fault | None, request: Request, send: Send) -> None:
        kind = fault.kind if fault else ""
        if fault and kind == "slow":
            await first(self.server.closed.next(), timeout=fault.options.get("seconds", 0.2))
        if fault and kind == "hang":
            await self._hang(fault.options.get("seconds"), request)
        if kind in {"hang", "cut"}:
            return await _cut(body, send)
        answer = Response(GATEWAY, 502, media_type="text/html") if kind == "502" else _json(body)
        return await answer(request.scope, request.receive, send)

    async def _hang(self, seconds: float | None, request: Request) -> None:
        await first(self.server.closed.next(), _disconnected(request), timeout=seconds)


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _cut(body: Json, send: Send) -> None:
    """Half of the answer; an application that then returns makes the server close the connection."""
    content = json.dumps(body).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": content[: len(content) // 2], "more_body": True})
    await asyncio.sleep(0)


def _refusal(server: "TelegramServer", bot: Bot, params: Params, fault: Fault) -> ApiError:
    options = fault.options
    if fault.kind == "429":
        seconds = int(options.get("retry_after", 1))
        if options.get("wide") or options.get("hold"):
            key = None if options.get("wide") else params.integer("chat_id")
            bot.meter.block(key, seconds, server.clock.now())
        return too_many(seconds)
    if fault.kind == "error":
        text = options.get("description", "Bad Request: something is wrong")
        return ApiError(options.get("code", 400), text, **options.get("parameters", {}))
    return ApiError(502, "Bad Gateway")


def _unauthorized(token: str = "") -> ApiError:
    """A token that is none at all is worded differently."""
    well_formed = token.partition(":")[0].isdigit() and ":" in token
    return ApiError(401, "Unauthorized" if well_formed or not token else "Unauthorized: invalid token specified")


def _json(body: Json) -> Response:
    return JSONResponse(body, 200 if body["ok"] else body["error_code"])
