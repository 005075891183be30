"""What leaves the base as a table: rows by kind, written as XLSX, CSV or JSON lines; no cell is ever a formula."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, Select, select

from bot import feedback, notices, recalls, tickets
from bot.db import models
from bot.db.engine import dumps
from bot.notifications import export_rows
from bot.tables import Sheet, to_csv, to_xlsx

CHUNK = 500

Rows = Iterator[dict[str, Any]]


def _all(tx: Connection, query: Select[Any]) -> Rows:
    for row in tx.execute(query).yield_per(CHUNK):
        yield dict(row._mapping)


def _interests(tx: Connection) -> Rows:
    table, who = models.interests, models.members
    columns = (
        table.c.id,
        who.c.name.label("member"),
        table.c.member_id,
        table.c.products,
        table.c.hs_codes,
        table.c.ics_codes,
        table.c.markets,
        table.c.keywords,
        table.c.negatives,
        table.c.kinds,
        table.c.until,
        table.c.state,
        table.c.created_at,
        table.c.ended_at,
    )
    return _all(tx, select(*columns).join(who, who.c.id == table.c.member_id).order_by(table.c.id))


def _deliveries(tx: Connection) -> Rows:
    table, alert, about = models.deliveries, models.alerts, models.notifications
    columns = (
        table.c.id,
        table.c.member_id,
        about.c.symbol,
        alert.c.kind,
        table.c.channel,
        table.c.state,
        table.c.reason,
        table.c.attempts,
        table.c.created_at,
        table.c.settled_at,
    )
    joined = table.outerjoin(alert, alert.c.id == table.c.alert_id)
    joined = joined.outerjoin(about, about.c.id == alert.c.notification_id)
    return _all(tx, select(*columns).select_from(joined).order_by(table.c.id))


def _organisations(tx: Connection) -> Rows:
    table = models.organisations
    return _all(tx, select(table.c.code, table.c.kind, table.c.name_zh, table.c.name_en).order_by(table.c.id))


KINDS: Mapping[str, Callable[[Connection], Rows]] = {
    "notifications": export_rows,
    "recalls": recalls.export_rows,
    "interests": _interests,
    "feedback": feedback.export_rows,
    "deliveries": _deliveries,
    "notices": notices.export_rows,
    "tickets": tickets.export_rows,
    "organisations": _organisations,
}
FORMATS = ("xlsx", "csv", "jsonl")


def write(rows: Iterable[Mapping[str, Any]], form: str) -> bytes:
    """The rows as a file of that format. Lists become "a; b" in tables and stay lists in JSON."""
    if form == "jsonl":
        return "".join(dumps(dict(row)) + "\n" for row in rows).encode()
    table = [dict(row) for row in rows]
    head = list(dict.fromkeys(key for row in table for key in row))
    sheet = Sheet("Sheet1", head, [[row.get(key) for key in head] for row in table])
    return to_xlsx([sheet]) if form == "xlsx" else to_csv(sheet)
