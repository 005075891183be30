"""The console as an app of its own, put together when its first page is asked for."""

import asyncio

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.web import pages as chat_pages
from bot.web.state import WebState, state


class Console:
    """Loads the pages with the first request, in a thread: who only chats does not wait for them."""

    def __init__(self, web: WebState) -> None:
        self._web = web
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._app is None:
            self._app = await asyncio.to_thread(build, self._web)
        await self._app(scope, receive, send)


def build(web: WebState) -> Starlette:
    from bot.web.console import pages

    app = Starlette(routes=pages.routes(), exception_handlers={Exception: _crashed, 404: _missing})
    app.state.fengsui = web
    return app


async def _crashed(request: Request, _error: Exception) -> Response:
    """Whatever went wrong is in the log; nothing that was not told as done was done."""
    return _told(request, "crashed", 500)


async def _missing(request: Request, _error: Exception) -> Response:
    return _told(request, "missing", 404)


def _told(request: Request, what: str, status: int) -> Response:
    said = state(request).services.texts(f"console.gate.{what}", chat_pages.language(request))
    return chat_pages.page(request, "message.html", status=status, said=said)
