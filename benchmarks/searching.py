"""What a search costs: the base with 20,000 and 100,000 notifications, one changed document; beside FTS5 and bm25s."""

import argparse
import random
import sqlite3
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from _service import ROOT, folder, print_machine, print_table

sys.path.insert(0, str(ROOT))  # a script's own folder is all that Python looks into

from datetime import date

from knowledge import base
from knowledge.advice import Advice
from knowledge.calibration import Calibration
from knowledge.entry import Kind
from knowledge.library import Library, document
from knowledge.search import Document, Index
from knowledge.tokens import tokens

MARKETS = ("EU", "USA", "JPN", "KOR", "IND", "BRA", "VNM", "THA", "SAU", "GBR", "CAN", "AUS", "MEX", "TUR", "ZAF")
VERBS = ("requirements for", "labelling of", "conformity assessment of", "safety of", "maximum residue limits in")
VERBS_ZH = ("的技术要求", "的标签规定", "的合格评定程序", "的安全要求", "的农药最大残留限量")
TABLE = ROOT / "nlu" / "reference" / "products.tsv"
CHANGES = 50
Asking = Callable[[str], Iterable[object]]
Changing = Callable[[Document], object]
LOOKED_AT = 30  # as bot.search


def words() -> list[tuple[str, str]]:
    """(Chinese, English) name of every product that the assistant knows."""
    rows = (line.split("\t") for line in TABLE.read_text("utf-8").splitlines() if not line.startswith("#"))
    return [(row[1].split("|")[0], row[2].split("|")[0]) for row in rows if len(row) > 2 and row[1] and row[2]]


def notifications(number: int) -> list[Document]:
    """Made-up notifications on real products, as long as real ones."""
    rng, known = random.Random(7), words()
    return [_notification(rng, known, count) for count in range(number)]


def _notification(rng: random.Random, known: Sequence[tuple[str, str]], count: int) -> Document:
    picked = [rng.choice(known) for _ in range(3)]
    verb = rng.randrange(len(VERBS))
    title = f"Draft regulation No {rng.randrange(10, 999)}/{rng.randrange(2015, 2027)}: {VERBS[verb]} {picked[0][1]}"
    told = " ".join(
        f"The draft lays down {VERBS[rng.randrange(5)]} {english}, {chinese}." for chinese, english in picked
    )
    return Document(
        id=f"G/TBT/N/{MARKETS[count % len(MARKETS)]}/{count}",
        kind="notification",
        titles=(title, f"{picked[0][0]}{VERBS_ZH[verb]}"),
        keywords=tuple(name for pair in picked for name in pair),
        texts=(told * 2,),
    )


def questions(advice: Advice) -> list[str]:
    """What is asked of the base, and products by name: two characters, traditional ones, whole sentences."""
    rng = random.Random(3)
    asked = [text for article in advice.library.articles.values() for text in article.questions.all]
    named = [name for pair in words() for name in pair]
    return [
        *rng.sample(asked, 300),
        *rng.sample(named, 200),
        "2023/1542",
        "G/TBT/N/EU/15",
        "歐盟電池",
        "toys EN71 标签",
    ]


def timed(search: Asking, asked: Sequence[str]) -> list[float]:
    """Median and p99 of the CPU, median and p99 on the clock, in ms, after one round that warms up."""
    for text in asked[:50]:
        search(text)
    spent, taken = [], []
    for text in asked:
        cpu, start = time.thread_time(), time.perf_counter()
        search(text)
        spent.append((time.thread_time() - cpu) * 1000)
        taken.append((time.perf_counter() - start) * 1000)
    return [sorted(times)[int(len(times) * share)] for times in (spent, taken) for share in (0.5, 0.99)]


def _texts(one: Document) -> str:
    return " ".join((*one.titles, *one.keywords, *one.texts))


def ours(documents: list[Document], library: Library) -> tuple[float, Asking, Changing]:
    """One question to all kinds: the entries of the base are weighed, the notifications asked of the index."""
    start, index = time.perf_counter(), Index()
    index.replace(one for one in documents if one.kind == Kind.NOTIFICATION)
    return (
        time.perf_counter() - start,
        lambda text: [*library.nearest(text), *index.search(text, limit=LOOKED_AT)],
        lambda one: index.add([one]),
    )


