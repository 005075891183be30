"""Surveys: the list, opening one, how far it is, and closing it."""

import secrets
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select
from starlette.responses import Response

from bot import notifications, results, surveys
from bot.authority import Deed, Role
from bot.db.models import invitations, members, roles
from bot.db.models import surveys as table
from bot.errors import BadInput
from bot.notifications.card import titles
from bot.reports.wording import notes, worded
from bot.surveys import Rules
from bot.surveys.questions import CHOOSING, KINDS
from bot.web.body import row_number
from bot.web.console import audience
from bot.web.console.gate import form, page
from bot.web.console.visit import PAGE, Visit

QUESTIONS = 6  # fields for own questions on the form
SPANS = ("enterprise", "county", "centre", "national")


def rules(visit: Visit) -> Rules:
    return Rules.of(visit.web.services.settings)


def owner(tx: Connection, params: Mapping[str, Any]) -> list[int] | None:
    """Who asks."""
    query = select(table.c.organisation_id).where(table.c.id == params["survey"])
    return list(tx.execute(query).scalars()) or None


def concerned(tx: Connection, params: Mapping[str, Any]) -> list[int] | None:
    """Who asks, and all who are asked."""
    asking = owner(tx, params)
    if asking is None:
        return None
    mine = invitations.c.survey_id == params["survey"]
    asked = select(invitations.c.organisation_id).where(mine).union(select(invitations.c.bureau_id).where(mine))
    return [*asking, *(one for one in tx.execute(asked).scalars() if one is not None)]


# --- the list -------------------------------------------------------------------------------------


async def listing(visit: Visit) -> Response:
    state = visit.asked("state")
    wanted = state if state in set(surveys.State) else None
    lines, total = await visit.read(_listed, visit, wanted)
    return visit.page(
        "surveys.html", lines=lines, total=total, state=state, number=visit.page_number, size=PAGE,
        states=[one.value for one in surveys.State],
    )  # fmt: skip


def _listed(tx: Connection, visit: Visit, state: str | None) -> tuple[list[surveys.Listed], int]:
    offset = (visit.page_number - 1) * PAGE
    lines = surveys.listed(
        tx, by=visit.me, now=visit.now, rules=rules(visit), state=state, limit=PAGE + 1, offset=offset
    )  # fmt: skip
    return lines[:PAGE], offset + len(lines)


# --- opening one ----------------------------------------------------------------------------------


async def new(visit: Visit) -> Response:
    about = row_number(visit.asked("notification"))
    return await _form(visit, about, {})


async def _form(visit: Visit, about: int | None, given: Mapping[str, Any], *, problem: str = "") -> Response:
    shown = await visit.read(_offered, visit, about)
    key = given.get("key") or secrets.token_hex(12)
    return visit.page(
        "survey_new.html", status=400 if problem else 200, given=given, problem=problem, key=key, kinds=KINDS,
        choosing=CHOOSING, questions=range(1, QUESTIONS + 1), spans=SPANS, **shown,
    )  # fmt: skip


def _offered(tx: Connection, visit: Visit, about: int | None) -> dict[str, Any]:
    one = notifications.by_id(tx, about) if about else None
    closes = notifications.deadline(tx, one.symbol) if one else None
    dates = rules(visit).deadlines(closes, today=visit.today) if one else None
    named = titles(one.record, visit.language, visit.web.services.texts) if one else []
    return {
        "one": one, "named": named, "closes": closes, "dates": dates,
        "default": {name: getattr(rules(visit).spans, name) for name in SPANS},
        **audience.choices(tx, visit, Deed.OPEN_SURVEY),
    }  # fmt: skip


async def open_(visit: Visit) -> Response:
    """Open it once, however often the button is pressed; what was typed stays on the page when it is refused."""
    given = {name: visit.given(name) for name in visit.form if name != "token"}
    try:
        opened = await visit.run(_open, visit, given, now=visit.now)
    except BadInput as error:
        problem = visit.web.services.texts(error.key, visit.language, **error.values)
        return await _form(visit, row_number(given.get("notification")), given, problem=problem)
    return visit.back(f"/surveys/{opened.id}", "survey_opened")


