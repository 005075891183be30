"""Is it alive, is it ready, and what it counts."""

import time
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy import Connection, func, select
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot import leases
from bot.channels.telegram import watch
from bot.db import migrate
from bot.db.models import alerts, deliveries, inbox, interests, members, notifications, tickets, writings
from bot.services import Services
from bot.web import guard
from bot.web.state import state

LATE_SECONDS = 900  # an outbox row that has been due for longer than this makes the service "not ready"

TELEGRAM = {
    "last_heard_seconds": "Seconds since Telegram last answered",
    "pending_updates": "Updates that wait at Telegram",
    "missing_updates": "Updates whose numbers never came",
    "outages": "Times of more than 150 s in which nothing could be heard",
    "trouble": "1 while something stands in the way; /readyz says what",
}


async def healthz(_request: Request) -> Response:
    return PlainTextResponse("ok")


async def readyz(request: Request) -> Response:
    """200 when the database reads and writes, its schema is ours and the outbox moves; else 503 with the reasons."""
    web = state(request)
    detail: dict[str, Any] = {}
    try:
        problems = await web.services.db.read(_problems)
        if web.services.db.trouble:  # reading goes on with a full disk
            await web.services.db.run(leases.hold, "readyz", holder="readyz", seconds=1.0)
        detail = await web.services.db.read(_detail, web.services)
    except Exception as error:
        problems = [f"database: {type(error).__name__}"]
    body: dict[str, Any] = {"ready": not problems, "problems": problems, **({"detail": detail} if detail else {})}
    return JSONResponse(body, status_code=503 if problems else 200)


def _problems(tx: Connection) -> list[str]:
    found = []
    at, head = migrate.current(tx), migrate.head()
    if at != head:
        found.append(f"migrations: at {at}, expected {head}")
    oldest = select(func.min(deliveries.c.next_at)).where(deliveries.c.state == "queued")
    due = tx.execute(oldest).scalar()
    if due is not None and time.time() - due > LATE_SECONDS:
        found.append(f"outbox: oldest message due for {int(time.time() - due)} s")
    return found


def _detail(tx: Connection, services: Services) -> dict[str, Any]:
    """What may be wrong with one channel while the rest runs: it is told, and the service is ready all the same."""
    model = services.settings.writer.model if services.writer else None
    writer = {"writer": {"model": model, **_drafts(tx)}} if model else {}
    row = watch.state(tx)
    if row is None or services.settings.telegram.token is None:
        return writer
    problem, language = row.data.get("problem"), services.settings.default_language
    told = services.texts(problem, language, **row.data.get("values", {})) if problem else None
    numbers = {key: int(value) for key, value in watch.counts(tx, at=time.time()).items()}
    return writer | {
        "telegram": {"bot": row.data.get("username"), "mode": row.data.get("mode"), "problem": told, **numbers}
    }


def _drafts(tx: Connection) -> dict[str, int]:
    """What became of the writer's drafts, by state."""
    rows = tx.execute(select(writings.c.state, func.count()).group_by(writings.c.state))
    return {str(state_): number for state_, number in rows}


async def metrics(request: Request) -> Response:
    web = state(request)
    if not guard.may_use_api(request, web.services.settings):
        return guard.refused("token")
    counts = await web.services.db.read(_counts)
    heard = await web.services.db.read(watch.counts, at=time.time())
    return Response(_exposition(counts, heard), media_type=CONTENT_TYPE_LATEST)


def _counts(tx: Connection) -> dict[tuple[str, str], int]:
    """Rows by table and state: what there is and what is waiting."""
    found: dict[tuple[str, str], int] = {}
    for table in (notifications, interests, alerts, deliveries, tickets, members, writings):
        for row in tx.execute(select(table.c.state, func.count()).group_by(table.c.state)):
            found[(table.name, row[0])] = row[1]
    waiting = select(func.count()).where(inbox.c.replied_at.is_(None))
    found[("inbox", "unanswered")] = tx.execute(waiting).scalar_one()
    return found


def _exposition(counts: dict[tuple[str, str], int], heard: dict[str, float]) -> bytes:
    registry = CollectorRegistry()
    gauge = Gauge("fengsui_rows", "Rows by table and state", ["table", "state"], registry=registry)
    for (table, state_), number in counts.items():
        gauge.labels(table, state_).set(number)
    for name, value in heard.items():
        Gauge(f"fengsui_telegram_{name}", TELEGRAM[name], registry=registry).set(value)
    return generate_latest(registry)


routes = [
    Route("/healthz", healthz, methods=["GET"]),
    Route("/readyz", readyz, methods=["GET"]),
    Route("/metrics", metrics, methods=["GET"]),
]
