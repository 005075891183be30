"""Full-text search over notifications: an index in this process that follows the table's `changed_seq`."""

from collections.abc import Iterator, Sequence
from threading import Lock

from sqlalchemy import Connection

from bot import notifications
from bot.db import counters
from bot.notifications import Notification
from bot.notifications.store import SEQUENCE
from knowledge.search import Document, Index

KIND = "notification"
COUNTER = SEQUENCE
CHUNK = 1000


class Search:
    """Finds notifications by words. Rebuildable: the database has the records, this has only the words."""

    def __init__(self) -> None:
        self._index = Index()
        self._seen = 0
        self._following = Lock()

    def refresh(self, tx: Connection) -> int:
        """Take in what changed since the last look; returns how many. Cheap when nothing did."""
        if counters.current(tx, COUNTER) == self._seen:
            return 0
        with self._following:
            return sum(len(batch) for batch in self._batches(tx))

    def _batches(self, tx: Connection) -> Iterator[Sequence[Notification]]:
        while batch := notifications.changed_since(tx, self._seen, limit=CHUNK):
            self._index.add(document(one) for one in batch)
            self._seen = batch[-1].changed_seq
            yield batch

    def find(self, tx: Connection, text: str, *, limit: int = 10) -> list[Notification]:
        """The notifications whose words fit best, best first."""
        self.refresh(tx)
        found = (notifications.by_symbol(tx, hit.id) for hit in self._index.search(text, kind=KIND, limit=limit))
        return [one for one in found if one is not None]


def document(one: Notification) -> Document:
    """What of a notification can be found by words."""
    record = one.record
    return Document(
        id=one.symbol,
        kind=KIND,
        titles=_words(record, "title", "title_zh"),
        keywords=_words(record, "products", "products_en"),
        texts=_words(record, "description", "description_zh"),
    )


def _words(record: dict[str, str], *keys: str) -> tuple[str, ...]:
    return tuple(record[key] for key in keys if record.get(key))
