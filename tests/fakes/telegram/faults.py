"""Faults on a schedule: which calls they hit, how often, and what then happens."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.telegram.waiting import PATIENCE

KINDS = ("429", "hang", "502", "cut", "slow", "error")
CARRIED_OUT = {"429": False, "hang": True, "502": False, "cut": True, "slow": True, "error": False}


@dataclass(eq=False, slots=True)
class Fault:
    """`left` None = for ever; `after` = so many matching calls are left alone first."""

    kind: str
    methods: frozenset[str] | None
    chat_id: int | None
    bot: Any
    left: int | None
    after: int
    done: bool
    options: dict[str, Any]
    hits: int = 0
    _hit: asyncio.Event = field(default_factory=asyncio.Event)

    def takes(self, bot: Any, method: str, chat_id: str | None) -> bool:
        """Whether it hits this call; counts it."""
        if self.left == 0 or not self._fits(bot, method, chat_id):
            return False
        if self.after:
            self.after -= 1
            return False
        self.left = None if self.left is None else self.left - 1
        self.hits += 1
        self._hit.set()
        self._hit = asyncio.Event()
        return True

    def _fits(self, bot: Any, method: str, chat_id: str | None) -> bool:
        named = method in self.methods if self.methods else method != "getUpdates"
        return named and self.bot in (None, bot) and (self.chat_id is None or str(self.chat_id) == chat_id)

    def cancel(self) -> None:
        self.left = 0

    async def hit(self, n: int = 1, *, timeout: float = PATIENCE) -> None:
        """Until it has hit so many calls in all."""
        async with asyncio.timeout(timeout):
            while self.hits < n:
                await self._hit.wait()
