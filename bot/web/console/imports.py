"""Imports of notifications and recalls: upload a file, watch it being read, see the rows that could not be."""

import asyncio
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Connection, func, select
from starlette.datastructures import UploadFile
from starlette.responses import Response

from bot import authority, intake
from bot.authority import Deed
from bot.db.engine import AnyRow
from bot.db.models import import_problems, imports
from bot.errors import BadInput
from bot.feeds import any_file, polling, sources
from bot.feeds.problems import explain
from bot.intake import Begun
from bot.ports import NotificationFeed
from bot.services import Services
from bot.web.console.gate import Missing, centre, form, page
from bot.web.console.visit import Visit

log = structlog.get_logger()

SHOWN = 30
PROBLEMS = 500
BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Told:
    """A source of the settings with the sentence of its last failure."""

    name: str
    state: sources.Source
    reason: str


async def listing(visit: Visit) -> Response:
    return visit.page("imports.html", rows=await visit.read(_newest), asked=await told_sources(visit), part=False)


async def told_sources(visit: Visit) -> list[Told]:
    """How it stands with each source of the settings."""
    services, states = visit.web.services, await visit.read(sources.all_sources)
    found = []
    for one in polling.configured(services.settings):
        state = states.get(one.name, sources.Source(one.name))
        reason = explain(state.reason, texts=services.texts, language=visit.language) if state.reason else ""
        found.append(Told(polling.title(one.name, services.texts, visit.language), state, reason))
    return found


async def hurry(visit: Visit) -> Response:
    """A source is asked within the next half minute, instead of when it is its time."""
    name = str(visit.form.get("source") or "")
    polling.named(visit.web.services.settings, name)
    await visit.run(_hurry, visit, name)
    return visit.back("/imports", "source_hurried")


def _hurry(tx: Connection, visit: Visit, name: str) -> None:
    authority.record(tx, visit.me, Deed.IMPORT, allowed=True, now=visit.now, subject=name)
    sources.hurry(tx, name, now=visit.now)


async def progress(visit: Visit) -> Response:
    """The table alone, which the page asks for again while something is being read."""
    return visit.page("imports_table.html", rows=await visit.read(_newest), part=True)


def _newest(tx: Connection) -> list[AnyRow]:
    problems = (
        select(import_problems.c.import_id, func.count().label("problems"))
        .group_by(import_problems.c.import_id)
        .subquery()
    )
    joined = imports.outerjoin(problems, problems.c.import_id == imports.c.id)
    count = func.coalesce(problems.c.problems, 0).label("problems")
    return list(tx.execute(select(imports, count).select_from(joined).order_by(imports.c.id.desc()).limit(SHOWN)))


async def upload(visit: Visit) -> Response:
    """Take a file: told at once when it is none of ours, else read in a thread while the page shows how far it is."""
    file = visit.form.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        raise BadInput("console.imports.no_file")
    kept = await _keep(visit, file)
    try:
        feed = await asyncio.to_thread(any_file.open, kept)
    except BadInput as error:
        kept.unlink()
        kept.parent.rmdir()
        raise BadInput(error.key, **{**error.values, "path": kept.name}) from error
    begun = await visit.run(_begin, visit, feed, now=visit.now)
    visit.web.spawn(_read(visit.web.services, feed, kept, begun))
    return visit.back("/imports", "import_begun")


async def _keep(visit: Visit, file: UploadFile) -> Path:
    """The upload in a folder of its own, under its own name: that is what the import is called afterwards."""
    folder = visit.web.services.settings.data / "uploads" / secrets.token_hex(8)
    folder.mkdir(parents=True)
    path = folder / (Path((file.filename or "").replace("\\", "/")).name[:100] or "upload")
    with path.open("wb") as out:
        while block := await file.read(BLOCK):
            out.write(block)
    return path


def _begin(tx: Connection, visit: Visit, feed: NotificationFeed, *, now: Any) -> Begun:
    authority.record(tx, visit.me, Deed.IMPORT, allowed=True, now=now, subject=feed.source[:200])
    return intake.begin(tx, feed, now=now)


async def _read(services: Services, feed: NotificationFeed, kept: Path, begun: Begun) -> None:
    try:
        await asyncio.to_thread(_import, services, feed, begun)
    except BadInput as error:  # its reason stands in the row of the import
        log.warning("import_ended", source=feed.source, reason=str(error))
    except Exception:
        log.exception("import_failed", source=feed.source)
    finally:
        kept.unlink(missing_ok=True)
        kept.parent.rmdir()


def _import(services: Services, feed: NotificationFeed, begun: Begun) -> None:
    intake.run_import(services.db, feed, clock=services.clock, settings=services.settings, begun=begun)
    intake.fan_out(services.db, services.clock, services.settings)


async def detail(visit: Visit) -> Response:
    row, problems = await visit.read(_one, visit.number("import"))
    texts = visit.web.services.texts
    told = [(number, explain(reason, texts=texts, language=visit.language)) for number, reason in problems[:PROBLEMS]]
    reason = explain(row.reason, texts=texts, language=visit.language) if row.reason else ""
    return visit.page("import.html", row=row, problems=told, total=len(problems), reason=reason)


def _one(tx: Connection, import_id: int) -> tuple[AnyRow, list[tuple[int, str]]]:
    row = tx.execute(select(imports).where(imports.c.id == import_id)).first()
    if row is None:
        raise Missing
    return row, intake.problems(tx, import_id)


routes = [
    page("/imports", listing, deed=Deed.IMPORT, on=centre, nav="imports"),
    page("/imports/progress", progress, deed=Deed.IMPORT, on=centre),
    page("/imports/{import:int}", detail, deed=Deed.IMPORT, on=centre),
    form("/imports", upload, deed=Deed.IMPORT, on=centre),
    form("/imports/sources", hurry, deed=Deed.IMPORT, on=centre),
]
