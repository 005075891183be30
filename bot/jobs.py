"""What time starts: one line a job, run by the one process that holds the scheduler's lease."""

import asyncio
import time
from functools import partial

from bot import accounts, alerts, answer_links, intake, members, notices, retention, surveys, tickets
from bot.feeds import polling
from bot.scheduler import Job
from bot.services import Services
from bot.web import sessions

DAY = 86_400  # seconds


def jobs(services: Services) -> list[Job]:
    """What time starts. Each is safe to run twice and to be cut off."""
    db, now, settings = services.db, services.clock, services.settings

    async def fan_out() -> None:
        await asyncio.to_thread(intake.fan_out, db, now, settings)

    async def let_go() -> None:
        while await db.run(alerts.release, now=now.now()):
            pass

    async def work_on_surveys() -> None:
        await asyncio.to_thread(surveys.run, db, now, surveys.Rules.of(settings))

    async def send_notices() -> None:
        await asyncio.to_thread(notices.run, db, now, chunk=settings.alerts.chunk)

    async def tell_overdue() -> None:
        await db.run(tickets.tell_overdue, now=now.now(), desk=tickets.Desk.of(settings))

    async def expire_sessions() -> None:
        await db.run(sessions.expire, now=now.now())
        await db.run(accounts.expire, now=now.now())

    async def erase() -> None:
        for member_id in await db.read(members.to_erase):
            files = await db.read(members.files_of, member_id)
            for path in files:  # first: when this is cut off, the rows still say which files are left
                (settings.data / "files" / path).unlink(missing_ok=True)
            await db.run(members.erase, member_id)

    async def forget_what_is_old() -> None:
        periods = settings.retention
        await db.run(answer_links.forget, before=now.now() - answer_links.KEPT)
        while old := await db.read(retention.too_old, periods, now=now.now()):
            for one in old:
                await db.run(retention.drop, one)
        if periods.files is not None:
            kept = await db.read(retention.needed)
            before = time.time() - periods.files * DAY  # files bear the machine's time
            await asyncio.to_thread(retention.sweep, settings.data / "files", kept, older_than=before)
        if periods.pictures is not None:
            shown = time.time() - periods.pictures * DAY
            await asyncio.to_thread(retention.sweep_drawn, settings.data / "files", older_than=shown)

    return [
        Job("fan_out", 5, fan_out),
        Job("sources", 20, partial(asyncio.to_thread, polling.run, polling.House(db, now, settings))),
        Job("let_go", 5, let_go),
        Job("surveys", 10, work_on_surveys),
        Job("notices", 5, send_notices),
        Job("tickets", 60, tell_overdue),
        Job("expire_sessions", 3600, expire_sessions),
        Job("erase", 60, erase),
        Job("retention", 6 * 3600, forget_what_is_old),
    ]
