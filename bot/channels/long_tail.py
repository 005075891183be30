"""What Apprise knows: the long tail of messengers, through that library, when it is installed.

It says whether it worked and not how, and believes every HTTP 200: a failure is of unknown fate, and a success may be
none. Providers with an adapter of their own are not to be reached through it.
"""

import asyncio
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any
from weakref import WeakValueDictionary

from bot import answer_links
from bot.answer_links import Maker, Offer
from bot.channel_settings import Apprise
from bot.channels import shown_once
from bot.channels.robots import written
from bot.db.engine import Database
from bot.errors import SettingsError
from bot.messages import Recipient, Reply
from bot.ports import Clock, Outcome, Rejected, Sent, Unknown

CHANNEL = "apprise"


def wanted(library: str = "apprise") -> None:
    """Raises SettingsError when the library is not installed: the sentence says how to get it."""
    if find_spec(library) is None:
        raise SettingsError("settings.no_apprise")


@dataclass(slots=True)
class AppriseChannel:
    """The address is the name of an Apprise address in the settings."""

    settings: Apprise
    db: Database
    clock: Clock
    links: Maker
    in_flight: int = 2
    name: str = CHANNEL
    _locks: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    async def send(self, to: Recipient, reply: Reply, *, key: str) -> Outcome:
        url = self.settings.urls.get(to.address)
        if url is None:
            return Rejected("no Apprise address of this name in the settings")
        text = written(reply)
        if not text.strip():
            return Rejected("nothing that could be shown")
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with lock:
            return await self._deliver(to, reply, text, key, url.get_secret_value())

    async def _deliver(self, to: Recipient, reply: Reply, text: str, key: str, url: str) -> Outcome:
        if await self.db.read(shown_once.known, self.name, key):
            return Sent()
        now = self.clock.now()
        offer = await self.db.run(answer_links.offer, self.links, to, reply, key=key, now=now)
        outcome = await asyncio.to_thread(notify, url, with_links(text, offer))
        if isinstance(outcome, Sent):
            await shown_once.remember(self.db, self.name, key, to.address, now=now)
        return outcome


def with_links(text: str, offer: Offer) -> str:
    return "\n".join([text, *(f"{title} {url}" for title, url in offer.choices)])


def notify(url: str, text: str) -> Outcome:
    """Hand it to the library. Blocks, also for its own pauses between messages."""
    import apprise

    service: Any = apprise.Apprise.instantiate(url)
    if service is None:
        return Rejected("Apprise does not know this kind of address")
    service.overflow_mode = apprise.OverflowMode.SPLIT
    sender = apprise.Apprise()
    sender.add(service)
    return Sent() if sender.notify(body=text, body_format=apprise.NotifyFormat.TEXT) else Unknown("Apprise failed")
