"""Is it alive, is it ready, and what it counts."""

import time
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy import Connection, func, select
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.db import migrate
from bot.db.models import alerts, deliveries, inbox, interests, members, notifications, tickets
from bot.web import guard
from bot.web.state import state

LATE_SECONDS = 900  # an outbox row that has been due for longer than this makes the service "not ready"


async def healthz(_request: Request) -> Response:
    return PlainTextResponse("ok")


async def readyz(request: Request) -> Response:
    """200 when the database answers, its schema is ours and the outbox moves; 503 with the reasons otherwise."""
    web = state(request)
    try:
        problems = await web.services.db.read(_problems)
    except Exception as error:
        problems = [f"database: {type(error).__name__}"]
    body: dict[str, Any] = {"ready": not problems, "problems": problems}
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


async def metrics(request: Request) -> Response:
    web = state(request)
    if not guard.may_use_api(request, web.services.settings):
        return guard.refused("token")
    counts = await web.services.db.read(_counts)
    return Response(_exposition(counts), media_type=CONTENT_TYPE_LATEST)


def _counts(tx: Connection) -> dict[tuple[str, str], int]:
    """Rows by table and state: what there is and what is waiting."""
    found: dict[tuple[str, str], int] = {}
    for table in (notifications, interests, alerts, deliveries, tickets, members):
        for row in tx.execute(select(table.c.state, func.count()).group_by(table.c.state)):
            found[(table.name, row[0])] = row[1]
    waiting = select(func.count()).where(inbox.c.replied_at.is_(None))
    found[("inbox", "unanswered")] = tx.execute(waiting).scalar_one()
    return found


def _exposition(counts: dict[tuple[str, str], int]) -> bytes:
    registry = CollectorRegistry()
    gauge = Gauge("fengsui_rows", "Rows by table and state", ["table", "state"], registry=registry)
    for (table, state_), number in counts.items():
        gauge.labels(table, state_).set(number)
    return generate_latest(registry)


routes = [
    Route("/healthz", healthz, methods=["GET"]),
    Route("/readyz", readyz, methods=["GET"]),
    Route("/metrics", metrics, methods=["GET"]),
]
