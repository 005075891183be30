"""A scheduler that writes down when its job runs: python -m tests.faults.scheduling URL FILE."""

import asyncio
import os
import sys
from pathlib import Path

from bot.db.engine import Database
from bot.scheduler import Job, Scheduler


async def run(url: str, path: Path) -> None:
    async def work() -> None:
        with path.open("a") as file:
            file.write(f"{os.getpid()}\n")

    scheduler = Scheduler(Database(url, threads=2), [Job("work", 0.1, work)], lease_seconds=1.0)
    scheduler.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], Path(sys.argv[2])))
