"""Notifications in the database: written once per symbol, families kept in step, found by symbol."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, FromClause, Select, bindparam, delete, insert, select, update

from bot.db.counters import advance
from bot.db.models import notification_terms, notification_texts, notifications
from bot.i18n import LANGUAGES
from bot.notifications.family import Part, Standing, newest_deadline, part, standings
from bot.notifications.merging import merged
from bot.notifications.record import DATES, KEYS, Record, digest, family_of, parent_of
from nlu import symbols

SEQUENCE = "notifications"


class ChangeKind(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One key of the record that is not what it was."""

    field: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Moved:
    """The comment deadline of another document of the family, moved by this one."""

    symbol: str
    old: date | None
    new: date | None


@dataclass(frozen=True, slots=True)
class Change:
    """What an upsert did. `withdraws`: documents that this one takes back; `moved`: deadlines that it moves."""

    kind: ChangeKind
    id: int
    record: Record
    digest: str
    fields: tuple[FieldChange, ...] = ()
    withdraws: tuple[str, ...] = ()
    moved: tuple[Moved, ...] = ()

    @property
    def symbol(self) -> str:
        return str(self.record["symbol"])


@dataclass(frozen=True, slots=True)
class Notification:
    """A stored notification. `deadline` is what counts today, addenda considered; `record` is what it says itself,
    with the title and summary that staff wrote (`title_zh`, `description_zh`, `title_en`, `description_en`)."""

    id: int
    symbol: str
    family: str
    record: Record
    deadline: date | None
    withdrawn_by: str | None
    changed_seq: int

    @property
    def date(self) -> date | None:
        text = self.record.get("date")
        return date.fromisoformat(text) if text else None


_COLUMNS = (
    notifications.c.id, notifications.c.symbol, notifications.c.family, notifications.c.record,
    notifications.c.comment_deadline, notifications.c.withdrawn_by, notifications.c.changed_seq,
)  # fmt: skip
_OWN = {language: notification_texts.alias(f"own_{language}") for language in LANGUAGES}


def _selected() -> Select[Any]:
    """Each notification with what staff wrote about it in either language."""
    joined: FromClause = notifications
    for language, own in _OWN.items():
        mine = (own.c.notification_id == notifications.c.id) & (own.c.language == language)
        joined = joined.outerjoin(own, mine)
    words = [column for own in _OWN.values() for column in (own.c.title, own.c.summary)]
    return select(*_COLUMNS, *words).select_from(joined)


SELECTED = _selected()
_BY_SYMBOL = SELECTED.where(notifications.c.symbol == bindparam("symbol"))
_BY_SYMBOLS = SELECTED.where(notifications.c.symbol.in_(bindparam("symbols", expanding=True)))
_BY_ID = SELECTED.where(notifications.c.id == bindparam("id"))
_FAMILY = SELECTED.where(notifications.c.family == bindparam("family")).order_by(
    notifications.c.date, notifications.c.symbol
)
_KNOWN = select(notifications.c.id, notifications.c.digest, notifications.c.record).where(
    notifications.c.symbol == bindparam("symbol")
)
_INSERT = insert(notifications).returning(notifications.c.id)
_CHANGE = update(notifications).where(notifications.c.id == bindparam("row_id"))
_DROP_TERMS = delete(notification_terms).where(notification_terms.c.notification_id == bindparam("row_id"))
_STAND = update(notifications).where(notifications.c.id == bindparam("row_id")).values(
    comment_deadline=bindparam("deadline"), state=bindparam("standing"), withdrawn_by=bindparam("by"),
    changed_seq=bindparam("seq"),
)  # fmt: skip


def read(row: Any) -> Notification:
    """A notification from a row of SELECTED."""
    plain, words = row[: len(_COLUMNS)], row[len(_COLUMNS) :]
    found = Notification(*plain)
    if not any(words):
        return found
    keys = [f"{kind}_{language}" for language in _OWN for kind in ("title", "description")]
    own = {key: said for key, said in zip(keys, words, strict=True) if said}
    return replace(found, record={**found.record, **own})


def take_turn(tx: Connection) -> None:
    """Before several `upsert`: whoever else stores notifications waits until this transaction is over."""
    advance(tx, SEQUENCE)


def upsert(tx: Connection, record: Record, *, source: str, now: datetime, demo: bool = False) -> Change:
    """Store a normalised record. The same one again changes nothing; the family's deadlines and withdrawals follow.

    What is known already may keep a part of it: see `merged`.
    """
    known = tx.execute(_KNOWN, {"symbol": record["symbol"]}).first()
    record = merged(known.record if known else None, record)
    mark = digest(record)
    if known is not None and known.digest == mark:
        return Change(ChangeKind.UNCHANGED, known.id, record, mark)
    values = _values(record, mark, source, now, advance(tx, SEQUENCE))
    if known is None:
        kind, fields = ChangeKind.NEW, _difference({}, {})
        row_id = int(tx.execute(_INSERT, {**values, "demo": demo, "created_at": now}).scalar_one())
    else:
        kind, fields = ChangeKind.CHANGED, _difference(known.record, record)
        row_id = int(known.id)
        tx.execute(_CHANGE, {"row_id": row_id, **values})
        tx.execute(_DROP_TERMS, {"row_id": row_id})
    terms = _terms(row_id, record)
    if terms:
        tx.execute(insert(notification_terms), terms)
    withdrawn, moved = _keep_family(tx, record["symbol"])
    return Change(kind, row_id, record, mark, fields, withdrawn, moved)


