"""Feedback: what enterprises within reach answered, in full, with its versions and files."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select
from starlette.responses import FileResponse, Response

from bot import authority, feedback, surveys
from bot.authority import Deed
from bot.db.models import feedback as table
from bot.db.models import organisations
from bot.feedback import AMOUNTS, CORE
from bot.organisations import Kind
from bot.reports.wording import category
from bot.web.body import row_number
from bot.web.console.gate import Missing, centre, page
from bot.web.console.visit import PAGE, Visit

STATES = ("submitted", "withdrawn")
SHOWN = {"image/png", "image/jpeg", "image/gif", "image/webp"}  # looked at in the page; all else is downloaded


def of_feedback(tx: Connection, params: Any) -> list[int] | None:
    """The enterprise and its county; whoever belongs to neither is the centre's. Drafts are nobody's business."""
    mine = (table.c.id == params["feedback"]) & (table.c.state != "draft")
    row = tx.execute(select(table.c.organisation_id, table.c.bureau_id).where(mine)).first()
    if row is None:
        return None
    return [one for one in row if one is not None] or list(centre(tx, {}))


async def listing(visit: Visit) -> Response:
    asked = {name: visit.asked(name) for name in ("q", "state", "survey", "symbol")}
    found = await visit.read(_listed, visit, asked)
    return visit.page(
        "feedback.html", lines=found.lines, total=found.total, asked=asked, states=STATES, number=visit.page_number,
        size=PAGE,
    )  # fmt: skip


def _listed(tx: Connection, visit: Visit, asked: dict[str, str]) -> feedback.Page:
    return feedback.listed(
        tx, survey_id=row_number(asked["survey"]), notification=asked["symbol"] or None,
        state=asked["state"] if asked["state"] in STATES else None, bureau_ids=_counties(tx, visit), text=asked["q"],
        page=visit.page_number - 1, size=PAGE,
    )  # fmt: skip


def _counties(tx: Connection, visit: Visit) -> list[int] | None:
    """The counties within reach; None from a centre: all, also who has not joined anything."""
    rows = tx.execute(
        select(organisations.c.id, organisations.c.kind).where(organisations.c.id.in_(visit.within(Deed.SEE_FEEDBACK)))
    ).all()  # fmt: skip
    return None if any(row.kind == Kind.CENTRE for row in rows) else [row.id for row in rows]


async def detail(visit: Visit) -> Response:
    found, questions = await visit.read(_one, visit)
    more = [_more(visit, name, said, questions) for name, said in found.line.details.items()]
    return visit.page("feedback_one.html", found=found, rows=_rows(visit, found.line), more=more, shown=SHOWN)


def _one(tx: Connection, visit: Visit) -> tuple[feedback.Detail, dict[str, Mapping[str, Any]]]:
    """The feedback, and the questions of its survey by id."""
    found = feedback.detail(tx, visit.number("feedback"))
    if found is None:
        raise Missing
    survey = surveys.by_id(tx, found.line.survey_id) if found.line.survey_id else None
    return found, {one["id"]: one for one in survey.questions} if survey else {}


def _more(visit: Visit, name: str, said: Any, questions: Mapping[str, Mapping[str, Any]]) -> tuple[str, str]:
    """An answer of the second step, or to a question of the survey, in words."""
    question = questions.get(name)
    label = str(question[visit.language]) if question else visit.word("feedback", name)
    values = said if isinstance(said, list) else [said]
    options = {one["id"]: one[visit.language] for one in (question or {}).get("options") or ()}
    if isinstance(said, dict):
        return label, _amount(said, None)
    shown = (
        str(options.get(value) or category(name, value, visit.web.services.texts, visit.language)) for value in values
    )
    return label, visit.web.services.texts("notification.comma", visit.language).join(shown)


def _rows(visit: Visit, line: feedback.Line) -> list[tuple[str, str]]:
    """The core in the order of its questions; what was refused says so."""
    rows = []
    for slot in CORE[2:]:
        if slot in line.refused:
            said = visit.say(f"feedback.refused.{line.refused[slot]}")
        elif slot in AMOUNTS:
            said = _amount(line.answers.get(slot), line.words.get(slot))
        else:
            said = str(line.answers.get(slot) or "")
        rows.append((visit.say(f"feedback.{slot}"), said or "–"))
    return rows


def _amount(stated: Any, words: str | None) -> str:
    """The sum, and how it was said where that was not plain."""
    if not isinstance(stated, dict) or stated.get("value") is None:
        return words or ""
    plain = f"{stated['value']:,.0f} {stated.get('currency') or ''}".strip()
    return f"{plain} ({words})" if words else plain


async def file(visit: Visit) -> Response:
    """A file that an enterprise sent: a picture to be looked at, anything else to be saved."""
    found = await visit.read(feedback.detail, visit.number("feedback"))
    mine = [one for one in found.files if one.id == visit.number("file")] if found else []
    folder = (visit.web.services.settings.data / "files").resolve()
    target = (folder / mine[0].path).resolve() if mine else folder
    if not (mine and target.is_relative_to(folder) and target.is_file()):
        raise Missing
    picture = mine[0].media_type in SHOWN
    media, how = (mine[0].media_type, "inline") if picture else ("application/octet-stream", "attachment")
    return FileResponse(target, filename=mine[0].name, media_type=media, content_disposition_type=how)


def may_see(tx: Connection, visit: Visit, feedback_id: int) -> bool:
    places = of_feedback(tx, {"feedback": feedback_id}) or []
    return any(authority.may(tx, visit.me, Deed.SEE_FEEDBACK, one) for one in places)


routes = [
    page("/feedback", listing, deed=Deed.SEE_FEEDBACK, nav="feedback"),
    page("/feedback/{feedback:int}", detail, deed=Deed.SEE_FEEDBACK, on=of_feedback),
    page("/feedback/{feedback:int}/files/{file:int}", file, deed=Deed.SEE_FEEDBACK, on=of_feedback),
]
