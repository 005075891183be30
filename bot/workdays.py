"""Working days in China, with its public holidays and the weekends that are worked for them (pure).

The State Council announces each year's days in the autumn before; the package `chinesecalendar` carries them. Where
neither it nor the staff's own list reaches, Monday to Friday are taken as working days, and `knows` says so.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

SATURDAY = 5
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
        return day in worked or (day.weekday() < SATURDAY and day not in holidays)

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
