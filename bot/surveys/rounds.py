"""Telling those who were asked: reminders to the silent, moved deadlines, thanks, a cancellation; each round resumable.

Whoever has no message of a round yet is still to be told: the outbox's unique keys are the only cursor, so a kill
between two chunks neither loses nor doubles anybody.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, String, and_, cast, exists, literal, select, update

from bot.authority import Deed
from bot.db.models import county_sheets, deliveries, invitations, surveys
from bot.surveys.progress import answered
from bot.surveys.rules import Rules
from bot.surveys.survey import State, Survey, all_open, untold
from bot.surveys.telling import Message, key_of, officers, tell, tell_staff


class What(StrEnum):
    REMIND = "remind"
    LATE = "late"  # a reminder after the deadline
    MOVED = "moved"
    THANKS = "thanks"
    CANCELLED = "cancelled"


REMINDING = (What.REMIND, What.LATE)


@dataclass(frozen=True, slots=True)
class Round:
    """One occasion on which some of those who were asked are told something."""

    survey: Survey
    name: str
    what: What
    values: dict[str, Any] = field(default_factory=dict)
    asked_before: datetime | None = None  # who was asked later than that knows it already


def due(tx: Connection, *, now: datetime, rules: Rules) -> list[Round]:
    """The rounds that may have somebody left to tell now."""
    found = [_ending(one) for one in untold(tx)]
    for one in all_open(tx):
        found += _moving(one)
        found += _reminding(one, now, rules)
    return found


def _ending(survey: Survey) -> Round:
    what = What.THANKS if survey.state is State.CLOSED else What.CANCELLED
    return Round(survey, what, what)


def _moving(survey: Survey) -> Iterator[Round]:
    if survey.moves > survey.moves_told and survey.moved_from:
        values = {"old": survey.moved_from.isoformat()}
        yield Round(survey, f"moved-{survey.moves}", What.MOVED, values, asked_before=survey.moved_at)


def _reminding(survey: Survey, now: datetime, rules: Rules) -> Iterator[Round]:
    """While people are at work, until the counties answer; nobody is reminded of what was withdrawn."""
    today = rules.today(now)
    turn = rules.turn(survey.enterprise_due, rules.enterprises, today=today)
    if turn is None or survey.withdrawn or today > survey.county_due or not rules.at_work(now):
        return
    rung, day = turn
    what = What.LATE if today > survey.enterprise_due else What.REMIND
    name = f"{rung}-{survey.enterprise_due.isoformat()}"  # a deadline that moved has reminders of its own
    yield Round(survey, name, what, asked_before=rules.start_of(day))


def tell_some(tx: Connection, one: Round, *, now: datetime, chunk: int) -> int:
    """Tell the next part of a round; returns how many were looked at, less than `chunk` when it is done."""
    people = list(tx.execute(_left(one).limit(chunk)))
    messages = [Message(row.member_id, one.what, {**one.values, "answered": bool(row.answered_at)}) for row in people]
    told = tell(tx, one.survey, one.name, messages, now=now)
    if one.what in REMINDING:
        _note(tx, [row.id for row in people if row.member_id in told], now)
    if len(people) < chunk:
        _finish(tx, one, now)
    return len(people)


def _left(one: Round) -> Any:
    """Who is still to be told, in order."""
    told = exists().where(
        deliveries.c.key == literal(key_of(one.survey.id, one.name)) + cast(invitations.c.member_id, String)
    )
    mine = (invitations.c.survey_id == one.survey.id) & invitations.c.member_id.is_not(None)
    query = select(invitations.c.id, invitations.c.member_id, invitations.c.answered_at)
    return query.where(mine, ~told, _concerned(one)).order_by(invitations.c.id)


def _concerned(one: Round) -> ColumnElement[bool]:
    match one.what:
        case What.MOVED:
            return invitations.c.invited_at < one.asked_before
        case What.THANKS:
            return invitations.c.answered_at.is_not(None)
        case What.CANCELLED:
            return ~answered()
    return and_(~answered(), invitations.c.invited_at < one.asked_before)


def _note(tx: Connection, ids: list[int], now: datetime) -> None:
    values = {"reminded_at": now, "reminders": invitations.c.reminders + 1}
    tx.execute(update(invitations).where(invitations.c.id.in_(ids)).values(**values))


def _finish(tx: Connection, one: Round, now: datetime) -> None:
    mine = surveys.c.id == one.survey.id
    if one.what is What.MOVED:
        tx.execute(update(surveys).where(mine).values(moves_told=one.survey.moves))
    elif one.what in (What.THANKS, What.CANCELLED):
        tx.execute(update(surveys).where(mine).values(told_at=now))


def remind_counties(tx: Connection, *, now: datetime, rules: Rules) -> int:
    """Officers whose county has not passed its sheet up are reminded, before the county's deadline and after it."""
    if not rules.at_work(now):
        return 0
    return sum(_remind_counties(tx, one, rules.today(now), now, rules) for one in all_open(tx))


def _remind_counties(tx: Connection, survey: Survey, today: date, now: datetime, rules: Rules) -> int:
    turn = rules.turn(survey.county_due, rules.counties, today=today)
    if turn is None or survey.withdrawn or turn[1] <= rules.today(survey.opened_at) or today > survey.centre_due:
        return 0
    what = "county_late" if today > survey.county_due else "county_remind"
    late = select(county_sheets.c.organisation_id).where(
        county_sheets.c.survey_id == survey.id, county_sheets.c.state == "open"
    )
    occasion = f"county-{turn[0]}-{survey.county_due.isoformat()}"
    told = 0
    for bureau, people in officers(tx, tx.execute(late).scalars().all(), Deed.FILL_SHEET).items():
        told += tell_staff(tx, survey, f"{occasion}-{bureau}", what, people, now=now, bureau=bureau)
    return told
