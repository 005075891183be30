"""The jobs that time starts: in one process at a time, and a failing job stops neither itself nor others."""

import asyncio
import time

import pytest

from bot import leases
from bot import scheduler as schedulers
from bot.db.engine import Database
from bot.scheduler import LEASE, Job, Scheduler

OFTEN = 0.02  # seconds


class Count:
    """A job that counts, and wakes whoever waits for so many runs."""

    def __init__(self, fails: int = 0) -> None:
        self.runs, self._fails, self._ran = 0, fails, asyncio.Event()

    async def __call__(self) -> None:
        self.runs += 1
        self._ran.set()
        if self.runs <= self._fails:
            raise OSError("disk full")

    async def until(self, runs: int) -> None:
        while self.runs < runs:
            self._ran.clear()
            await asyncio.wait_for(self._ran.wait(), 20)


def test_a_job_runs_again_and_again(db: Database) -> None:
    async def scenario() -> None:
        job = Count()
        scheduler = Scheduler(db, [Job("count", OFTEN, job)])
        scheduler.start()
        await job.until(3)
        await scheduler.stop()

    asyncio.run(scenario())


def test_a_job_that_fails_is_tried_again_and_holds_up_no_other(db: Database) -> None:
    async def scenario() -> None:
        bad, good = Count(fails=2), Count()
        scheduler = Scheduler(db, [Job("bad", OFTEN, bad), Job("good", OFTEN, good)])
        scheduler.start()
        await bad.until(3)
        await good.until(3)
        await scheduler.stop()

    asyncio.run(scenario())


def test_while_another_process_holds_the_lease_nothing_runs_and_then_it_takes_over(db: Database) -> None:
    async def scenario() -> None:
        job = Count()
        scheduler = Scheduler(db, [Job("count", OFTEN, job)])
        held_until = time.time() + 0.3
        db.now(leases.hold, LEASE, holder="a process that dies", seconds=0.3)
        scheduler.start()
        await job.until(1)
        assert time.time() >= held_until
        await scheduler.stop()

    asyncio.run(scenario())


def test_stopped_it_gives_the_lease_to_the_next(db: Database) -> None:
    async def scenario() -> None:
        first, second = Count(), Count()
        one = Scheduler(db, [Job("count", OFTEN, first)])
        one.start()
        await first.until(1)
        await one.stop()
        other = Scheduler(db, [Job("count", OFTEN, second)])
        other.start()
        await second.until(1)
        await other.stop()

    asyncio.run(scenario())


def test_what_is_due_every_six_hours_is_looked_at_soon_after_every_start(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service that is started again before its first interval is over would never do it."""
    monkeypatch.setattr(schedulers, "FIRST_SECONDS", OFTEN)

    async def scenario() -> None:
        for _ in range(2):
            seldom = Count()
            scheduler = Scheduler(db, [Job("seldom", 6 * 3600, seldom)])
            scheduler.start()
            await seldom.until(1)
            await scheduler.stop()

    asyncio.run(scenario())
