"""A county's sheet: live figures of its enterprises' answers and the officers' opinion, passed up to the centre."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from bot import authority, organisations
from bot.authority import Deed
from bot.db.models import county_sheets
from bot.errors import BadInput
from bot.organisations import Organisation
from bot.surveys.figures import figures
from bot.surveys.rules import Rules
from bot.surveys.survey import Survey, by_id, open_one
from bot.surveys.telling import officers, owners, tell_staff

OPINION = 20_000


@dataclass(frozen=True, slots=True)
class Sheet:
    """`figures`: as passed up, else as they are now. `live`: as they are now. `late`: not passed up by the deadline."""

    survey: Survey
    county: Organisation
    state: str  # open | passed
    opinion: str
    figures: Mapping[str, Any]
    live: Mapping[str, Any]
    version: int
    late: bool
    updated_at: datetime
    passed_at: datetime | None

    @property
    def changed_since(self) -> bool:
        """Have answers come or changed after it was passed up?"""
        return self.state == "passed" and dict(self.figures) != dict(self.live)


def sheet(tx: Connection, survey_id: int, county_id: int, *, by: int, now: datetime, rules: Rules) -> Sheet:
    """Raises BadInput when the survey asks nobody of that county, NotAllowed."""
    survey = by_id(tx, survey_id)
    authority.require(tx, by, Deed.SEE_FEEDBACK, county_id)
    return _read(tx, survey, county_id, now, rules)


def complete_sheet(
    tx: Connection, survey_id: int, county_id: int, *, by: int, opinion: str, now: datetime, rules: Rules
) -> Sheet:
    """Keep the county's opinion; as often as they like until they pass it up. Raises BadInput, NotAllowed."""
    survey = _mine(tx, survey_id, county_id, by)
    if len(opinion) > OPINION:
        raise BadInput("survey.opinion_long", n=OPINION)
    _change(tx, survey, county_id, "open", {"opinion": opinion.strip(), "updated_by": by, "updated_at": now})
    return _read(tx, survey, county_id, now, rules)


def pass_up(tx: Connection, survey_id: int, county_id: int, *, by: int, now: datetime, rules: Rules) -> Sheet:
    """Freeze the figures as they are now and give the sheet to the centre, who is told. Raises BadInput, NotAllowed."""
    survey = _mine(tx, survey_id, county_id, by)
    values = {
        "state": "passed", "figures": figures(tx, survey, county_id, now=now, rules=rules), "passed_by": by,
        "version": county_sheets.c.version + 1, "passed_at": now, "updated_by": by, "updated_at": now,
    }  # fmt: skip
    _change(tx, survey, county_id, "open", values)
    subject = f"survey {survey_id}, county {county_id}"
    authority.record(tx, by, "pass_up", allowed=True, now=now, subject=subject)
    found = _read(tx, survey, county_id, now, rules)
    occasion = f"passed-{county_id}-{found.version}"
    tell_staff(tx, survey, occasion, "county_passed", owners(tx, survey), now=now, bureau=county_id)
    return found


def reopen_sheet(
    tx: Connection, survey_id: int, county_id: int, *, by: int, reason: str = "", now: datetime, rules: Rules
) -> Sheet:
    """The centre gives a sheet back; its officers are told why. Raises BadInput, NotAllowed."""
    survey = open_one(tx, survey_id)
    authority.require(tx, by, Deed.CLOSE_SURVEY, survey.organisation_id)
    _change(tx, survey, county_id, "passed", {"state": "open", "updated_by": by, "updated_at": now})
    subject = f"survey {survey_id}, county {county_id}"
    authority.record(tx, by, "reopen_sheet", allowed=True, now=now, subject=subject, detail={"reason": reason})
    found = _read(tx, survey, county_id, now, rules)
    people = officers(tx, [county_id], Deed.FILL_SHEET).get(county_id, [])
    occasion = f"reopened-{county_id}-{found.version}"
    tell_staff(tx, survey, occasion, "county_reopened", people, now=now, bureau=county_id, reason=reason.strip())
    return found


def _mine(tx: Connection, survey_id: int, county_id: int, by: int) -> Survey:
    survey = open_one(tx, survey_id)
    authority.require(tx, by, Deed.FILL_SHEET, county_id)
    return survey


def _change(tx: Connection, survey: Survey, county_id: int, state: str, values: dict[str, Any]) -> None:
    """Only from the state that it must be in; else the sentence says which one it is in."""
    mine = (county_sheets.c.survey_id == survey.id) & (county_sheets.c.organisation_id == county_id)
    if not tx.execute(update(county_sheets).where(mine, county_sheets.c.state == state).values(**values)).rowcount:
        known = tx.execute(select(county_sheets.c.state).where(mine)).scalar()
        raise BadInput(f"survey.sheet_{known or 'none'}", number=survey.number)


def _read(tx: Connection, survey: Survey, county_id: int, now: datetime, rules: Rules) -> Sheet:
    mine = (county_sheets.c.survey_id == survey.id) & (county_sheets.c.organisation_id == county_id)
    row = tx.execute(select(county_sheets).where(mine)).first()
    if row is None:
        raise BadInput("survey.sheet_none", number=survey.number)
    live = figures(tx, survey, county_id, now=now, rules=rules)
    is_open, county = row.state == "open", organisations.by_id(tx, county_id)
    late = is_open and rules.today(now) > survey.county_due
    return Sheet(
        survey, county, row.state, row.opinion or "", live if is_open else row.figures, live, row.version, late,
        row.updated_at, row.passed_at,
    )  # fmt: skip
