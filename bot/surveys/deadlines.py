"""The nested deadlines of a survey, counted back from the day on which comments close at the WTO member (pure).

    enterprise --3--> county --5--> centre --7--> national --21--> comments close        (days, from the settings)

Each one falls on a working day, the last one before if need be, and the next is counted back from there. What happens
when too little time is left for that is said at `_squeezed`. No deadline lies in the past. Without a comment period
that is still open, the days are counted forward from today.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate

from bot.workdays import Calendar


@dataclass(frozen=True, slots=True)
class Spans:
    """Days from each deadline to the next one; `least` and `margin` are working days."""

    enterprise: int = 3  # before the county's
    county: int = 5  # before the centre's
    centre: int = 7  # before the national one
    national: int = 21  # before comments close
    least: int = 5  # so much time enterprises have from today, if there is any way
    margin: int = 3  # so early before the close a comment leaves, if the full span is not possible
    open_days: int = 14  # the enterprises' time where no comment period runs


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Until when each tier answers. `shortened`: the full spans did not fit. `provisional`: holidays are not known."""

    enterprise: date
    county: date
    centre: date
    national: date
    shortened: bool = False
    provisional: bool = False


def compute(closes: date | None, *, today: date, spans: Spans, calendar: Calendar) -> Deadlines:
    """The deadlines of a survey that is opened today about what can be commented on until `closes`."""
    if closes is None or closes < today:
        return _forward(today, spans, calendar)
    left = calendar.between(today, closes)
    first = calendar.add(today, min(spans.least, (left + 1) // 2)) if left else closes
    days = _counted_back(closes, spans, calendar)
    shortened = days[0] < first
    if shortened:
        days = _squeezed(first, closes, spans, calendar)
    return _made(days, shortened=shortened, provisional=not calendar.knows(*days, closes))


def _forward(today: date, spans: Spans, calendar: Calendar) -> Deadlines:
    counts = accumulate((spans.open_days, spans.enterprise, spans.county, spans.centre))
    days = [calendar.on_or_after(today + timedelta(days=count)) for count in counts]
    return _made(days, shortened=False, provisional=not calendar.knows(*days))


def _made(days: Sequence[date], *, shortened: bool, provisional: bool) -> Deadlines:
    enterprise, county, centre, national = days
    return Deadlines(enterprise, county, centre, national, shortened=shortened, provisional=provisional)


def _counted_back(closes: date, spans: Spans, calendar: Calendar) -> list[date]:
    days = [closes]
    for span in (spans.national, spans.centre, spans.county, spans.enterprise):
        days.insert(0, calendar.on_or_before(days[0] - timedelta(days=span)))
    return days[:4]


def _squeezed(first: date, closes: date, spans: Spans, calendar: Calendar) -> list[date]:
    """Too little time for the full spans. Enterprises answer by `first`: `least` working days from today, or half of
    what is left. The national span gives way first, down to `margin` working days before the close (at most half of
    the rest); if that is not enough, the three others shrink in proportion. In the last days all fall together."""
    margin = min(spans.margin, calendar.between(first, closes) // 2)
    national = max(first, calendar.add(calendar.on_or_before(closes), -margin))
    steps = (spans.enterprise, spans.county, spans.centre)
    room, total = (national - first).days, sum(steps)
    counts = [passed if room >= total else room * passed // total for passed in accumulate(steps)]
    return list(_rising(first, counts, calendar))


def _rising(first: date, counts: Sequence[int], calendar: Calendar) -> Iterator[date]:
    """Working days one after the other: what a holiday pulls back never falls before the one it follows."""
    latest = first
    yield latest
    for count in counts:
        latest = max(latest, calendar.on_or_before(first + timedelta(days=count)))
        yield latest


def rungs(due: date, *, before: Sequence[int], after: Sequence[int], calendar: Calendar) -> dict[str, date]:
    """The days of the reminders about a deadline, earliest first: so many working days before it, and after it."""
    early = {f"before-{count}": calendar.add(due, -count) for count in sorted(set(before), reverse=True)}
    return early | {f"after-{count}": calendar.add(due, count) for count in sorted(set(after))}


def rung_of(today: date, rungs: dict[str, date]) -> tuple[str, date] | None:
    """The reminder whose turn it is: the latest one whose day has come. One that was slept through is made up for."""
    come = [(name, day) for name, day in rungs.items() if day <= today]
    return come[-1] if come else None
