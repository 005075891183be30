"""Processes that die, stop and start again, and their successor that finishes."""

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from sqlalchemy import update

from bot import deliveries
from bot.db.engine import Database
from bot.db.models import deliveries as table
from tests.delivering import FileChannel, worker

ROOT = Path(__file__).resolve().parents[2]
SIGKILL = -9


def url(db: Database) -> str:
    return db.url.render_as_string(hide_password=False)


@contextmanager
def started(*words: object) -> Iterator[subprocess.Popen[str]]:
    """`python -m WORDS` as a process of its own; it is killed at the end."""
    command = [sys.executable, "-m", *map(str, words)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def died(*words: object) -> None:
    """Run it until it has killed itself."""
    with started(*words) as process:
        _, told = process.communicate(timeout=60)
        assert process.returncode == SIGKILL, told


def lapse(db: Database) -> None:
    """As if so much time had passed that the leases of the dead are over."""
    db.now(lambda tx: tx.execute(update(table).where(table.c.state == "leased").values(lease_until=0.0)))


def until(holds: Callable[[], Any], *, seconds: float = 30.0) -> None:
    end = monotonic() + seconds
    while not holds():
        assert monotonic() < end, "it did not come to pass"
        sleep(0.02)


async def finished(db: Database, channel: FileChannel, **more: Any) -> None:
    """A worker of this process sends what is left."""
    task = asyncio.create_task(worker(db, channel, **more).run())
    async with asyncio.timeout(60):
        while await db.read(deliveries.waiting):
            await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def finish(db: Database, path: Path, **more: Any) -> None:
    """The same after a death: the leases of the dead are over."""
    lapse(db)
    asyncio.run(finished(db, FileChannel(path), **more))


def arrived(path: Path) -> Counter[str]:
    return Counter(path.read_text("utf-8").splitlines()) if path.exists() else Counter()
