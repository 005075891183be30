"""What a survey's work needs of the settings: spans, reminders, the desk's hours, the calendar of working days."""

from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from bot.settings import Settings
from bot.surveys.deadlines import Deadlines, Spans, compute, rung_of, rungs
from bot.workdays import Calendar


@dataclass(frozen=True, slots=True)
class Ladder:
    """Working days before and after a deadline at which who has not answered is reminded."""

    before: tuple[int, ...]
    after: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """How surveys are run in this house."""

    spans: Spans
    calendar: Calendar
    zone: ZoneInfo
    opens: time
    closes: time
    enterprises: Ladder
    counties: Ladder
    closing: Ladder  # before comments close, for those whom no survey asks
    chunk: int
    markets: tuple[str, ...]  # of a new notification that gets a survey by itself
    hs: tuple[str, ...]

    @classmethod
    def of(cls, settings: Settings) -> "Rules":
        own, desk = settings.surveys, settings.desk
        spans = Spans(
            own.enterprise_days, own.county_days, own.centre_days, own.national_days, own.least_days, own.margin_days,
            own.open_days,
        )  # fmt: skip
        return cls(
            spans=spans,
            calendar=settings.calendar.workdays,
            zone=ZoneInfo(desk.time_zone),
            opens=time.fromisoformat(desk.opens),
            closes=time.fromisoformat(desk.closes),
            enterprises=Ladder(own.remind_before, own.remind_after),
            counties=Ladder(own.county_remind_before, own.county_remind_after),
            closing=Ladder(settings.alerts.remind_before, ()),
            chunk=own.chunk,
            markets=own.auto.markets,
            hs=own.auto.hs,
        )

    def today(self, now: datetime) -> date:
        """The day where the desk is: deadlines are told by it."""
        return now.astimezone(self.zone).date()

    def start_of(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone)

    def at_work(self, now: datetime) -> bool:
        """Reminders go out while people are at work."""
        local = now.astimezone(self.zone)
        return self.calendar.is_workday(local.date()) and self.opens <= local.time() < self.closes

    def deadlines(self, closes: date | None, *, today: date, spans: Spans | None = None) -> Deadlines:
        return compute(closes, today=today, spans=spans or self.spans, calendar=self.calendar)

    def turn(self, due: date, ladder: Ladder, *, today: date) -> tuple[str, date] | None:
        """The reminder about this deadline whose turn it is today, and since which day."""
        return rung_of(today, rungs(due, before=ladder.before, after=ladder.after, calendar=self.calendar))
