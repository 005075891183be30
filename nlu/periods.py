"""Calendar arithmetic for spoken dates: a named stretch of time as its first and last day."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Period:
    """From the first to the last day, both included; one day has the same twice."""

    first: date
    last: date


def day(value: date) -> Period:
    """One day as a period."""
    return Period(value, value)


def safe_date(year: int, month: int, number: int) -> date | None:
    """The date, or None when there is no such day (31 February) or year."""
    try:
        return date(year, month, number)
    except ValueError:
        return None


def month(year: int, number: int) -> Period:
    """A whole month; numbers outside 1..12 run on into other years (0 = December before)."""
    year, index = year + (number - 1) // 12, (number - 1) % 12 + 1
    return Period(date(year, index, 1), date(year, index, calendar.monthrange(year, index)[1]))


def year(number: int) -> Period:
    """A whole calendar year."""
    return Period(date(number, 1, 1), date(number, 12, 31))


def quarter(in_year: int, number: int) -> Period:
    """A quarter, 1..4; other numbers run on into other years."""
    first = (number - 1) * 3 + 1
    return Period(month(in_year, first).first, month(in_year, first + 2).last)


def week(today: date, offset: int) -> Period:
    """Monday to Sunday of the week that lies `offset` weeks away."""
    monday = today - timedelta(days=today.weekday()) + timedelta(weeks=offset)
    return Period(monday, monday + timedelta(days=6))


def add_months(start: date, count: int) -> date:
    """The same day `count` months away, or the last day of that month when it is shorter."""
    target = month(start.year, start.month + count)
    return target.first.replace(day=min(start.day, target.last.day))


def shift(start: date, count: float, unit: str) -> date | None:
    """`count` days, weeks, months or years (unit "d", "w", "m", "y") from the start; None beyond the calendar."""
    try:
        if unit in "dw":
            return start + timedelta(days=round(count * (7 if unit == "w" else 1)))
        if count % 1:  # half a month, half a year
            return add_months(start, round(count * 12)) if unit == "y" else start + timedelta(days=round(count * 30))
        return add_months(start, int(count) * (12 if unit == "y" else 1))
    except (ValueError, OverflowError):
        return None


def in_nearest_year(today: date, month_number: int, number: int | None, *, past: bool) -> Period | None:
    """A day or month without its year: the next one from today on, or the last one when the sentence looks back."""
    for in_year in (today.year + n for n in ((-1, 0, 1) if past else (0, 1, 4))):
        exact = safe_date(in_year, month_number, number or 1)
        if exact is None:
            continue
        period = day(exact) if number else month(in_year, month_number)
        if past and in_year == today.year - 1:
            following = safe_date(today.year, month_number, number or 1)
            if following is None or following > today:
                return period
        elif past or period.last >= today:
            return period
    return None
