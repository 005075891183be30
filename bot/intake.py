"""Imports orchestrated: feed -> notifications -> alerts -> deliveries, in small transactions that survive a kill."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, delete, insert, select, update

from bot import alerts, interests, notifications, recalls, surveys
from bot.alerts import Fanned
from bot.clock import DeskClock
from bot.db.engine import Database
from bot.db.models import import_problems, imports
from bot.errors import BadInput
from bot.notifications import ChangeKind
from bot.ports import BadRow, Clock, NotificationFeed, OfKind, Resumable
from bot.settings import Settings
from bot.surveys import Rules

KIND, RECALLS = "notifications", "recalls"
ROWS_AT_ONCE = 50

Item = tuple[int, dict[str, Any]] | BadRow
Keep = Callable[..., "Kept"]  # (tx, record, source, now): store one record and open its alert
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
class Kept:
    """What became of one record: is it new, is anybody told of it."""

    change: ChangeKind
    opened: bool
    historic: bool


@dataclass(frozen=True, slots=True)
class FanOutReport:
    """What a fan-out did: alerts finished, deliveries queued, deliveries written as skipped."""

    alerts: int = 0
    queued: int = 0
    skipped: int = 0

    def and_also(self, done: Fanned | recalls.Told) -> "FanOutReport":
        return FanOutReport(self.alerts + done.done, self.queued + done.queued, self.skipped + done.skipped)


@dataclass(frozen=True, slots=True)
class Begun:
    """An import that is under way: what it has done so far, from which row it goes on, and by whom it is run."""

    report: ImportReport
    first: int
    runner: str


def run_import(
    db: Database, feed: NotificationFeed, *, clock: Clock, settings: Settings | None = None,
    on_progress: Progress | None = None, demo: bool = False, begun: Begun | None = None,
) -> ImportReport:  # fmt: skip
    """Store every record of a feed with its alert; a file that was cut off goes on where it stopped (see `begin`).

    A broken row is kept in import_problems and does not stop the rest. Deliveries are written by `fan_out`. Raises
    BadInput when the feed cannot be read any further, or another run of the same file has taken over.
    """
    config = settings or Settings()
    keep, clock = _keeper(feed, config, demo), DeskClock(clock, config.desk.time_zone)
    total = len(feed) if on_progress else 0
    begun = begun or db.now(begin, feed, now=clock.now())
    report = begun.report
    try:
        for rows in _batches(feed.going_on(begun.first) if isinstance(feed, Resumable) else iter(feed)):
            report = db.now(
                _store, rows, report=report, runner=begun.runner, source=feed.source, now=clock.now(), keep=keep
            )
            if on_progress:
                on_progress(report, total)
    except BadInput as error:
        db.now(_finish, report, runner=begun.runner, now=clock.now(), reason=error.as_data())
        raise
    db.now(_finish, report, runner=begun.runner, now=clock.now())
    return report


def fan_out(db: Database, clock: Clock, settings: Settings) -> FanOutReport:
    """Give every open alert and recall to those it concerns, chunk by chunk: others may write between two chunks."""
    total, clock = FanOutReport(), DeskClock(clock, settings.desk.time_zone)
    pace = alerts.Pace(settings.alerts.rhythm, settings.alerts.urgent_days)
    while db.look(interests.is_behind):
        db.now(interests.catch_up)
    while parts := db.look(alerts.plan, now=clock.now(), chunk=settings.alerts.chunk):
        for part in parts:
            done = db.now(alerts.write, part, now=clock.now(), pace=pace)
            total = total.and_also(done)
    tempo = recalls.Tempo(settings.alerts.rhythm, settings.recalls.home, settings.recalls.instant_a_day)
    while planned := db.look(recalls.plan, now=clock.now(), chunk=settings.alerts.chunk):
        total = total.and_also(db.now(recalls.write, planned, now=clock.now(), tempo=tempo))
    return total


def refuse(tx: Connection, source: str, error: BadInput, *, now: datetime) -> None:
    """The row of a file that could not even be opened: staff see it among the imports, with the reason."""
    values = {"kind": KIND, "source": source[:200], "started_at": now, "ended_at": now, "reason": error.as_data()}
    tx.execute(insert(imports).values(**values, next_row=0, counts={}))


def forget(tx: Connection, import_id: int) -> None:
    """Take the row of an import back that brought nothing."""
    tx.execute(delete(imports).where(imports.c.id == import_id))


def problems(tx: Connection, import_id: int) -> list[tuple[int, str]]:
    """(row number, reason as data) of an import's broken rows; `feeds.problems.explain` makes a sentence of one."""
    table = import_problems.c
    rows = tx.execute(select(table.row, table.reason).where(table.import_id == import_id).order_by(table.row, table.id))
    return [(row.row, row.reason) for row in rows]


def _batches(items: Iterator[Item]) -> Iterator[list[Item]]:
    """Some rows at a time, never half a row: what is stored of a joint notification is all of it."""
    rows: list[Item] = []
    for _, records in groupby(items, key=_row):
        rows += records
        if len(rows) >= ROWS_AT_ONCE:
            yield rows
            rows = []
    if rows:
        yield rows


