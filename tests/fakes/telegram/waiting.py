"""Waiting for the first of several things, without leaving any of them behind."""

import asyncio
from collections.abc import Coroutine
from typing import Any

PATIENCE = 20.0  # seconds: it ends a test that hangs, also on a machine that does other work too


class Signal:
    """Something happened: whoever waits wakes up, and the next one waits for the next time."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def send(self) -> None:
        self._event.set()
        self._event = asyncio.Event()

    def next(self) -> Coroutine[Any, Any, bool]:
        """Counts from this call, not from the first moment of waiting."""
        return self._event.wait()


async def first(*what: Coroutine[Any, Any, Any], timeout: float | None = None) -> None:
    """Until one is done or the time is up."""
    tasks = [asyncio.ensure_future(one) for one in what]
    try:
        await asyncio.wait(tasks, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
