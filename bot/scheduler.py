"""The jobs that time starts: one table, one scheduler, and one process that holds the lease runs them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot import leases
from bot.db.engine import Database

log = structlog.get_logger()

LEASE = "scheduler"
LEASE_SECONDS = 15.0
FIRST_SECONDS = 5.0  # a service that is started again every few hours must do what is due every six hours, too
GRACE_SECONDS = 3600  # a job that was due while the machine slept runs late, once, instead of not at all


@dataclass(frozen=True, slots=True)
class Job:
    """A name, how often in seconds, and what to do."""

    name: str
    every: float
    work: Callable[[], Awaitable[object]]


class Scheduler:
    """Runs the jobs of this process's table while it holds the lease; another process takes over when it dies."""

    def __init__(self, db: Database, jobs: list[Job], *, lease_seconds: float = LEASE_SECONDS) -> None:
        self._db, self._lease_seconds = db, lease_seconds
        self._holder = uuid4().hex
        self._scheduler = AsyncIOScheduler(
            job_defaults={"misfire_grace_time": GRACE_SECONDS, "coalesce": True, "max_instances": 1}, timezone="UTC"
        )
        self._jobs = jobs

    def start(self) -> None:
        started = datetime.now(UTC)
        for job in self._jobs:
            first = started + timedelta(seconds=min(job.every, FIRST_SECONDS))
            trigger = IntervalTrigger(seconds=job.every, timezone="UTC")
            self._scheduler.add_job(partial(self._run, job), trigger, id=job.name, next_run_time=first)
        self._scheduler.start()

    async def stop(self) -> None:
        self._scheduler.shutdown(wait=False)
        await self._db.run(leases.release, LEASE, holder=self._holder)

    async def _run(self, job: Job) -> None:
        try:
            if await self._db.run(leases.hold, LEASE, holder=self._holder, seconds=self._lease_seconds):
                await job.work()
        except Exception:
            # The next run tries again; one job's failure is no other's.
            log.exception("job_failed", job=job.name)