def _row(item: Item) -> int:
    return item.row if isinstance(item, BadRow) else item[0]


def begin(tx: Connection, feed: NotificationFeed, *, now: datetime) -> Begun:
    """The row of an import that is about to run: one of the same file that did not come to its end is taken over.

    Whoever still runs that one notices at its next step and stops: two at once double nothing.
    """
    runner, mark = uuid4().hex, feed.fingerprint if isinstance(feed, Resumable) else None
    unfinished = select(imports).where(imports.c.fingerprint == mark, imports.c.ended_at.is_(None))
    row = tx.execute(unfinished.order_by(imports.c.id.desc()).limit(1)).first() if mark else None
    if row is not None:
        tx.execute(update(imports).where(imports.c.id == row.id).values(runner=runner))
        return Begun(ImportReport(**{**row.counts, "id": row.id}), row.next_row, runner)
    kind = feed.kind if isinstance(feed, OfKind) else KIND
    values = {"kind": kind, "source": feed.source[:200], "started_at": now, "next_row": 0, "counts": {}}
    new = insert(imports).values(**values, fingerprint=mark, runner=runner).returning(imports.c.id)
    return Begun(ImportReport(int(tx.execute(new).scalar_one())), 0, runner)


def _store(
    tx: Connection, rows: list[Item], *, report: ImportReport, runner: str, source: str, now: datetime, keep: Keep
) -> ImportReport:  # fmt: skip
    _hold(tx, report.id, runner)
    notifications.take_turn(tx)
    for item in rows:
        if isinstance(item, BadRow):
            report = _bad(tx, item, report)
        else:
            report = _counted(report, keep(tx, item[1], source=source[:200], now=now))
    _note(tx, report, {"next_row": _row(rows[-1]) + 1})
    return report


def _hold(tx: Connection, import_id: int, runner: str) -> None:
    """Raises BadInput when another run has taken this import over."""
    mine = (imports.c.id == import_id) & (imports.c.runner == runner)
    if not tx.execute(update(imports).where(mine).values(runner=runner)).rowcount:
        raise BadInput("import.overtaken")


def _keeper(feed: NotificationFeed, config: Settings, demo: bool) -> Keep:
    """How a record of this feed is stored."""
    if isinstance(feed, OfKind) and feed.kind == RECALLS:
        return partial(_keep_recall, wanted=wanted_recalls(config), demo=demo)
    return partial(_keep, days=config.alerts.recent_days, rules=Rules.of(config), demo=demo)


def wanted_recalls(config: Settings) -> recalls.Interesting:
    wanted = config.recalls
    return recalls.Interesting(wanted.home, wanted.other_origins, wanted.recent_days)


def _keep(
    tx: Connection, record: dict[str, Any], *, source: str, now: datetime, days: int, rules: Rules, demo: bool
) -> Kept:  # fmt: skip
    change = notifications.upsert(tx, record, source=source, now=now, demo=demo)
    opened = alerts.open_alert(tx, change, now=now, recent_days=days)
    if change.kind is not ChangeKind.UNCHANGED:
        surveys.note_change(tx, change, opened, now=now, rules=rules)
    is_open = opened is not None and opened.state is alerts.AlertState.OPEN
    return Kept(change.kind, is_open, opened is not None and opened.reason == "historic")


def _keep_recall(
    tx: Connection, record: dict[str, Any], *, source: str, now: datetime, wanted: recalls.Interesting, demo: bool
) -> Kept:  # fmt: skip
    stored = recalls.upsert(tx, record, now=now, wanted=wanted, demo=demo)
    is_open = stored.kind is ChangeKind.NEW and stored.state is recalls.State.OPEN
    return Kept(stored.kind, is_open, stored.kind is ChangeKind.NEW and stored.reason == "historic")


def _counted(report: ImportReport, kept: Kept) -> ImportReport:
    return replace(
        report,
        read=report.read + 1,
        new=report.new + (kept.change is ChangeKind.NEW),
        changed=report.changed + (kept.change is ChangeKind.CHANGED),
        unchanged=report.unchanged + (kept.change is ChangeKind.UNCHANGED),
        alerts=report.alerts + kept.opened,
        historic=report.historic + kept.historic,
    )


def _bad(tx: Connection, row: BadRow, report: ImportReport) -> ImportReport:
    tx.execute(insert(import_problems).values(import_id=report.id, row=row.row, reason=row.reason))
    return replace(report, read=report.read + 1, bad=report.bad + 1)


def _note(tx: Connection, report: ImportReport, values: dict[str, Any]) -> None:
    tx.execute(update(imports).where(imports.c.id == report.id).values(counts=asdict(report), **values))


def _finish(tx: Connection, report: ImportReport, *, runner: str, now: datetime, reason: str | None = None) -> None:
    mine = (imports.c.id == report.id) & (imports.c.runner == runner)
    tx.execute(update(imports).where(mine).values(counts=asdict(report), ended_at=now, reason=reason))
