"""What the base says now: read again, in every process, when editors have changed what lies over it."""

import ctypes
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock, Thread
from time import monotonic

import structlog

from knowledge.advice import Advice

LOOK_SECONDS = 1.0  # between two looks at the folder: a look is a listing of a few files

logger = structlog.get_logger()

State = frozenset[tuple[str, int, int]]  # path, time of change, size


class CurrentAdvice:
    """The newest base that could be read. Nobody waits for it: until a new one is read whole, the old one answers."""

    def __init__(self, read: Callable[[], Advice], folder: Path, *, look_seconds: float = LOOK_SECONDS) -> None:
        self._read, self._folder, self._look_seconds = read, folder, look_seconds
        self._seen = _state(folder)  # before reading: what changes meanwhile is a change at the next look
        self._advice = self._whole()
        self._looked = monotonic()
        self._busy = Lock()

    def get(self) -> Advice:
        if monotonic() - self._looked >= self._look_seconds and self._busy.acquire(blocking=False):
            self._looked = monotonic()
            self._look()
        return self._advice

    def settle(self) -> Advice:
        """Wait for a reading that is under way."""
        with self._busy:
            return self._advice

    def _whole(self) -> Advice:
        advice = self._read()
        _give_back()
        return advice

    def _look(self) -> None:
        try:
            state = _state(self._folder)
        except OSError:  # the folder cannot be listed just now: the question is answered all the same
            logger.exception("base_not_looked_at")
            state = self._seen
        if state == self._seen:
            self._busy.release()
            return
        self._seen = state
        Thread(target=self._read_again, name="advice", daemon=True).start()

    def _read_again(self) -> None:
        try:
            self._advice = self._whole()
            logger.info("base_read_again", articles=len(self._advice.library.articles))
        except Exception:
            logger.exception("base_not_read_again")  # the old one goes on answering until the next change
        finally:
            self._busy.release()


def _give_back() -> None:
    """Give back what reading and weighing took and left free: 40 MB that glibc would keep for itself."""
    with suppress(OSError, AttributeError):  # another system's library, which has no such function
        ctypes.CDLL(None).malloc_trim(0)


def _state(folder: Path) -> State:
    """Equal as long as no file came, went or changed."""
    found = []
    for path in folder.rglob("*.yml"):
        try:
            status = path.stat()
        except FileNotFoundError:  # taken away between listing and looking
            continue
        found.append((path.as_posix(), status.st_mtime_ns, status.st_size))
    return frozenset(found)
