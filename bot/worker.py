"""The delivery worker: claim, see whether it is still wanted, render in the reader's language, send, settle."""

import asyncio
import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import structlog
from sqlalchemy import Connection, select

from bot import alerts, deliveries, fallback, notices, surveys
from bot.db.engine import AnyRow, Database
from bot.db.models import addresses, conversations, interests, members
from bot.db.models import deliveries as table
from bot.deliveries import Claimed
from bot.messages import Button, Recipient, Reply
from bot.ports import Channel, Clock, Outcome, Rejected, Temporary, Throttled
from bot.settings import Delivery

log = structlog.get_logger()


class Renderer(Protocol):
    """Writes one kind of delivery, now, in the reader's language; None when there is nothing left to say."""

    def __call__(self, tx: Connection, row: AnyRow, *, language: str, now: datetime) -> Reply | None: ...


@dataclass(slots=True)
class Worker:
    """Sends what is due on its channels until it is stopped."""

    db: Database
    clock: Clock
    channels: Mapping[str, Channel]
    renderers: Mapping[str, Renderer]
    settings: Delivery
    address: str | None = None  # a terminal serves only its own person
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _rooms: dict[str, asyncio.Semaphore] = field(default_factory=dict)
    _lanes: "dict[tuple[str, str], asyncio.Task[Claimed | None]]" = field(default_factory=dict)
    _under_way: int = 0

    def nudge(self) -> None:
        """Something was written: look now instead of at the next poll."""
        self._wake.set()

    async def run(self) -> None:
        while True:
            try:
                sent = await self.step()
            except Exception:
                # A full disk or a lost database must not end the loop: it is tried again.
                log.exception("worker_failed")
                sent = 0
            if not sent:
                await self._rest()

    async def step(self) -> int:
        """Take what there is room for while the rest is still on its way, so that no time is lost between batches."""
        claimed = await self._claim(self.settings.batch - self._under_way)
        for rows in _by_address(claimed):
            self._start(rows)
        if self._under_way > self.settings.batch // 2:
            await asyncio.wait(self._lanes.values(), return_when=asyncio.FIRST_COMPLETED)
        return len(claimed)

    def _start(self, rows: Sequence[Claimed]) -> None:
        """Send these behind what is on its way to the same address."""
        key = (rows[0].row.channel, rows[0].row.address)
        self._under_way += len(rows)
        task = asyncio.get_running_loop().create_task(self._send_behind(self._lanes.get(key), rows))
        self._lanes[key] = task
        task.add_done_callback(lambda done: self._end(key, done, len(rows)))

    def _end(self, key: tuple[str, str], done: "asyncio.Task[Claimed | None]", rows: int) -> None:
        self._under_way -= rows
        if self._lanes.get(key) is done:
            del self._lanes[key]
        if not done.cancelled() and (error := done.exception()):
            log.error("worker_failed", error=repr(error))

    async def _send_behind(
        self, first: "asyncio.Task[Claimed | None] | None", rows: Sequence[Claimed]
    ) -> Claimed | None:
        waiting = await first if first is not None else None
        if waiting is not None:
            await self.db.run(deliveries.hold_back, rows, behind=waiting)
            return waiting
        return await self._send_in_order(rows)

    async def _rest(self) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), self.settings.poll_seconds)
        except TimeoutError:
            pass
        self._wake.clear()

    async def once(self) -> int:
        """Send one batch; returns how many rows were taken."""
        claimed = await self._claim(self.settings.batch)
        await asyncio.gather(*(self._send_in_order(rows) for rows in _by_address(claimed)))
        return len(claimed)

    async def _claim(self, limit: int) -> list[Claimed]:
        return await self.db.run(
            deliveries.claim,
            channels=list(self.channels),
            limit=limit,
            lease_seconds=self.settings.lease_seconds,
            address=self.address,
        )

    async def _send_in_order(self, rows: Sequence[Claimed]) -> Claimed | None:
        """One address gets its messages one after the other; what must wait holds back, and is returned."""
        late = time.monotonic() + self.settings.lease_seconds / 2
        for place, item in enumerate(rows):
            async with self._room(item.row.channel):
                outcome = await self._send(item)
            if isinstance(outcome, Throttled | Temporary) or time.monotonic() > late:
                await self.db.run(deliveries.hold_back, rows[place + 1 :], behind=item)
                return item
        return None

    def _room(self, channel: str) -> asyncio.Semaphore:
        """A channel that waits for a network says how many messages may be on their way at once."""
        if channel not in self._rooms:
            self._rooms[channel] = asyncio.Semaphore(getattr(self.channels[channel], "in_flight", 1))
        return self._rooms[channel]

    async def _send(self, item: Claimed) -> Outcome | None:
        now = self.clock.now()
        if item.row.kind == deliveries.DIGEST:
            await self.db.run(prune, item.row, now=now)
        reason = await self.db.read(unwanted, item.row, now=now)
        if reason:
            await self.db.run(fallback.skip, item, reason, now=now)
            log.info("delivery_skipped", delivery=item.id, reason=reason)
            return None
        outcome = await self._attempt(item, now)
        state = await self.db.run(
            fallback.settle,
            item,
            outcome,
            now=self.clock.now(),
            max_attempts=self.settings.max_attempts,
            jitter=random.random(),
        )
        log.info("delivery_settled", delivery=item.id, outcome=type(outcome).__name__, state=state)
        return outcome

    async def _attempt(self, item: Claimed, now: datetime) -> Outcome:
        row = item.row
        try:
            language = await self.db.read(language_of, row.member_id)
            reply = await self.db.read(self.renderers[row.kind], row, language=language, now=now)
        except Exception as error:
            log.exception("delivery_not_rendered", delivery=item.id)
            return Rejected(f"not rendered: {error!r}")
        if reply is None:
            return Rejected("nothing to say")
        try:
            to = Recipient(row.channel, row.address, language)
            return await self.channels[row.channel].send(to, reply, key=f"delivery:{row.id}")
        except Exception as error:
            log.exception("channel_failed", delivery=item.id, channel=row.channel)
            return Temporary(repr(error))


