"""Product words in Chinese and English, found whole in a sentence and given with their HS codes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from nlu.normalize import Folded, fold

TABLE = Path(__file__).parent / "reference" / "products.tsv"
NO_PRODUCT = "-"
FIRST_CJK = "\u2e80"
SPELLINGS = (
    ("aluminium", "aluminum"),
    ("colour", "color"),
    ("fibre", "fiber"),
    ("jewellery", "jewelry"),
    ("mould", "mold"),
    ("plough", "plow"),
    ("sulph", "sulf"),
    ("tyre", "tire"),
    ("yoghurt", "yogurt"),
)


@dataclass(frozen=True, slots=True)
class ProductMatch:
    """A product named in a text: offsets in the original, the words as written, likely HS codes, best first."""

    start: int
    end: int
    text: str
    hs_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the table: HS codes of 2 to 6 digits, best first, and its words, folded, in both languages.

    An entry without codes holds words that contain a product's name and mean none: supply chain, 食品安全.
    """

    hs_codes: tuple[str, ...]
    zh: tuple[str, ...]
    en: tuple[str, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """Return the words of both languages, Chinese first."""
        return self.zh + self.en


class WordFinder:
    """Finds the words of a table in folded text, leftmost and longest; Latin words must stand alone.

    The words must be folded already (a test checks the tables): folding thousands of them at start-up would cost
    more than everything else here.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self._words = frozenset(words)
        self._automaton = AhoCorasick(
            self._words,
            matchkind=MatchKind.LeftmostLongest,
            implementation=Implementation.ContiguousNFA,
        )

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield (start, end) in the given folded text, in order, never overlapping."""
        at: int | None = 0
        while at is not None:
            spans, at = self._scan(text, at)
            yield from spans

    def _scan(self, text: str, at: int) -> tuple[list[tuple[int, int]], int | None]:
        """Return the whole words from `at` on, and where to search again after a match that was not one."""
        spans = []
        for _, start, end in self._automaton.find_matches_as_indexes(text[at:] if at else text):
            start, end = start + at, end + at
            if is_whole(text, start, end):
                spans.append((start, end))
                continue
            shorter = self._shorter(text, start, end)
            if shorter is not None:
                return [*spans, (start, shorter)], shorter
            return spans, _word_end(text, start)
        return spans, None

    def _shorter(self, text: str, start: int, end: int) -> int | None:
        """Return where a shorter word with the same start ends: "toy car" fails in "toy carpet", "toy" does not."""
        ends = range(end - 1, start, -1)
        return next((e for e in ends if text[start:e] in self._words and is_whole(text, start, e)), None)


def is_whole(text: str, start: int, end: int) -> bool:
    """Say whether text[start:end] is not cut out of a longer Latin word or number; Chinese needs no boundary."""
    left = start > 0 and _joins(text[start]) and _joins(text[start - 1])
    return not left and not (end < len(text) and _joins(text[end - 1]) and _joins(text[end]))


def find(text: str, *, folded: Folded | None = None) -> list[ProductMatch]:
    """Return the products that a text names, longest words first come, in order, with offsets in the original.

    `folded` saves work when the caller has already folded this very text.
    """
    known = folded or fold(text)
    forms = _entries_by_form()
    matches = (_match(text, known, span, forms) for span in _finder().find(known.text))
    return [match for match in matches if match.hs_codes]


def hs_codes_for(words: str) -> tuple[str, ...]:
    """Return the HS codes of a product word, best first; () when the table does not have exactly this word."""
    entry = _entries_by_form().get(fold(words.strip()).text)
    return entry.hs_codes if entry else ()


def synonyms(words: str) -> tuple[str, ...]:
    """Return all Chinese and English words of the same entry, the given one included; () for an unknown word."""
    entry = _entries_by_form().get(fold(words.strip()).text)
    return entry.words if entry and entry.hs_codes else ()


@cache
def entries() -> tuple[Entry, ...]:
    """Return the table as it is written, one entry a line."""
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    return tuple(_entry(line) for line in lines if line and not line.startswith("#"))


def _entry(line: str) -> Entry:
    codes, zh, en = (tuple(part for part in cell.split("|") if part) for cell in line.split("\t"))
    return Entry(() if codes == (NO_PRODUCT,) else codes, zh, en)


@cache
def _finder() -> WordFinder:
    return WordFinder(_entries_by_form())


@cache
def _entries_by_form() -> dict[str, Entry]:
    forms: dict[str, Entry] = {}
    for entry in entries():
        for word in entry.words:
            forms[word] = entry
    for entry in entries():
        for word in entry.en:
            for form in _variants(word):
                forms.setdefault(form, entry)
    return forms


def _variants(word: str) -> set[str]:
    spellings = {word}
    for british, american in SPELLINGS:
        if british in word:
            spellings.add(word.replace(british, american))
    if "-" in word:
        spellings |= {form.replace("-", mark) for form in spellings for mark in (" ", "")}
    return spellings | {_plural(form) for form in spellings}


def _plural(word: str) -> str:
    if word.endswith("y") and word[-2:-1] not in set("aeiou"):
        return word[:-1] + "ies"
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    return word + "s"


def _match(text: str, folded: Folded, span: tuple[int, int], forms: dict[str, Entry]) -> ProductMatch:
    start, end = folded.span(*span)
    return ProductMatch(start, end, text[start:end], forms[folded.text[span[0] : span[1]]].hs_codes)


def _joins(character: str) -> bool:
    return character < FIRST_CJK and character.isalnum()


def _word_end(text: str, start: int) -> int:
    end = start + 1
    while end < len(text) and _joins(text[start]) and _joins(text[end]):
        end += 1
    return end
