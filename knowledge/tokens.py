"""Cuts text of both languages into the tokens that search and evidence share."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

from nlu.normalize import fold

# Han, kana and hangul have no blanks between words: there, single characters and pairs are the tokens
_UNSPACED = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\U00020000-\U0003134f"
_RUNS = re.compile(rf"([{_UNSPACED}]+)|[^\W_{_UNSPACED}]+")
_LONGEST = 40  # a longer "word" is an address or a slip; its beginning is enough
TRIGRAM_MARK = "~"  # keeps the trigram of "theory" apart from the word "the"


def tokens(text: str) -> list[str]:
    """Tokens of `text`, folded, in order, with repetitions: `欧盟` gives 欧 盟 欧盟; `toys` gives toys ~toy ~oys."""
    found: list[str] = []
    for run in _RUNS.finditer(fold(text).text):
        found += _unspaced(run[0]) if run[1] else _word(run[0][:_LONGEST])
    return found


def plain(text: str) -> str:
    """`text` folded, without marks and blanks: equal for questions that differ in nothing a reader would say."""
    return "".join(run[0] for run in _RUNS.finditer(fold(text).text))


@lru_cache(maxsize=4096)
def _unspaced(run: str) -> tuple[str, ...]:
    return (*run, *(first + second for first, second in pairwise(run)))


@lru_cache(maxsize=32768)
def _word(word: str) -> tuple[str, ...]:
    if not word.isalpha():  # 9503, 2025, en71: parts of a code mean nothing
        return (word,)
    return (word, *(TRIGRAM_MARK + word[start : start + 3] for start in range(len(word) - 2)))
