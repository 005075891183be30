"""What a search costs: the base with 20,000 and 100,000 notifications, one of them changed; beside FTS5 and bm25s."""

import argparse
import gc
import multiprocessing
import os
import random
import sqlite3
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any

from _service import ROOT, folder, print_machine, print_table

sys.path.insert(0, str(ROOT))  # a script's own folder is all that Python looks into

from sqlalchemy import Connection, insert

from bot import notifications
from bot.db import migrate, models
from bot.db.counters import advance
from bot.db.engine import Database
from bot.notifications import Record
from bot.search import COUNTER, Search
from bot.search import document as notified
from knowledge import base
from knowledge.advice import Advice
from knowledge.calibration import Calibration
from knowledge.library import Library, document
from knowledge.search import Document
from knowledge.tokens import tokens

MARKETS = {
    "EU": "EU", "USA": "US", "JPN": "JP", "KOR": "KR", "IND": "IN", "BRA": "BR", "VNM": "VN", "THA": "TH",
    "SAU": "SA", "GBR": "GB", "CAN": "CA", "AUS": "AU", "MEX": "MX", "TUR": "TR", "ZAF": "ZA",
}  # fmt: skip
VERBS = ("requirements for", "labelling of", "conformity assessment of", "safety of", "maximum residue limits in")
VERBS_ZH = ("的技术要求", "的标签规定", "的合格评定程序", "的安全要求", "的农药最大残留限量")
TABLE = ROOT / "nlu" / "reference" / "products.tsv"
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
AT_ONCE = 10_000  # notifications in one transaction
CHANGES = 50
BEST = 10
HEAD = ["engine", "documents", "ready", "CPU p50", "p99", "clock p50", "p99", "found after a change", "memory"]
Asking = Callable[[str], Iterable[object]]
Changing = Callable[[Record], object]


@dataclass(frozen=True, slots=True)
class Engine:
    """A way to search; without `change` it must be built anew for one changed document."""

    search: Asking
    change: Changing | None = None


@dataclass(frozen=True, slots=True)
class Corpus:
    """The same for every engine: the base, and notifications beside it."""

    library: Library
    records: list[Record]

    def documents(self) -> Iterable[Document]:
        yield from (document(entry) for entry in self.library.entries.values())
        yield from (_document(record) for record in self.records)

    def __len__(self) -> int:
        return len(self.library.entries) + len(self.records)


def words() -> list[tuple[str, str]]:
    """(Chinese, English) name of every product that the assistant knows."""
    rows = (line.split("\t") for line in TABLE.read_text("utf-8").splitlines() if not line.startswith("#"))
    return [(row[1].split("|")[0], row[2].split("|")[0]) for row in rows if len(row) > 2 and row[1] and row[2]]


def made_up(number: int) -> list[Record]:
    """Made-up notifications on real products, as long as real ones."""
    rng, known = random.Random(7), words()
    return [_record(rng, known, count) for count in range(1, number + 1)]


def _record(rng: random.Random, known: Sequence[tuple[str, str]], count: int) -> Record:
    picked = [rng.choice(known) for _ in range(3)]
    verb = rng.randrange(len(VERBS))
    title = f"Draft regulation No {rng.randrange(10, 999)}/{rng.randrange(2015, 2027)}: {VERBS[verb]} {picked[0][1]}"
    told = " ".join(
        f"The draft lays down {VERBS[rng.randrange(5)]} {english}, {chinese}." for chinese, english in picked
    )
    written, market = list(MARKETS.items())[count % len(MARKETS)]
    return {
        "symbol": f"G/TBT/N/{written}/{count}", "agreement": "TBT", "type": "regular", "members": [market],
        "date": "2026-11-20", "title": title, "title_zh": f"{picked[0][0]}{VERBS_ZH[verb]}",
        "products": ", ".join(name for pair in picked for name in pair), "description": told * 2,
    }  # fmt: skip


def _document(record: Record) -> Document:
    return notified(notifications.Notification(0, record["symbol"], record["symbol"], record, None, None, 0))


