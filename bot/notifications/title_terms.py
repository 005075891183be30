"""Term by term what a foreign title says, for those who have no title in their language (pure but for its tables)."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import knowledge
from bot.matching.words import CJK, foreign
from knowledge import glossary
from nlu import products
from nlu.normalize import fold

HERE = Path(__file__).parent
GLOSSARY = Path(str(knowledge.__file__)).parent / "glossary"
MOST = 6
SHORTEST = 3  # letters of a term
PLAIN = frozenset(("standard", "article", "enquiry", "panel", "mixture", "equivalence"))  # mean less in a title

Pair = tuple[str, str]  # as the title has it, and in the reader's language


def title_terms(title: str, language: str) -> list[Pair]:
    """The terms of the title in order, the longest first where they overlap, each once."""
    text = fold(title).text
    if CJK.search(text):
        return []
    pairs = _english(text) if language == "zh" else _foreign(text)
    return list({other: (said, other) for said, other in pairs}.values())[:MOST]


def _english(text: str) -> Iterator[Pair]:
    """What the glossary or the words of titles know, and products."""
    finder, words = _words()
    spans = {(start, end): words[text[start:end]] for start, end in finder.find(text)}
    spans |= {(one.start, one.end): native for one in products.find(text) if (native := _native(one.text))}
    longest = sorted(spans, key=lambda span: span[0] - span[1])
    kept: list[tuple[int, int]] = []
    for span in longest:
        if all(span[1] <= other[0] or other[1] <= span[0] for other in kept):
            kept.append(span)
    yield from ((text[start:end], spans[start, end]) for start, end in sorted(kept))


def _native(word: str) -> str | None:
    return next((one for one in products.synonyms(word) if CJK.search(one)), None)


def _foreign(text: str) -> Iterator[Pair]:
    """Spanish, Portuguese and French product words in English."""
    for said, entry in foreign(text):
        english = next((word for word in (entry, *products.synonyms(entry)) if not CJK.search(word)), None)
        if english and english != said:
            yield said, english


@cache
def _words() -> tuple[products.WordFinder, dict[str, str]]:
    """The glossary, and the words of titles before it: there they mean something more narrow."""
    words = dict(_glossary()) | dict(_title_words())
    known = {form: native for form, native in words.items() if len(form) >= SHORTEST and form not in PLAIN}
    return products.WordFinder(known), known


def _title_words() -> Iterator[Pair]:
    for line in (HERE / "title_words.tsv").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            forms, native = line.split("\t")
            yield from ((form, native) for form in forms.split("|"))


def _glossary() -> Iterator[Pair]:
    for term in glossary.terms(glossary.read(GLOSSARY).entries):
        for form in filter(None, (term.title.en, term.abbreviation, *term.also.en)):
            plain = fold(form).text
            yield from ((one, term.title.zh) for one in (plain, f"{plain}s"))
