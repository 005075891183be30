"""A delivery worker in a process of its own, which can die or stop in the middle: python -m tests.delivering --help."""

import argparse
import asyncio
import os
import signal
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row

from bot.clock import SystemClock
from bot.db.engine import Database
from bot.messages import Recipient, Reply
from bot.ports import Outcome, Sent
from bot.settings import Delivery
from bot.worker import Worker

LEASE_SECONDS = 60.0  # nothing lapses because a machine is busy: tests end the leases of the dead themselves


@dataclass(slots=True)
class FileChannel:
    """Writes a line for each message: what is in the file has reached its reader, whatever becomes of us."""

    path: Path
    kill_after: int | None = None
    stop_after: int | None = None
    name: str = "memory"
    sent: int = 0

    async def send(self, to: Recipient, reply: Reply, *, key: str) -> Outcome:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(f"{reply.text}\n")
        self.sent += 1
        if self.sent == self.kill_after:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.sent == self.stop_after:
            os.kill(os.getpid(), signal.SIGSTOP)
        return Sent(key)


def plain(tx: Connection, row: Row[Any], *, language: str, now: datetime) -> Reply:
    return Reply(str(row.payload.get("text", row.key)))


def collected(tx: Connection, row: Row[Any], *, language: str, now: datetime) -> Reply:
    return Reply(row.key)


def deadly(tx: Connection, row: Row[Any], *, language: str, now: datetime) -> Reply:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("dead")


RENDERERS = {"text": plain, "alert": plain, "digest": collected, "poison": deadly}


def worker(db: Database, channel: FileChannel, **more: Any) -> Worker:
    settings = Delivery(**{"lease_seconds": LEASE_SECONDS, "poll_seconds": 0.02, "batch": 20, **more})
    return Worker(db, SystemClock(), {channel.name: channel}, RENDERERS, settings)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("url")
    options.add_argument("path", type=Path)
    options.add_argument("--kill-after", type=int, help="die when so many are sent, the last one not marked")
    options.add_argument("--stop-after", type=int, help="stop there, until somebody says SIGCONT")
    options.add_argument("--max-attempts", type=int, default=8)
    options.add_argument("--lease", type=float, default=LEASE_SECONDS)
    chosen = options.parse_args()
    channel = FileChannel(chosen.path, chosen.kill_after, chosen.stop_after)
    more = {"max_attempts": chosen.max_attempts, "lease_seconds": chosen.lease}
    asyncio.run(worker(Database(chosen.url, threads=2), channel, **more).run())


if __name__ == "__main__":
    main()
