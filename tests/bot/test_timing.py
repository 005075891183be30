"""When a message may go: a table of moments in the reader's zone, over midnight and through the nights of DST."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.timing import DAILY, INSTANT, WEEKLY, Quiet, Rhythm, when

SHANGHAI, BERLIN, NEW_YORK = "Asia/Shanghai", "Europe/Berlin", "America/New_York"
NIGHT = Quiet(time(21), time(8))
NOON = Quiet(time(12), time(14))

# zone, written at (local), rhythm, quiet hours, due at (local; None = at once)
TABLE = [
    (SHANGHAI, "2026-11-22 17:00", None, None, None),
    (SHANGHAI, "2026-11-22 17:00", Rhythm(INSTANT), NIGHT, None),
    (SHANGHAI, "2026-11-22 20:59", None, NIGHT, None),
    (SHANGHAI, "2026-11-22 21:00", None, NIGHT, "2026-11-23 08:00"),
    (SHANGHAI, "2026-11-23 00:00", None, NIGHT, "2026-11-23 08:00"),
    (SHANGHAI, "2026-11-23 07:59", None, NIGHT, "2026-11-23 08:00"),
    (SHANGHAI, "2026-11-23 08:00", None, NIGHT, None),
    (SHANGHAI, "2026-11-23 11:59", None, NOON, None),
    (SHANGHAI, "2026-11-23 12:30", None, NOON, "2026-11-23 14:00"),
    (SHANGHAI, "2026-11-22 17:00", Rhythm(DAILY, time(8)), None, "2026-11-23 08:00"),
    (SHANGHAI, "2026-11-22 07:00", Rhythm(DAILY, time(8)), None, "2026-11-22 08:00"),
    (SHANGHAI, "2026-11-22 08:00", Rhythm(DAILY, time(8)), None, "2026-11-23 08:00"),  # that one has just gone
    (SHANGHAI, "2026-11-22 07:00", Rhythm(DAILY, time(7, 30)), NIGHT, "2026-11-22 08:00"),  # the hour is a quiet one
    (SHANGHAI, "2026-11-22 07:00", Rhythm(DAILY, time(22)), NIGHT, "2026-11-23 08:00"),
    (SHANGHAI, "2026-11-22 17:00", Rhythm(WEEKLY, time(9), 0), None, "2026-11-23 09:00"),  # a Sunday; Monday follows
    (SHANGHAI, "2026-11-23 09:00", Rhythm(WEEKLY, time(9), 0), None, "2026-11-30 09:00"),
    (SHANGHAI, "2026-12-30 09:00", Rhythm(WEEKLY, time(9), 2), None, "2027-01-06 09:00"),
    # the clocks go forward, 02:00 -> 03:00: an hour that is left out is taken an hour later
    (BERLIN, "2027-03-27 12:00", Rhythm(DAILY, time(2, 30)), None, "2027-03-28 03:30"),
    (NEW_YORK, "2027-03-13 12:00", Rhythm(DAILY, time(2, 30)), None, "2027-03-14 03:30"),
    (BERLIN, "2027-03-27 23:00", None, NIGHT, "2027-03-28 08:00"),
    (NEW_YORK, "2027-03-13 23:00", None, NIGHT, "2027-03-14 08:00"),
    # and back
    (BERLIN, "2026-10-24 23:00", None, NIGHT, "2026-10-25 08:00"),
    (NEW_YORK, "2026-10-31 23:00", None, NIGHT, "2026-11-01 08:00"),
    (BERLIN, "2026-10-24 12:00", Rhythm(WEEKLY, time(8), 6), None, "2026-10-25 08:00"),
]


def _at(text: str, zone: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(("zone", "written", "rhythm", "quiet", "due"), TABLE)
def test_fault_20_quiet_hours_over_midnight_where_the_reader_is(
    zone: str, written: str, rhythm: Rhythm | None, quiet: Quiet | None, due: str | None
) -> None:
    now = _at(written, zone).astimezone(UTC)
    found = when(now, zone=ZoneInfo(zone), rhythm=rhythm, quiet=quiet)
    assert found == _at(due or written, zone).astimezone(UTC)


@pytest.mark.parametrize(("zone", "first"), [(BERLIN, "2026-10-20"), (BERLIN, "2027-03-24"), (NEW_YORK, "2026-10-28"),
                                             (NEW_YORK, "2027-03-10"), (SHANGHAI, "2026-10-28")])  # fmt: skip
@pytest.mark.parametrize("at", [time(1, 30), time(2, 30), time(8)])
def test_fault_18_once_on_each_local_day(zone: str, first: str, at: time) -> None:
    """An hour that the clocks repeat gives one digest, one that they leave out gives one too."""
    moment, days = _at(first, zone).astimezone(UTC), []
    for _ in range(10):
        moment = when(moment, zone=ZoneInfo(zone), rhythm=Rhythm(DAILY, at))
        days.append(moment.astimezone(ZoneInfo(zone)).date())
    assert days == [days[0] + timedelta(days=number) for number in range(10)]


def test_what_would_come_too_late_does_not_wait() -> None:
    now = _at("2026-11-22 23:00", SHANGHAI).astimezone(UTC)
    zone = ZoneInfo(SHANGHAI)
    midnight = _at("2026-11-23 00:00", SHANGHAI)
    assert when(now, zone=zone, quiet=NIGHT, latest=midnight) == now
    assert when(now, zone=zone, quiet=NIGHT, latest=midnight + timedelta(days=1)) > now


def test_never_in_the_past() -> None:
    start = datetime(2026, 10, 24, tzinfo=UTC)
    for minutes in range(0, 3 * 24 * 60, 17):
        now = start + timedelta(minutes=minutes)
        for rhythm in (None, Rhythm(DAILY, time(2, 30)), Rhythm(WEEKLY, time(2, 30), 6)):
            assert when(now, zone=ZoneInfo(BERLIN), rhythm=rhythm, quiet=NIGHT) >= now
