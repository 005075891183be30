"""`fengsui up`: the service in one process until it is told to stop."""

import asyncio
import contextlib
import gc
import logging
import signal
import socket
from collections.abc import Callable, Iterator

import structlog
import uvicorn
from starlette.types import ASGIApp

from bot import app as root
from bot.commands.listening import left, url_of
from bot.errors import FengsuiError
from bot.settings import Settings
from bot.training import stale

log = structlog.get_logger()

Say = Callable[..., None]


def serve(settings: Settings, *, role: str, demo: bool, say: Say) -> None:
    """Build, load the demonstration if asked, listen, tell what to open. Raises FengsuiError if the port is taken."""
    listening = _listen(settings) if role in ("all", "web") else None
    if stale(settings):
        say("cli.training")
    built = root.build(settings)
    try:
        if demo:
            from bot.commands import demonstrating

            demonstrating.load_once(built.services.db, built.services.clock)
        import uvloop

        gc.freeze()
        gc.enable()
        uvloop.run(_run(built, role, listening, demo, say))
    finally:
        built.close()


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.web.host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((settings.web.host, settings.web.port))
    except OSError as error:
        raise FengsuiError("cli.port_taken", port=settings.web.port) from error
    return made


async def _run(built: root.App, role: str, listening: socket.socket | None, demo: bool, say: Say) -> None:
    async with root.running(built, role=role) as asgi:
        if listening is None:
            await _told_to_stop(role)
            return
        server = _Server(asgi, lambda: _welcome(listening, demo, say))
        with left(built.services.settings.data, _url(listening)):
            await server.serve(sockets=[listening])


async def _told_to_stop(role: str) -> None:
    told, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    log.info("working", role=role)
    await told.wait()


class _Server(uvicorn.Server):
    """Says that it is ready when it is."""

    def __init__(self, asgi: ASGIApp, ready: Callable[[], None]) -> None:
        logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
        super().__init__(
            uvicorn.Config(
                asgi,
                loop="uvloop",
                http="httptools",
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=3,
                proxy_headers=False,
                backlog=512,
            )
        )
        self._ready = ready

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Uvicorn's, without killing the process by the same signal afterwards: turns end and leases are given back."""
        with super().capture_signals():
            yield
            self._captured_signals.clear()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._ready()


def _url(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return url_of(host, port)


def _welcome(listening: socket.socket, demo: bool, say: Say) -> None:
    say("cli.ready", url=_url(listening), command=".venv/bin/fengsui chat")
    for key in ("try_question", "try_search", "try_subscribe"):
        with contextlib.suppress(KeyError):
            say(f"web.{key}")
    if demo:
        say("cli.ready_demo", remove=".venv/bin/fengsui demo --remove")
