"""When a message may go out: how often its reader wants alerts, and when they want quiet, where they are (pure)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

INSTANT, DAILY, WEEKLY = FREQUENCIES = ("instant", "daily", "weekly")
DAY = timedelta(days=1)


def at_most_daily(frequency: str) -> str:
    """How often that comes which can wait for a digest, of somebody who wants alerts so often."""
    return DAILY if frequency == INSTANT else frequency


@dataclass(frozen=True, slots=True)
class Quiet:
    """From one time of the day to another, over midnight when the end is not after the start."""

    start: time
    end: time

    def covers(self, at: time) -> bool:
        if self.start < self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often alerts come, and at which hour (and weekday, 0 = Monday) those come that are collected."""

    frequency: str = INSTANT
    at: time = time(8)
    weekday: int = 0


def when(
    now: datetime, *, zone: ZoneInfo, rhythm: Rhythm | None = None, quiet: Quiet | None = None,
    latest: datetime | None = None,
) -> datetime:  # fmt: skip
    """The moment for what is written now; `now` itself when nothing holds it back.

    What is collected waits for the next hour of its rhythm, and whatever falls into quiet hours for their end. What
    would come after `latest` by that does not wait at all: it would be of no use any more.
    """
    moment = _collected(now, zone, rhythm) if rhythm else now
    moment = _after(moment, zone, quiet) if quiet else moment
    return now if latest is not None and moment > latest else moment


def _collected(now: datetime, zone: ZoneInfo, rhythm: Rhythm) -> datetime:
    """The next hour of the rhythm after `now`. Of an hour that the clocks repeat the first one counts, so that there is
    one on each local day; one that they leave out is taken an hour later."""
    if rhythm.frequency == INSTANT:
        return now
    day = now.astimezone(zone).date()
    while (moment := _at(day, rhythm.at, zone)) <= now or (
        rhythm.frequency == WEEKLY and day.weekday() != rhythm.weekday
    ):
        day += DAY
    return moment


def _after(moment: datetime, zone: ZoneInfo, quiet: Quiet) -> datetime:
    """The end of the quiet hours that a moment falls into."""
    local = moment.astimezone(zone)
    if not quiet.covers(local.time()):
        return moment
    day = local.date()
    if quiet.end <= quiet.start and local.time() >= quiet.start:
        day += DAY
    return max(moment, _at(day, quiet.end, zone))


def _at(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, zone).astimezone(UTC)
