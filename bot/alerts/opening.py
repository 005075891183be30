"""Whether a stored change is worth an alert: the alert row, written in the transaction that stored the change."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.db.models import alerts
from bot.notifications import Change, ChangeKind, Notification, by_id, deadline

HISTORIC = "historic"
# A change of these keys matters to an exporter; a corrected title or a new link does not call anyone.
TELLING = ("comment_deadline", "proposed_adoption", "proposed_entry_into_force", "hs_codes")
WIDENING = ("hs_codes", "ics_codes", "products", "products_en", "members", "joint")


class AlertKind(StrEnum):
    NEW = "new"
    CHANGE = "change"
    WITHDRAWN = "withdrawn"


class AlertState(StrEnum):
    OPEN = "open"
    SIFTING = "sifting"  # all whom it surely concerns have it; looked through once more for whom it may concern
    DONE = "done"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Opened:
    """An alert as it was decided: open, or skipped with its reason (historic, joint, minor, withdrawn)."""

    kind: AlertKind
    state: AlertState
    reason: str | None
    detail: dict[str, Any]


def decide(
    change: Change, *, effective: date | None, withdrawn: bool, today: date, recent_days: int, unheard: bool = False
) -> Opened | None:  # fmt: skip
    """What to do about a stored change (pure). None: nothing changed. `effective`: the deadline that counts now.

    History does not alert: only what is open for comment, or was distributed within `recent_days` of the clock. When
    history is opened again, it is new to everybody (`unheard`).
    """
    if change.kind is ChangeKind.UNCHANGED:
        return None
    kind = AlertKind.NEW if unheard and not change.withdraws else _kind(change)
    # an export lists the newest first: what takes a notification back is often stored before it
    reason = "withdrawn" if withdrawn else _skip_reason(change, kind, effective, today, recent_days)
    state = AlertState.SKIPPED if reason else AlertState.OPEN
    return Opened(kind, state, reason, _detail(change))


def open_alert(tx: Connection, change: Change, *, now: datetime, recent_days: int) -> Opened | None:
    """Write the alert of a change. The same change alerts once, however often its import is repeated."""
    if change.kind is ChangeKind.UNCHANGED:
        return None
    found = by_id(tx, change.id)
    opened = decide(
        change, effective=_effective(tx, found), withdrawn=bool(found and found.withdrawn_by), today=now.date(),
        recent_days=recent_days, unheard=_is_unheard(tx, change),
    )  # fmt: skip
    if opened is None:
        return None
    row = {
        "kind": opened.kind, "notification_id": change.id, "key": f"{change.symbol}:{change.digest[:32]}",
        "detail": opened.detail, "state": opened.state, "reason": opened.reason, "cursor": 0, "created_at": now,
        "done_at": None if opened.state is AlertState.OPEN else now,
    }  # fmt: skip
    statement = inserting(tx, alerts).on_conflict_do_nothing(index_elements=["key"]).returning(alerts.c.id)
    return opened if tx.execute(statement, row).first() else None


def _is_unheard(tx: Connection, change: Change) -> bool:
    """It was stored as history, and nothing about it went to anybody."""
    reasons = set(tx.execute(select(alerts.c.reason).where(alerts.c.notification_id == change.id)).scalars())
    return reasons == {HISTORIC}


def inserting(tx: Connection, table: Table) -> Any:
    """An INSERT that may say ON CONFLICT, in the dialect of this connection."""
    return (postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert)(table)


def _effective(tx: Connection, found: Notification | None) -> date | None:
    """The deadline that decides whether this is open: its own, and for a part without one its family's."""
    if found is None or found.deadline:
        return found.deadline if found else None
    return deadline(tx, found.symbol) if found.symbol != found.family else None


def _kind(change: Change) -> AlertKind:
    if change.withdraws:
        return AlertKind.WITHDRAWN
    return AlertKind.NEW if change.kind is ChangeKind.NEW else AlertKind.CHANGE


def _skip_reason(change: Change, kind: AlertKind, effective: date | None, today: date, recent_days: int) -> str | None:
    if not _is_news(change.record, effective, today, recent_days):
        return HISTORIC
    joint = change.record.get("joint")
    if joint and change.symbol != joint[0]:
        return "joint"  # one draft of several members is one alert, the one of its first symbol
    if kind is AlertKind.CHANGE and not any(one.field in TELLING for one in change.fields):
        return "minor"
    return None


def _is_news(record: Mapping[str, Any], effective: date | None, today: date, recent_days: int) -> bool:
    if effective is not None and effective >= today:
        return True
    distributed = date.fromisoformat(record["date"]) if record.get("date") else None
    return distributed is not None and distributed >= today - timedelta(days=recent_days)


def _detail(change: Change) -> dict[str, Any]:
    fields = {one.field: [one.old, one.new] for one in change.fields if one.field in TELLING}
    moved = [asdict(one) for one in change.moved]
    widened = any(one.field in WIDENING for one in change.fields)
    detail = {"fields": fields, "moved": moved, "withdraws": list(change.withdraws), "widened": widened}
    return {key: value for key, value in detail.items() if value}
