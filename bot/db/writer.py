"""SQLite's one writer thread: what waits while a commit is on its way to the disk shares the next one.

A commit with synchronous=FULL takes as long as the disk needs, whether it holds one change or fifty. Nobody is told
"done" before the commit that holds their change is over.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any

from sqlalchemy import Connection

MOST = 64  # changes in one commit

Begin = Callable[[], AbstractContextManager[Connection]]


@dataclass(slots=True)
class Change:
    """A function of a transaction, and the promise of its result."""

    work: Callable[[Connection], Any]
    done: Future[Any] = field(default_factory=Future)


class Writer:
    """Takes changes from any thread, applies them one after the other, commits them together."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin
        self._queue: SimpleQueue[Change | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def submit(self, work: Callable[[Connection], Any]) -> Future[Any]:
        """The result, once it is committed; what `work` raised, once it is rolled back."""
        if self._thread is None:
            self._start()
        change = Change(work)
        self._queue.put(change)
        return change.done

    def close(self) -> None:
        """Write what is queued, then stop."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()
            self._thread = None

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="db-write", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            batch = [first]
            ending = self._fill(batch)
            # Whoever waited may have been cancelled meanwhile (a page closed, a shutdown); from here on nobody can be.
            wanted = [change for change in batch if change.done.set_running_or_notify_cancel()]
            if wanted:
                self._write(wanted)
            if ending:
                return

    def _fill(self, batch: list[Change]) -> bool:
        """Add what is waiting already; True when the end was among it."""
        while len(batch) < MOST and not self._queue.empty():
            following = self._queue.get()
            if following is None:
                return True
            batch.append(following)
        return False

    def _write(self, batch: Sequence[Change]) -> None:
        results = []
        try:
            with self._begin() as tx:
                results = [change.work(tx) for change in batch]
        except BaseException as error:
            if len(batch) == 1:
                batch[0].done.set_exception(error)
                return
            # One of them failed and took the others' transaction with it: each by itself, then.
            for change in batch:
                self._write([change])
            return
        for change, result in zip(batch, results, strict=True):
            change.done.set_result(result)
