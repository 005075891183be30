"""Told to wait, and Telegram does not say who: one message to another chat finds out, and all others stay meanwhile.

Here is what one process knows at once; what all processes must know goes into the shared rates (gate.py).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.ports import Outcome, Temporary, Throttled, Unknown

Send = Callable[[], Awaitable[Outcome]]


@dataclass(slots=True)
class Doubt:
    """This chat was refused: it alone, or everybody? `scout` is the message that is on its way to find out."""

    chat: int
    until: float
    scout: object | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True)
class Halts:
    """Every message leaves through here. Only what is on its way already when a refusal arrives can be refused too."""

    now: Callable[[], float] = time.monotonic
    _until: float = 0.0
    _doubt: Doubt | None = None

    @property
    def left(self) -> float:
        """For so many seconds nobody may send anything."""
        return max(0.0, self._until - self.now())

    async def through(self, chat: int, send: Send) -> Outcome:
        """Send, unless it is known by now that it must wait. What comes back decides about those behind it."""
        ticket = object()
        if refused := await self._admit(chat, ticket):
            return refused
        outcome: Outcome = Unknown("cut off")
        try:
            outcome = await send()
        finally:
            outcome = self._heard(chat, ticket, outcome)
        return outcome

    async def _admit(self, chat: int, ticket: object) -> Throttled | None:
        while (doubt := self._open()) is not None:
            if doubt.chat == chat:
                return Throttled(doubt.until - self.now())
            if doubt.scout is None:
                doubt.scout = ticket
                return None
            await _either(doubt.changed, doubt.until - self.now())
        return Throttled(self.left, everyone=True) if self.left else None

    def _heard(self, chat: int, ticket: object, outcome: Outcome) -> Outcome:
        doubt = self._open()
        if isinstance(outcome, Throttled) and not outcome.everyone:
            return self._refused(chat, outcome, doubt)
        if doubt is not None and doubt.scout is ticket:
            if isinstance(outcome, Temporary | Unknown):
                self._ask_another(doubt)
            else:  # it got through: that one chat was meant
                self._close()
        return outcome

    def _refused(self, chat: int, outcome: Throttled, doubt: Doubt | None) -> Throttled:
        until = self.now() + outcome.seconds
        if self.left or (doubt is not None and doubt.chat != chat):
            self._until = max(self._until, until)
            self._close()
            return Throttled(self.left, everyone=True)
        if doubt is None:
            self._doubt = Doubt(chat, until)
        else:
            doubt.until = max(doubt.until, until)
        return outcome

    def _open(self) -> Doubt | None:
        """The doubt, unless its time is over: then the chat itself may try again."""
        if self._doubt is not None and self._doubt.until <= self.now():
            self._close()
        return self._doubt

    def _ask_another(self, doubt: Doubt) -> None:
        doubt.scout, waiting = None, doubt.changed
        doubt.changed = asyncio.Event()
        waiting.set()

    def _close(self) -> None:
        if self._doubt is not None:
            self._doubt.changed.set()
            self._doubt = None


async def _either(event: asyncio.Event, seconds: float) -> None:
    """Until it happens, or so many seconds are over."""
    try:
        async with asyncio.timeout(max(0.0, seconds)):
            await event.wait()
    except TimeoutError:
        pass
