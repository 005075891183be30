"""What comes of a survey: the counties' sheets, the files of its results, the draft comment."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection
from starlette.responses import Response

from bot import authority, comments, reports, results, surveys
from bot.authority import Deed
from bot.comments import BLOCKS, DraftComment
from bot.errors import FengsuiError
from bot.i18n import LANGUAGES
from bot.results import Summary
from bot.web.body import row_number
from bot.web.console.gate import Missing, form, organisation, page
from bot.web.console.surveys import owner, rules
from bot.web.console.visit import Visit

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
MEDIA = {"xlsx": XLSX, "csv": "text/csv; charset=utf-8", "pdf": "application/pdf"}


def download(content: bytes, name: str, media_type: str) -> Response:
    """A file with a Chinese name, which no browser opens in place of the page."""
    disposition = f"attachment; filename*=UTF-8''{quote(name)}"
    return Response(content, media_type=media_type, headers={"Content-Disposition": disposition})


# --- a county's sheet -----------------------------------------------------------------------------


async def sheet(visit: Visit) -> Response:
    found, may = await visit.read(_sheet, visit), await visit.read(_may_fill, visit)
    return visit.page("sheet.html", sheet=found, **may)


def _sheet(tx: Connection, visit: Visit) -> surveys.Sheet:
    survey, county = visit.number("survey"), visit.number("organisation")
    return surveys.sheet(tx, survey, county, by=visit.me, now=visit.now, rules=rules(visit))


def _may_fill(tx: Connection, visit: Visit) -> dict[str, bool]:
    survey = surveys.by_id(tx, visit.number("survey"))
    return {
        "may_fill": authority.may(tx, visit.me, Deed.FILL_SHEET, visit.number("organisation")),
        "may_reopen": authority.may(tx, visit.me, Deed.CLOSE_SURVEY, survey.organisation_id),
    }


async def keep_sheet(visit: Visit) -> Response:
    """Keep the opinion; pass the sheet up as well where that button was pressed."""
    passing = visit.given("pass") == "1"
    await visit.run(_keep_sheet, visit, passing, now=visit.now)
    return visit.back(_sheet_path(visit), "sheet_passed" if passing else "sheet_kept")


def _keep_sheet(tx: Connection, visit: Visit, passing: bool, *, now: datetime) -> None:
    survey, county, how = visit.number("survey"), visit.number("organisation"), rules(visit)
    surveys.complete_sheet(tx, survey, county, by=visit.me, opinion=visit.given("opinion"), now=now, rules=how)
    if passing:
        surveys.pass_up(tx, survey, county, by=visit.me, now=now, rules=how)


async def reopen_sheet(visit: Visit) -> Response:
    survey, county = visit.number("survey"), visit.number("organisation")
    await visit.run(
        surveys.reopen_sheet, survey, county, by=visit.me, reason=visit.given("reason"), now=visit.now,
        rules=rules(visit),
    )  # fmt: skip
    return visit.back(_sheet_path(visit), "sheet_reopened")


def _sheet_path(visit: Visit) -> str:
    return f"/surveys/{visit.number('survey')}/sheets/{visit.number('organisation')}"


# --- files ----------------------------------------------------------------------------------------


async def file(visit: Visit) -> Response:
    """The results as XLSX, CSV or PDF, made in a thread."""
    kind = str(visit.request.path_params["kind"])
    if kind not in MEDIA:
        raise Missing
    found = await visit.read(_summary, visit)
    try:
        content = await asyncio.to_thread(_made(visit, kind), found)
    except FengsuiError as error:  # no font on this machine
        problem = visit.web.services.texts(error.key, visit.language, **error.values)
        return visit.page("problem.html", status=503, problem=problem)
    await visit.run(_exported, visit, kind, now=visit.now)
    return download(content, f"{found.about.number}.{kind}", MEDIA[kind])


def _summary(tx: Connection, visit: Visit) -> Summary:
    k = visit.web.services.settings.reports.small_cell
    return results.of_survey(tx, visit.number("survey"), now=visit.now, today=visit.today, k=k)


def _made(visit: Visit, kind: str) -> Callable[[Summary], bytes]:
    texts, language, settings = visit.web.services.texts, visit.language, visit.web.services.settings
    if kind == "xlsx":
        return lambda found: reports.workbook(found, texts, language, single=True)
    if kind == "csv":
        return lambda found: reports.csv_file(found, texts, language)
    return lambda found: reports.pdf(found, texts, language, font=reports.chinese(settings.reports.font))


def _exported(tx: Connection, visit: Visit, kind: str, *, now: datetime) -> None:
    subject, detail = f"survey {visit.number('survey')}", {"file": kind}
    authority.record(tx, visit.me, "download", allowed=True, now=now, subject=subject, detail=detail)


# --- the draft comment ----------------------------------------------------------------------------


async def comment(visit: Visit) -> Response:
    return await _comment_page(visit)


async def _comment_page(visit: Visit, **more: Any) -> Response:
    shown = await visit.read(_comment, visit)
    return visit.page("comment.html", **{"problem": "", "typed": None, **shown, **more})


def _comment(tx: Connection, visit: Visit) -> dict[str, Any]:
    survey = surveys.by_id(tx, visit.number("survey"))
    return {
        "survey": survey,
        "draft": comments.of_survey(tx, survey.id),
        "blocks": [(block, visit.web.services.texts(f"comment.block.{block}", visit.language)) for block in BLOCKS],
        "languages": LANGUAGES,
        "may_approve": authority.may(tx, visit.me, Deed.APPROVE_COMMENT, survey.organisation_id),
    }


async def begin_comment(visit: Visit) -> Response:
    """Draft it from the answers whose words may be used; one that is there already stays."""
    await visit.run(_begin, visit, now=visit.now)
    return visit.back(_comment_path(visit), "comment_drafted")


def _begin(tx: Connection, visit: Visit, *, now: datetime) -> DraftComment:
    services, desk = visit.web.services, visit.web.services.settings.desk
    blocks = comments.draft(_summary(tx, visit), services.texts, centre={"zh": desk.name_zh, "en": desk.name_en})
    return comments.keep(tx, visit.number("survey"), blocks, by=visit.me, now=now)


async def edit_comment(visit: Visit) -> Response:
    blocks = {block: {one: visit.given(f"{block}_{one}") for one in LANGUAGES} for block in BLOCKS}
    version = row_number(visit.given("version")) or 0
    try:
        await visit.run(comments.edit, visit.number("survey"), blocks, version=version, by=visit.me, now=visit.now)
    except FengsuiError as error:
        if error.key != "comment.changed_meanwhile":
            raise
        problem = visit.web.services.texts(error.key, visit.language, **error.values)
        return await _comment_page(visit, problem=problem, typed=blocks)  # what was typed is not lost
    return visit.back(_comment_path(visit), "comment_kept")


async def approve_comment(visit: Visit) -> Response:
    version = row_number(visit.given("version")) or 0
    await visit.run(comments.approve, visit.number("survey"), version=version, by=visit.me, now=visit.now)
    return visit.back(_comment_path(visit), "comment_approved")


def _comment_path(visit: Visit) -> str:
    return f"/surveys/{visit.number('survey')}/comment"


async def comment_file(visit: Visit) -> Response:
    """The draft as a Word document in one language; ?internal=1 with the part that stays in the house."""
    language = visit.request.path_params["language"]
    found = await visit.read(comments.of_survey, visit.number("survey"))
    if language not in LANGUAGES or found is None:
        raise Missing
    inside = visit.asked("internal") == "1"
    content = await asyncio.to_thread(
        reports.docx, found, visit.web.services.texts, language, internal=inside
    )  # fmt: skip
    await visit.run(_exported, visit, f"docx {language}", now=visit.now)
    return download(content, f"S-{found.survey_id:06d}-{language}.docx", DOCX)


routes = [
    page("/surveys/{survey:int}/sheets/{organisation:int}", sheet, deed=Deed.SEE_FEEDBACK, on=organisation),
    form("/surveys/{survey:int}/sheets/{organisation:int}", keep_sheet, deed=Deed.FILL_SHEET, on=organisation),
    form("/surveys/{survey:int}/sheets/{organisation:int}/reopen", reopen_sheet, deed=Deed.CLOSE_SURVEY, on=owner),
    page("/surveys/{survey:int}/results.{kind}", file, deed=Deed.SEE_FEEDBACK, on=owner),
    page("/surveys/{survey:int}/comment", comment, deed=Deed.WRITE_COMMENT, on=owner),
    form("/surveys/{survey:int}/comment/new", begin_comment, deed=Deed.WRITE_COMMENT, on=owner),
    form("/surveys/{survey:int}/comment", edit_comment, deed=Deed.WRITE_COMMENT, on=owner),
    form("/surveys/{survey:int}/comment/approve", approve_comment, deed=Deed.APPROVE_COMMENT, on=owner),
    page("/surveys/{survey:int}/comment.{language}.docx", comment_file, deed=Deed.WRITE_COMMENT, on=owner),
]
