"""Which stored notifications use which words in title and products: postings that follow `changed_seq`."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from threading import Lock
from typing import Any

from sqlalchemy import Connection, select

from bot.db import counters
from bot.db.models import notifications
from bot.matching.words import CJK, stems
from bot.notifications.store import SEQUENCE
from nlu.normalize import fold

KEYS = ("title", "title_zh", "products", "products_en")
CHUNK = 1000

_table = notifications.c
_CHANGED = select(_table.id, _table.changed_seq, _table.record).order_by(_table.changed_seq).limit(CHUNK)


class Spelled:
    """The words of one database's notifications. What it says may be too much, never too little, of what is stored."""

    def __init__(self) -> None:
        self._rows: dict[str, set[int]] = {}
        self._seen = 0
        self._lock = Lock()

    def rows(self, tx: Connection, words: Iterable[str]) -> set[int]:
        """The ids of the notifications that use one of these words: a stem, or two Chinese characters."""
        with self._lock:
            self._follow(tx)
            return set[int]().union(*(self._rows.get(word, ()) for word in words))

    def _follow(self, tx: Connection) -> None:
        """Take in what changed. A counter that went back is another database in the same place: from the start."""
        now = counters.current(tx, SEQUENCE)
        if now < self._seen:
            self._rows, self._seen = {}, 0
        while self._seen < now and (batch := tx.execute(_CHANGED.where(_table.changed_seq > self._seen)).all()):
            for row in batch:
                for word in set(words_of(row.record)):
                    self._rows.setdefault(word, set()).add(row.id)
            self._seen = batch[-1].changed_seq
        self._seen = max(self._seen, now)


def words_of(record: Mapping[str, Any]) -> Iterator[str]:
    for text in (fold(record[key]).text for key in KEYS if record.get(key)):
        yield from stems(text).split()
        if CJK.search(text):
            yield from text
            yield from map("".join, pairwise(text))


_by_database: dict[str, Spelled] = {}


def spelled(tx: Connection) -> Spelled:
    """The postings of the database that this connection is of."""
    return _by_database.setdefault(str(tx.engine.url), Spelled())
