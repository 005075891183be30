"""Notices: written, looked at before, approved by a second person, sent, and what became of them."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select
from starlette.datastructures import UploadFile
from starlette.responses import FileResponse, Response

from bot import notices
from bot.authority import Deed
from bot.db.models import notices as table
from bot.errors import BadInput
from bot.i18n import LANGUAGES
from bot.messages import Attachment
from bot.notices import Notice
from bot.notices.writing import MEMBERS
from bot.web.body import row_number
from bot.web.console import audience
from bot.web.console.gate import Missing, form, page
from bot.web.console.uploads import kept
from bot.web.console.visit import PAGE, Visit


def of_notice(tx: Connection, params: Any) -> list[int] | None:
    """In whose name it is written."""
    query = select(table.c.organisation_id).where(table.c.id == params["notice"])
    return list(tx.execute(query).scalars()) or None


async def listing(visit: Visit) -> Response:
    state, text = visit.asked("state"), visit.asked("q")
    wanted = state if state in set(notices.State) else None
    lines = await visit.read(
        notices.listed, visit.me, state=wanted, text=text, before=row_number(visit.asked("before")), limit=PAGE + 1
    )  # fmt: skip
    more = lines[PAGE - 1].notice.id if len(lines) > PAGE else None
    states = [one.value for one in notices.State]
    return visit.page("notices.html", lines=lines[:PAGE], state=state, text=text, states=states, more=more)


# --- writing --------------------------------------------------------------------------------------


async def new(visit: Visit) -> Response:
    return await _form(visit, None, {"key": secrets.token_hex(12)})


async def edit(visit: Visit) -> Response:
    found = await visit.read(notices.by_id, visit.number("notice"))
    return await _form(visit, found, {})


async def _form(visit: Visit, found: Notice | None, given: dict[str, str], *, problem: str = "") -> Response:
    offered = await visit.read(audience.choices, visit, Deed.WRITE_NOTICE)
    chosen = audience.of_form(visit).to_json() if problem else found.audience.to_json() if found else {}
    shown = {**_stored(found), **given}
    return visit.page(
        "notice_form.html", status=400 if problem else 200, found=found, given=shown, chosen=chosen, problem=problem,
        languages=LANGUAGES, **offered,
    )  # fmt: skip


def _stored(found: Notice | None) -> dict[str, str]:
    if found is None:
        return {}
    texts = {f"title_{one}": found.titles.get(one, "") for one in LANGUAGES}
    texts |= {f"body_{one}": found.bodies.get(one, "") for one in LANGUAGES}
    return {**texts, "acknowledge": "1" if found.acknowledge else "", "organisation": str(found.organisation_id)}


async def draft(visit: Visit) -> Response:
    """A new draft, once however often the button is pressed."""
    given = {name: visit.given(name) for name in visit.form if name != "token"}
    try:
        values = await _values(visit)
        made = await visit.run(_draft, visit, given, values, now=visit.now)
    except BadInput as error:
        return await _form(visit, None, given, problem=_problem(visit, error))
    return visit.back(f"/notices/{made.id}", "notice_kept")


def _draft(tx: Connection, visit: Visit, given: dict[str, str], values: dict[str, Any], *, now: datetime) -> Notice:
    place = row_number(given.get("organisation"))
    if place is None:
        raise BadInput("console.members.no_organisation")
    key = f"console:{visit.me}:{given.get('key', '')[:64]}"
    return notices.draft(tx, visit.me, organisation_id=place, key=key, now=now, **values)


async def revise(visit: Visit) -> Response:
    where = visit.number("notice")
    found = await visit.read(notices.by_id, where)
    try:
        await visit.run(_revise, visit, await _values(visit), now=visit.now)
    except BadInput as error:
        given = {name: visit.given(name) for name in visit.form if name != "token"}
        return await _form(visit, found, given, problem=_problem(visit, error))
    return visit.back(f"/notices/{where}", "notice_kept")


def _revise(tx: Connection, visit: Visit, values: dict[str, Any], *, now: datetime) -> Notice:
    return notices.revise(tx, visit.me, visit.number("notice"), now=now, **values)


def _problem(visit: Visit, error: BadInput) -> str:
    return visit.web.services.texts(error.key, visit.language, **error.values)


async def _values(visit: Visit) -> dict[str, Any]:
    """What the form says, as `notices.draft` and `revise` take it; without a choice it means all enterprises."""
    values: dict[str, Any] = {
        "titles": {one: visit.given(f"title_{one}") for one in LANGUAGES},
        "bodies": {one: visit.given(f"body_{one}") for one in LANGUAGES},
        "audience": replace(audience.of_form(visit), roles=MEMBERS.roles),
        "acknowledge": visit.given("acknowledge") == "1",
    }
    file = visit.form.get("file")
    if isinstance(file, UploadFile) and file.filename:
        values["file"] = Attachment(**await kept(visit, file))
    elif visit.given("no_file") == "1":
        values["file"] = None
    return values


# --- one of them ----------------------------------------------------------------------------------


async def detail(visit: Visit) -> Response:
    return visit.page("notice.html", **await visit.read(_one, visit))


def _one(tx: Connection, visit: Visit) -> dict[str, Any]:
    where = visit.number("notice")
    found = notices.by_id(tx, where)
    started = found.state in (notices.State.SENDING, notices.State.SENT, notices.State.CANCELLED)
    return {
        "preview": notices.preview(tx, visit.me, where, texts=visit.web.services.texts, now=visit.now),
        "notice": found,
        "report": notices.report(tx, visit.me, where) if started else None,
        "people": _people(tx, visit) if started else [],
        "size": PAGE,
    }


def _people(tx: Connection, visit: Visit) -> list[notices.Recipient]:
    beyond, unread = row_number(visit.asked("after")) or 0, visit.asked("unread") == "1"
    return notices.recipients(tx, visit.me, visit.number("notice"), unread=unread, after=beyond)


async def confirm(visit: Visit) -> Response:
    """The author's yes: to the second person, or on its way, at once or at that time of the desk."""
    where, when = visit.number("notice"), _moment(visit, visit.given("send_at"))
    done = await visit.run(notices.confirm, visit.me, where, now=visit.now, send_at=when)
    return visit.back(f"/notices/{where}", f"notice_{done.state}")


