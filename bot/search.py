"""Everything behind one search: the entries of the base, and notifications by an index that follows the table."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Lock

from sqlalchemy import Connection

from bot import notifications
from bot.db import counters
from bot.matching.profile import market_codes
from bot.notifications import Notification
from bot.notifications.store import SEQUENCE
from knowledge.coverage import Coverage
from knowledge.entry import Kind
from knowledge.library import Library
from knowledge.question import Asked, take_apart
from knowledge.search import Document, Index
from nlu import markets

COUNTER = SEQUENCE
CHUNK = 1000
LOOKED_AT = 30  # documents of the index that are weighed
COVERED = 0.6  # this share of a question's weight must be in a notification: see docs/benchmarks.md


@dataclass(frozen=True, slots=True)
class Hit:
    """What one search found, of whatever kind; `sure` says that it covers the question, else it is only near."""

    kind: Kind
    id: str
    title: dict[str, str]
    confidence: float
    sure: bool

    @property
    def key(self) -> str:
        """As an entry's key: the id alone for an article."""
        return self.id if self.kind is Kind.ARTICLE else f"{self.kind}:{self.id}"


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
            changed = _Changed(tx, self._seen)
            self._index.add(map(document, changed))
            self._seen = changed.seen
            return changed.count

    def find(self, tx: Connection, text: str, *, limit: int = 10) -> list[Notification]:
        """The notifications that cover what the text asks about, best first."""
        return [one for one, covered in self.weigh(tx, text, limit=limit) if covered >= COVERED]

    def weigh(self, tx: Connection, text: str, *, limit: int = 10) -> list[tuple[Notification, float]]:
        """The notifications whose words fit best, each with the share of the question that it covers, best first.

        A product counts in whichever language it is written; a market that is named must be one of theirs.
        """
        return self._weigh(tx, text, take_apart(text), limit)

    def _weigh(self, tx: Connection, text: str, asked: Asked, limit: int) -> list[tuple[Notification, float]]:
        self.refresh(tx)
        if not asked.tells:
            return []
        hits = self._index.search(_wanted(text, asked), filters=_places(asked), limit=LOOKED_AT)
        coverage = Coverage(asked, self._index.rarity)
        held = self._index.hold([hit.id for hit in hits], coverage.clauses)
        order = sorted((hit.id for hit in hits if hit.id in held), key=lambda symbol: -coverage.most(held[symbol]))
        return self._best(tx, coverage, {symbol: held[symbol] for symbol in order}, limit)

    def _best(
        self, tx: Connection, coverage: Coverage, held: Mapping[str, Sequence[bool]], limit: int
    ) -> list[tuple[Notification, float]]:
        """Reads only what may still be among the best; `held` comes in the order of what each may cover at most."""
        weighed: list[tuple[Notification, float]] = []
        left = list(held)
        while left and (len(weighed) < limit or weighed[limit - 1][1] < coverage.most(held[left[0]])):
            batch, left = left[:limit], left[limit:]
            found = notifications.by_symbols(tx, batch)
            read = [(symbol, found[symbol]) for symbol in batch if symbol in found]
            weighed += [(one, coverage.share(held[symbol], partial(_texts, one))) for symbol, one in read]
            weighed.sort(key=lambda pair: -pair[1])
        return weighed[:limit]

    def everything(self, tx: Connection, library: Library, text: str, *, limit: int = 10) -> list[Hit]:
        """Entries and notifications in one list: those that cover the question before those that are only near.

        Both scales say how probably, or how far, a document covers the question, and each is held against its own
        threshold; entries come before notifications that are as sure.
        """
        asked = take_apart(text)
        entries = [
            Hit(
                one.entry.kind,
                one.entry.id,
                {"zh": one.entry.title.zh, "en": one.entry.title.en},
                one.confidence,
                one.fits and one.confidence >= library.calibration.threshold,
            )
            for one in library.nearest(asked)
        ]
        news = [
            Hit(Kind.NOTIFICATION, one.symbol, _titles(one), covered, covered >= COVERED)
            for one, covered in self._weigh(tx, text, asked, limit)
        ]
        return sorted([*entries, *news], key=lambda hit: not hit.sure)[:limit]


class _Changed:
    """The notifications that changed since then, piece by piece; afterwards how many, and up to where."""

    def __init__(self, tx: Connection, seen: int) -> None:
        self._tx, self.seen, self.count = tx, seen, 0

    def __iter__(self) -> Iterator[Notification]:
        while batch := notifications.changed_since(self._tx, self.seen, limit=CHUNK):
            yield from batch
            self.seen, self.count = batch[-1].changed_seq, self.count + len(batch)


def document(one: Notification) -> Document:
    """What of a notification can be found by words."""
    record = one.record
    members = {code for name in record.get("members", ()) for code in market_codes(str(name))}
    return Document(
        id=one.symbol,
        kind=Kind.NOTIFICATION,
        titles=_words(record, "title", "title_zh"),
        keywords=_words(record, "products", "products_en"),
        texts=_words(record, "description", "description_zh"),
        filters=tuple(("market", code) for code in sorted(members)),
    )


def _words(record: dict[str, str], *keys: str) -> tuple[str, ...]:
    return tuple(record[key] for key in keys if record.get(key))


def _titles(one: Notification) -> dict[str, str]:
    english, chinese = (str(one.record.get(key) or "") for key in ("title", "title_zh"))
    return {"zh": chinese or english, "en": english or chinese}


def _texts(one: Notification) -> str:
    words = document(one)
    return " \n ".join((*words.titles, *words.keywords, *words.texts))


def _wanted(text: str, asked: Asked) -> str:
    """The text, and its products in the other language too: a Chinese question finds an English notification."""
    return " ".join((text, *(word for product in asked.products for word in product.words)))


def _places(asked: Asked) -> dict[str, list[str]]:
    reach = sorted({code for market in asked.markets for code in markets.expand(market)})
    return {"market": reach} if reach else {}
