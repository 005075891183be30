"""Working days: announced holidays, worked weekends, years nobody has announced, what staff enter."""

from datetime import date

import pytest

from bot.settings import load
from bot.workdays import Calendar

KNOWN = Calendar()


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        ("2026-02-13", True),  # the Friday before Chinese New Year
        ("2026-02-14", True),  # a Saturday that is worked for it
        ("2026-02-16", False),  # New Year's Eve, a Monday
        ("2026-02-23", False),
        ("2026-02-28", True),  # a Saturday that is worked
        ("2026-10-01", False),
        ("2026-10-07", False),
        ("2026-10-08", True),
        ("2026-10-10", True),  # a Saturday that is worked for National Day
        ("2026-10-11", False),
        ("2026-11-21", False),  # a plain Saturday
        ("2027-01-01", False),  # not announced, and a holiday each year by law
        ("2027-02-08", True),  # not announced: a plain Monday
    ],
)
def test_which_days_are_worked(day: str, worked: bool) -> None:
    assert KNOWN.is_workday(date.fromisoformat(day)) is worked


def test_counting_goes_over_holidays_and_worked_weekends() -> None:
    assert KNOWN.add(date(2026, 9, 30), 1) == date(2026, 10, 8)
    assert KNOWN.add(date(2026, 10, 9), 1) == date(2026, 10, 10)
    assert KNOWN.add(date(2026, 2, 24), -1) == date(2026, 2, 14)
    assert KNOWN.add(date(2026, 10, 3), 0) == date(2026, 10, 3)
    assert KNOWN.on_or_before(date(2026, 10, 5)) == date(2026, 9, 30)
    assert KNOWN.on_or_after(date(2026, 10, 5)) == date(2026, 10, 8)
    assert KNOWN.between(date(2026, 9, 30), date(2026, 10, 10)) == 3
    assert KNOWN.between(date(2026, 10, 10), date(2026, 9, 30)) == 0


def test_a_year_that_nobody_has_announced_is_not_known_until_staff_enter_it() -> None:
    assert KNOWN.knows(date(2026, 12, 31))
    assert not KNOWN.knows(date(2026, 12, 31), date(2027, 1, 4))
    entered = Calendar.of([date(2027, 1, 1)], [date(2027, 1, 2)])
    assert entered.knows(date(2027, 12, 31))
    assert not entered.is_workday(date(2027, 1, 1))
    assert entered.is_workday(date(2027, 1, 2))
    assert not entered.knows(date(2028, 1, 3))


def test_what_staff_enter_comes_before_what_is_built_in() -> None:
    changed = Calendar.of(holidays=[date(2026, 10, 10)], worked=[date(2026, 10, 7)])
    assert not changed.is_workday(date(2026, 10, 10))
    assert changed.is_workday(date(2026, 10, 7))


def test_the_settings_carry_it_from_the_environment_too() -> None:
    made = load(environ={"FENGSUI_CALENDAR__HOLIDAYS": "2027-01-01, 2027-02-08"}).calendar.workdays
    assert made.holidays == {date(2027, 1, 1), date(2027, 2, 8)}