def questions(library: Library, number: int) -> list[str]:
    """What is asked of the base, and products by name: two characters, traditional ones, whole sentences."""
    rng = random.Random(3)
    asked = [text for article in library.articles.values() for text in article.questions.all]
    named = [name for pair in words() for name in pair]
    kinds = ["2023/1542", "G/TBT/N/EU/15", "歐盟電池", "toys EN71 标签"]
    return [*rng.sample(asked, number * 3 // 5), *rng.sample(named, number * 2 // 5 - len(kinds)), *kinds]


# -- the engines ------------------------------------------------------------------------------------


def ours(corpus: Corpus, place: Path) -> Engine:
    """One question to everything, as the service asks it: all kinds of entries, and notifications in the database."""
    db, search = Database(f"sqlite:///{place / 'ours.db'}"), Search()
    migrate.upgrade(db)
    for first in range(0, len(corpus.records), AT_ONCE):
        db.now(_store, corpus.records[first : first + AT_ONCE])
    db.look(search.refresh)
    return Engine(
        lambda text: db.look(search.everything, corpus.library, text, limit=BEST),
        lambda record: db.now(notifications.upsert, record, source="bench", now=NOW),
    )


def _store(tx: Connection, records: list[Record]) -> None:
    last = advance(tx, COUNTER, by=len(records))
    numbered = enumerate(records, last - len(records) + 1)
    tx.execute(insert(models.notifications), [_row(record, number) for number, record in numbered])


def _row(record: Record, number: int) -> dict[str, Any]:
    own = {key: record[key] for key in ("symbol", "agreement", "type", "members", "title")}
    return own | {
        "family": record["symbol"], "date": date.fromisoformat(record["date"]), "record": record, "state": "active",
        "digest": str(number), "changed_seq": number, "source": "bench", "created_at": NOW, "updated_at": NOW,
    }  # fmt: skip


def fts5(corpus: Corpus, place: Path) -> Engine:
    """The same tokens in SQLite's own full-text index, in a file, any of the words, ordered by its BM25."""
    db = sqlite3.connect(place / "fts5.db")
    db.execute("CREATE VIRTUAL TABLE found USING fts5(id UNINDEXED, body, tokenize = 'unicode61')")
    rows = ((one.id, _coded(tokens(_texts(one)))) for one in corpus.documents())
    db.executemany("INSERT INTO found VALUES (?, ?)", rows)
    db.commit()

    def search(text: str) -> Iterable[object]:
        wanted = " OR ".join(dict.fromkeys(_coded(tokens(text)).split()))
        query = f"SELECT id FROM found WHERE found MATCH ? ORDER BY rank LIMIT {BEST}"
        return db.execute(query, (wanted,)).fetchall() if wanted else []

    def change(record: Record) -> object:
        db.execute("DELETE FROM found WHERE id = ?", (record["symbol"],))
        db.execute("INSERT INTO found VALUES (?, ?)", (record["symbol"], _coded(tokens(_texts(_document(record))))))
        return db.commit()

    return Engine(search, change)


def _coded(found: Sequence[str]) -> str:
    """Tokens as words of Latin letters, which FTS5 leaves whole."""
    return " ".join("x" + token.encode().hex() for token in found)


def _texts(one: Document) -> str:
    return " ".join((*one.titles, *one.keywords, *one.texts))


def bm25s(corpus: Corpus, place: Path) -> Engine:
    """Sparse matrices in memory; it cannot change one document. Raises ImportError when it is not installed."""
    import bm25s as library

    index = library.BM25()
    index.index([tokens(_texts(one)) for one in corpus.documents()], show_progress=False)

    def search(text: str) -> Iterable[object]:
        found = tokens(text)
        return index.retrieve([found], k=BEST, show_progress=False) if found else []

    return Engine(search)


ENGINES = {"ours, all kinds": ours, "SQLite FTS5": fts5, "bm25s": bm25s}


# -- measuring --------------------------------------------------------------------------------------


def timed(search: Asking, asked: Sequence[str]) -> list[str]:
    """Median and p99 of the CPU, median and p99 on the clock, after one round that warms up."""
    for text in asked[:50]:
        search(text)
    spent, taken = [], []
    for text in asked:
        cpu, start = time.thread_time(), time.perf_counter()
        search(text)
        spent.append((time.thread_time() - cpu) * 1000)
        taken.append((time.perf_counter() - start) * 1000)
    shares = [sorted(times)[int(len(times) * share)] for times in (spent, taken) for share in (0.5, 0.99)]
    return [f"{one:.2f} ms" for one in shares]


def found_after(engine: Engine, records: list[Record]) -> str:
    """Median and longest of many times from a change that is to be stored to its being found, on the clock."""
    if engine.change is None:
        return "not possible"
    taken = []
    for count in range(CHANGES):
        mark = f"zq{count}changed"
        start = time.perf_counter()
        engine.change({**records[count], "title": f"Corrected title {mark}"})
        assert records[count]["symbol"] in map(_id, engine.search(mark)), "a changed document is not found"
        taken.append((time.perf_counter() - start) * 1000)
    return f"{sorted(taken)[CHANGES // 2]:.0f} ms, {max(taken):.0f} ms"


def _id(hit: object) -> object:
    return hit[0] if isinstance(hit, tuple) else getattr(hit, "id", None)


def measure(name: str, corpus: Corpus, asked: list[str], place: Path, told: Pipe) -> None:
    """In a process of its own, so that its memory is its own: what it grew by beside the corpus itself."""
    gc.freeze()
    before, start = resident(), time.process_time()
    try:
        engine = ENGINES[name](corpus, place)
    except ImportError:
        return told.send(None)
    ready, times = time.process_time() - start, timed(engine.search, asked)
    memory = resident() - before
    told.send([name, f"{len(corpus):,}", f"{ready:.1f} s", *times, found_after(engine, corpus.records)])
    return told.send(f"{memory:.0f} MB")


def resident() -> float:
    """MB in memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2


def apart(name: str, corpus: Corpus, asked: list[str]) -> list[str] | None:
    """`measure` in a child that has the corpus from its parent; None where the engine is not installed."""
    here, there = multiprocessing.Pipe(duplex=False)
    with folder() as place:
        context = multiprocessing.get_context("fork")
        child = context.Process(target=measure, args=(name, corpus, asked, place, there))
        child.start()
        there.close()
        row: list[str] | None = here.recv()
        memory = [here.recv()] if row else []
        child.join()
    return [*row, *memory] if row else None


def progress(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[20_000, 100_000], help="notifications")
    parser.add_argument("--questions", type=int, default=300)
    options = parser.parse_args()
    print_machine()
    start = time.process_time()
    advice = Advice(base.read(ROOT / "knowledge"), Calibration.load())
    ready, asked = time.process_time() - start, questions(advice.library, options.questions)
    times = timed(lambda text: [advice.reply(text, language="zh", today=NOW.date())], asked)
    print(f"the base: {len(advice.library.entries)} entries, ready after {ready:.2f} s of CPU; to decide a question")
    print("takes CPU p50 {}, p99 {}; on the clock p50 {}, p99 {}\n".format(*times), flush=True)
    rows = []
    for size in options.sizes:
        corpus = Corpus(advice.library, made_up(size))
        for name in ENGINES:
            progress(f"{name}, {size:,} notifications")
            row = apart(name, corpus, asked)
            rows += [row] if row else []
    print(f"{len(asked)} questions")
    print_table(HEAD, rows)
    print(f"load average at the end: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
