"""Wakes the event streams: when this process wrote a message, or when another process did."""

import asyncio
from contextlib import suppress

import structlog

from bot.channels import rows
from bot.db.engine import Database

log = structlog.get_logger()

POLL_SECONDS = 0.5


class Feed:
    """One poll for all streams: each waits for `changed` and then reads its own rows."""

    def __init__(self, db: Database, channel: str) -> None:
        self._db, self._channel = db, channel
        self._newest = 0
        self._waiters: set[asyncio.Event] = set()

    async def run(self) -> None:
        while True:
            try:
                newest = await self._db.read(rows.newest, self._channel)
                if newest != self._newest:
                    self._newest = newest
                    self.nudge()
            except Exception:
                log.exception("feed_failed")
            await asyncio.sleep(POLL_SECONDS if self._waiters else 2 * POLL_SECONDS)

    def nudge(self) -> None:
        for event in self._waiters:
            event.set()

    async def changed(self, event: asyncio.Event, timeout: float) -> None:
        """Wait until something was written, or the time is over."""
        with suppress(TimeoutError):
            await asyncio.wait_for(event.wait(), timeout)
        event.clear()

    def watch(self) -> asyncio.Event:
        event = asyncio.Event()
        self._waiters.add(event)
        return event

    def unwatch(self, event: asyncio.Event) -> None:
        self._waiters.discard(event)
