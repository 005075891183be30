"""Fold what people type (width, case, traditional characters, invisible marks), with the way back to the original."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text and, for each of its characters, where it came from (None = same offsets as the original)."""

    text: str
    starts: tuple[int, ...] | None = None
    ends: tuple[int, ...] | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Offsets in the folded text -> offsets in the original text that cover them."""
        if self.starts is None or self.ends is None:
            return start, end
        if start >= end:
            edge = self.starts[start] if start < len(self.starts) else (self.ends[-1] if self.ends else 0)
            return edge, edge
        return self.starts[start], self.ends[end - 1]

    def inside(self, start: int, end: int) -> tuple[int, int]:
        """Offsets in the original text -> offsets of the folded characters that come from between them."""
        if self.starts is None or self.ends is None:
            return start, end
        first = bisect_left(self.starts, start)
        return first, max(first, bisect_right(self.ends, end))


class _Converter(Protocol):
    def convert(self, text: str, /) -> str: ...


# Typographic quotes, dashes and blanks that NFKC leaves alone, one character for one.
_QUOTES = str.maketrans("‘’‛ʼ`´“”„‐‑‒–—−／＼　\t\r\n\v\f", "''''''\"\"\"------/\\      ")
_QUOTE_MARK = re.compile("[‘’‛ʼ`´“”„‐‑‒–—−／＼　\t\r\n\v\f]")
# Controls become a blank; format characters (zero-width blanks, byte order mark) and lone surrogates vanish.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff\ud800-\udfff]"
)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")
# Full-width forms of ASCII, one character for one: nearly all Chinese text has them, and nothing else that NFKC changes
_NARROW = {0xFF01 + offset: 0x21 + offset for offset in range(94)} | {0x3000: 0x20}
_BASE_OUTSIDE = re.compile("[\u3400-\u9fff\uf900-\ufaff]")


@lru_cache(maxsize=64)
def fold(text: str) -> Folded:
    """NFKC, lower case, traditional to simplified characters; invisible characters are dropped."""
    if text.isascii() and not _INVISIBLE.search(text):
        return Folded(text.lower().translate(_QUOTES) if _QUOTE_MARK.search(text) else text.lower())
    narrow = text.translate(_NARROW)
    if not _INVISIBLE.search(narrow) and unicodedata.is_normalized("NFKC", narrow):
        lowered = narrow.lower()
        if len(lowered) == len(text):
            return Folded(simplify(lowered.translate(_QUOTES)))
    return _fold_in_clusters(text)


def simplify(text: str) -> str:
    """Traditional -> simplified characters, never changing the length."""
    if not _BASE_OUTSIDE.search(text) or _is_simplified(text):
        return text
    for scheme in ("tw2sp", "t2s"):
        converted = _converter(scheme).convert(text)
        if len(converted) == len(text):
            return converted
    return "".join(_simplify_one(character) for character in text)


def _is_simplified(text: str) -> bool:
    """True if all Han characters are of GB 2312: nearly all simplified text, and no traditional-only character."""
    try:
        "".join(_BASE_OUTSIDE.findall(text)).encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


@cache
def _converter(scheme: str) -> _Converter:
    import opencc  # 20 ms and only for people who write traditional characters

    converter: _Converter = opencc.OpenCC(scheme)
    return converter


@lru_cache(maxsize=4096)
def _simplify_one(character: str) -> str:
    converted = _converter("t2s").convert(character)
    return converted if len(converted) == 1 else character


def _fold_in_clusters(text: str) -> Folded:
    """The slow way: cluster by cluster (a character and its combining marks), each output mapped to its cluster."""
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end in _clusters(text):
        piece = _fold_cluster(text[start:end])
        pieces.append(piece)
        starts.extend([start] * len(piece))
        ends.extend([end] * len(piece))
    return Folded(simplify("".join(pieces)), tuple(starts), tuple(ends))


def _clusters(text: str) -> list[tuple[int, int]]:
    firsts = [index for index, character in enumerate(text) if index == 0 or not unicodedata.combining(character)]
    return list(zip(firsts, [*firsts[1:], len(text)], strict=True)) if text else []


def _fold_cluster(cluster: str) -> str:
    visible = _INVISIBLE.sub("", _CONTROL.sub(" ", cluster))
    return unicodedata.normalize("NFKC", visible).lower().translate(_QUOTES)