def fts5(documents: list[Document], path: Path) -> tuple[float, Asking, Changing]:
    """The same tokens in SQLite's own full-text index, in a file, any of the words, ordered by its BM25."""
    start, db = time.perf_counter(), sqlite3.connect(path)
    db.execute("CREATE VIRTUAL TABLE found USING fts5(id UNINDEXED, body, tokenize = 'unicode61')")
    rows = ((one.id, _coded(tokens(_texts(one)))) for one in documents)
    db.executemany("INSERT INTO found VALUES (?, ?)", rows)
    db.commit()

    def search(text: str) -> object:
        wanted = " OR ".join(dict.fromkeys(_coded(tokens(text)).split()))
        query = "SELECT id FROM found WHERE found MATCH ? ORDER BY rank LIMIT 10"
        return db.execute(query, (wanted,)).fetchall() if wanted else []

    def change(one: Document) -> object:
        db.execute("DELETE FROM found WHERE id = ?", (one.id,))
        db.execute("INSERT INTO found VALUES (?, ?)", (one.id, _coded(tokens(_texts(one)))))
        return db.commit()

    return time.perf_counter() - start, search, change


def _coded(found: Sequence[str]) -> str:
    """Tokens as words of Latin letters, which FTS5 leaves whole."""
    return " ".join("x" + token.encode().hex() for token in found)


def bm25s(documents: list[Document]) -> tuple[float, Asking, None] | None:
    """Sparse matrices in memory; it cannot change one document. None when the library is not installed."""
    try:
        import bm25s as library
    except ImportError:
        return None
    start, index = time.perf_counter(), library.BM25()
    index.index([tokens(_texts(one)) for one in documents], show_progress=False)

    def search(text: str) -> object:
        found = tokens(text)
        return index.retrieve([found], k=10, show_progress=False) if found else []

    return time.perf_counter() - start, search, None


def changed(change: Changing, search: Asking, documents: list[Document]) -> str:
    """Median and longest of many times from a change to its being found, on the clock."""
    taken = []
    for count in range(CHANGES):
        mark = f"zq{count}changed"
        new = Document(id=documents[count].id, kind="notification", titles=(f"Corrected title {mark}",))
        start = time.perf_counter()
        change(new)
        assert new.id in map(_id, search(mark)), "a changed document is not found"
        taken.append((time.perf_counter() - start) * 1000)
    return f"{sorted(taken)[CHANGES // 2]:.0f} ms, {max(taken):.0f} ms"


def _id(hit: object) -> object:
    return hit[0] if isinstance(hit, tuple) else getattr(hit, "id", None)


def measure(documents: list[Document], asked: list[str], place: Path, library: Library) -> list[list[str]]:
    engines = {"ours": ours(documents, library), "SQLite FTS5": fts5(documents, place / f"{len(documents)}.db")}
    other = bm25s(documents)
    rows = []
    for name, (seconds, search, change) in (engines | ({"bm25s": other} if other else {})).items():
        times = [f"{one:.2f} ms" for one in timed(search, asked)]
        found = changed(change, search, documents) if change else "not possible"
        built = f"{seconds:.1f} s"
        rows.append([f"{len(documents):,}", name, built, *times, found])
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[20_000, 100_000])
    options = parser.parse_args()
    print_machine()
    start = time.process_time()
    advice = Advice(base.read(ROOT / "knowledge"), Calibration.load())
    ready, asked = time.process_time() - start, questions(advice)
    times = timed(lambda text: advice.reply(text, language="zh", today=date(2026, 11, 22)), asked)
    print(f"the base: {len(advice.library.entries)} entries, ready in {ready:.2f} s of CPU; a question is decided in")
    print("CPU median {:.2f} ms, p99 {:.2f} ms; on the clock median {:.2f} ms, p99 {:.2f} ms\n".format(*times))
    entries = [document(entry) for entry in advice.library.entries.values()]
    head = [
        "documents",
        "engine",
        "build",
        "CPU",
        "CPU p99",
        "clock",
        "clock p99",
        "a change is found: median, longest",
    ]
    with folder() as place:
        rows = [
            row
            for size in options.sizes
            for row in measure([*notifications(size), *entries], asked, place, advice.library)
        ]
    print_table(head, rows)


if __name__ == "__main__":
    main()
