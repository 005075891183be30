"""Imports orchestrated: feed -> notifications -> alerts -> deliveries, in small transactions that survive a kill."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, insert, select, update

from bot import alerts, notifications, surveys
from bot.db.engine import Database
from bot.db.models import import_problems, imports
from bot.notifications import ChangeKind
from bot.ports import BadRow, Clock, NotificationFeed
from bot.settings import Settings
from bot.surveys import Rules

KIND = "notifications"
ROWS_AT_ONCE = 50

Item = tuple[int, dict[str, Any]] | BadRow
Progress = Callable[["ImportReport", int], None]  # (so far, about how many rows in all)


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, in records; `alerts` were opened, `historic` are stored without an alert."""

    id: int
    read: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    bad: int = 0
    alerts: int = 0
    historic: int = 0


@dataclass(frozen=True, slots=True)
class FanOutReport:
    """What a fan-out did: alerts finished, deliveries queued, deliveries written as skipped."""

    alerts: int = 0
    queued: int = 0
    skipped: int = 0


def run_import(
    db: Database, feed: NotificationFeed, *, clock: Clock, settings: Settings | None = None,
    on_progress: Progress | None = None, demo: bool = False, begun: int | None = None,
) -> ImportReport:  # fmt: skip
    """Store every record of a feed with its alert. Run again after a kill it stores only what is missing. `begun` is
    the row of `begin`, where it was written before.

    A broken row is kept in import_problems and does not stop the rest. Deliveries are written by `fan_out`.
    """
    config = settings or Settings()
    days, rules = config.alerts.recent_days, Rules.of(config)
    total = len(feed) if on_progress else 0
    report = ImportReport(begun or db.now(begin, feed.source, now=clock.now()))
    for rows in _batches(feed):
        report = db.now(
            _store, rows, report=report, source=feed.source, now=clock.now(), days=days, rules=rules, demo=demo
        )
        if on_progress:
            on_progress(report, total)
    db.now(_finish, report, now=clock.now())
    return report


def fan_out(db: Database, clock: Clock, settings: Settings) -> FanOutReport:
    """Give every open alert to those it concerns, chunk by chunk: other writers get their turn between two chunks."""
    total = FanOutReport()
    pace = alerts.Pace(settings.alerts.rhythm, settings.alerts.urgent_days)
    while parts := db.look(alerts.plan, now=clock.now(), chunk=settings.alerts.chunk):
        for part in parts:
            done = db.now(alerts.write, part, now=clock.now(), pace=pace)
            total = FanOutReport(total.alerts + done.done, total.queued + done.queued, total.skipped + done.skipped)
    return total


def problems(tx: Connection, import_id: int) -> list[tuple[int, str]]:
    """(row number, reason as data) of an import's broken rows; `feeds.problems.explain` makes a sentence of one."""
    table = import_problems.c
    rows = tx.execute(select(table.row, table.reason).where(table.import_id == import_id).order_by(table.row, table.id))
    return [(row.row, row.reason) for row in rows]


def _batches(feed: Iterable[Item]) -> Iterator[list[Item]]:
    items = iter(feed)
    while rows := list(islice(items, ROWS_AT_ONCE)):
        yield rows


def begin(tx: Connection, source: str, *, now: datetime) -> int:
    """The row of an import that is about to run."""
    values = {"kind": KIND, "source": source[:200], "started_at": now, "next_row": 0, "counts": {}}
    return int(tx.execute(insert(imports).values(values).returning(imports.c.id)).scalar_one())


def _store(
    tx: Connection, rows: list[Item], *, report: ImportReport, source: str, now: datetime, days: int, rules: Rules,
    demo: bool,
) -> ImportReport:  # fmt: skip
    last = 0
    for item in rows:
        if isinstance(item, BadRow):
            report, last = _bad(tx, item, report), item.row
        else:
            report, last = _record(tx, item[1], report, source, now, days, rules, demo), item[0]
    _note(tx, report, {"next_row": last + 1})
    return report


def _record(
    tx: Connection, record: dict[str, Any], report: ImportReport, source: str, now: datetime, days: int, rules: Rules,
    demo: bool,
) -> ImportReport:  # fmt: skip
    change = notifications.upsert(tx, record, source=source[:200], now=now, demo=demo)
    opened = alerts.open_alert(tx, change, now=now, recent_days=days)
    if change.kind is not ChangeKind.UNCHANGED:
        surveys.note_change(tx, change, opened, now=now, rules=rules)
    return replace(
        report,
        read=report.read + 1,
        new=report.new + (change.kind is ChangeKind.NEW),
        changed=report.changed + (change.kind is ChangeKind.CHANGED),
        unchanged=report.unchanged + (change.kind is ChangeKind.UNCHANGED),
        alerts=report.alerts + (opened is not None and opened.state is alerts.AlertState.OPEN),
        historic=report.historic + (opened is not None and opened.reason == "historic"),
    )


def _bad(tx: Connection, row: BadRow, report: ImportReport) -> ImportReport:
    tx.execute(insert(import_problems).values(import_id=report.id, row=row.row, reason=row.reason))
    return replace(report, read=report.read + 1, bad=report.bad + 1)


def _note(tx: Connection, report: ImportReport, values: dict[str, Any]) -> None:
    tx.execute(update(imports).where(imports.c.id == report.id).values(counts=asdict(report), **values))


def _finish(tx: Connection, report: ImportReport, *, now: datetime) -> None:
    _note(tx, report, {"ended_at": now})