def _open(tx: Connection, visit: Visit, given: Mapping[str, str], *, now: datetime) -> surveys.Survey:
    wanted = dict(surveys.CONCERNED) if given.get("concerned") == "1" else audience.of_form(visit).to_json()
    if not wanted:
        raise BadInput("survey.bad_audience")
    return surveys.open_survey(
        tx, given.get("symbol", ""), by=visit.me, key=f"console:{visit.me}:{given.get('key', '')[:64]}", now=now,
        rules=rules(visit), organisation_id=row_number(given.get("organisation")), audience=wanted,
        questions=_questions(given), title_zh=given.get("title_zh") or None, title_en=given.get("title_en") or None,
        spans=_spans(given), closes=day_of(given.get("closes", "")),
    )  # fmt: skip


def _spans(given: Mapping[str, str]) -> dict[str, int] | None:
    found = {name: number for name in SPANS if (number := row_number(given.get(f"span_{name}"))) is not None}
    return found or None


def _questions(given: Mapping[str, str]) -> list[dict[str, Any]]:
    """The questions that were filled in; options are lines "Chinese | English"."""
    found = []
    for number in range(1, QUESTIONS + 1):
        zh, en = given.get(f"zh_{number}", ""), given.get(f"en_{number}", "")
        if zh or en:
            kind = given.get(f"kind_{number}", "text")
            question: dict[str, Any] = {"id": f"q{number}", "kind": kind, "zh": zh or en, "en": en or zh}
            if kind in CHOOSING:
                question["options"] = list(_options(given.get(f"options_{number}", "")))
            found.append(question)
    return found


def _options(text: str) -> list[dict[str, str]]:
    lines = [line.replace("｜", "|") for line in text.split("\n") if line.strip()]
    pairs = [(line.partition("|")[0].strip(), line.partition("|")[2].strip()) for line in lines]
    return [{"id": f"o{number}", "zh": zh or en, "en": en or zh} for number, (zh, en) in enumerate(pairs, 1)]


