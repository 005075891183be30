"""The delivery worker: claim, see whether it is still wanted, render in the reader's language, send, settle."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar

import structlog
from sqlalchemy import Connection, and_, bindparam, select
from sqlalchemy.exc import DBAPIError, OperationalError

from bot import alerts, deliveries, fallback, notices, rates, recalls, surveys
from bot.clock import Drift, Jump
from bot.db.engine import AnyRow, Database
from bot.db.models import addresses, conversations, interests, members
from bot.db.models import deliveries as table
from bot.deliveries import Claimed
from bot.messages import Button, Recipient, Reply
from bot.ports import Channel, Clock, Outcome, Rejected, Temporary, Throttled, Unknown
from bot.settings import Delivery

log = structlog.get_logger()

T = TypeVar("T")

FRESH_SECONDS = 0.2  # what was written longer ago is written again before it is sent


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
    _held: set[int] = field(default_factory=set)  # on their way here: we do not take over from ourselves
    _under_way: int = 0
    _drift: Drift = field(default_factory=Drift)

    def nudge(self) -> None:
        """Something was written: look now instead of at the next poll."""
        self._wake.set()

    async def run(self) -> None:
        while True:
            try:
                await self._mind_the_clock()
                sent = await self.step()
            except Exception:
                # A full disk or a lost database must not end the loop: it is tried again.
                log.exception("worker_failed")
                sent = 0
            if not sent:
                await self._rest()

    async def _mind_the_clock(self) -> None:
        """At the start nobody knows whether it was set meanwhile; later a jump is seen, and no wait counts any more."""
        if jump := self._drift.look():
            lease_seconds = self.settings.lease_seconds
            if jump is Jump.SEEN:
                log.warning("clock_jumped")
                await self.db.run(deliveries.set_right, lease_seconds=lease_seconds, longest=0.0)
                await self.db.run(rates.end_halts)
            else:
                await self.db.run(deliveries.set_right, lease_seconds=lease_seconds)

    async def step(self) -> int:
        """Take what there is room for while the rest is still on its way, so that no time is lost between batches."""
        claimed = await self._claim(self.settings.batch - self._under_way)
        alone = bool(claimed) and claimed[0].suspect
        if alone:
            await self._until_under_way(0)
        for rows in _by_address(claimed):
            self._start(rows)
        await self._until_under_way(0 if alone else self.settings.batch // 2)
        return len(claimed)

    async def _until_under_way(self, most: int) -> None:
        """A claim is a commit: there is one for half a batch, and not for each message."""
        while self._under_way > most:
            await asyncio.wait(list(self._lanes.values()), return_when=asyncio.FIRST_COMPLETED)

    def _start(self, rows: Sequence[Claimed]) -> None:
        """Send these behind what is on its way to the same address."""
        self._held |= {item.id for item in rows}
        key = (rows[0].row.channel, rows[0].row.address)
        self._under_way += len(rows)
        task = asyncio.get_running_loop().create_task(self._send_behind(self._lanes.get(key), rows))
        self._lanes[key] = task
        task.add_done_callback(lambda done: self._end(key, done, rows))

    def _end(self, key: tuple[str, str], done: "asyncio.Task[Claimed | None]", rows: Sequence[Claimed]) -> None:
        self._under_way -= len(rows)
        self._held -= {item.id for item in rows}
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
            _take, list(self.channels), limit, self.settings, self.address, list(self._held), now=self.clock.now()
        )  # fmt: skip

    async def _send_in_order(self, rows: Sequence[Claimed]) -> Claimed | None:
        """One address gets its messages one after the other; what must wait holds back, and is returned."""
        late = time.monotonic() + self.settings.lease_seconds / 2
        for place, item in enumerate(rows):
            outcome = await self._send(item)
            if isinstance(outcome, Throttled | Temporary) or time.monotonic() > late:
                await self.db.run(deliveries.hold_back, rows[place + 1 :], behind=item)
                return item
        return None

    def _room(self, channel: str) -> asyncio.Semaphore:
        """A channel that waits for a network says how many messages may be on their way at once."""
        return self._semaphore(f"{channel} room", self._in_flight(channel))

    def _door(self, channel: str) -> asyncio.Semaphore:
        """One more than there is room for is got ready, while what is sent before it is still being marked."""
        return self._semaphore(f"{channel} door", self._in_flight(channel) + 1)

    def _in_flight(self, channel: str) -> int:
        return getattr(self.channels[channel], "in_flight", 1)

    def _semaphore(self, name: str, places: int) -> asyncio.Semaphore:
        if name not in self._rooms:
            self._rooms[name] = asyncio.Semaphore(places)
        return self._rooms[name]

    async def _send(self, item: Claimed) -> Outcome | None:
        """Sent and marked before the next one gets its place: a kill repeats no more than what is on its way."""
        channel = item.row.channel
        async with self._door(channel):
            looked, found = time.monotonic(), await self._look(item)
            async with self._room(channel):
                if time.monotonic() - looked > FRESH_SECONDS:
                    found = await self._look(item)
                elif isinstance(found, Ready):
                    found = await self._patiently(self.db.read, check, item, found, now=self.clock.now())
                return await self._finish(item, found)

    async def _look(self, item: Claimed) -> "Found":
        now = self.clock.now()
        if item.row.kind == deliveries.DIGEST:
            await self._patiently(self.db.run, prune, item.row, now=now)
        return await self._patiently(self.db.read, look, item, self.renderers, now=now)

    async def _patiently(self, way: Callable[..., Awaitable[T]], *args: Any, **kwargs: Any) -> T:
        """Again while the store is away, as long as the lease lasts: what was sent without a mark would come twice."""
        late = time.monotonic() + self.settings.lease_seconds
        while True:
            try:
                return await way(*args, **kwargs)
            except OperationalError:
                if time.monotonic() > late:
                    raise
                await asyncio.sleep(self.settings.poll_seconds)

    async def _finish(self, item: Claimed, found: "Found") -> Outcome | None:
        match found:
            case None:
                log.info("delivery_left_to_another", delivery=item.id)
                return None
            case str():
                await self._patiently(self.db.run, fallback.skip, item, found, now=self.clock.now())
                log.info("delivery_skipped", delivery=item.id, reason=found)
                return None
            case Ready():
                return await self._settle(item, await self._attempt(item, found))
            case _:
                return await self._settle(item, found)

    async def _attempt(self, item: Claimed, ready: "Ready") -> Outcome:
        try:
            return await self.channels[item.row.channel].send(ready.to, ready.reply, key=f"delivery:{item.id}")
        except DBAPIError as error:  # channels ask the store before they send, and note what was taken without raising
            log.exception("channel_failed", delivery=item.id, channel=item.row.channel)
            return Temporary(repr(error))
        except Exception as error:  # where it broke nobody knows: it may be on its way
            log.exception("channel_failed", delivery=item.id, channel=item.row.channel)
            return Unknown(repr(error))

    async def _settle(self, item: Claimed, outcome: Outcome) -> Outcome:
        most, jitter = self.settings.max_attempts, random.random()
        state = await self._patiently(
            self.db.run, fallback.settle, item, outcome, now=self.clock.now(), max_attempts=most, jitter=jitter
        )
        log.info("delivery_settled", delivery=item.id, outcome=type(outcome).__name__, state=state)
        return outcome


def _take(
    tx: Connection, channels: Sequence[str], limit: int, settings: Delivery, address: str | None,
    held: Sequence[int], *, now: datetime,
) -> list[Claimed]:  # fmt: skip
    """What no worker survived is given up; of the rest that is due as much as there is room for."""
    deliveries.park(tx, channels=channels, max_attempts=settings.max_attempts, now=now)
    return deliveries.claim(
        tx, channels=channels, limit=limit, lease_seconds=settings.lease_seconds, address=address, held=held
    )  # fmt: skip


def _by_address(claimed: Iterable[Claimed]) -> list[list[Claimed]]:
    """Rows of one address together, in the order in which they were claimed."""
    found: dict[tuple[str, str], list[Claimed]] = {}
    for item in claimed:
        found.setdefault((item.row.channel, item.row.address), []).append(item)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Ready:
    """Wanted, and written: all that is left is to send it."""

    to: Recipient
    reply: Reply


Found = Ready | Rejected | str | None  # a reason why it is not to be sent; None: our lease is over


def look(tx: Connection, item: Claimed, renderers: Mapping[str, Renderer], *, now: datetime) -> Found:
    """The moment before it is sent: is it still ours, is it still wanted, and how does it read. One transaction."""
    if not deliveries.is_ours(tx, item):
        return None
    row = item.row
    return unwanted(tx, row, now=now) or _written(tx, row, renderers, now)


def check(tx: Connection, item: Claimed, ready: Ready, *, now: datetime) -> Found:
    """Once more when its turn has come: what took it away a moment ago takes it away."""
    if not deliveries.is_ours(tx, item):
        return None
    return unwanted(tx, item.row, now=now) or ready


def _written(tx: Connection, row: AnyRow, renderers: Mapping[str, Renderer], now: datetime) -> Ready | Rejected:
    try:
        language = language_of(tx, row.member_id)
        reply = renderers[row.kind](tx, row, language=language, now=now)
    except OperationalError:  # the store's fault, not the message's
        raise
    except Exception as error:
        log.exception("delivery_not_rendered", delivery=row.id)
        return Rejected(f"not rendered: {error!r}")
    return Ready(Recipient(row.channel, row.address, language), reply) if reply else Rejected("nothing to say")


def prune(tx: Connection, digest: AnyRow, *, now: datetime) -> None:
    """Leave out of a digest what is not wanted any more."""
    for row in tx.execute(select(table).where(deliveries.its_own(digest))).all():
        if reason := unwanted(tx, row, now=now):
            deliveries.leave_out(tx, row, reason, now=now)


def unwanted(tx: Connection, row: AnyRow, *, now: datetime) -> str | None:
    """Why this delivery must not go out any more, looked at the moment before it is sent."""
    about = tx.execute(_ABOUT, {"member": row.member_id, "channel": row.channel, "address": row.address,
                                "interest": row.interest_id}).one()  # fmt: skip
    if about.state != "active":
        return "member_gone"
    if about.paused_until is not None and about.paused_until > now and row.kind in ("alert", "maybe", recalls.KIND):
        return "paused"
    if about.address == "gone":
        return "address_gone"
    if row.interest_id is not None and about.interest != "active":
        return "unsubscribed"
    if row.kind == "survey" and (reason := surveys.unwanted(tx, row, now=now)):
        return reason
    if row.recall_id is not None and (reason := recalls.unwanted(tx, row.member_id)):
        return reason
    if row.notice_id is not None and (reason := notices.unwanted(tx, row)):
        return reason
    if row.kind == "alert" and surveys.CLOSING in row.payload and (reason := surveys.overtaken(tx, row)):
        return reason
    if row.due_at is not None and row.alert_id is not None and (reason := alerts.overtaken(tx, row)):
        return reason
    if row.kind == deliveries.DIGEST and not tx.execute(select(table.c.id).where(deliveries.its_own(row))).first():
        return "nothing_left"
    return None


_HERE = and_(addresses.c.channel == bindparam("channel"), addresses.c.address == bindparam("address"))
_ABOUT = (
    select(members.c.state, members.c.paused_until, addresses.c.state.label("address"),
           interests.c.state.label("interest"))
    .select_from(members.outerjoin(addresses, _HERE).outerjoin(interests, interests.c.id == bindparam("interest")))
    .where(members.c.id == bindparam("member"))
)  # fmt: skip
_CHOSEN = select(members.c.language).where(members.c.id == bindparam("member"))
_NEWEST = (
    select(conversations.c.language).where(conversations.c.member_id == bindparam("member"))
    .order_by(conversations.c.updated_at.desc()).limit(1)
)  # fmt: skip


def language_of(tx: Connection, member_id: int) -> str:
    """The member's choice, else the language of their newest conversation."""
    mine = {"member": member_id}
    return str(tx.execute(_CHOSEN, mine).scalar() or tx.execute(_NEWEST, mine).scalar() or "zh")


def text_renderer(texts: Callable[..., str]) -> Renderer:
    """Deliveries of kind `text`: payload {"key", "values", "buttons": [{"key", "payload"}]}."""

    def render(tx: Connection, row: AnyRow, *, language: str, now: datetime) -> Reply | None:
        payload = row.payload
        buttons = tuple(Button(texts(b["key"], language), b["payload"]) for b in payload.get("buttons", ()))
        return Reply(texts(payload["key"], language, **payload.get("values", {})), buttons)

    return render
