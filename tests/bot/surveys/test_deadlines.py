"""Nested deadlines: full spans, holidays, too little time, none at all; and the days of the reminders."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.surveys.deadlines import Deadlines, Spans, compute, rung_of, rungs
from bot.workdays import Calendar

CALENDAR = Calendar()
Row = tuple[str, str | None, str, bool, bool]

TABLE: list[Row] = [
    # today, comments close, enterprise county centre national, shortened, provisional
    ("2026-08-20", "2026-10-20", "09-14 09-17 09-22 09-29", False, False),  # sixty days: the full spans
    ("2026-01-20", "2026-03-20", "02-06 02-09 02-14 02-27", False, False),  # over Chinese New Year; 14 Feb is worked
    ("2026-09-01", "2026-11-03", "09-21 09-24 09-30 10-13", False, False),  # over National Day
    ("2026-11-22", "2027-01-21", "12-15 12-18 12-24 12-31", False, True),  # nobody knows the holidays of 2027 yet
    ("2026-11-22", "2026-12-28", "11-27 11-30 12-04 12-11", True, False),  # the national span gives way first
    ("2026-11-22", "2026-12-12", "11-27 11-27 12-02 12-08", True, False),  # then the others shrink in proportion
    ("2026-11-22", "2026-11-26", "11-24 11-24 11-24 11-25", True, False),  # four working days: half for enterprises
    ("2026-09-30", "2026-10-12", "10-09 10-09 10-09 10-10", True, False),  # National Day in between
    ("2026-11-22", "2026-11-23", "11-23 11-23 11-23 11-23", True, False),
    ("2026-11-22", "2026-11-22", "11-22 11-22 11-22 11-22", True, False),  # today is the last day, a Sunday
    ("2026-10-02", "2026-10-07", "10-07 10-07 10-07 10-07", True, False),  # nothing but holidays is left
    ("2026-11-22", "2026-11-01", "12-07 12-09 12-14 12-21", False, False),  # closed: counted forward
    ("2026-11-22", None, "12-07 12-09 12-14 12-21", False, False),  # no date stated
]


@pytest.mark.parametrize(("today", "closes", "expected", "shortened", "provisional"), TABLE)
def test_the_table(today: str, closes: str | None, expected: str, shortened: bool, provisional: bool) -> None:
    day = date.fromisoformat(closes) if closes else None
    found = compute(day, today=date.fromisoformat(today), spans=Spans(), calendar=CALENDAR)
    year = today[:4]
    days = [date.fromisoformat(f"{year}-{part}") for part in expected.split()]
    assert found == Deadlines(*days, shortened=shortened, provisional=provisional)


def test_spans_are_the_settings() -> None:
    spans = Spans(enterprise=1, county=2, centre=3, national=4)
    found = compute(date(2026, 11, 20), today=date(2026, 10, 12), spans=spans, calendar=CALENDAR)
    assert found == Deadlines(date(2026, 11, 10), date(2026, 11, 11), date(2026, 11, 13), date(2026, 11, 16))


def test_a_year_that_staff_entered_is_not_provisional_and_its_holidays_count() -> None:
    entered = Calendar.of(holidays=[date(2027, 1, 1)])
    found = compute(date(2027, 1, 22), today=date(2026, 11, 22), spans=Spans(), calendar=entered)
    assert (found.national, found.provisional) == (date(2026, 12, 31), False)
    later = compute(date(2027, 3, 1), today=date(2026, 11, 22), spans=Spans(), calendar=Calendar.of([date(2027, 2, 8)]))
    assert (later.national, later.provisional) == (date(2027, 2, 5), False)
    assert compute(date(2027, 3, 1), today=date(2026, 11, 22), spans=Spans(), calendar=CALENDAR) == Deadlines(
        date(2027, 1, 22), date(2027, 1, 27), date(2027, 2, 1), date(2027, 2, 8), provisional=True
    )


@given(
    today=st.dates(date(2025, 1, 1), date(2027, 12, 31)),
    left=st.integers(-5, 120),
    spans=st.builds(
        Spans, *[st.integers(0, 30) for _ in range(4)], least=st.integers(1, 15), margin=st.integers(0, 10)
    ),
)
def test_never_in_the_past_never_out_of_order_never_after_the_close(today: date, left: int, spans: Spans) -> None:
    closes = today + timedelta(days=left)
    found = compute(closes, today=today, spans=spans, calendar=CALENDAR)
    days = [found.enterprise, found.county, found.centre, found.national]
    assert days == sorted(days)
    assert days[0] >= today
    if left >= 0:
        assert days[-1] <= closes
    if left >= 0 and CALENDAR.between(today, closes):
        assert all(CALENDAR.is_workday(day) for day in days)


def test_reminders_stand_on_working_days_before_and_after() -> None:
    found = rungs(date(2026, 10, 9), before=(1, 5), after=(1,), calendar=CALENDAR)
    days = [("before-5", date(2026, 9, 24)), ("before-1", date(2026, 10, 8)), ("after-1", date(2026, 10, 10))]
    assert list(found.items()) == days


@pytest.mark.parametrize(
    ("today", "turn"),
    [
        ("2026-09-01", None),
        ("2026-12-03", "before-5"),
        ("2026-12-05", "before-5"),  # slept through Thursday and Friday: made up for
        ("2026-12-09", "before-1"),
        ("2026-12-10", "before-1"),
        ("2026-12-11", "after-1"),
        ("2027-02-01", "after-1"),
    ],
)
def test_whose_turn_it_is(today: str, turn: str | None) -> None:
    ladder = rungs(date(2026, 12, 10), before=(5, 1), after=(1,), calendar=CALENDAR)
    found = rung_of(date.fromisoformat(today), ladder)
    assert (found[0] if found else None) == turn
