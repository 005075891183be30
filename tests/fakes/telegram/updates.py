"""A bot's updates: numbered, kept for their time, confirmed by offset.

Source: tdlib/telegram-bot-api (Client.cpp: retention, long poll, conflicts) and tdlib/td (TQueue.cpp: offsets).
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.fakes.telegram.clock import Clock
from tests.fakes.telegram.waiting import Signal

Json = dict[str, Any]
DAY, PRESS, WEEK = 86400, 150, 7 * 86400
NOT_BY_DEFAULT = {"chat_member", "message_reaction", "message_reaction_count"}


@dataclass(eq=False, slots=True)
class Update:
    id: int
    kind: str
    content: Json
    queue: str  # updates of one queue reach a webhook in order
    expires_at: float

    def to_json(self) -> Json:
        return {"update_id": self.id, self.kind: self.content}


class UpdateQueue:
    """What the bot has not confirmed yet; `changed` tells when something comes or goes."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.waiting: list[Update] = []
        self.history: list[Update] = []
        self.allowed: list[str] = []
        self.expired = 0
        self.last_id = random.randrange(100_000_000, 900_000_000)
        self._last_at = clock.now()
        self.changed = Signal()

    def add(self, kind: str, content: Json, *, queue: str, lives: float) -> int | None:
        """The update's id; None when the bot does not want this kind."""
        if not self._wanted(kind):
            return None
        update = Update(self._next_id(), kind, content, queue, self.clock.now() + lives)
        self.history.append(update)
        self.put(update)
        return update.id

    def put(self, update: Update) -> None:
        self.waiting.append(update)
        self.waiting.sort(key=lambda one: one.id)
        self.changed.send()

    def _wanted(self, kind: str) -> bool:
        return kind in self.allowed if self.allowed else kind not in NOT_BY_DEFAULT

    def _next_id(self) -> int:
        """In sequence; anywhere after a week without an update."""
        now = self.clock.now()
        self.last_id = random.randrange(100_000_000, 900_000_000) if now - self._last_at > WEEK else self.last_id + 1
        self._last_at = now
        return self.last_id

    def batch(self, offset: int, limit: int) -> list[Update]:
        """Confirms what is below the offset. A negative one keeps only so many; one far in the future means 0."""
        if offset < 0:
            self._keep(lambda one: one in self.waiting[offset:])
        self.prune()
        if 0 < offset <= self.last_id + 10:
            self._keep(lambda one: one.id >= offset)
        return self.waiting[:limit]

    def prune(self) -> None:
        now, before = self.clock.now(), len(self.waiting)
        self._keep(lambda one: one.expires_at > now)
        self.expired += before - len(self.waiting)

    def drop(self, update: Update) -> None:
        self._keep(lambda one: one is not update)

    def clear(self) -> None:
        self._keep(lambda one: False)

    def _keep(self, wanted: Callable[[Update], bool]) -> None:
        kept = [one for one in self.waiting if wanted(one)]
        if len(kept) != len(self.waiting):
            self.waiting = kept
            self.changed.send()
