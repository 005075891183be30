"""The injected clock of business dates, the monotonic one for measuring, and whether the machine's was set."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from time import monotonic, time
from typing import Protocol
from zoneinfo import ZoneInfo

JUMP_SECONDS = 2.0  # what synchronising corrects by itself is less


class Clock(Protocol):
    """Business time: deadlines, "next Friday", what is historic. Always aware; in UTC, or in the zone of the desk."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's own time, in UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(slots=True)
class OffsetClock:
    """A clock that starts at a chosen moment and runs on from there (FENGSUI_CLOCK)."""

    start: datetime
    _zero: float = field(default_factory=monotonic)

    def now(self) -> datetime:
        return self.start + timedelta(seconds=monotonic() - self._zero)


@dataclass(slots=True)
class FixedClock:
    """A clock that stands still until it is moved: for tests and for pure functions over files."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    def move(self, **delta: float) -> None:
        self.at += timedelta(**delta)


@dataclass(frozen=True, slots=True)
class DeskClock:
    """Another clock's moments in the zone of the desk, so that their day is the day there: at 00:30 in Shanghai the
    comments that closed yesterday are closed, though it is still yesterday in UTC."""

    clock: Clock
    zone: str

    def now(self) -> datetime:
        return self.clock.now().astimezone(ZoneInfo(self.zone))


def from_setting(start: datetime | None) -> SystemClock | OffsetClock:
    """The clock that the setting asks for; a start without a zone is read as UTC."""
    if start is None:
        return SystemClock()
    return OffsetClock(start if start.tzinfo else start.replace(tzinfo=UTC))


class Jump(StrEnum):
    """Whether the machine's clock was set: seen, or possible because nobody has looked before."""

    SEEN = "seen"
    POSSIBLE = "possible"


@dataclass(slots=True)
class Drift:
    """Tells when the machine's wall clock has been set: leases and retries bear its time."""

    offset: float | None = None

    def look(self) -> Jump | None:
        """Since the last look."""
        before, self.offset = self.offset, time() - monotonic()
        if before is None:
            return Jump.POSSIBLE
        return Jump.SEEN if abs(self.offset - before) > JUMP_SECONDS else None
