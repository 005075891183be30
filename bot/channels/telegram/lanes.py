"""One lane a person: their messages one after the other, by number; everybody else's at the same time.

Other processes may have got some of them. What they have not finished is waited for, and done here if it takes long.
"""

import asyncio
import heapq
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import structlog

from bot.channels.telegram.intake import Item

log = structlog.get_logger()

STUCK_SECONDS = 120
GRACE = 0.3  # seconds that a message waits for one with a smaller number which is still on its way
ELSEWHERE_SECONDS = 15.0  # for so long an earlier message is left to the process that has it
LOOK_SECONDS = 0.1
RETRY_SECONDS = (1.0, 5.0, 30.0)

Arrived = Callable[[int], Awaitable[bool]]  # have all updates before this number come?
Earlier = Callable[[Item], Awaitable[Sequence[Item]]]  # what the person sent before and is not handled yet, anywhere


@dataclass(order=True, slots=True)
class Waiting:
    update_id: int
    item: Item = field(compare=False)


@dataclass(slots=True)
class Lanes:
    """Runs `work` for every item once; a failure is tried again after a while, and then left to the inbox."""

    work: Callable[[Item], Awaitable[None]]
    complete: Arrived
    earlier: Earlier
    grace: float = GRACE
    elsewhere: float = ELSEWHERE_SECONDS
    retries: tuple[float, ...] = RETRY_SECONDS
    _queues: dict[str, list[Waiting]] = field(default_factory=dict)
    _tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _known: set[tuple[str, str]] = field(default_factory=set)
    _failed: set[tuple[str, str]] = field(default_factory=set)  # the inbox brings them back; nobody waits for them

    def put(self, item: Item) -> None:
        sender, key = item.message.sender, _key(item)
        if key in self._known:
            return
        self._known.add(key)
        heapq.heappush(self._queues.setdefault(sender, []), Waiting(item.update_id, item))
        if sender not in self._tasks:
            self._tasks[sender] = asyncio.get_running_loop().create_task(self._drain(sender))

    @property
    def busy(self) -> int:
        return len(self._known)

    async def idle(self) -> None:
        """Until everything that came so far is done, or stuck."""
        if self._tasks:
            await asyncio.wait(list(self._tasks.values()), timeout=STUCK_SECONDS)

    async def finish(self, *, seconds: float = 10) -> None:
        """Let the turns under way come to their end; the rest stays in the inbox."""
        for queue in self._queues.values():
            queue.clear()
        if self._tasks:
            await asyncio.wait(list(self._tasks.values()), timeout=seconds)
        for task in self._tasks.values():
            task.cancel()

    async def _drain(self, sender: str) -> None:
        queue = self._queues[sender]
        try:
            while queue:
                await self._come_to_turn(queue)
                if not queue:  # told to finish meanwhile
                    return
                item = heapq.heappop(queue).item
                try:
                    await self._run(item)
                finally:
                    self._known.discard(_key(item))
        finally:
            del self._queues[sender], self._tasks[sender]

    async def _come_to_turn(self, queue: Sequence[Waiting]) -> None:
        """Until everything before the first of the queue is done; what takes too long elsewhere is put before it."""
        if not await self.complete(queue[0].update_id):
            await asyncio.sleep(self.grace)
        until = time.monotonic() + self.elsewhere
        while queue and (before := await self._unfinished_before(queue[0].item)):
            if time.monotonic() > until:
                for item in before:
                    self.put(item)
                return
            await asyncio.sleep(LOOK_SECONDS)

    async def _unfinished_before(self, item: Item) -> list[Item]:
        return [one for one in await self.earlier(item) if _key(one) not in self._failed]

    async def _run(self, item: Item) -> None:
        self._failed.discard(_key(item))
        for seconds in (*self.retries, None):
            try:
                return await self.work(item)
            except Exception:
                log.exception("telegram_turn_failed", update_id=item.update_id)
            if seconds is not None:
                await asyncio.sleep(seconds)
        self._failed.add(_key(item))
        return None


def _key(item: Item) -> tuple[str, str]:
    return item.message.sender, item.message.key
