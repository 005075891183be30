"""A delivery worker in a process of its own, which kills itself in mid-batch: python -m tests.delivering URL FILE N."""

import asyncio
import os
import signal
import sys
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


@dataclass(slots=True)
class FileChannel:
    """Writes a line for each message: what is in the file has reached its reader, whatever becomes of us."""

    path: Path
    kill_after: int | None = None
    name: str = "memory"
    sent: int = 0

    async def send(self, to: Recipient, reply: Reply, *, key: str) -> Outcome:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(f"{reply.text}\n")
        self.sent += 1
        if self.sent == self.kill_after:
            os.kill(os.getpid(), signal.SIGKILL)
        return Sent(key)


def plain(tx: Connection, row: Row[Any], *, language: str, now: datetime) -> Reply:
    return Reply(str(row.payload["text"]))


def collected(tx: Connection, row: Row[Any], *, language: str, now: datetime) -> Reply:
    return Reply(row.key)


def worker(db: Database, channel: FileChannel) -> Worker:
    settings = Delivery(lease_seconds=0.5, poll_seconds=0.02, batch=20)
    return Worker(db, SystemClock(), {channel.name: channel}, {"text": plain, "digest": collected}, settings)


def main(url: str, path: str, kill_after: str) -> None:
    db = Database(url, threads=2)
    asyncio.run(worker(db, FileChannel(Path(path), int(kill_after))).run())


if __name__ == "__main__":
    main(*sys.argv[1:])
