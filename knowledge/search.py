"""A bilingual full-text index in memory: articles, notifications and whatever else has an id, a kind and words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock

import tantivy

from knowledge.tokens import TRIGRAM_MARK, ideas, tokens

# How much a hit in a field counts against one in `texts`; field lengths are normalised by BM25 itself
BOOSTS = {"titles": 2.0, "keywords": 1.5, "texts": 1.0}
MOST_TERMS = 64  # of a longer query only the rarest terms count: they decide anyway, and 500 characters stay fast
COMMON = 0.4  # of all documents
MOST_CLAUSES = 24  # asked of at once: each is a bit of a score, which is a float of 32 bits
HELD = "held"  # the field of all tokens and ideas of a document, once each
_HEAP = 64_000_000  # bytes, while documents come in; what they fill becomes one segment, and fewer are searched faster
_FREQUENCIES = "freq"  # positions are for phrases, which are never asked: bigrams do that work
_PRESENCE = "basic"


Clause = tuple[tuple[str, ...], ...]  # holds for a document that has all tokens of any of these groups


@dataclass(frozen=True, slots=True)
class Document:
    """What can be found. `id` is unique over all kinds; `filters` are exact pairs such as ("market", "EU")."""

    id: str
    kind: str
    titles: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    filters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A found document; scores (BM25 with boosts) compare within one search only."""

    id: str
    score: float


class _View:
    """The documents as they are between two changes, and in how many of them each term stands, once asked."""

    def __init__(self, searcher: tantivy.Searcher) -> None:
        self.searcher = searcher
        self.total: int = searcher.num_docs
        self._counts: dict[str, tuple[int, ...]] = {}

    def counts(self, term: str) -> tuple[int, ...]:
        """How many documents have it, field by field as in BOOSTS."""
        found = self._counts.get(term)
        if found is None:
            found = self._counts[term] = tuple(self.searcher.doc_freq(field, term) for field in BOOSTS)
        return found


class Index:
    """Searches may run in any thread at any time; changes wait for one another and become visible all at once."""

    def __init__(self) -> None:
        self._schema = _schema()
        self._index = tantivy.Index(self._schema)
        self._index.config_reader("manual")
        self._view = _View(self._index.searcher())
        self._writer: tantivy.IndexWriter | None = None
        self._writing = Lock()

    def __len__(self) -> int:
        return self._view.total

    def replace(self, documents: Iterable[Document]) -> None:
        """Let the index hold these documents and no others."""
        with self._writing:
            writer = self._open_writer()
            writer.delete_all_documents()
            self._write(writer, documents)

    def add(self, documents: Iterable[Document]) -> None:
        """Add documents, all at once; one with a known id takes the place of the old one, the last of several stays."""
        with self._writing:
            writer = self._open_writer()
            self._write(writer, documents, instead=True)

    def remove(self, ids: Iterable[str]) -> None:
        """Forget documents; unknown ids are ignored."""
        with self._writing:
            writer = self._open_writer()
            for document_id in ids:
                writer.delete_documents_by_term("id", document_id)
            self._write(writer, ())

    def search(
        self,
        text: str,
        *,
        kind: str | None = None,
        filters: Mapping[str, Iterable[str]] | None = None,
        limit: int = 10,
    ) -> list[Hit]:
        """Best hits first. Each filter wants one of its values; without words (`text` empty) all that pass, score 1."""
        view = self._view
        wanted = _wanted(tokens(text), view) if text.strip() else None
        query = self._query(wanted, kind, filters or {})
        if query is None or limit < 1:
            return []
        found = view.searcher.search(query, limit, count=False).hits
        return [Hit(str(view.searcher.doc(address)["id"][0]), float(score)) for score, address in found]

    def rarity(self, token: str) -> float:
        """How much a token tells: its inverse document frequency over the whole index, as in BM25."""
        view = self._view
        count = max(view.counts(token))
        return math.log(1 + (view.total - count + 0.5) / (count + 0.5))

    def hold(self, ids: Sequence[str], clauses: Sequence[Clause]) -> dict[str, list[bool]]:
        """Which of the clauses hold for each of these documents; those that are not there are left out."""
        held: dict[str, list[bool]] = {}
        for at in range(0, max(len(clauses), 1), MOST_CLAUSES):
            part = clauses[at : at + MOST_CLAUSES]
            for document_id, bits in self._marked(ids, part):
                held.setdefault(document_id, []).extend(bits >> place & 1 > 0 for place in range(len(part)))
        return held

    def _marked(self, ids: Sequence[str], clauses: Sequence[Clause]) -> Iterator[tuple[str, int]]:
        searcher = self._view.searcher
        for score, address in searcher.search(self._bits(ids, clauses), max(len(ids), 1), count=False).hits:
            yield str(searcher.doc(address)["id"][0]), int(score)

    def _bits(self, ids: Sequence[str], clauses: Sequence[Clause]) -> tantivy.Query:
        """Finds the documents; the score of each is the sum of 2^n over the clauses that hold for it."""
        among = [(tantivy.Occur.Must, self._any_of("id", list(ids)))]
        marked = [
            (tantivy.Occur.Should, tantivy.Query.const_score_query(self._clause(clause), float(1 << at)))
            for at, clause in enumerate(clauses)
        ]
        return tantivy.Query.boolean_query([*among, *marked])

    def _clause(self, clause: Clause) -> tantivy.Query:
        groups = [[(tantivy.Occur.Must, self._holds(token)) for token in group] for group in clause if group]
        return _whole([(tantivy.Occur.Should, _whole(group)) for group in groups])

    def _holds(self, token: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, HELD, token, index_option=_PRESENCE)

    def _open_writer(self) -> tantivy.IndexWriter:
        if self._writer is None:  # lazily: its threads cost memory, and many indexes are filled once
            self._writer = self._index.writer(_HEAP, 1)
        return self._writer

    def _write(self, writer: tantivy.IndexWriter, documents: Iterable[Document], *, instead: bool = False) -> None:
        try:
            for document in documents:
                if instead:  # also of one that came a moment ago
                    writer.delete_documents_by_term("id", document.id)
                writer.add_document(_stored(document))
            writer.commit()
        except BaseException:
            writer.rollback()
            raise
        self._index.reload()
        self._view = _View(self._index.searcher())

    def _query(
        self, wanted: list[tuple[str, str]] | None, kind: str | None, filters: Mapping[str, Iterable[str]]
    ) -> tantivy.Query | None:
        must = [self._any_of("filters", [f"{name}={value}" for value in values]) for name, values in filters.items()]
        if kind is not None:
            must.append(self._any_of("kind", [kind]))
        if wanted == []:
            return None
        scored = [(tantivy.Occur.Must, self._words(wanted) if wanted else tantivy.Query.all_query())]
        return tantivy.Query.boolean_query([*scored, *((tantivy.Occur.Must, query) for query in must)])

    def _any_of(self, field: str, values: list[str]) -> tantivy.Query:
        return tantivy.Query.const_score_query(tantivy.Query.term_set_query(self._schema, field, values), 0.0)

    def _words(self, wanted: list[tuple[str, str]]) -> tantivy.Query:
        return tantivy.Query.boolean_query([(tantivy.Occur.Should, self._term(*one)) for one in wanted])

    def _term(self, field: str, term: str) -> tantivy.Query:
        query = tantivy.Query.term_query(self._schema, field, term, index_option=_FREQUENCIES)
        boost = BOOSTS[field] * (_TRIGRAM_SHARE if term.startswith(TRIGRAM_MARK) else 1.0)
        return query if boost == 1.0 else tantivy.Query.boost_query(query, boost)


