"""The channel of e-mail: one reply, a digest too, is one mail."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from sqlalchemy import Connection

from bot import answer_links, rates
from bot.answer_links import Maker
from bot.channel_settings import Email
from bot.channels import shown_once
from bot.channels.mail.composing import Writer, compose
from bot.channels.mail.smtp import hand_over
from bot.channels.robots import within
from bot.db.engine import Database
from bot.mail_address import is_address
from bot.messages import Recipient, Reply
from bot.ports import Clock, Outcome, Rejected, Sent, Throttled

CHANNEL = "email"


@dataclass(slots=True)
class MailChannel:
    """Sends through one mail server, `in_flight` mails at a time."""

    settings: Email
    db: Database
    clock: Clock
    links: Maker
    writer: Writer
    now: Callable[[], float] = time.time
    in_flight: int = 4
    name: str = CHANNEL
    _locks: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    async def send(self, to: Recipient, reply: Reply, *, key: str) -> Outcome:
        if not is_address(to.address):
            return Rejected("no e-mail address")
        if not (reply.text.strip() or reply.buttons or reply.image or reply.file):
            return Rejected("nothing that could be shown")
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with lock:
            return await self._deliver(to, reply, key)

    async def _deliver(self, to: Recipient, reply: Reply, key: str) -> Outcome:
        if await self.db.read(shown_once.known, self.name, key):
            return Sent()
        if wait := await self.db.run(self._take):
            return Throttled(wait, everyone=True)
        now = self.clock.now()
        offer = await self.db.run(answer_links.offer, self.links, to, reply, key=key, now=now)
        mail = await asyncio.to_thread(compose, self.writer, to, reply, offer, key=key, now=now)
        outcome = await asyncio.to_thread(hand_over, self.settings, mail, to.address)
        if isinstance(outcome, Sent):
            await shown_once.remember(self.db, self.name, key, to.address, now=now)
        return outcome

    def _take(self, tx: Connection) -> float:
        limit = within(CHANNEL, self.settings.per_minute, burst=min(10, self.settings.per_minute - 1))
        found = rates.take(tx, [limit], at=self.now())
        return found.seconds if found else 0.0
