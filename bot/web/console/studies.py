"""Special studies: given to somebody, delivered with text or file, accepted or given back."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select
from starlette.datastructures import UploadFile
from starlette.responses import FileResponse, Response

from bot import authority, surveys
from bot.authority import Deed
from bot.db.models import studies as table
from bot.errors import BadInput
from bot.surveys import Study
from bot.web.body import row_number
from bot.web.console.gate import Missing, form, page
from bot.web.console.surveys import assignees, day_of, rules
from bot.web.console.uploads import kept
from bot.web.console.visit import Visit


def of_study(tx: Connection, params: Any) -> list[int] | None:
    """Who asked for it."""
    query = select(table.c.organisation_id).where(table.c.id == params["study"])
    return list(tx.execute(query).scalars()) or None


async def listing(visit: Visit) -> Response:
    return visit.page("studies.html", **await visit.read(_listed, visit))


def _listed(tx: Connection, visit: Visit) -> dict[str, Any]:
    may = visit.staff.can(Deed.ASSIGN_STUDY)
    return {
        "studies": surveys.studies_listed(tx, by=visit.me),
        "may": may,
        "people": assignees(tx, visit) if may else [],
        "places": sorted(authority.tops(visit.staff.grants, Deed.ASSIGN_STUDY)),
    }


async def assign(visit: Visit) -> Response:
    made = await visit.run(_assign, visit, now=visit.now)
    return visit.back(f"/studies/{made.id}", "study_assigned")


def _assign(tx: Connection, visit: Visit, *, now: datetime) -> Study:
    survey = row_number(visit.given("survey"))
    tops = sorted(authority.tops(visit.staff.grants, Deed.ASSIGN_STUDY))
    place = surveys.by_id(tx, survey).organisation_id if survey else tops[0]
    due = day_of(visit.given("due"))
    if due is None:
        raise BadInput("console.surveys.bad_day")
    return surveys.assign_study(
        tx, by=visit.me, organisation_id=place, assignee_id=row_number(visit.given("assignee")) or 0,
        title=visit.given("title"), task=visit.given("task"), due=due, now=now, rules=rules(visit), survey_id=survey,
    )  # fmt: skip


async def detail(visit: Visit) -> Response:
    found, may = await visit.read(_one, visit)
    return visit.page("study.html", study=found, may=may)


def _one(tx: Connection, visit: Visit) -> tuple[Study, bool]:
    """Whoever has it to do sees it, and who may give such studies there."""
    found = surveys.study(tx, visit.number("study"))
    may = authority.may(tx, visit.me, Deed.ASSIGN_STUDY, found.organisation_id)
    if found.assignee_id != visit.me and not may:
        authority.require(tx, visit.me, Deed.ASSIGN_STUDY, found.organisation_id)
    return found, may


async def deliver(visit: Visit) -> Response:
    await visit.read(_one, visit)  # before a file is kept
    given = visit.form.get("file")
    file = await kept(visit, given) if isinstance(given, UploadFile) and given.filename else None
    await visit.run(
        surveys.deliver_study, visit.number("study"), by=visit.me, result=visit.given("result"), file=file,
        now=visit.now,
    )  # fmt: skip
    return visit.back(f"/studies/{visit.number('study')}", "study_delivered")


async def decide(visit: Visit) -> Response:
    accept = visit.given("accept") == "1"
    await visit.run(
        surveys.decide_study, visit.number("study"), by=visit.me, accept=accept, note=visit.given("note"),
        now=visit.now,
    )  # fmt: skip
    return visit.back(f"/studies/{visit.number('study')}", "study_accepted" if accept else "study_returned")


async def file(visit: Visit) -> Response:
    found, _ = await visit.read(_one, visit)
    folder = (visit.web.services.settings.data / "files").resolve()
    target = (folder / (found.file or {}).get("path", "")).resolve()
    if not (found.file and target.is_relative_to(folder) and target.is_file()):
        raise Missing
    return FileResponse(target, filename=found.file["name"], media_type="application/octet-stream")


routes = [
    page("/studies", listing, deed=Deed.ENTER_CONSOLE, nav="studies"),
    form("/studies", assign, deed=Deed.ASSIGN_STUDY),
    page("/studies/{study:int}", detail, deed=Deed.ENTER_CONSOLE),
    form("/studies/{study:int}/deliver", deliver, deed=Deed.ENTER_CONSOLE),
    form("/studies/{study:int}/decide", decide, deed=Deed.ASSIGN_STUDY, on=of_study),
    page("/studies/{study:int}/file", file, deed=Deed.ENTER_CONSOLE),
]
