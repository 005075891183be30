"""The server's own clock: real time that a test can move forward, and sleepers that notice."""

import time
from collections.abc import Callable
from datetime import timedelta

from tests.fakes.telegram.waiting import Signal, first


class Clock:
    """Seconds since 1970 from a source (real time unless told), plus what a test added."""

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self._ahead = 0.0
        self._moved = Signal()

    def now(self) -> float:
        return self._source() + self._ahead

    def seconds(self) -> int:
        """A date as the Bot API writes it."""
        return int(self.now())

    def move(self, by: float | timedelta) -> None:
        """Forward; whoever sleeps on this clock looks at it again."""
        self._ahead += by.total_seconds() if isinstance(by, timedelta) else by
        self.wake()

    def wake(self) -> None:
        """For a source that jumped by itself."""
        self._moved.send()

    async def sleep_until(self, moment: float) -> None:
        while (left := moment - self.now()) > 0:
            await first(self._moved.next(), timeout=left)
