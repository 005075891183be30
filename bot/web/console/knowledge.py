"""The base at work: questions that it answers badly or not at all, and draft articles until they go live."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from starlette.responses import Response

from bot import authority, ratings
from bot.authority import Deed
from bot.drafts import DraftError
from bot.errors import BadInput
from bot.i18n import LANGUAGES
from bot.ratings import Question
from bot.web.console.gate import Missing, centre, form, page
from bot.web.console.tickets import drafts
from bot.web.console.visit import Visit

SHOWN = 100
LONGEST = 200_000  # characters of a draft


async def listing(visit: Visit) -> Response:
    gaps = await visit.read(ratings.gaps)
    names = await asyncio.to_thread(drafts(visit).names)
    return visit.page("knowledge.html", gaps=gaps[:SHOWN], total=len(gaps), names=names)


async def begin(visit: Visit) -> Response:
    """A draft article for the questions of one gap, or one more question for an article that is there."""
    questions = await visit.read(_chosen, visit)
    folder, name = drafts(visit), visit.given("name").removeprefix("articles/").removesuffix(".yml")
    path = f"articles/{name}.yml"
    if not questions:
        raise BadInput("console.knowledge.no_questions")
    try:
        if visit.given("how") == "add":
            for one in questions:
                folder.add_question(path, one.text, language=one.language)
        else:
            asked: dict[str, Sequence[str]] = {
                code: [one.text for one in questions if one.language == code] for code in LANGUAGES
            }
            folder.begin_article(path, asked)
    except DraftError as error:
        raise BadInput(str(error)) from error
    await visit.run(_noted, visit, "draft_article", path, now=visit.now)
    return visit.back(f"/knowledge/drafts/{path}", "draft_begun")


def _chosen(tx: Connection, visit: Visit) -> list[Question]:
    """The questions that the form names as origin and number."""
    wanted = {str(one) for one in visit.form.getlist("question")}
    return [one for gap in ratings.gaps(tx) for one in gap.questions if f"{one.origin}:{one.id}" in wanted]


async def settle(visit: Visit) -> Response:
    """An editor has dealt with these."""
    await visit.run(_settle, visit, now=visit.now)
    return visit.back("/knowledge", "gap_settled")


def _settle(tx: Connection, visit: Visit, *, now: datetime) -> None:
    ratings.settle(tx, _chosen(tx, visit))
    _noted(tx, visit, "settle_questions", "questions", now=now)


async def draft(visit: Visit) -> Response:
    return await _draft_page(visit)


async def _draft_page(visit: Visit, *, problems: Any = None, typed: str | None = None) -> Response:
    name = _name(visit)
    try:
        text = await asyncio.to_thread(drafts(visit).text, name)
    except DraftError as error:
        raise Missing from error
    shown = text if typed is None else typed
    return visit.page("draft.html", name=name, text=shown, problems=problems, limit=LONGEST)


def _name(visit: Visit) -> str:
    return str(visit.request.path_params["draft"])


async def write(visit: Visit) -> Response:
    """Keep the draft, check it, let it go live or throw it away: as the pressed button says."""
    folder, name, typed, how = drafts(visit), _name(visit), visit.given("text"), visit.given("how")
    if len(typed) > LONGEST:
        raise BadInput("console.notification.too_long", n=LONGEST)
    try:
        if how == "discard":
            await asyncio.to_thread(folder.discard, name)
            await visit.run(_noted, visit, "discard_draft", name, now=visit.now)
            return visit.back("/knowledge", "draft_discarded")
        await asyncio.to_thread(folder.write, name, typed + "\n")
        problems = await asyncio.to_thread(folder.publish if how == "publish" else folder.problems, [name])
    except DraftError as error:
        raise Missing from error
    await visit.run(_noted, visit, "publish_draft" if how == "publish" else "write_draft", name, now=visit.now)
    if how == "publish" and not problems:
        return visit.back("/knowledge", "draft_published")
    return await _draft_page(visit, problems=problems, typed=typed)


def _noted(tx: Connection, visit: Visit, action: str, subject: str, *, now: datetime) -> None:
    authority.record(tx, visit.me, action, allowed=True, now=now, subject=subject[:200])


routes = [
    page("/knowledge", listing, deed=Deed.EDIT_KNOWLEDGE, on=centre, nav="knowledge"),
    form("/knowledge/drafts", begin, deed=Deed.EDIT_KNOWLEDGE, on=centre),
    form("/knowledge/settle", settle, deed=Deed.EDIT_KNOWLEDGE, on=centre),
    page("/knowledge/drafts/{draft:path}", draft, deed=Deed.EDIT_KNOWLEDGE, on=centre),
    form("/knowledge/drafts/{draft:path}", write, deed=Deed.EDIT_KNOWLEDGE, on=centre),
]
