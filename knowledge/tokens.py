"""Cuts text of both languages into the tokens that search and evidence share."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

import yaml

from nlu.normalize import fold
from nlu.products import WordFinder

CONCEPTS = Path(__file__).with_name("concepts.yml")

# Han, kana and hangul have no blanks between words: there, single characters and pairs are the tokens
_UNSPACED = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\U00020000-\U0003134f"
# 2.9.4, 2023/988, 62368-1: the figures of a rule's number mean little apart
_RUNS = re.compile(rf"([{_UNSPACED}]+)|(\d+(?:[./-]\d+)+)|[^\W_{_UNSPACED}]+")
_LONGEST = 40  # a longer "word" is an address or a slip; its beginning is enough
TRIGRAM_MARK = "~"  # keeps the trigram of "theory" apart from the word "the"
IDEA_MARK = "="


def tokens(text: str, *, whole: Collection[str] = ()) -> list[str]:
    """Tokens of `text`, folded, repetitions kept: `欧盟` gives 欧 盟 欧盟, `toys` gives toys ~toy ~oys.

    Numbers of rules stay whole, their longer parts come with them: `2023/988` gives 2023/988 2023 988.

    A word in `whole` gives no trigrams.
    """
    found: list[str] = []
    for run in _RUNS.finditer(fold(text).text):
        if run[1]:
            found += _unspaced(run[0])
        elif run[2]:
            found += _number(run[0][:_LONGEST])
        else:
            found += [run[0]] if run[0] in whole else _word(run[0][:_LONGEST])
    return found


def ideas(text: str) -> list[str]:
    """The ideas that `text` names, as tokens `=0`, `=1`...: the same for all words of a group in concepts.yml."""
    folded = fold(text).text
    by_word = _ideas_by_word()
    return [idea for start, end in _idea_finder().find(folded) for idea in by_word[folded[start:end]]]


@cache
def _idea_finder() -> WordFinder:
    return WordFinder(_ideas_by_word())


@cache
def _ideas_by_word() -> dict[str, tuple[str, ...]]:
    groups: list[str] = yaml.load(CONCEPTS.read_bytes(), Loader=yaml.CSafeLoader)["groups"]
    ideas: dict[str, tuple[str, ...]] = {}
    for number, group in enumerate(groups):
        for word in group.split(","):
            ideas[word.strip()] = (*ideas.get(word.strip(), ()), f"{IDEA_MARK}{number}")
    return ideas


def plain(text: str) -> str:
    """`text` folded, without marks and blanks: equal for questions that a reader would call the same."""
    return "".join(run[0] for run in _RUNS.finditer(fold(text).text))


@lru_cache(maxsize=4096)
def _unspaced(run: str) -> tuple[str, ...]:
    return (*run, *(first + second for first, second in pairwise(run)))


@lru_cache(maxsize=4096)
def _number(number: str) -> tuple[str, ...]:
    """The whole, the wider articles that it belongs to (2.9.4 is in 2.9), and what may stand for it alone."""
    wider = [number[: mark.start()] for mark in re.finditer(r"\.", number)][1:]
    return (number, *reversed(wider), *(part for part in re.split(r"\D", number) if len(part) > 1))


@lru_cache(maxsize=32768)
def _word(word: str) -> tuple[str, ...]:
    if not word.isalpha():  # 9503, 2025, en71: parts of a code mean nothing
        return (word,)
    return (word, *(TRIGRAM_MARK + word[start : start + 3] for start in range(len(word) - 2)))
