"""The seams of the service: what a channel, a feed, an engine and a clock must be able to do."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from bot.clock import Clock as Clock
from bot.messages import Recipient, Reply


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider took the message; `provider_id` is its number there, if it has one."""

    provider_id: str | None = None


@dataclass(frozen=True, slots=True)
class Throttled:
    """Too fast: try again after `seconds`. With `everyone` the whole channel waits."""

    seconds: float
    everyone: bool = False


@dataclass(frozen=True, slots=True)
class Temporary:
    """A passing fault; the message was certainly not delivered."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may or may not have arrived (a time-out after sending): at most one more try."""

    reason: str


@dataclass(frozen=True, slots=True)
class Gone:
    """The address takes nothing any more (blocked, deactivated, unsubscribed)."""

    reason: str


@dataclass(frozen=True, slots=True)
class Moved:
    """The address has a new name: rewrite it and send again."""

    address: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """The provider will never take this message as it is; a bug or a bad payload."""

    reason: str


Outcome = Sent | Throttled | Temporary | Unknown | Gone | Moved | Rejected


class Channel(Protocol):
    """A way to reach people. One contract test runs over every implementation."""

    name: str

    async def send(self, to: Recipient, reply: Reply, *, key: str) -> Outcome:
        """Deliver one reply. `key` is the same for every try of the same message: a channel that can, shows it once."""
        ...


@dataclass(frozen=True, slots=True)
class BadRow:
    """A record that a feed could not read: where it was and what was expected instead."""

    row: int
    reason: str


class NotificationFeed(Protocol):
    """A source of notifications: yields (row number, normalised record) or BadRow, never raises for one bad row."""

    source: str

    def __iter__(self) -> Iterator[tuple[int, dict[str, Any]] | BadRow]: ...

    def __len__(self) -> int:
        """How many rows there are (for a progress bar); an estimate will do."""
        ...


@runtime_checkable
class OfKind(NotificationFeed, Protocol):
    """A feed of something else than notifications, and of what."""

    kind: str


@runtime_checkable
class Resumable(NotificationFeed, Protocol):
    """A feed that is read again after a kill: the same `fingerprint` is the same content in the same rows."""

    fingerprint: str

    def going_on(self, first: int) -> Iterator[tuple[int, dict[str, Any]] | BadRow]:
        """What `__iter__` yields, from this row number on."""
        ...


class Engine(Protocol):
    """The dialogue engine: embedded, or a Rasa server behind its HTTP API."""

    async def turn(self, tracker: Any, message: Any) -> Any: ...


@dataclass(frozen=True, slots=True)
class Drafted:
    """What a writer made of the material: nobody sees it before it was compared with the entries."""

    text: str


@dataclass(frozen=True, slots=True)
class NotDrafted:
    """Why there is no draft; `passing` faults may be over soon."""

    reason: str
    passing: bool = False


class Writer(Protocol):
    """Puts material together as the task says. It can do nothing else, and never raises."""

    async def draft(self, task: str, material: str) -> Drafted | NotDrafted: ...
