"""The ASGI app: routes, security headers, and a limit on what a body may weigh."""

from pathlib import Path

from fastapi import FastAPI
from starlette.responses import JSONResponse
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web import chat, guard, health, rasa_api
from bot.web.state import WebState

STATIC = Path(__file__).parent / "static"


def build(web: WebState) -> FastAPI:
    app = FastAPI(title="Fengsui", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.fengsui = web
    for module in (chat, rasa_api, health):
        app.include_router(module.router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_middleware(Envelope, limit=web.services.settings.limits.body_bytes)
    return app


class Envelope:
    """Around every request: nobody posts more than `limit` bytes, every answer carries the security headers."""

    def __init__(self, app: ASGIApp, *, limit: int) -> None:
        self._app, self._limit = app, limit
        self._headers = [(name.lower().encode(), value.encode()) for name, value in guard.HEADERS.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > self._limit:
            response = JSONResponse({"status": "failure", "reason": "TooLarge", "code": 413}, status_code=413)
            await response(scope, receive, send)
            return
        taken = 0

        async def limited() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._limit:  # a chunked body says no length beforehand
                return {"type": "http.disconnect"}
            return message

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *self._headers]
            await send(message)

        await self._app(scope, limited, dressed)
