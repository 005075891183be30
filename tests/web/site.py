"""The web app of a test's service behind a real server on a free port of this machine, and visitors who use it."""

import asyncio
import itertools
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any, Self

import httpx
import uvicorn

from bot import app as root
from bot import services
from bot.settings import Settings
from tests.service import Service

PATIENCE = 30.0  # seconds without a byte: it ends a test that hangs, and is nothing that a test measures
_ids = itertools.count(1)


@dataclass(slots=True)
class Site:
    """A service that listens. `visitor()` opens the page as somebody new."""

    service: Service
    url: str
    _clients: list[httpx.Client] = field(default_factory=list)

    def client(self, **more: Any) -> httpx.Client:
        made = httpx.Client(base_url=self.url, timeout=PATIENCE, **more)
        self._clients.append(made)
        return made

    def visitor(self) -> "Visitor":
        found = Visitor(self.client(headers={"Origin": self.url}))
        found.client.get("/").raise_for_status()
        return found

    def close(self) -> None:
        for client in self._clients:
            client.close()


@dataclass(slots=True)
class Visitor:
    """A browser with its cookie."""

    client: httpx.Client

    def post(self, text: Any, *, key: str | None = None, **more: Any) -> httpx.Response:
        body = {"id": key or f"message-{next(_ids)}", "text": text, **more}
        return self.client.post("/chat/messages", json=body)

    def history(self, before: int | str = "") -> list[dict[str, Any]]:
        answer = self.client.get("/chat/history", params={"before": before} if before else None)
        found: list[dict[str, Any]] = answer.raise_for_status().json()["messages"]
        return found

    def listen(self, *, after: int = 0, resumed: bool = False) -> "Stream":
        """The event stream from a row on, as the page opens it or as a browser resumes it."""
        how: dict[str, Any] = {"headers": {"Last-Event-ID": str(after)}} if resumed else {"params": {"after": after}}
        return Stream(self.client, how)

    def ask(self, text: str) -> list[dict[str, Any]]:
        """Say it and wait for the first message of ours that follows; returns everything since."""
        row = self.post(text).raise_for_status().json()["row"]
        with self.listen(after=row - 1) as stream:
            return stream.until(lambda message: not message["mine"])


class Stream:
    """An open event stream; `take` waits for messages."""

    def __init__(self, client: httpx.Client, how: dict[str, Any]) -> None:
        self._opening = client.stream("GET", "/chat/events", **how)

    def __enter__(self) -> Self:
        self.response = self._opening.__enter__()
        self._lines = self.response.iter_lines()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opening.__exit__(kind, error, trace)

    def events(self) -> Iterator[dict[str, str]]:
        """{"id", "event", "data"} as they come, comments and settings left out."""
        event: dict[str, str] = {}
        for line in self._lines:
            name, _, value = line.partition(": ")
            if line and name:
                event[name] = value
            elif "data" in event:
                yield event
                event = {}

    def messages(self) -> Iterator[dict[str, Any]]:
        for event in self.events():
            message: dict[str, Any] = json.loads(event["data"])
            assert event["id"] == str(message["row"])
            yield message

    def take(self, number: int) -> list[dict[str, Any]]:
        return list(itertools.islice(self.messages(), number))

    def until(self, wanted: Any) -> list[dict[str, Any]]:
        found = []
        for message in self.messages():
            found.append(message)
            if wanted(message):
                break
        return found


@contextmanager
def listening(service: Service, **changes: Any) -> Iterator[Site]:
    """Serve until the block ends. `changes` are sections of the settings: web={"public_url": ...}."""
    app = _changed(service.app, changes)
    ready, found = threading.Event(), {}

    async def serve() -> None:
        async with root.running(app) as asgi:
            config = uvicorn.Config(asgi, port=0, lifespan="off", log_config=None, timeout_graceful_shutdown=1)
            server = found["server"] = _Server(config, ready)
            await server.serve()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert ready.wait(PATIENCE)
    site = Site(service, f"http://127.0.0.1:{found['server'].port}")
    try:
        yield site
    finally:
        site.close()
        found["server"].end()
        thread.join(10)


class _Server(uvicorn.Server):
    """Tells when it listens and on which port, and ends at once when it is told to."""

    def __init__(self, config: uvicorn.Config, ready: threading.Event) -> None:
        super().__init__(config)
        self._ready, self.port = ready, 0

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.port = self.servers[0].sockets[0].getsockname()[1]
        self._loop, self._told = asyncio.get_running_loop(), asyncio.Event()
        self._ready.set()

    async def main_loop(self) -> None:
        await self._told.wait()

    async def shutdown(self, sockets: Any = None) -> None:
        """Uvicorn's, without its tenth of a second: the clients have closed."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=2)

    def end(self) -> None:
        self._loop.call_soon_threadsafe(self._told.set)


def _changed(app: root.App, changes: dict[str, Any]) -> root.App:
    settings = app.services.settings
    both = {**settings.model_dump(), **{k: _over(getattr(settings, k), v) for k, v in changes.items()}}
    built = replace(app.services, settings=Settings.model_validate(both))
    services.install(built)
    return replace(app, services=built)


def _over(section: Any, change: Any) -> Any:
    return {**section.model_dump(), **change} if isinstance(change, dict) else change
