"""What group robots and apps have in common: a text in parts that fit, links for buttons, one pace for all processes.

An adapter (a `Provider`) says how its provider wants a part, how it is signed, and what an answer means: the verdict
stands in the body, also of an HTTP 200.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from weakref import WeakValueDictionary

import structlog
from sqlalchemy import Connection

from bot import answer_links, rates
from bot.answer_links import Maker, Offer
from bot.channel_settings import Robots
from bot.channels import shown_once
from bot.channels.splitting import Size, split
from bot.db.engine import Database
from bot.messages import Recipient, Reply
from bot.ports import Clock, Gone, Outcome, Rejected, Sent, Temporary, Throttled
from bot.rates import Limit

log = structlog.get_logger()

JOINER = "\u2060"  # nobody sees it; behind a mark of markup it makes that a mere character

Body = dict[str, Any]


class Provider(Protocol):
    """One kind of robot."""

    @property
    def name(self) -> str: ...

    def knows(self, address: str) -> bool:
        """Is there such a robot in the settings?"""
        ...

    def limits(self, address: str) -> Sequence[Limit]: ...

    def pause(self, key: str, now: float) -> float:
        """For how many seconds this message should wait for a better moment."""
        ...

    def bodies(self, text: str, offer: Offer) -> list[Body]:
        """The messages that this text takes; the last one has the links."""
        ...

    async def ship(self, address: str, body: Body, *, now: float) -> Outcome: ...


@dataclass(frozen=True, slots=True)
class GroupRobot:
    """What the robots of groups share: an address is a name in the settings, and no moment is worse than another."""

    settings: Robots

    def knows(self, address: str) -> bool:
        return address in self.settings.robots

    def pause(self, key: str, now: float) -> float:
        return 0.0


@dataclass(slots=True)
class RobotChannel:
    """Sends through one provider."""

    provider: Provider
    db: Database
    clock: Clock
    links: Maker
    now: Callable[[], float] = time.time
    in_flight: int = 4
    name: str = field(init=False)
    _locks: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    def __post_init__(self) -> None:
        self.name = self.provider.name

    async def send(self, to: Recipient, reply: Reply, *, key: str) -> Outcome:
        text = written(reply)
        if not text.strip() and not reply.buttons:
            return Rejected("nothing that could be shown")
        if not self.provider.knows(to.address):
            return Rejected(f"no {self.name} of this name in the settings")
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with lock:
            return await self._deliver(to, reply, text, key)

    async def _deliver(self, to: Recipient, reply: Reply, text: str, key: str) -> Outcome:
        offer = await self.db.run(answer_links.offer, self.links, to, reply, key=key, now=self.clock.now())
        result: Outcome = Rejected("nothing that could be shown")
        for number, body in enumerate(self.provider.bodies(text, offer)):
            result = await self._part(to, body, f"{key}#{number}")
            if not isinstance(result, Sent):
                return result
        return result

    async def _part(self, to: Recipient, body: Body, key: str) -> Outcome:
        if await self.db.read(shown_once.known, self.name, key):
            return Sent()
        wait = self.provider.pause(key, self.now()) or await self.db.run(self._take, to.address)
        if wait:
            return Throttled(wait)
        outcome = await self.provider.ship(to.address, body, now=self.now())
        match outcome:
            case Sent():
                await shown_once.remember(self.db, self.name, key, to.address, now=self.clock.now())
            case Throttled(seconds):
                await self.db.run(self._halt, to.address, seconds)
                log.warning("channel_throttled", channel=self.name, seconds=round(seconds))
        return outcome

    def _take(self, tx: Connection, address: str) -> float:
        """Seconds until it may go; 0: it has taken its place."""
        found = rates.take(tx, self.provider.limits(address), at=self.now())
        return found.seconds if found else 0.0

    def _halt(self, tx: Connection, address: str, seconds: float) -> None:
        """Tell the other processes."""
        for limit in self.provider.limits(address)[:1]:
            rates.halt(tx, limit, seconds, at=self.now())


def within(name: str, most: int, *, seconds: float = 60.0, burst: int = 4) -> Limit:
    """At most `most` in any span of so many seconds, `burst` of them at once."""
    return Limit(name, seconds / (most - burst), burst)


def written(reply: Reply) -> str:
    """The text, and the names of what a robot cannot carry."""
    files = [f"[{name}]" for name in (reply.image and reply.image.rpartition("/")[2], reply.file and reply.file.name)
             if name]  # fmt: skip
    return "\n".join(part for part in (reply.text, *files) if part)


def parted(text: str, *, most: int, size: Size) -> Iterator[str]:
    """Parts that fit and show something: a blank one would be refused."""
    return (part for part in split(text, most, size) if part.strip())


def read(said: Mapping[str, Any] | Outcome, code: str, meanings: Mapping[int, Outcome]) -> Outcome:
    """What an answer means: 0 is sent, a known number its outcome, any other is refused with what was said."""
    if not isinstance(said, Mapping):
        return said
    number = said.get(code)
    if number == 0:
        return Sent()
    if not isinstance(number, int):
        return Temporary("an answer without a verdict")
    told = f"{number} {str(said.get('errmsg') or said.get('msg') or '')[:200]}".strip()
    match meanings.get(number):
        case Throttled(seconds, everyone):
            return Throttled(seconds, everyone=everyone)
        case Gone():
            return Gone(told)
        case Temporary():
            return Temporary(told)
        case _:
            return Rejected(told)
