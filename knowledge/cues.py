"""Which kind of entry a question asks for: a case, a term, a countermeasure."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

from knowledge.entry import Kind
from nlu.normalize import Folded
from nlu.products import WordFinder

WORDS = Path(__file__).with_name("kind_words.yml")
MOST_WORDS, MOST_SIGNS = 3, 8  # English words and Chinese signs of a term
_EDGES = " ?？!！.。,，"


def named(folded: Folded) -> dict[tuple[int, int], Kind]:
    """The kinds that are asked for outright, by the place of the words that say so in the original text."""
    return {folded.span(start, end): kind for kind, start, end in _found("asked", folded.text)}


def hinted(folded: Folded) -> frozenset[Kind]:
    """The kinds that the words only lean towards."""
    leaning = frozenset(kind for kind, _, _ in _found("hints", folded.text))
    return leaning | {Kind.TERM} if is_bare(folded) else leaning


def explained(folded: Folded) -> bool:
    """Whether a rule is to be explained, or what holds now: no case tells that better than an article."""
    return bool(_found("explained", folded.text))


def is_bare(folded: Folded) -> bool:
    """Nothing but a name: a message as short as this may ask what the name means."""
    text = folded.text.strip(_EDGES)
    return len(text.split()) <= MOST_WORDS and sum(not sign.isascii() for sign in text) <= MOST_SIGNS


def _found(how: str, text: str) -> list[tuple[Kind, int, int]]:
    return [(kind, start, end) for kind, finder in _finders()[how].items() for start, end in finder.find(text)]


@cache
def _finders() -> dict[str, dict[Kind, WordFinder]]:
    lists: dict[str, dict[str, str]] = yaml.load(WORDS.read_bytes(), Loader=yaml.CSafeLoader)
    return {
        how: {Kind(kind): WordFinder({word.strip() for word in words.split(",")}) for kind, words in kinds.items()}
        for how, kinds in lists.items()
    }
