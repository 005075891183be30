"""The console as an app of its own, put together when its first page is asked for."""

import asyncio

from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.web.state import WebState


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

    app = Starlette(routes=pages.routes())
    app.state.fengsui = web
    return app