def by_symbol(tx: Connection, typed: str) -> Notification | None:
    """The notification of a symbol in any typed form; None when it is no symbol or not stored."""
    symbol = symbols.parse(typed)
    row = tx.execute(_BY_SYMBOL, {"symbol": str(symbol)}).first() if symbol else None
    return read(row) if row else None


def by_symbols(tx: Connection, canonical: Sequence[str]) -> dict[str, Notification]:
    """Those of these canonical symbols that are stored."""
    return {row.symbol: read(row) for row in tx.execute(_BY_SYMBOLS, {"symbols": list(canonical)})} if canonical else {}


def by_id(tx: Connection, notification_id: int) -> Notification | None:
    row = tx.execute(_BY_ID, {"id": notification_id}).first()
    return read(row) if row else None


def family(tx: Connection, symbol: str) -> list[Notification]:
    """All stored documents of a canonical symbol's family, oldest first."""
    return [read(row) for row in tx.execute(_FAMILY, {"family": family_of(symbol)})]


def deadline(tx: Connection, symbol: str) -> date | None:
    """The comment deadline of a family: what its newest document that states one says, withdrawn ones left out."""
    return newest_deadline([part(one.record) for one in family(tx, symbol)])


def records_of(tx: Connection, symbol: str) -> list[Record]:
    """The record of a document and those of the documents above it in its family, nearest first."""
    records = {one.symbol: one.record for one in family(tx, symbol)}
    chain: list[Record] = []
    above: str | None = symbol
    while above:
        chain += [records[above]] if above in records else []
        above = parent_of(above)
    return chain


def changed_since(tx: Connection, seq: int, *, limit: int) -> list[Notification]:
    """What was stored or changed after a cursor, in order: the next cursor is the last one's changed_seq."""
    query = SELECTED.where(notifications.c.changed_seq > seq).order_by(notifications.c.changed_seq).limit(limit)
    return [read(row) for row in tx.execute(query)]


def export_rows(tx: Connection, *, chunk: int = 500) -> Iterator[dict[str, Any]]:
    """Every record as a flat row, newest first; lists joined by "; ", all keys always there."""
    query = SELECTED.order_by(notifications.c.date.desc(), notifications.c.symbol)
    for row in tx.execute(query).yield_per(chunk):
        found = read(row)
        yield {**{key: _flat(found.record.get(key)) for key in KEYS}, "withdrawn_by": found.withdrawn_by or ""}


def _values(record: Record, mark: str, source: str, now: datetime, seq: int) -> dict[str, Any]:
    day = {key: date.fromisoformat(record[key]) if record.get(key) else None for key in DATES}
    return {
        "symbol": record["symbol"], "family": family_of(record["symbol"]), "agreement": record["agreement"],
        "type": record["type"], "members": record["members"], "date": day["date"],
        "comment_deadline": day["comment_deadline"], "title": record.get("title") or record.get("title_zh") or "",
        "record": record, "digest": mark, "state": "active", "withdrawn_by": None, "changed_seq": seq,
        "source": source, "updated_at": now,
    }  # fmt: skip


def _difference(old: Record, new: Record) -> tuple[FieldChange, ...]:
    keys = [key for key in KEYS if old.get(key) != new.get(key)]
    return tuple(FieldChange(key, old.get(key), new.get(key)) for key in keys)


def _terms(row_id: int, record: Record) -> list[dict[str, Any]]:
    by_kind = {"hs": record.get("hs_codes", ()), "ics": record.get("ics_codes", ()), "market": record["members"]}
    return [
        {"notification_id": row_id, "kind": kind, "value": value}
        for kind, values in by_kind.items()
        for value in values
    ]


def _keep_family(tx: Connection, symbol: str) -> tuple[tuple[str, ...], tuple[Moved, ...]]:
    """Bring every document's deadline and withdrawal up to date; says what this symbol's arrival changed for others."""
    rows = family(tx, symbol)
    if len(rows) == 1:
        return (), ()
    parts: list[Part] = [part(row.record) for row in rows]
    now_standing = standings(parts)
    changed = [row for row in rows if _differs(row, now_standing[row.symbol])]
    for row in changed:
        _stand(tx, row.id, now_standing[row.symbol])
    others = [row for row in changed if row.symbol != symbol]
    withdrawn = tuple(row.symbol for row in others if now_standing[row.symbol].withdrawn_by == symbol)
    return withdrawn, tuple(_moves(others, now_standing, withdrawn))


def _moves(rows: Sequence[Notification], standing: dict[str, Standing], withdrawn: Sequence[str]) -> Iterator[Moved]:
    for row in rows:
        if row.deadline != standing[row.symbol].deadline and row.symbol not in withdrawn:
            yield Moved(row.symbol, row.deadline, standing[row.symbol].deadline)


def _differs(row: Notification, standing: Standing) -> bool:
    return (row.deadline, row.withdrawn_by) != (standing.deadline, standing.withdrawn_by)


def _stand(tx: Connection, row_id: int, standing: Standing) -> None:
    state = "withdrawn" if standing.withdrawn_by else "active"
    values = {"deadline": standing.deadline, "standing": state, "by": standing.withdrawn_by}
    tx.execute(_STAND, {"row_id": row_id, **values, "seq": advance(tx, SEQUENCE)})


def _flat(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(value.values())
    return "; ".join(value) if isinstance(value, list) else value or ""
