"""Inviting: an audience chunk by chunk into invitations and messages, so that a kill loses and doubles nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from bot import organisations
from bot.alerts.opening import inserting
from bot.alerts.reach import reach
from bot.authority import Deed, Role
from bot.db.models import county_sheets, invitations, roles, surveys
from bot.surveys import asked
from bot.surveys.asked import ASK, Asked
from bot.surveys.rules import Rules
from bot.surveys.survey import SELECTED, State, Survey, by_id, read
from bot.surveys.telling import Message, officers, tell, tell_staff

AGAIN = timedelta(days=1)
STAFF = (Role.OFFICER, Role.ANALYST, Role.ADMINISTRATOR, Role.SECRETARY)


@dataclass(frozen=True, slots=True)
class Step:
    """A part of a survey's audience: whom to ask, and where the cursor goes from where."""

    survey: Survey
    asked: tuple[Asked, ...]
    new: int
    last: bool


@dataclass(frozen=True, slots=True)
class Invited:
    """What one step did."""

    asked: int = 0
    skipped: int = 0
    done: bool = False


def stale(tx: Connection, *, now: datetime, rules: Rules) -> list[int]:
    """Surveys whose audience was last looked through a day ago: whoever has registered since is asked too."""
    table = surveys.c
    old = (table.state == State.OPEN) & (table.invited_all_at < now - AGAIN) & (table.enterprise_due > rules.today(now))
    return list(tx.execute(select(table.id).where(old)).scalars())


def look_again(tx: Connection, survey_ids: Iterable[int]) -> None:
    """Go through the audience from the start; nobody is asked twice."""
    mine = surveys.c.id.in_(list(survey_ids)) & (surveys.c.state == State.OPEN)
    tx.execute(update(surveys).where(mine).values(cursor=0, invited_all_at=None))


def plan(tx: Connection, *, now: datetime, rules: Rules) -> list[Step]:
    """The next part of every survey that has not asked everybody yet. Reads only: nobody waits for it."""
    waiting = (surveys.c.state == State.OPEN) & surveys.c.invited_all_at.is_(None)
    found = [read(row) for row in tx.execute(SELECTED.where(waiting).order_by(surveys.c.id))]
    parts = [(one, asked.after(tx, one, now=now, chunk=rules.chunk)) for one in found]
    return [Step(one, part.asked, part.cursor, part.last) for one, part in parts]


def write(tx: Connection, step: Step, *, now: datetime) -> Invited:
    """Invite the members of one step and move the cursor, in one transaction.

    After a kill the same part is planned again, and unique keys keep it single. A survey whose cursor another process
    has moved, or that was closed meanwhile, is left alone.
    """
    if not _take(tx, step, now=now):
        return Invited()
    people = [one.member_id for one in step.asked]
    places = organisations.acting_for(tx, people)
    outside = _outside(tx, step.survey, people, places)
    muted = _muted(tx, step.survey, people, now)
    messages = [Message(one.member_id, ASK, one.why, outside.get(one.member_id)) for one in step.asked]
    wanted = [one for one in people if one not in outside and one not in muted]
    invite(tx, step.survey, wanted, places, now)
    sent = tell(tx, step.survey, ASK, messages, now=now)
    if step.last:
        _tell_counties(tx, step.survey, now)
    return Invited(len(sent), len(messages) - len(sent), step.last)


def _take(tx: Connection, step: Step, *, now: datetime) -> bool:
    table = surveys.c
    mine = (table.id == step.survey.id) & (table.cursor == step.survey.cursor) & (table.state == State.OPEN)
    values = {"cursor": step.new, **({"invited_all_at": now} if step.last else {})}
    return tx.execute(update(surveys).where(mine, table.invited_all_at.is_(None)).values(**values)).rowcount == 1


def _outside(tx: Connection, survey: Survey, people: Iterable[int], places: dict[int, int]) -> dict[int, str]:
    """Who is not asked though it concerns them, and why: staff, and whom the asking office does not reach."""
    staff = set(STAFF) - set(survey.audience.get("roles", ()))  # an audience that names a role means those people
    held = select(roles.c.member_id).where(roles.c.member_id.in_(list(people)), roles.c.role.in_(staff))
    found = {one: "staff" for one in tx.execute(held).scalars() if one not in places}
    if organisations.by_id(tx, survey.organisation_id).kind is organisations.Kind.CENTRE:
        return found
    reached = organisations.all_below(tx, survey.organisation_id)
    return {**{one: "out_of_reach" for one in people if places.get(one) not in reached}, **found}


def _muted(tx: Connection, survey: Survey, people: Iterable[int], now: datetime) -> set[int]:
    families = [survey.family] if survey.family else []
    return {member_id for member_id, _ in reach(tx, people, families, now=now).muted}


def invite(tx: Connection, survey: Survey, people: list[int], places: dict[int, int], now: datetime) -> None:
    """Who counts as asked, with their enterprise and its county office, which gets a sheet. Tells nobody."""
    offices = organisations.bureaus(tx, {places[one] for one in people if one in places})
    rows = [
        {
            "survey_id": survey.id, "member_id": one, "organisation_id": (place := places.get(one)),
            "bureau_id": offices.get(place) if place else None, "invited_at": now, "reminders": 0,
        }
        for one in people
    ]  # fmt: skip
    if rows:
        tx.execute(inserting(tx, invitations).on_conflict_do_nothing(index_elements=["survey_id", "member_id"]), rows)
    sheets = [
        {
            "survey_id": survey.id,
            "organisation_id": one,
            "state": "open",
            "figures": {},
            "version": 0,
            "updated_at": now,
        }
        for one in sorted(set(offices.values()))
    ]
    if sheets:
        unique = ["survey_id", "organisation_id"]
        tx.execute(inserting(tx, county_sheets).on_conflict_do_nothing(index_elements=unique), sheets)


def _tell_counties(tx: Connection, survey: Survey, now: datetime) -> None:
    """When everyone is asked, each county's officers hear of it."""
    offices = select(county_sheets.c.organisation_id).where(county_sheets.c.survey_id == survey.id)
    for bureau, people in officers(tx, tx.execute(offices).scalars().all(), Deed.FILL_SHEET).items():
        tell_staff(tx, by_id(tx, survey.id), f"county-{bureau}", "county_opened", people, now=now, bureau=bureau)