def _wanted(found: list[str], view: _View) -> list[tuple[str, str]]:
    """The terms to ask for, each with a field that it occurs in: the rarest if there are too many.

    One that a good part of all documents has decides nothing and takes longest to follow: it counts only where there
    is no other.
    """
    counts = {term: own for term in dict.fromkeys(found) if any(own := view.counts(term))}
    telling = [term for term, own in counts.items() if max(own) <= COMMON * view.total]
    terms = telling or list(counts)
    if len(terms) > MOST_TERMS:
        terms = sorted(terms, key=lambda term: sum(counts[term]))[:MOST_TERMS]
    return [(field, term) for term in terms for field, count in zip(BOOSTS, counts[term], strict=True) if count]


def _whole(parts: list[tuple[tantivy.Occur, tantivy.Query]]) -> tantivy.Query:
    """All parts as one query: a single one as it is, which is found faster."""
    return parts[0][1] if len(parts) == 1 else tantivy.Query.boolean_query(parts)


_TRIGRAM_SHARE = 0.4  # a long word has many trigrams; together they must not outweigh the words around it


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option=_PRESENCE)
    builder.add_text_field("kind", tokenizer_name="raw", index_option=_PRESENCE)
    builder.add_text_field("filters", tokenizer_name="raw", index_option=_PRESENCE)
    for field in BOOSTS:
        builder.add_text_field(field, tokenizer_name="whitespace", index_option=_FREQUENCIES)
    builder.add_text_field(HELD, tokenizer_name="whitespace", index_option=_PRESENCE)
    return builder.build()


def _stored(document: Document) -> tantivy.Document:
    stored = tantivy.Document()
    stored.add_text("id", document.id)
    stored.add_text("kind", document.kind)
    for name, value in document.filters:
        stored.add_text("filters", f"{name}={value}")
    held: dict[str, None] = {}
    for field in BOOSTS:
        for text in getattr(document, field):
            found = tokens(text)
            stored.add_text(field, " ".join(found))
            held |= dict.fromkeys([*found, *ideas(text)])
    stored.add_text(HELD, " ".join(held))
    return stored
