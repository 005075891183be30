"""Listening: one process is elected, commits what comes before it is confirmed, and never stops for any failure."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from bot import leases, rates
from bot.channels.telegram import commands, intake, reask, updates, watch
from bot.channels.telegram.api import Api, Busy, Refused, Unreachable
from bot.channels.telegram.intake import Intake, Item, Json, Work
from bot.channels.telegram.lanes import Lanes
from bot.channels.telegram.turns import Turns
from bot.db.engine import Database
from bot.i18n import Texts
from bot.ports import Clock
from bot.settings import Settings

log = structlog.get_logger()

LEASE = "telegram"
LEASE_SECONDS = 9.0
STANDBY_SECONDS = 1.0
LEFT_ALONE = timedelta(seconds=120)  # an inbox row this old that nobody works on is taken up again
PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
STUCK_SECONDS = 10.0  # so much longer than its time-outs allow, and a poll is given up
BUSY_SECONDS = 5.0


@dataclass(slots=True)
class Listener:
    """Polls, or looks after the webhook. `secret` is what Telegram must show when it calls the webhook."""

    api: Api
    db: Database
    clock: Clock
    texts: Texts
    settings: Settings
    turns: Turns
    secret: str
    wall: Callable[[], float] = time.time
    holder: str = field(default_factory=lambda: uuid4().hex)
    lanes: Lanes = field(init=False)
    _offset: int | None = None
    _elected: bool = False
    _begun: bool = False
    _complete_below: int | None = None
    _failures: int = 0
    _spawned: set[asyncio.Task[Any]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.lanes = Lanes(self.turns.handle, self._all_before, self._earlier)

    @property
    def by_webhook(self) -> bool:
        return self.settings.telegram.mode == "webhook"

    @property
    def webhook_url(self) -> str | None:
        base = self.settings.web.public_url
        return f"{base.rstrip('/')}/telegram/webhook" if self.by_webhook and base else None

    async def run(self) -> None:
        """Until it is cancelled, or the token turns out to be wrong."""
        helpers = [self._spawn(self._keep_lease()), self._spawn(self._keep_house())]
        try:
            while await self._once():
                pass
        finally:
            await self._stop(helpers)

    async def _stop(self, helpers: Sequence[asyncio.Task[Any]]) -> None:
        for task in helpers:
            task.cancel()
        await self.lanes.finish()
        with suppress(Exception):
            await self.db.run(leases.release, LEASE, holder=self.holder)

    async def _once(self) -> bool:
        """One round; False ends it all."""
        try:
            await self._round()
            self._failures = 0
        except Refused as error:
            await self._trouble("telegram.bad_token")
            log.error("telegram_bad_token", told=str(error), meaning=self.texts("telegram.bad_token", "en"))
            return False
        except Busy as error:
            await self._trouble("telegram.busy")
            log.error("telegram_busy", told=str(error))
            await asyncio.sleep(BUSY_SECONDS)
        except Unreachable as error:
            await self._trouble("telegram.unreachable", reason=str(error)[:200])
            await self._pause("telegram_unreachable", error, error.seconds)
        except Exception as error:
            await self._pause("telegram_listening_failed", error)
        return True

    async def _pause(self, event: str, error: Exception, seconds: float | None = None) -> None:
        if self._failures == 0:
            log.warning(event, error=repr(error))
        wait = PAUSES[min(self._failures, len(PAUSES) - 1)]
        self._failures += 1
        await asyncio.sleep(max(wait, seconds or 0))

    async def _trouble(self, key: str, **values: Any) -> None:
        with suppress(Exception):  # the store itself may be the trouble
            await self.db.run(watch.trouble, key, values, at=self.wall())

    async def _round(self) -> None:
        if self.api.me is None:
            await self.api.start()
        if not await self._hold():
            await asyncio.sleep(STANDBY_SECONDS)
        elif not self._begun:
            await self._begin()
        elif self.by_webhook:
            await asyncio.sleep(STANDBY_SECONDS)
        else:
            await self._poll()

    # --- the election

    async def _hold(self) -> bool:
        was = self._elected
        self._elected = await self.db.run(leases.hold, LEASE, holder=self.holder, seconds=LEASE_SECONDS)
        if was != self._elected:
            self._begun = False
            log.info("telegram_elected" if self._elected else "telegram_standing_by")
        return self._elected

    async def _keep_lease(self) -> None:
        """A long poll takes longer than a lease lasts."""
        while True:
            await asyncio.sleep(LEASE_SECONDS / 3)
            if self._elected:
                with suppress(Exception):
                    await self._hold()

    async def _begin(self) -> None:
        """What the one who listens does first: the menu, the way updates come, and what a crash left."""
        url = self.webhook_url
        if self.by_webhook and url is None:
            await self._trouble("telegram.no_public_url")
            raise Unreachable("web.public_url is not set, and a webhook needs it", seconds=PAUSES[-1])
        await self.api.listen(url, self.secret)
        await self._publish_menu()
        before = self.clock.now() - timedelta(seconds=20) if self.by_webhook else None
        for item in await self.db.read(intake.left, before=before):
            log.info("inbox_replayed", update_id=item.update_id)
            self.lanes.put(item)
        if self.by_webhook:
            await self.db.run(self._heard)
        self._begun = True
        log.info("telegram_listening", username=self.api.me and self.api.me.username, mode=self.settings.telegram.mode)

    async def _publish_menu(self) -> None:
        menu = commands.menu(self.texts, self.settings.default_language)
        state = await self.db.read(watch.state)
        digest = commands.digest(menu)
        if state is None or state.data.get("menu") != digest:
            await commands.publish(self.api, menu)
            await self.db.run(watch.know, {"menu": digest}, at=self.wall())

    # --- polling

    async def _poll(self) -> None:
        limits = self.settings.telegram
        async with asyncio.timeout(limits.poll_seconds + limits.timeout_seconds + STUCK_SECONDS):
            found = await self.api.updates(self._offset)
        work = await self.commit(found)
        # Once confirmed they are gone: asking without a number then also finds what was numbered anew.
        self._offset = max(int(one["update_id"]) for one in found) + 1 if found else None
        self.spread(work)
        if len(found) < 100:
            self._spawn(self._ask_again())

    async def commit(self, found: Sequence[Json]) -> list[Work]:
        """Store the updates, however long that takes: a full disk holds them up at Telegram and loses nothing."""
        failures = 0
        while True:
            try:
                return await self.store(found)
            except OperationalError as error:
                if failures == 0:
                    log.error("telegram_not_stored", updates=len(found), error=repr(error.orig))
                await asyncio.sleep(PAUSES[min(failures, 3)])
                failures += 1

    async def store(self, found: Sequence[Json]) -> list[Work]:
        """One try. What the database takes in no way is marked, so that it does not hold up the others.

        Raises OperationalError.
        """
        try:
            return await self.db.run(self._store, found)
        except OperationalError:
            raise
        except Exception:
            log.exception("telegram_batch_failed", updates=len(found))
            return [work for one in found for work in await self._store_alone(one)]

    async def _store_alone(self, one: Json) -> list[Work]:
        try:
            return await self.db.run(self._store, [one])
        except OperationalError:
            raise
        except Exception as error:
            await self.db.run(intake.give_up, one, repr(error), now=self.clock.now())
            return []

    def _store(self, tx: Connection, found: Sequence[Json]) -> list[Work]:
        me, now = self.api.me, self.clock.now()
        assert me is not None
        last = watch.newest(tx)
        work = Intake(me, self.texts).take(tx, found, now=now)
        if last is not None and not self.by_webhook:
            numbers = sorted({last.id, *(int(one["update_id"]) for one in found)})
            seen = [watch.Number(one, last.at if one == last.id else now) for one in numbers if one >= last.id]
            watch.note_holes(tx, list(watch.holes(seen)), now=now)
        self._heard(tx)
        return work

    def _heard(self, tx: Connection) -> None:
        me = self.api.me
        data = {"mode": self.settings.telegram.mode, "username": me.username if me else None}
        watch.heard(tx, data, now=self.clock.now(), at=self.wall())

    def spread(self, work: Sequence[Work]) -> None:
        """Start the work; every person's own goes one after the other."""
        for one in work:
            if isinstance(one, Item):
                self.lanes.put(one)
            else:
                self._spawn(self.turns.refuse(one))

    async def _all_before(self, update_id: int) -> bool:
        """Have all updates before this one come? By polling they come in order; a webhook's may overtake each other."""
        if not self.by_webhook:
            return True
        first, self._complete_below = self._complete_below, max(self._complete_below or 0, update_id + 1)
        if first is None:
            return False
        return first >= update_id or not await self.db.read(intake.missing, first, update_id)

    async def _earlier(self, item: Item) -> list[Item]:
        return await self.db.read(intake.earlier, item)

    # --- the webhook

    async def take(self, update: dict[str, Any]) -> None:
        """An update that Telegram brings: when this returns it is stored. Raises what the database raises."""
        if self.api.me is None:
            raise Unreachable("not connected yet")
        updates.kind(update)
        self.spread(await self.store([update]))

    # --- the house

    async def _keep_house(self) -> None:
        while True:
            await asyncio.sleep(self.settings.telegram.house_seconds)
            if self._begun:
                try:
                    await self._tidy_house()
                except Exception as error:
                    log.warning("telegram_house_failed", error=repr(error))

    async def _tidy_house(self) -> None:
        pending, failure = await self.api.pending()
        await self.db.run(watch.know, {"pending": pending, "webhook_failure": failure}, at=self.wall())
        if self.by_webhook:
            await self.db.run(self._look_for_holes)
            if not pending:
                await self._ask_again()
        await self.db.run(self._forget)
        for item in await self.db.read(intake.left, before=self.clock.now() - LEFT_ALONE):
            self.lanes.put(item)

    def _look_for_holes(self, tx: Connection) -> None:
        now = self.clock.now()
        watch.note_holes(tx, watch.settled_holes(tx, now=now), now=now)
        self._heard(tx)

    def _forget(self, tx: Connection) -> None:
        watch.forget(tx, now=self.clock.now())
        rates.forget(tx)

    async def _ask_again(self) -> None:
        """When what came in after an outage is handled, the questions that are still open are asked again."""
        if not await self.db.read(watch.unasked):
            return
        await self.lanes.idle()
        asked = await self.db.run(reask.ask_again, now=self.clock.now())
        log.info("telegram_asked_again", questions=asked)

    def _spawn(self, work: Any) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(work)
        self._spawned.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._spawned.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("telegram_task_failed", error=repr(error))