def day_of(text: str) -> date | None:
    """A day as a date field sends it; None when it is empty. Raises BadInput."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInput("console.surveys.bad_day") from error


# --- one of them ----------------------------------------------------------------------------------


async def detail(visit: Visit) -> Response:
    shown = await visit.read(_one, visit)
    return visit.page("survey.html", **shown)


async def progress(visit: Visit) -> Response:
    """The figures alone, which the page asks for again while the survey is open."""
    return visit.page("survey_progress.html", **await visit.read(_progress, visit))


def _one(tx: Connection, visit: Visit) -> dict[str, Any]:
    survey_id = visit.number("survey")
    found = surveys.detail(tx, survey_id, by=visit.me, rules=rules(visit))
    one = notifications.by_id(tx, found.survey.notification_id) if found.survey.notification_id else None
    texts = visit.web.services.texts
    return {
        "found": found,
        "one": one,
        "about": titles(one.record, visit.language, texts) if one else [],
        "results": _results(tx, visit, survey_id) if Deed.SEE_FEEDBACK in found.may else None,
        **(_studies(tx, visit, survey_id) if Deed.ASSIGN_STUDY in found.may else {"studies": [], "people": []}),
        **_progress(tx, visit),
    }


def _studies(tx: Connection, visit: Visit, survey_id: int) -> dict[str, Any]:
    listed = surveys.studies_listed(tx, by=visit.me, survey_id=survey_id)
    return {"studies": listed, "people": assignees(tx, visit)}


def _progress(tx: Connection, visit: Visit) -> dict[str, Any]:
    found = surveys.progress(tx, visit.number("survey"), by=visit.me, now=visit.now, rules=rules(visit))
    counts = [(one, visit.say("surveys.no_county")) for one in found.counties]
    names = [row.organisation.name(visit.language) if row.organisation else other for row, other in counts]
    chart = {
        "labels": names,
        "series": [
            {"name": visit.say(f"surveys.{name}"), "values": [getattr(row.count, name) for row in found.counties]}
            for name in ("answered", "declined", "silent")
        ],
        "stacked": True,
    }
    return {"progress": found, "chart": chart}


def _results(tx: Connection, visit: Visit, survey_id: int) -> dict[str, Any]:
    """The tables of the report, and of each the first column as a chart; what is hidden there is hidden here."""
    services = visit.web.services
    k = services.settings.reports.small_cell
    found = results.of_survey(tx, survey_id, now=visit.now, today=visit.today, k=k)
    tables = [(worded(one, found, services.texts, visit.language), one) for one in found.tables if one.lines]
    return {
        "tables": [(shown, _bars(shown, one)) for shown, one in tables],
        "notes": notes(found, services.texts, visit.language),
        "answers": len(found.answers),
    }


def _bars(shown: Any, one: results.Table) -> dict[str, Any]:
    """Bars of the answers; a hidden one is not drawn, its length would tell it."""
    values = [None if line.cells[0].hidden else line.cells[0].value for line in one.lines]
    labels = [line[0] for line in shown.lines]
    return {"labels": labels, "series": [{"name": shown.head[1], "values": values}], "stacked": False}


def assignees(tx: Connection, visit: Visit) -> list[Any]:
    """Staff within reach, to whom a study can be given."""
    reached = roles.c.organisation_id.in_(visit.within(Deed.ASSIGN_STUDY))
    query = select(members.c.id, members.c.name).join(roles, roles.c.member_id == members.c.id)
    mine = query.where(reached, roles.c.role != Role.ENTERPRISE, members.c.state == "active").distinct()
    return list(tx.execute(mine.order_by(members.c.name, members.c.id).limit(500)))


async def silent(visit: Visit) -> Response:
    people, survey = await visit.read(_silent, visit)
    return visit.page("survey_silent.html", people=people, survey=survey)


def _silent(tx: Connection, visit: Visit) -> tuple[list[surveys.Silent], surveys.Survey]:
    survey_id = visit.number("survey")
    return surveys.silent(tx, survey_id, by=visit.me), surveys.by_id(tx, survey_id)


# --- what is done ---------------------------------------------------------------------------------


async def revise(visit: Visit) -> Response:
    """Other titles, or another day until which comments are taken."""
    await visit.run(_revise, visit, now=visit.now)
    return visit.back(f"/surveys/{visit.number('survey')}", "survey_kept")


def _revise(tx: Connection, visit: Visit, *, now: datetime) -> None:
    surveys.revise(
        tx, visit.number("survey"), by=visit.me, now=now, rules=rules(visit), title_zh=visit.given("title_zh") or None,
        title_en=visit.given("title_en") or None, closes=day_of(visit.given("closes")), spans=_spans(_given(visit)),
    )  # fmt: skip


def _given(visit: Visit) -> dict[str, str]:
    return {name: visit.given(name) for name in visit.form}


async def close(visit: Visit) -> Response:
    where = visit.number("survey")
    await visit.run(surveys.close, where, by=visit.me, conclusion=visit.given("conclusion"), now=visit.now)
    return visit.back(f"/surveys/{where}", "survey_closed")


async def cancel(visit: Visit) -> Response:
    where = visit.number("survey")
    await visit.run(surveys.cancel, where, by=visit.me, reason=visit.given("reason"), now=visit.now)
    return visit.back(f"/surveys/{where}", "survey_cancelled")


routes = [
    page("/surveys", listing, deed=Deed.SEE_PROGRESS, nav="surveys"),
    page("/surveys/new", new, deed=Deed.OPEN_SURVEY),
    page("/surveys/count", audience.counting(Deed.OPEN_SURVEY), deed=Deed.OPEN_SURVEY),
    form("/surveys", open_, deed=Deed.OPEN_SURVEY),
    page("/surveys/{survey:int}", detail, deed=Deed.SEE_PROGRESS, on=concerned),
    page("/surveys/{survey:int}/progress", progress, deed=Deed.SEE_PROGRESS, on=concerned),
    page("/surveys/{survey:int}/silent", silent, deed=Deed.SEE_PROGRESS, on=concerned),
    form("/surveys/{survey:int}/revise", revise, deed=Deed.OPEN_SURVEY, on=owner),
    form("/surveys/{survey:int}/close", close, deed=Deed.CLOSE_SURVEY, on=owner),
    form("/surveys/{survey:int}/cancel", cancel, deed=Deed.CLOSE_SURVEY, on=owner),
]
