"""Who answered a survey, who is silent and who is late: per county and per association, as it stands now.

An enterprise counts once, however many of its people were asked, and one answer of it is enough; somebody who acts for
no enterprise counts for themselves.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Subquery, case, exists, func, or_, select

from bot import authority, organisations
from bot.authority import Deed
from bot.db.models import affiliations, county_sheets, follows, invitations, members
from bot.errors import NotAllowed
from bot.organisations import Organisation
from bot.surveys.rules import Rules
from bot.surveys.survey import Survey, by_id

Sums = tuple[ColumnElement[Any], ...]


@dataclass(frozen=True, slots=True)
class Count:
    """Enterprises asked, of them answered, having said that it is not theirs, silent; late: not in by the deadline."""

    asked: int = 0
    answered: int = 0
    declined: int = 0
    late: int = 0

    @property
    def silent(self) -> int:
        return self.asked - self.answered - self.declined


@dataclass(frozen=True, slots=True)
class Row:
    """A county or an association in the table; None stands for those without a county. `sheet`: open or passed."""

    organisation: Organisation | None
    count: Count
    sheet: str | None = None
    sheet_late: bool = False
    passed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a survey is, as far as the reader may see it; `whole` is False when that is only a part."""

    survey: Survey
    total: Count
    counties: tuple[Row, ...]
    associations: tuple[Row, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class Silent:
    """Somebody who was asked and has not answered."""

    member_id: int | None
    name: str | None
    organisation: Organisation | None
    bureau: Organisation | None
    invited_at: datetime
    reminders: int
    reminded_at: datetime | None


def progress(tx: Connection, survey_id: int, *, by: int, now: datetime, rules: Rules) -> Progress:
    """The same number of queries however many were asked. Raises BadInput for no survey, NotAllowed."""
    survey = by_id(tx, survey_id)
    mine = seen_places(tx, by, Deed.SEE_PROGRESS, survey)
    units, sums = _units(survey, now, rules)
    counties = _counties(tx, survey, units, sums, rules.today(now))
    associations = _associations(tx, units, sums)
    if mine is None:
        return Progress(survey, _read(tx.execute(select(*sums).select_from(units)).one()), counties, associations, True)
    seen, joined = _within(counties, mine), _within(associations, mine)
    return Progress(survey, _together(seen or joined), seen, joined, False)


def count_of(tx: Connection, survey: Survey, bureau_id: int, *, now: datetime, rules: Rules) -> Count:
    """The count of one county."""
    units, sums = _units(survey, now, rules)
    return _read(tx.execute(select(*sums).select_from(units).where(units.c.bureau_id == bureau_id)).one())


def silent(tx: Connection, survey_id: int, *, by: int, limit: int = 500) -> list[Silent]:
    """Exactly who has not answered nor declined, as far as the reader reaches; by county and enterprise."""
    survey = by_id(tx, survey_id)
    mine = seen_places(tx, by, Deed.SEE_PROGRESS, survey)
    rows = tx.execute(_silent(survey, mine).limit(limit)).all()
    names = organisations.by_ids(tx, {one for row in rows for one in (row.organisation_id, row.bureau_id) if one})
    return [
        Silent(row.member_id, row.name, names.get(row.organisation_id), names.get(row.bureau_id), row.invited_at,
               row.reminders, row.reminded_at)
        for row in rows
    ]  # fmt: skip


def seen_places(tx: Connection, by: int, deed: Deed, survey: Survey) -> frozenset[int] | None:
    """The organisations of a survey that this member may look at; None means all. Raises NotAllowed for none."""
    held = {one.organisation_id for one in authority.grants(tx, by) if authority.permits(one.role, deed)}
    if held & set(organisations.reached_from(tx, survey.organisation_id)):
        return None
    if not held:
        raise NotAllowed("people.not_allowed")
    return frozenset(place for one in held for place in organisations.all_below(tx, one))


def answered() -> ColumnElement[bool]:
    """Has the person of an invitation answered, or a colleague for the same enterprise?"""
    colleague = invitations.alias()
    same = (colleague.c.survey_id == invitations.c.survey_id) & (
        colleague.c.organisation_id == invitations.c.organisation_id
    )
    return or_(invitations.c.answered_at.is_not(None), exists().where(same, colleague.c.answered_at.is_not(None)))


def _units(survey: Survey, now: datetime, rules: Rules) -> tuple[Subquery, Sums]:
    """One row for each enterprise (or person without one), and what is summed over such rows."""
    muted = (follows.c.member_id == invitations.c.member_id) & (follows.c.family == survey.family)
    asked = invitations.outerjoin(follows, muted & (follows.c.state == "muted"))
    units = (
        select(
            func.max(invitations.c.bureau_id).label("bureau_id"),
            func.max(invitations.c.organisation_id).label("organisation_id"),
            func.min(invitations.c.answered_at).label("answered_at"),
            func.count(follows.c.family).label("declined"),
            func.count().label("people"),
        )
        .select_from(asked)
        .where(invitations.c.survey_id == survey.id)
        .group_by(func.coalesce(invitations.c.organisation_id, -invitations.c.id))
        .subquery()
    )
    return units, _sums(units, survey, now, rules)


def _sums(units: Subquery, survey: Survey, now: datetime, rules: Rules) -> Sums:
    end = rules.start_of(survey.enterprise_due + timedelta(days=1))
    came = units.c.answered_at.is_not(None)
    declined = ~came & (units.c.declined == units.c.people)  # everybody there said that it is not theirs
    late = units.c.answered_at >= end
    if now >= end:
        late = late | (~came & ~declined)
    return (
        func.count(units.c.people).label("asked"),
        *(func.coalesce(func.sum(case((what, 1), else_=0)), 0).label(name)
          for name, what in (("answered", came), ("declined", declined), ("late", late))),
    )  # fmt: skip


def _read(row: Any) -> Count:
    return Count(int(row.asked), int(row.answered), int(row.declined), int(row.late))


def _counties(tx: Connection, survey: Survey, units: Subquery, sums: Sums, today: date) -> tuple[Row, ...]:
    rows = tx.execute(select(units.c.bureau_id.label("place"), *sums).group_by(units.c.bureau_id)).all()
    sheets = {
        row.organisation_id: row
        for row in tx.execute(select(county_sheets).where(county_sheets.c.survey_id == survey.id))
    }
    counted = {row.place: _read(row) for row in rows}
    names = organisations.by_ids(tx, {*(one for one in counted if one), *sheets})
    found = [
        _county(names.get(place) if place else None, counted.get(place, Count()), sheets.get(place), survey, today)
        for place in (*sorted(names), *(one for one in counted if one is None))
    ]
    return tuple(found)


def _county(place: Organisation | None, count: Count, sheet: Any, survey: Survey, today: date) -> Row:
    if sheet is None:
        return Row(place, count)
    late = sheet.state == "open" and today > survey.county_due
    return Row(place, count, sheet.state, late, sheet.passed_at)


def _associations(tx: Connection, units: Subquery, sums: Sums) -> tuple[Row, ...]:
    """An enterprise in two associations stands in both rows."""
    joined = units.join(affiliations, affiliations.c.enterprise_id == units.c.organisation_id)
    place = affiliations.c.association_id
    rows = tx.execute(select(place.label("place"), *sums).select_from(joined).group_by(place)).all()
    names = organisations.by_ids(tx, {row.place for row in rows})
    return tuple(Row(names[row.place], _read(row)) for row in sorted(rows, key=lambda row: row.place))


def _within(rows: tuple[Row, ...], mine: frozenset[int]) -> tuple[Row, ...]:
    return tuple(row for row in rows if row.organisation and row.organisation.id in mine)


def _together(rows: Iterable[Row]) -> Count:
    counts = [row.count for row in rows]
    return Count(*(sum(getattr(one, name) for one in counts) for name in ("asked", "answered", "declined", "late")))


def _silent(survey: Survey, mine: frozenset[int] | None) -> Select[Any]:
    declined = exists().where(
        follows.c.member_id == invitations.c.member_id, follows.c.family == survey.family, follows.c.state == "muted"
    )
    query = (
        select(invitations, members.c.name)
        .outerjoin(members, members.c.id == invitations.c.member_id)
        .where(invitations.c.survey_id == survey.id, ~answered(), ~declined)
    )
    if mine is not None:
        query = query.where(or_(invitations.c.organisation_id.in_(mine), invitations.c.bureau_id.in_(mine)))
    return query.order_by(invitations.c.bureau_id, invitations.c.organisation_id, invitations.c.id)
