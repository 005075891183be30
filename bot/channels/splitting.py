"""Long texts in parts that fit: cut where it reads best; together they are the text, whatever size is counted in."""

import json
import re
import unicodedata
from collections.abc import Callable

# Where a text is cut best, first the best: after a paragraph, a line, a sentence, a clause, a word
ENDS = tuple(re.compile(pattern) for pattern in (r"\n\n+", r"\n", r"[。！？!?]|\.\s", r"[，；、,;:：]", r"\s"))

Size = Callable[[str], int]  # grows with the text, and is at least one for each character


def in_bytes(text: str) -> int:
    """Length in UTF-8: a Chinese character counts three."""
    return len(text.encode())


def in_json(text: str) -> int:
    """Bytes that the text takes inside a JSON document: a line break counts two, a control character six."""
    return len(json.dumps(text, ensure_ascii=False).encode()) - 2


def split(text: str, limit: int, size: Size) -> list[str]:
    """Parts of at most `limit` which together are the text; one part for an empty text."""
    parts: list[str] = []
    while size(text) > limit:
        cut = _cut(text, _fitting(text, limit, size))
        parts.append(text[:cut])
        text = text[cut:]
    return [*parts, text]


def _fitting(text: str, limit: int, size: Size) -> int:
    """How many characters fit."""
    low, high = 1, min(limit, len(text))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if size(text[:middle]) <= limit else (low, middle - 1)
    return low


def _cut(text: str, most: int) -> int:
    """The best place for a cut in the second half of what fits; never before a mark that belongs to its letter."""
    for pattern in ENDS:
        ends = [found.end() for found in pattern.finditer(text, most // 2, most) if found.end() < most + 1]
        if ends:
            return ends[-1]
    while most > 1 and _clings(text[most - 1], text[most]):
        most -= 1
    return max(1, most)


def _clings(before: str, after: str) -> bool:
    return before == "\u200d" or after in "\u200d\ufe0f\u20e3" or unicodedata.combining(after) > 0