def _by_address(claimed: Iterable[Claimed]) -> list[list[Claimed]]:
    """Rows of one address together, in the order in which they were claimed."""
    found: dict[tuple[str, str], list[Claimed]] = {}
    for item in claimed:
        found.setdefault((item.row.channel, item.row.address), []).append(item)
    return list(found.values())


def prune(tx: Connection, digest: AnyRow, *, now: datetime) -> None:
    """Leave out of a digest what is not wanted any more."""
    for row in tx.execute(select(table).where(deliveries.its_own(digest))).all():
        if reason := unwanted(tx, row, now=now):
            deliveries.leave_out(tx, row, reason, now=now)


def unwanted(tx: Connection, row: AnyRow, *, now: datetime) -> str | None:
    """Why this delivery must not go out any more, looked at the moment before it is sent."""
    member = tx.execute(select(members.c.state, members.c.paused_until).where(members.c.id == row.member_id)).one()
    if member.state != "active":
        return "member_gone"
    if member.paused_until is not None and member.paused_until > now and row.kind == "alert":
        return "paused"
    here = (addresses.c.channel == row.channel) & (addresses.c.address == row.address)
    if tx.execute(select(addresses.c.state).where(here)).scalar() == "gone":
        return "address_gone"
    if row.kind == "survey" and (reason := surveys.unwanted(tx, row, now=now)):
        return reason
    if row.notice_id is not None and (reason := notices.unwanted(tx, row)):
        return reason
    if row.kind == "alert" and surveys.CLOSING in row.payload and (reason := surveys.overtaken(tx, row)):
        return reason
    if row.due_at is not None and row.alert_id is not None and (reason := alerts.overtaken(tx, row)):
        return reason
    if row.kind == deliveries.DIGEST and not tx.execute(select(table.c.id).where(deliveries.its_own(row))).first():
        return "nothing_left"
    if row.interest_id is not None:
        state = tx.execute(select(interests.c.state).where(interests.c.id == row.interest_id)).scalar()
        if state != "active":
            return "unsubscribed"
    return None


def language_of(tx: Connection, member_id: int) -> str:
    """The member's choice, else the language of their newest conversation."""
    chosen = tx.execute(select(members.c.language).where(members.c.id == member_id)).scalar()
    if chosen:
        return str(chosen)
    newest = select(conversations.c.language).where(conversations.c.member_id == member_id)
    return str(tx.execute(newest.order_by(conversations.c.updated_at.desc()).limit(1)).scalar() or "zh")


def text_renderer(texts: Callable[..., str]) -> Renderer:
    """Deliveries of kind `text`: payload {"key", "values", "buttons": [{"key", "payload"}]}."""

    def render(tx: Connection, row: AnyRow, *, language: str, now: datetime) -> Reply | None:
        payload = row.payload
        buttons = tuple(Button(texts(b["key"], language), b["payload"]) for b in payload.get("buttons", ()))
        return Reply(texts(payload["key"], language, **payload.get("values", {})), buttons)

    return render
