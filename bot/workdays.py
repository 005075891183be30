"""Working days in China, with its public holidays and the weekends that are worked for them (pure).

The State Council announces each year's days in the autumn before; the package `chinesecalendar` carries them. Where
neither it nor the staff's own list reaches, Monday to Friday are taken as working days, but for the days that are
holidays each year by law, and `knows` says so.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

SATURDAY = 5
# 全国年节及纪念日放假办法 (as of 2025), the days of the solar calendar: those of the lunar one differ each year
BY_LAW = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are worked. What staff entered comes before what the package says."""

    holidays: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()  # Saturdays and Sundays on which people work

    @classmethod
    def of(cls, holidays: Iterable[date] = (), worked: Iterable[date] = ()) -> "Calendar":
        return cls(frozenset(holidays), frozenset(worked))

    def is_workday(self, day: date) -> bool:
        if day in self.worked or day in self.holidays:
            return day in self.worked
        holidays, worked = _announced()
        off = day in holidays or (not self.knows(day) and (day.month, day.day) in BY_LAW)
        return day in worked or (day.weekday() < SATURDAY and not off)

    def knows(self, *days: date) -> bool:
        """Have the holidays of these days' years been announced or entered? If not, what is counted is provisional."""
        return all(day.year in _announced_years() or day.year in self._entered_years() for day in days)

    def _entered_years(self) -> Collection[int]:
        return {day.year for day in self.holidays}

    def on_or_before(self, day: date) -> date:
        """The day itself if it is worked, else the last working day before it."""
        while not self.is_workday(day):
            day -= DAY
        return day

    def on_or_after(self, day: date) -> date:
        while not self.is_workday(day):
            day += DAY
        return day

    def add(self, day: date, count: int) -> date:
        """The working day so many working days after the day; a negative count goes back."""
        step = DAY if count > 0 else -DAY
        for _ in range(abs(count)):
            day += step
            while not self.is_workday(day):
                day += step
        return day

    def between(self, start: date, end: date) -> int:
        """How many working days come after `start`, up to and with `end`; 0 when `end` is not after it."""
        return sum(self.is_workday(start + DAY * number) for number in range(1, (end - start).days + 1))


@cache
def _announced() -> tuple[Collection[date], Collection[date]]:
    from chinese_calendar import constants  # only who counts days needs its tables

    return frozenset(constants.holidays), frozenset(constants.workdays)


@cache
def _announced_years() -> Collection[int]:
    holidays, _ = _announced()
    return frozenset(day.year for day in holidays)
