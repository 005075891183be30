"""Imports of notifications: upload an ePing file, watch it being read, see the rows that could not be."""

import asyncio
import secrets
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
from bot.feeds import eping_file
from bot.feeds.problems import explain
from bot.ports import NotificationFeed
from bot.services import Services
from bot.web.console.gate import Missing, centre, form, page
from bot.web.console.visit import Visit

log = structlog.get_logger()

SHOWN = 30
PROBLEMS = 500
BLOCK = 1 << 20


async def listing(visit: Visit) -> Response:
    return visit.page("imports.html", rows=await visit.read(_newest), part=False)


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
        feed = await asyncio.to_thread(eping_file.open, kept)
    except BadInput as error:
        kept.unlink()
        kept.parent.rmdir()
        raise BadInput(error.key, **{**error.values, "path": kept.name}) from error
    begun = await visit.run(_begin, visit, feed.source, now=visit.now)
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


def _begin(tx: Connection, visit: Visit, name: str, *, now: Any) -> int:
    authority.record(tx, visit.me, Deed.IMPORT, allowed=True, now=now, subject=name[:200])
    return intake.begin(tx, name, now=now)


async def _read(services: Services, feed: NotificationFeed, kept: Path, begun: int) -> None:
    try:
        await asyncio.to_thread(_import, services, feed, begun)
    except Exception:
        log.exception("import_failed", source=feed.source)
    finally:
        kept.unlink(missing_ok=True)
        kept.parent.rmdir()


def _import(services: Services, feed: NotificationFeed, begun: int) -> None:
    intake.run_import(services.db, feed, clock=services.clock, settings=services.settings, begun=begun)
    intake.fan_out(services.db, services.clock, services.settings)


async def detail(visit: Visit) -> Response:
    row, problems = await visit.read(_one, visit.number("import"))
    texts = visit.web.services.texts
    told = [(number, explain(reason, texts=texts, language=visit.language)) for number, reason in problems[:PROBLEMS]]
    return visit.page("import.html", row=row, problems=told, total=len(problems))


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
]
