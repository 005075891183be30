"""Find one-time codes that join an organisation or link an address: AB2C-3DE4, KJRF-VKUK."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nlu.language import ordinary_words
from nlu.normalize import Folded

_SHAPE = re.compile(r"(?<![a-z0-9/-])[a-z0-9]{4}-[a-z0-9]{4}(?![a-z0-9/-])")
# Codes are drawn without O, I and L, which people misread, and typed in any case.
_MISREAD = frozenset("oil")
_VOWELS = frozenset("aeu")
_CODE_BEFORE = re.compile(r"(?:码|代码|口令|codes?|invite|invitation|token)\s*(?:是|为|is|was|:|=|here)*\s*\"?\s*$")


def find(text: str, known: Folded) -> Iterator[tuple[int, int]]:
    """Offsets in the folded text. Without a digit it must look like no word: "four-year" is none, "KJRF-VKUK" is."""
    for match in _SHAPE.finditer(known.text):
        start, end = match.span()
        letters, digits = re.search("[a-z]", match[0]), re.search(r"\d", match[0])
        if letters and (digits or _is_drawn(text, known, start, end)):
            yield start, end


def _is_drawn(text: str, known: Folded, start: int, end: int) -> bool:
    folded = known.text
    if _MISREAD & set(folded[start:end]):
        return False
    if _CODE_BEFORE.search(folded, max(0, start - 24), start):
        return True
    if not ordinary_words().isdisjoint(folded[start:end].split("-")):
        return False
    first, last = known.span(start, end)
    others = text[:first] + text[last:]
    shouted = others.isupper() and len(others.strip()) > 3
    few_vowels = sum(letter in _VOWELS for letter in folded[start:end]) <= 1
    return (text[first:last].isupper() and not shouted) or (few_vowels and not others.strip(" .!?。"))
