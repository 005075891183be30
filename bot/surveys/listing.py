"""Surveys as the console lists and shows them, as far as the reader reaches."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, or_, select

from bot import authority, organisations
from bot.authority import Deed
from bot.db.models import county_sheets, invitations, studies, surveys
from bot.organisations import Organisation
from bot.surveys.progress import seen_places
from bot.surveys.rules import Rules
from bot.surveys.survey import SELECTED, State, Survey, by_id, read


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of the list. `asked` and `answered` count people; `sheets` and `passed` counties."""

    survey: Survey
    asked: int
    answered: int
    sheets: int
    passed: int
    overdue: bool  # open after the centre's deadline


@dataclass(frozen=True, slots=True)
class Detail:
    """One survey with what the page about it shows besides progress. `may`: the deeds that its buttons are for."""

    survey: Survey
    organisation: Organisation
    counties: tuple[Organisation, ...]  # whose sheets there are, and the reader may see
    studies: int
    may: frozenset[Deed]
    spans: Mapping[str, Any]


def listed(
    tx: Connection, *, by: int, now: datetime, rules: Rules, state: str | None = None, limit: int = 100, offset: int = 0
) -> list[Listed]:
    """The newest first; open ones before the others. Whoever sees the progress of no survey gets an empty list."""
    where = within(tx, by)
    query = SELECTED.where(where, surveys.c.state == state) if state else SELECTED.where(where)
    order = (surveys.c.state != State.OPEN, surveys.c.id.desc())
    found = [read(row) for row in tx.execute(query.order_by(*order).limit(limit).offset(offset))]
    ids = [one.id for one in found]
    people = _by_survey(tx, select(invitations.c.survey_id, func.count(), func.count(invitations.c.answered_at)), ids)
    sheets = _by_survey(tx, select(county_sheets.c.survey_id, func.count(), func.count(county_sheets.c.passed_at)), ids)
    today = rules.today(now)
    return [
        Listed(one, *people.get(one.id, (0, 0)), *sheets.get(one.id, (0, 0)),
               one.state is State.OPEN and today > one.centre_due)
        for one in found
    ]  # fmt: skip


def detail(tx: Connection, survey_id: int, *, by: int, rules: Rules) -> Detail:
    """Raises BadInput when there is none, NotAllowed when nothing of it is within reach."""
    survey = by_id(tx, survey_id)
    mine = seen_places(tx, by, Deed.SEE_PROGRESS, survey)
    names = organisations.by_ids(tx, _counties(tx, survey_id))
    counties = tuple(one for place, one in sorted(names.items()) if mine is None or place in mine)
    given = tx.execute(select(func.count()).where(studies.c.survey_id == survey_id)).scalar_one()
    deeds = (Deed.OPEN_SURVEY, Deed.CLOSE_SURVEY, Deed.ASSIGN_STUDY, Deed.WRITE_COMMENT, Deed.SEE_FEEDBACK)
    may = frozenset(deed for deed in deeds if authority.may(tx, by, deed, survey.organisation_id))
    place = organisations.by_id(tx, survey.organisation_id)
    spans = {name: getattr(rules.spans, name) for name in ("enterprise", "county", "centre", "national")}
    return Detail(survey, place, counties, int(given), may, {**spans, **survey.spans})


def _counties(tx: Connection, survey_id: int) -> list[int]:
    query = select(county_sheets.c.organisation_id).where(county_sheets.c.survey_id == survey_id)
    return list(tx.execute(query).scalars())


def within(tx: Connection, by: int) -> Any:
    """Surveys of organisations within reach, and those that ask somebody within reach."""
    held = [one.organisation_id for one in authority.grants(tx, by) if authority.permits(one.role, Deed.SEE_PROGRESS)]
    reached = {place for one in held for place in organisations.all_below(tx, one)}
    asked = select(invitations.c.survey_id).where(
        or_(invitations.c.organisation_id.in_(reached), invitations.c.bureau_id.in_(reached))
    )
    return or_(surveys.c.organisation_id.in_(reached), surveys.c.id.in_(asked))


def _by_survey(tx: Connection, query: Select[Any], ids: list[int]) -> dict[int, tuple[int, int]]:
    column = query.selected_columns[0]
    rows = tx.execute(query.where(column.in_(ids)).group_by(column))
    return {row[0]: (int(row[1]), int(row[2])) for row in rows}
