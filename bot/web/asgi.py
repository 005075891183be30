"""The ASGI app: routes, security headers, and a limit on what a body may weigh."""

from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web import actions, answering, chat, enter, guard, health, rasa_api, telegram, upload
from bot.web.console.app import Console
from bot.web.state import WebState

STATIC = Path(__file__).parent / "static"
CONSOLE = "/console"
FORM_BYTES = 100_000  # what a form with an upload holds besides it


def build(web: WebState) -> ASGIApp:
    routes = [
        *(route for module in (chat, enter, answering, actions, rasa_api, health, telegram) for route in module.routes),
        Mount("/static", StaticFiles(directory=STATIC), name="static"),
        Mount(CONSOLE, Console(web), name="console"),
    ]
    app = Starlette(routes=routes, exception_handlers={413: _too_large})
    app.state.fengsui = web
    # Outside of everything, so that the answer to a crash of ours carries the headers too.
    limits = web.services.settings.limits
    return Envelope(app, limit=limits.body_bytes, uploads=max(limits.body_bytes, limits.upload_bytes + FORM_BYTES))


async def _too_large(_request: Request, _error: Exception) -> Response:
    return _refusal()


def _refusal() -> Response:
    return JSONResponse({"status": "failure", "reason": "TooLarge", "code": 413}, status_code=413)


def _declares_too_much(scope: Scope, limit: int) -> bool:
    declared: bytes = dict(scope["headers"]).get(b"content-length", b"0")
    return not declared.isdigit() or len(declared) > 12 or int(declared) > limit


class Envelope:
    """Around every request: nobody posts more than `limit` bytes, or `uploads` with a file to the console or the
    chat; every answer carries the security headers."""

    def __init__(self, app: ASGIApp, *, limit: int, uploads: int) -> None:
        self._app, self._limit, self._uploads = app, limit, uploads
        self._headers = [(name.lower().encode(), value.encode()) for name, value in guard.HEADERS.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        taken, limit = 0, self._uploads if scope["path"].startswith((f"{CONSOLE}/", upload.PATH)) else self._limit

        async def limited() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:  # a chunked body says no length beforehand
                raise HTTPException(413)
            return message

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = self._dress(scope["path"], list(message.get("headers", ())))
            await send(message)

        if _declares_too_much(scope, limit):
            await _refusal()(scope, receive, dressed)
        else:
            await self._app(scope, limited, dressed)

    def _dress(self, path: str, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """What is said here is somebody's own: nothing is stored on the way. Our static files are asked for anew."""
        if not any(name.lower() == b"cache-control" for name, _ in headers):
            headers.append((b"cache-control", b"no-cache" if path.startswith("/static/") else b"no-store"))
        return headers + self._headers
