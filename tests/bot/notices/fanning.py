"""A fan-out of notices in a process of its own, which kills itself: python -m tests.bot.notices.fanning URL N CHUNK.

It dies inside the N-th transaction, before that is committed.
"""

import os
import signal
import sys
from typing import Any

from bot import notices
from bot.clock import FixedClock
from bot.db.engine import Database
from bot.notices import sending
from tests.conftest import NOW


def main(url: str, after: str, chunk: str) -> None:
    db, left, real = Database(url, threads=2), [int(after)], sending.write

    def write(tx: Any, part: sending.Part, *, now: Any) -> int:
        done = real(tx, part, now=now)
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    sending.write = write
    notices.run(db, FixedClock(NOW), chunk=int(chunk))


if __name__ == "__main__":
    main(*sys.argv[1:])
