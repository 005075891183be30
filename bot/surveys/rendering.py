"""A survey's messages as people read them, written when they are sent, so that days and numbers are today's."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select

from bot import notifications, organisations
from bot.db.engine import AnyRow
from bot.db.models import county_sheets
from bot.i18n import Texts
from bot.matching import Match, Reason, reason_text
from bot.messages import Button, Reply
from bot.notifications import day_text
from bot.notifications.card import member_names, type_name
from bot.surveys import studies
from bot.surveys.answering import buttons
from bot.surveys.progress import count_of
from bot.surveys.rules import Rules
from bot.surveys.survey import Survey, by_id


@dataclass(frozen=True, slots=True)
class Writer:
    """What every message needs: the survey, the reader's language, the day, and what the delivery carries."""

    tx: Connection
    survey: Survey
    payload: dict[str, Any]
    texts: Texts
    language: str
    now: datetime
    rules: Rules

    def say(self, key: str, **values: Any) -> str:
        return self.texts(f"survey.{key}", self.language, **values)

    def day(self, day: date) -> str:
        return day_text(day, self.language, self.rules.today(self.now), self.texts)

    @property
    def title(self) -> str:
        return self.survey.title(self.language)

    @property
    def organisation(self) -> str:
        return organisations.by_id(self.tx, self.survey.organisation_id).name(self.language)

    @property
    def county(self) -> str:
        return organisations.by_id(self.tx, self.payload["bureau"]).name(self.language)


def render(tx: Connection, row: AnyRow, *, texts: Texts, language: str, now: datetime, rules: Rules) -> Reply | None:
    """The message of a delivery of kind `survey`; its payload says which one."""
    what = row.payload["what"]
    if what.startswith("study_"):
        return Reply("\n".join(_study(tx, row.payload, texts, language, now, rules)))
    writer = Writer(tx, by_id(tx, row.survey_id), row.payload, texts, language, now, rules)
    lines = WRITTEN[what](writer)
    return Reply("\n".join(lines), _buttons(writer) if what in ANSWERABLE else ())


def _buttons(to: Writer) -> tuple[Button, ...]:
    return buttons(to.survey, to.texts, to.language) if not to.payload.get("answered") else ()


def _ask(to: Writer) -> Iterator[str]:
    yield to.say("ask.head", organisation=to.organisation, number=to.survey.number)
    yield to.title
    yield from _about(to)
    yield to.say("ask.why")
    yield _reason(to)
    yield from _due(to)
    yield to.say("ask.how")


def _about(to: Writer) -> Iterator[str]:
    """Which notification it is about; none any more when it was deleted."""
    found = notifications.by_id(to.tx, to.survey.notification_id) if to.survey.notification_id else None
    if found:
        record = found.record
        market, kind = member_names(record["members"], to.language, to.texts), type_name(record, to.language, to.texts)
        yield to.say("ask.about", market=market, agreement=record["agreement"], type=kind, symbol=found.symbol)


def _reason(to: Writer) -> str:
    reasons = tuple(Reason.from_json(one) for one in to.payload.get("reasons", ()))
    if reasons:
        why = reason_text(Match(reasons, tuple(to.payload.get("markets", ()))), to.language, texts=to.texts)
        return to.say("ask.reason", reason=why)
    return to.say("ask.followed" if to.payload.get("followed") else "ask.chosen")


def _due(to: Writer) -> Iterator[str]:
    survey = to.survey
    if survey.closes:
        yield to.say("due", due=to.day(survey.enterprise_due), closes=to.day(survey.closes))
    else:
        yield to.say("due_plain", due=to.day(survey.enterprise_due))
    if survey.provisional:
        yield to.say("provisional", year=max(survey.centre_due, survey.closes or survey.centre_due).year)


def _remind(to: Writer) -> Iterator[str]:
    left = (to.survey.enterprise_due - to.rules.today(to.now)).days
    yield to.say("remind.open", n=left) if left > 0 else to.say("remind.today")
    yield from _subject(to)
    yield from _due(to)
    yield to.say("ask.how")


