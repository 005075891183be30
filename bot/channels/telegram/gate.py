"""The way out: one message at a time takes its place in the shared rates, answers before alerts."""

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bot import rates
from bot.channels.telegram.places import Place
from bot.db.engine import Database
from bot.rates import Limit, Wait
from bot.settings import Telegram

CHANNEL_LIMIT = "telegram"
STEP = 0.2  # who waits longer than this lets others try meanwhile
ANSWER, TIDYING, ALERT = 0, 3, 5  # smaller goes first; deliveries bring a priority of their own
GROUP_BURST = 4
SLACK = 5  # places that are not lost when this process was busy with something else for a moment


@dataclass(slots=True)
class Turnstile:
    """A lock that lets the most urgent through first, and among equals the first."""

    _busy: bool = False
    _queue: list[tuple[int, int, asyncio.Future[None]]] = field(default_factory=list)
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    @asynccontextmanager
    async def turn(self, priority: int) -> AsyncIterator[None]:
        await self._enter(priority)
        try:
            yield
        finally:
            self._leave()

    async def _enter(self, priority: int) -> None:
        if not self._busy:
            self._busy = True
            return
        waiting = asyncio.get_running_loop().create_future()
        heapq.heappush(self._queue, (priority, next(self._numbers), waiting))
        try:
            await waiting
        except asyncio.CancelledError:
            if waiting.done() and not waiting.cancelled():
                self._leave()  # it was our turn already: hand it on
            raise

    def _leave(self) -> None:
        while self._queue:
            *_, waiting = heapq.heappop(self._queue)
            if not waiting.done():
                waiting.set_result(None)
                return
        self._busy = False


@dataclass(slots=True)
class Gate:
    """Every message passes here. What may not go within `patience` seconds is told how long it would take."""

    db: Database
    settings: Telegram
    _turnstile: Turnstile = field(default_factory=Turnstile)

    def limits(self, place: Place, *, burst: bool) -> tuple[Limit, ...]:
        """What one message to this chat uses up. Answers may come in a short burst, alerts one by one."""
        return self.overall, self.chat_limit(place, burst=burst)

    @property
    def overall(self) -> Limit:
        return Limit(CHANNEL_LIMIT, 1 / self.settings.per_second, SLACK)

    def chat_limit(self, place: Place, *, burst: bool) -> Limit:
        name = f"{CHANNEL_LIMIT}:{place.chat}"
        if place.is_group:
            # So many at once and the rest evenly: never more than the limit within any minute.
            most = min(GROUP_BURST, self.settings.group_per_minute - 1)
            return Limit(name, 60 / (self.settings.group_per_minute - most), most)
        return Limit(name, self.settings.chat_seconds, self.settings.chat_burst if burst else 1)

    async def enter(self, limits: Sequence[Limit], *, priority: int, patience: float) -> Wait | None:
        """None: go ahead, the places are taken. Else: this long, and it was not worth waiting for."""
        left = patience
        while True:
            async with self._turnstile.turn(priority):
                found = await self._try(limits)
            if found is None or found.seconds > left:
                return found
            await asyncio.sleep(found.seconds)
            left -= found.seconds

    async def _try(self, limits: Sequence[Limit]) -> Wait | None:
        """A short wait is waited out in front of the others, so that no place is lost."""
        found = await self.db.run(rates.take, limits)
        while found is not None and found.seconds <= STEP and found.name == CHANNEL_LIMIT:
            await asyncio.sleep(found.seconds)
            found = await self.db.run(rates.take, limits)
        return found

    async def halt(self, place: Place, seconds: float, *, everyone: bool) -> None:
        """Telegram said: not for so long."""
        limit = self.overall if everyone else self.chat_limit(place, burst=False)
        await self.db.run(rates.halt, limit, seconds)
