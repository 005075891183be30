"""Turn a sentence into the terms that the classifier counts; the same code serves training and run time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from nlu.entities import Entity
from nlu.normalize import Folded

# An entity becomes one private character, so that a code or a country never seen in training changes nothing.
MARKS = {
    "symbol": "\ue010", "hs_code": "\ue011", "date": "\ue012", "amount": "\ue013", "percent": "\ue014",
    "market": "\ue015", "product": "\ue016", "code": "\ue018",
}  # fmt: skip
_COMPANY = "\ue019"
_ADDRESS = re.compile(r"https?://\S+|www\.\S+|[\w.+-]+@[\w-]+\.[\w.]+")
_PIECE = re.compile("[a-z]+(?:'[a-z]+)*|[\u3400-\u9fff\ue010-\ue019]+|[0-9]+|[?!]")
_MARK = re.compile("[\ue010-\ue019]")
_EDGE, _NUMBER = "^", "#"


def masked(known: Folded, entities: Iterable[Entity], companies: Iterable[tuple[int, int]] = ()) -> str:
    """The folded text with each entity, and each name of a company (its span there), replaced by its mark."""
    marked = [(*known.inside(one.start, one.end), MARKS[one.entity]) for one in entities if one.entity in MARKS]
    text = known.text
    pieces: list[str] = []
    at = 0
    for start, end, mark in sorted([*marked, *((start, end, _COMPANY) for start, end in companies)]):
        if start >= at:
            pieces += (text[at:start], mark)
            at = end
    return "".join(pieces) + text[at:]


def terms(text: str) -> list[str]:
    """Latin: words, pairs of words and letters 3-5 inside words; Chinese: characters 1-3 with the edges marked."""
    found: list[str] = []
    previous = _EDGE
    if "@" in text or "://" in text or "www." in text:
        text = _ADDRESS.sub("\ue017", text)
    for piece in _PIECE.findall(text):
        if piece[0] >= "\u3400":
            found += _han(piece)
            previous = _word_of(piece[0], previous, found)
            previous = piece[-1] if _MARK.match(piece[-1]) else "@"
            continue
        word = _NUMBER if piece[0].isdigit() else piece
        found.append("w" + word)
        found.append(f"b{previous} {word}")
        found += _inside(word)
        previous = word
    found.append(f"b{previous} $")
    return found


def is_word(term: str) -> bool:
    """Whether a term is a whole word, as far as that can be told: a Latin word, or two Chinese characters."""
    if term[0] == "w":
        return term[1:] != _NUMBER
    return len(term) == 2 and all("\u3400" <= character <= "\u9fff" for character in term)


def _word_of(first: str, previous: str, found: list[str]) -> str:
    """A mark stands between Latin words like a word: "alerts for PRODUCT in MARKET"."""
    if _MARK.match(first):
        found.append(f"b{previous} {first}")
    return previous


@lru_cache(maxsize=8192)
def _inside(word: str) -> tuple[str, ...]:
    if len(word) < 2:
        return ()
    padded = f" {word} "
    return tuple("c" + padded[at : at + size] for size in range(3, 6) for at in range(len(padded) - size + 1))


def _han(run: str) -> Iterator[str]:
    padded = f"{_EDGE}{run}$"
    yield from run
    for at in range(len(padded) - 1):
        yield padded[at : at + 2]
        if at + 3 <= len(padded):
            yield padded[at : at + 3]
