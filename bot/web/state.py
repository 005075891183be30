"""What every route may use: one frozen value, set on the app by the composition root."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, Protocol

from starlette.requests import Request

from bot.channels.rows import RowChannel
from bot.conversation import Conversations
from bot.rasa_server import RasaEngine
from bot.services import Services
from bot.web.feed import Feed
from bot.web.limits import Limiter
from bot.web.sessions import Sessions


class UpdateTaker(Protocol):
    """Whoever takes what Telegram brings to the webhook. `secret` is what Telegram must show."""

    secret: str

    async def take(self, update: dict[str, Any]) -> None:
        """Store the update. Raises when it could not be stored: then Telegram must bring it again."""
        ...


@dataclass(frozen=True, slots=True)
class WebState:
    services: Services
    conversations: Conversations
    channel: RowChannel
    sessions: Sessions
    feed: Feed
    limiter: Limiter
    inbox_floor: int  # the newest inbox row when this process started: older ones belong to a process that is gone
    telegram: UpdateTaker | None = None  # when updates come by webhook
    rasa: RasaEngine | None = None  # when a Rasa server runs the dialogue: it asks us to understand and to act
    leaving: set[int] = field(default_factory=set)  # REST: pushed rows in a response that is being written
    _running: set[asyncio.Task[Any]] = field(default_factory=set)

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run beside the request; the set keeps the task alive until it is done."""
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def finish(self) -> None:
        """Let the turns under way come to their end before the process stops."""
        if self._running:
            await asyncio.wait(self._running, timeout=10)


def state(request: Request) -> WebState:
    found: WebState = request.app.state.fengsui
    return found