def _late(to: Writer) -> Iterator[str]:
    yield to.say("late.head", due=to.day(to.survey.enterprise_due))
    yield from _subject(to)
    yield to.say("ask.how")


def _subject(to: Writer) -> Iterator[str]:
    yield to.say("progress.head", title=to.title, number=to.survey.number)
    yield from _about(to)


def _moved(to: Writer) -> Iterator[str]:
    old = to.day(date.fromisoformat(to.payload["old"]))
    yield to.say("moved.head", number=to.survey.number, old=old, new=to.day(to.survey.enterprise_due))
    yield to.title
    yield from [to.say("moved.answered")] if to.payload.get("answered") else _due(to)


def _ended(what: str, words: str) -> Callable[[Writer], Iterator[str]]:
    def lines(to: Writer) -> Iterator[str]:
        yield to.say(f"{what}.head", number=to.survey.number)
        yield to.title
        if to.survey.conclusion:
            yield to.say(f"{what}.{words}", text=to.survey.conclusion)

    return lines


def _county_opened(to: Writer) -> Iterator[str]:
    count = count_of(to.tx, to.survey, to.payload["bureau"], now=to.now, rules=to.rules)
    number = to.survey.number
    yield to.say("county_opened.head", organisation=to.organisation, number=number, county=to.county, n=count.asked)
    yield to.title
    dates = {"enterprise": to.day(to.survey.enterprise_due), "due": to.day(to.survey.county_due)}
    yield to.say("county_opened.todo", **dates)
    yield to.say("console")


def _county(what: str) -> Callable[[Writer], Iterator[str]]:
    def lines(to: Writer) -> Iterator[str]:
        survey, bureau = to.survey, to.payload["bureau"]
        values = {"county": to.county, "number": survey.number}
        if what in ("county_remind", "county_late"):
            values["due"] = to.day(survey.county_due)
        if what == "county_passed":
            values["version"] = _version(to, bureau)
        yield to.say(f"{what}.head", **values)
        yield to.title
        count = count_of(to.tx, survey, bureau, now=to.now, rules=to.rules)
        yield to.say(
            "county_count", asked=count.asked, answered=count.answered, silent=count.silent, declined=count.declined
        )
        if to.payload.get("reason"):
            yield to.say(f"{what}.reason", text=to.payload["reason"])

    return lines


def _version(to: Writer, bureau: int) -> str:
    mine = (county_sheets.c.survey_id == to.survey.id) & (county_sheets.c.organisation_id == bureau)
    return str(to.tx.execute(select(county_sheets.c.version).where(mine)).scalar() or 1)


def _withdrawn(to: Writer) -> Iterator[str]:
    yield to.say("withdrawn.head", number=to.survey.number)
    yield to.title
    yield from _about(to)


WRITTEN: dict[str, Callable[[Writer], Iterator[str]]] = {
    "ask": _ask,
    "remind": _remind,
    "late": _late,
    "moved": _moved,
    "thanks": _ended("thanks", "conclusion"),
    "cancelled": _ended("cancelled", "reason"),
    "county_opened": _county_opened,
    **{what: _county(what) for what in ("county_remind", "county_late", "county_passed", "county_reopened")},
    "withdrawn": _withdrawn,
}
ANSWERABLE = ("ask", "remind", "late", "moved")


def _study(
    tx: Connection, payload: dict[str, Any], texts: Texts, language: str, now: datetime, rules: Rules
) -> Iterator[str]:
    one, what = studies.study(tx, payload["study"]), payload["what"]
    due = day_text(one.due, language, rules.today(now), texts)
    values = {"number": one.number, "title": one.title}
    if what == "study_assigned":
        yield texts(f"survey.{what}.head", language, **values)
        yield one.task
        yield texts(f"survey.{what}.due", language, due=due)
        yield texts(f"survey.{what}.how", language, number=one.number)
        return
    if what in ("study_due", "study_late"):
        values["due"] = due
    if what == "study_delivered":
        values["who"] = one.assignee or texts("survey.somebody", language)
    yield texts(f"survey.{what}.head", language, **values)
    if payload.get("note"):
        yield texts("survey.study_note", language, text=payload["note"])
