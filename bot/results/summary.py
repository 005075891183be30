"""The results of a survey (or of all feedback on a family) as one value that every kind of file is made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, func, select

from bot.db.models import invitations, surveys
from bot.errors import BadInput
from bot.notifications import Notification, by_id
from bot.results.answers import Answer, Name, answers
from bot.results.money import Rate, Rates, rates
from bot.results.suppression import K
from bot.results.tally import By, Sum, Table, sums, tally


@dataclass(frozen=True, slots=True)
class About:
    """What the results are about."""

    title_zh: str
    title_en: str
    notification: Notification | None = None
    survey_id: int | None = None
    due: Mapping[str, date] | None = None  # enterprise, county, centre
    provisional: bool = False
    invited: int | None = None
    answered: int | None = None
    conclusion: str | None = None

    def title(self, language: str) -> str:
        return self.title_en if language == "en" else self.title_zh

    @property
    def number(self) -> str | None:
        return f"S-{self.survey_id:06d}" if self.survey_id else None


@dataclass(frozen=True, slots=True)
class Summary:
    """The tables, the sums, and what they rest on. `answers` are the single ones: for those who may see them."""

    about: About
    made_at: datetime
    answers: tuple[Answer, ...]
    tables: tuple[Table, ...]
    sums: tuple[Sum, ...]
    rates: tuple[Rate, ...]
    missing: tuple[str, ...]  # currencies without a rate
    names: Mapping[str, Name]  # organisations by the key of their line
    k: int

    @property
    def enterprises(self) -> int:
        return len({one.who for one in self.answers})


def of_survey(tx: Connection, survey_id: int, *, now: datetime, today: date, k: int = K) -> Summary:
    """The results of one survey. Raises BadInput when there is none of that number."""
    row = tx.execute(select(surveys).where(surveys.c.id == survey_id)).first()
    if row is None:
        raise BadInput("report.no_survey", number=survey_id)
    asked = select(func.count(), func.count(invitations.c.answered_at)).where(invitations.c.survey_id == survey_id)
    invited, answered = tx.execute(asked).one()
    about = About(
        row.title_zh,
        row.title_en,
        by_id(tx, row.notification_id) if row.notification_id else None,
        survey_id,
        {"enterprise": row.enterprise_due, "county": row.county_due, "centre": row.centre_due},
        row.provisional,
        invited,
        answered,
        row.conclusion,
    )
    return summarise(about, answers(tx, survey_id=survey_id), rates(tx, on=today), now=now, k=k)


def summarise(about: About, given: Sequence[Answer], known: Rates, *, now: datetime, k: int = K) -> Summary:
    """Everything counted (pure)."""
    currencies = [amount.currency for one in given for amount in one.amounts.values()]
    organisations = [one for answer in given for one in (answer.county, *answer.associations) if one]
    return Summary(
        about,
        now,
        tuple(given),
        tuple(tally(given, by, known, k=k) for by in By),
        sums(given, known, k=k),
        known.used(currencies),
        known.missing(currencies),
        {str(one.id): one for one in organisations},
        k,
    )
