"""Stored notifications prepared for matching, and kept prepared: most are looked at again and again while open."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select

from bot.db.models import notifications
from bot.matching.notice import Notice, notice
from bot.notifications.record import parent_of
from bot.notifications.store import SELECTED, Notification, read
from nlu import markets, symbols

MOST = 4096  # some 6 kB each; more than are open for comment at any time
SLICE = 500  # SQLite takes some thousand parameters at most

Key = tuple[str, ...]  # the digests of the document and of those above it: what is prepared depends on nothing else


@dataclass(frozen=True, slots=True)
class Prepared:
    """A stored notification ready for matching. `alike`: the first symbol of a joint notification, else its own."""

    id: int
    symbol: str
    alike: str
    notice: Notice


class Shelf:
    """The notices prepared last, at most so many, shared by all threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Key, tuple[str, Notice]] = OrderedDict()
        self._lock = Lock()

    def get(self, keys: Iterable[Key]) -> dict[Key, tuple[str, Notice]]:
        """Those that are there, each moved to the end of the queue of what has to go."""
        with self._lock:
            found = {key: self._kept[key] for key in keys if key in self._kept}
            for key in found:
                self._kept.move_to_end(key)
        return found

    def put(self, made: Mapping[Key, tuple[str, Notice]]) -> None:
        with self._lock:
            self._kept.update(made)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def __len__(self) -> int:
        return len(self._kept)


_table = notifications.c
_HEADS = select(_table.id, _table.symbol, _table.family, _table.digest)
_shelf = Shelf(MOST)


def heads(condition: ColumnElement[bool]) -> Select[Any]:
    """The query for what `prepared` takes; add an order or a limit to it."""
    return _HEADS.where(condition)


def prepared(tx: Connection, rows: Sequence[Any], *, shelf: Shelf = _shelf) -> list[Prepared]:
    """The notifications of the rows of a `heads` query, in their order; a record is read only when it is new here."""
    chains = _chains(tx, rows)
    keys = {row.id: tuple(one.digest for one in chains[row.id]) for row in rows}
    known = shelf.get(keys.values())
    missing = {row.id: chains[row.id] for row in rows if keys[row.id] not in known}
    if missing:
        made = {keys[row_id]: one for row_id, one in _make(tx, missing)}
        shelf.put(made)
        known |= made
    return [Prepared(row.id, row.symbol, *known[keys[row.id]]) for row in rows]


def notice_of(tx: Connection, notification_id: int) -> Notice:
    """One of them. Raises LookupError when it is not there."""
    found = prepared(tx, tx.execute(heads(_table.id == notification_id)).all())
    if not found:
        raise LookupError(f"notification {notification_id}")
    return found[0].notice


def warm(tx: Connection, rows: Sequence[Any], *, most: int = 50, shelf: Shelf = _shelf) -> int:
    """Prepare some of these that nobody has prepared yet; returns how many, 0 when all are there.

    After a start the first subscription would otherwise wait for all of them, some 0.4 ms each.
    """
    chains = _chains(tx, rows)
    keys = {row_id: tuple(one.digest for one in chain) for row_id, chain in chains.items()}
    known = shelf.get(keys.values())
    missing = [row for row in rows if keys[row.id] not in known][:most]
    prepared(tx, missing, shelf=shelf)
    return len(missing)


def stored(tx: Connection, ids: Iterable[int]) -> dict[int, Notification]:
    """The notifications of these ids, whole."""
    return {one.id: one for one in map(read, _all(tx, SELECTED, _table.id, set(ids)))}


def _chains(tx: Connection, rows: Sequence[Any]) -> dict[int, list[Any]]:
    """Each row with the stored documents above it in its family, nearest first."""
    families = {row.family for row in rows if row.symbol != row.family}
    by_symbol = {one.symbol: one for one in _all(tx, _HEADS, _table.family, families)}
    return {row.id: [row, *_above(row.symbol, by_symbol)] for row in rows}


def _above(symbol: str, by_symbol: Mapping[str, Any]) -> Iterator[Any]:
    above = parent_of(symbol)
    while above:
        if above in by_symbol:
            yield by_symbol[above]
        above = parent_of(above)


def _make(tx: Connection, chains: Mapping[int, Sequence[Any]]) -> Iterator[tuple[int, tuple[str, Notice]]]:
    ids = {one.id for chain in chains.values() for one in chain}
    records = {one.id: one.record for one in _all(tx, select(_table.id, _table.record), _table.id, ids)}
    for row_id, chain in chains.items():
        # what was deleted since the heads were read (a demonstration's data) is simply no longer above
        own, *above = [records.get(one.id, {}) for one in chain]
        alike = (own.get("joint") or [chain[0].symbol])[0]
        yield row_id, (alike, notice(own, above=[one for one in above if one], also=_joint_markets(own)))


def _all(tx: Connection, query: Select[Any], column: Any, values: Iterable[Any]) -> Iterator[Any]:
    listed = sorted(values)
    for start in range(0, len(listed), SLICE):
        yield from tx.execute(query.where(column.in_(listed[start : start + SLICE])))


def _joint_markets(record: Mapping[str, Any]) -> Iterator[str]:
    for name in record.get("joint", ()):
        symbol = symbols.parse(name)
        code = markets.from_symbol_code(symbol.member) if symbol else None
        if code:
            yield code
