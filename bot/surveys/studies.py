"""Special studies (专题研究): a question given to somebody beside the survey; delivered, accepted or returned."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, or_, select, update

from bot import authority, organisations
from bot.alerts.reach import reach
from bot.authority import Deed
from bot.db.engine import AnyRow
from bot.db.models import members, studies
from bot.deliveries import NewDelivery, enqueue
from bot.errors import BadInput
from bot.surveys.rules import Rules
from bot.surveys.survey import by_id as survey_by_id
from bot.surveys.telling import KIND

WORKING = ("assigned", "returned")


@dataclass(frozen=True, slots=True)
class Study:
    """state: assigned | delivered | accepted | returned. `file`: {name, media_type, path, size} below `files/`."""

    id: int
    survey_id: int | None
    organisation_id: int
    title: str
    task: str
    assignee_id: int | None
    assignee: str | None
    due: date
    state: str
    result: str | None
    file: dict[str, Any] | None
    created_by: int | None
    created_at: datetime
    updated_at: datetime

    @property
    def number(self) -> str:
        return f"R-{self.id:04d}"


_SELECTED = select(studies, members.c.name.label("assignee")).outerjoin(
    members, members.c.id == studies.c.assignee_id
)  # fmt: skip


def assign_study(
    tx: Connection,
    *,
    by: int,
    organisation_id: int,
    assignee_id: int,
    title: str,
    task: str,
    due: date,
    now: datetime,
    rules: Rules,
    survey_id: int | None = None,
) -> Study:
    """Give a study to a member, who is told. Raises BadInput for an empty task, a past day, nobody; NotAllowed."""
    authority.require(tx, by, Deed.ASSIGN_STUDY, organisation_id)
    if survey_id is not None:
        survey_by_id(tx, survey_id)
    if not title.strip() or not task.strip():
        raise BadInput("survey.study_empty")
    if due < rules.today(now):
        raise BadInput("survey.date_past", day=due.isoformat())
    if tx.execute(select(members.c.id).where(members.c.id == assignee_id, members.c.state == "active")).first() is None:
        raise BadInput("survey.no_assignee")
    row = {
        "survey_id": survey_id, "organisation_id": organisation_id, "title": title.strip(), "task": task.strip(),
        "assignee_id": assignee_id, "due": due, "state": "assigned", "created_by": by, "created_at": now,
        "updated_at": now,
    }  # fmt: skip
    made = int(tx.execute(insert(studies).values(**row).returning(studies.c.id)).scalar_one())
    authority.record(tx, by, "assign_study", allowed=True, now=now, subject=f"study {made}")
    _tell(tx, made, "assigned", "study_assigned", [assignee_id], now=now)
    return study(tx, made)


def deliver_study(
    tx: Connection, study_id: int, *, by: int, result: str, file: dict[str, Any] | None = None, now: datetime
) -> Study:
    """The assignee's result, text or file or both; again as long as it is not accepted. Raises BadInput, NotAllowed."""
    found = study(tx, study_id)
    if by != found.assignee_id:
        authority.require(tx, by, Deed.ASSIGN_STUDY, found.organisation_id)
    if not result.strip() and file is None:
        raise BadInput("survey.study_no_result")
    values: dict[str, Any] = {"state": "delivered", "result": result.strip() or None, "updated_at": now}
    if file is not None:
        values["file"] = file
    _step(tx, found, (*WORKING, "delivered"), values)
    authority.record(tx, by, "deliver_study", allowed=True, now=now, subject=f"study {study_id}")
    told = [found.created_by] if found.created_by and found.created_by != by else []
    _tell(tx, study_id, f"delivered-{now.isoformat()}", "study_delivered", told, now=now)
    return study(tx, study_id)


def decide_study(tx: Connection, study_id: int, *, by: int, accept: bool, note: str = "", now: datetime) -> Study:
    """Accept what was delivered, or give it back with a note; the assignee is told. Raises BadInput, NotAllowed."""
    found = study(tx, study_id)
    authority.require(tx, by, Deed.ASSIGN_STUDY, found.organisation_id)
    state = "accepted" if accept else "returned"
    _step(tx, found, ("delivered",), {"state": state, "updated_at": now})
    detail = {"note": note.strip()}
    authority.record(tx, by, f"study_{state}", allowed=True, now=now, subject=f"study {study_id}", detail=detail)
    told = [found.assignee_id] if found.assignee_id else []
    _tell(tx, study_id, f"{state}-{now.isoformat()}", f"study_{state}", told, now=now, note=note.strip())
    return study(tx, study_id)


def study(tx: Connection, study_id: int) -> Study:
    """Raises BadInput when there is none."""
    row = tx.execute(_SELECTED.where(studies.c.id == study_id)).first()
    if row is None:
        raise BadInput("survey.no_such_study", number=study_id)
    return _read(row)


def studies_listed(tx: Connection, *, by: int, survey_id: int | None = None, limit: int = 200) -> list[Study]:
    """What is the reader's own to do, and what their offices gave out; the soonest due first, the done ones last."""
    held = [one.organisation_id for one in authority.grants(tx, by) if authority.permits(one.role, Deed.ASSIGN_STUDY)]
    query = _SELECTED.where(or_(studies.c.assignee_id == by, studies.c.organisation_id.in_(_reached(tx, held))))
    if survey_id is not None:
        query = query.where(studies.c.survey_id == survey_id)
    done = studies.c.state == "accepted"
    return [_read(row) for row in tx.execute(query.order_by(done, studies.c.due, studies.c.id).limit(limit))]


def remind(tx: Connection, *, now: datetime, rules: Rules) -> int:
    """Whoever has a study to deliver is reminded on the days of the counties' ladder."""
    if not rules.at_work(now):
        return 0
    told = 0
    for row in tx.execute(_SELECTED.where(studies.c.state.in_(WORKING), studies.c.assignee_id.is_not(None))).all():
        turn = rules.turn(row.due, rules.counties, today=rules.today(now))
        if turn and turn[1] > rules.today(row.created_at):
            what = "study_late" if rules.today(now) > row.due else "study_due"
            told += _tell(tx, row.id, f"{turn[0]}-{row.due.isoformat()}", what, [row.assignee_id], now=now)
    return told


def _reached(tx: Connection, held: Iterable[int]) -> set[int]:
    return {place for one in held for place in organisations.all_below(tx, one)}


def _step(tx: Connection, found: Study, states: tuple[str, ...], values: dict[str, Any]) -> None:
    mine = (studies.c.id == found.id) & studies.c.state.in_(states)
    if not tx.execute(update(studies).where(mine).values(**values)).rowcount:
        raise BadInput(f"survey.study_is_{study(tx, found.id).state}", number=found.number)


def _tell(
    tx: Connection, study_id: int, occasion: str, what: str, people: Iterable[int], *, now: datetime, **values: Any
) -> int:
    to = reach(tx, set(people), (), now=now).addresses
    rows = [
        NewDelivery(
            f"study:{study_id}:{occasion}:{one}", one, *to[one], kind=KIND,
            payload={"what": what, "study": study_id, **values}, priority=4,
        )
        for one in people
        if one in to
    ]  # fmt: skip
    return enqueue(tx, rows, now=now)


def _read(row: AnyRow) -> Study:
    return Study(**{name: getattr(row, name) for name in Study.__dataclass_fields__})