def _moment(visit: Visit, text: str) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=visit.zone)
    except ValueError as error:
        raise BadInput("console.notices.bad_time") from error


def _step(f: Callable[..., Any], said: str, **fields: str) -> Any:
    """A button: one function of the feature, with some fields of the form."""

    async def step(visit: Visit) -> Response:
        more = {name: visit.given(field) for name, field in fields.items()}
        await visit.run(f, visit.me, visit.number("notice"), now=visit.now, **more)
        return visit.back(f"/notices/{visit.number('notice')}", said)

    return step


async def file(visit: Visit) -> Response:
    found = await visit.read(notices.by_id, visit.number("notice"))
    folder = (visit.web.services.settings.data / "files").resolve()
    target = (folder / (found.file.path if found.file else "")).resolve()
    if not (found.file and target.is_relative_to(folder) and target.is_file()):
        raise Missing
    return FileResponse(target, filename=found.file.name, media_type="application/octet-stream")


WRITING, APPROVING = Deed.WRITE_NOTICE, Deed.APPROVE_NOTICE
approve = _step(notices.approve, "notice_approved")
refuse = _step(notices.refuse, "notice_refused", reason="reason")
cancel = _step(notices.cancel, "notice_cancelled")
remind = _step(notices.remind, "notice_reminded")

routes = [
    page("/notices", listing, deed=WRITING, nav="notices"),
    page("/notices/new", new, deed=WRITING),
    page("/notices/count", audience.counting(WRITING, roles=MEMBERS.roles), deed=WRITING),
    form("/notices", draft, deed=WRITING),
    page("/notices/{notice:int}", detail, deed=WRITING, on=of_notice),
    page("/notices/{notice:int}/edit", edit, deed=WRITING, on=of_notice),
    page("/notices/{notice:int}/file", file, deed=WRITING, on=of_notice),
    form("/notices/{notice:int}/edit", revise, deed=WRITING, on=of_notice),
    form("/notices/{notice:int}/confirm", confirm, deed=WRITING, on=of_notice),
    form("/notices/{notice:int}/approve", approve, deed=APPROVING, on=of_notice),
    form("/notices/{notice:int}/refuse", refuse, deed=APPROVING, on=of_notice),
    form("/notices/{notice:int}/cancel", cancel, deed=WRITING, on=of_notice),
    form("/notices/{notice:int}/remind", remind, deed=WRITING, on=of_notice),
]
