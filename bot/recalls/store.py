"""Recalls in the database: written once per source and number, what they said before kept, found and listed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from bot.db.engine import AnyRow
from bot.db.models import recall_versions, recalls
from bot.notifications import ChangeKind
from bot.recalls.record import Kind, Record, alike, digest

HISTORIC, OTHER_ORIGIN, TOLD = "historic", "other_origin", "told"
SEPARATOR = "|"


class State(StrEnum):
    OPEN = "open"  # still to be told to those it concerns
    DONE = "done"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Recall:
    """A stored recall or refusal."""

    id: int
    record: Record
    state: State
    reason: str | None
    version: int

    @property
    def kind(self) -> Kind:
        return Kind(self.record["kind"])

    @property
    def date(self) -> date:
        return date.fromisoformat(self.record["date"])

    @property
    def origin(self) -> Sequence[str]:
        return tuple(self.record.get("origin", ()))


@dataclass(frozen=True, slots=True)
class Interesting:
    """Whose goods members want to hear about: of which origin, and how old at most."""

    home: str
    others: bool  # goods that are known to come from elsewhere, too
    recent_days: int


@dataclass(frozen=True, slots=True)
class Stored:
    """What an upsert did, and whether anybody is to be told."""

    id: int
    kind: ChangeKind
    state: State
    reason: str | None


_COLUMNS = (recalls.c.id, recalls.c.record, recalls.c.state, recalls.c.reason, recalls.c.version)
SELECTED = select(*_COLUMNS)
_KNOWN = select(recalls).where(recalls.c.source == bindparam("source"), recalls.c.number == bindparam("number"))


def decide(record: Record, *, today: date, wanted: Interesting) -> tuple[State, str | None]:
    """Whether members are told of it, and why not (pure). What does not say where it comes from may be ours."""
    if date.fromisoformat(record["date"]) < today - timedelta(days=wanted.recent_days):
        return State.SKIPPED, HISTORIC
    origin = record.get("origin", ())
    if origin and wanted.home not in origin and not wanted.others:
        return State.SKIPPED, OTHER_ORIGIN
    return State.OPEN, None


def upsert(tx: Connection, record: Record, *, now: datetime, wanted: Interesting, demo: bool = False) -> Stored:
    """Store a normalised record. The same one again changes nothing; a changed one keeps what it said before.

    A recall is told once: a change opens it only if it was not told for a reason that holds no longer.
    """
    known = tx.execute(_KNOWN, {"source": record["source"], "number": record["number"]}).first()
    mark = digest(record)
    if known is not None and known.digest == mark:
        return Stored(known.id, ChangeKind.UNCHANGED, State(known.state), known.reason)
    state, reason = decide(record, today=now.date(), wanted=wanted)
    if known is None:
        return _insert(tx, record, mark, state, reason, now, demo)
    return _change(tx, known, record, mark, state, reason, now)


def _insert(
    tx: Connection, record: Record, mark: str, state: State, reason: str | None, now: datetime, demo: bool
) -> Stored:  # fmt: skip
    values = {**_values(record, mark, now), "version": 1, "cursor": 0, "demo": demo, "created_at": now}
    done = None if state is State.OPEN else now
    new = insert(recalls).values(**values, state=state, reason=reason, done_at=done).returning(recalls.c.id)
    return Stored(int(tx.execute(new).scalar_one()), ChangeKind.NEW, state, reason)


def _change(
    tx: Connection, known: AnyRow, record: Record, mark: str, state: State, reason: str | None, now: datetime
) -> Stored:  # fmt: skip
    kept = {"recall_id": known.id, "version": known.version, "record": known.record, "until": now}
    tx.execute(insert(recall_versions).values(**kept))
    values = {**_values(record, mark, now), "version": known.version + 1}
    if known.state == State.SKIPPED:
        values |= {"state": state, "reason": reason, "done_at": None if state is State.OPEN else now}
    tx.execute(update(recalls).where(recalls.c.id == known.id).values(**values))
    return Stored(known.id, ChangeKind.CHANGED, State(values.get("state", known.state)), reason)


def _values(record: Record, mark: str, now: datetime) -> dict[str, Any]:
    return {
        "source": record["source"], "number": record["number"], "kind": record["kind"],
        "date": date.fromisoformat(record["date"]), "market": record["market"], "product": record["product"],
        "origins": SEPARATOR + "".join(f"{code}{SEPARATOR}" for code in record.get("origin", ())), "record": record,
        "digest": mark, "alike": alike(record), "updated_at": now,
    }  # fmt: skip


def read(row: Any) -> Recall:
    """A recall from a row of SELECTED."""
    return Recall(row.id, row.record, State(row.state), row.reason, row.version)


def by_id(tx: Connection, recall_id: int) -> Recall | None:
    row = tx.execute(SELECTED.where(recalls.c.id == recall_id)).first()
    return read(row) if row else None


def versions(tx: Connection, recall_id: int) -> list[tuple[int, Record, datetime]]:
    """(version, what it said, until when), the newest first."""
    mine = select(recall_versions).where(recall_versions.c.recall_id == recall_id)
    return [(row.version, row.record, row.until) for row in tx.execute(mine.order_by(recall_versions.c.version.desc()))]


def export_rows(tx: Connection) -> Iterator[dict[str, Any]]:
    """Every recall as a flat row, newest first; what a file of them is read from again."""
    for row in tx.execute(SELECTED.order_by(recalls.c.date.desc(), recalls.c.id.desc())).yield_per(500):
        yield {**dict.fromkeys(_EXPORTED, ""), **{key: row.record[key] for key in _EXPORTED if key in row.record}}


_EXPORTED = (
    "source", "number", "kind", "date", "market", "notified_by", "product", "category", "brand", "firm", "origin",
    "risk", "measure", "hs_codes", "link", "agreement", "language",
)  # fmt: skip
