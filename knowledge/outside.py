"""Subjects next to ours (tariffs, exchange rates, anti-dumping, lawsuits...) that the base leaves to others."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import yaml

from nlu.normalize import fold
from nlu.products import WordFinder

_CONTRACTED = re.compile(r"n't(?![a-z])")
OURS = "ours"
TOPICS = Path(__file__).with_name("outside.yml")


def words(text: str) -> frozenset[str]:
    """The words of such subjects in `text`, as they stand in outside.yml."""
    folded = _CONTRACTED.sub(" not", fold(text).text)
    found = (folded[start:end] for start, end in _finder().find(folded))
    return frozenset(word for word in found if _topic_of()[word] != OURS)


def topics(found: Iterable[str]) -> tuple[str, ...]:
    """The subjects of these words, each once, in the order of outside.yml."""
    table = _topic_of()
    named = {table[word] for word in found}
    return tuple(topic for topic in _lists() if topic in named)


@cache
def _lists() -> dict[str, str]:
    lists: dict[str, str] = yaml.load(TOPICS.read_bytes(), Loader=yaml.CSafeLoader)
    return lists


@cache
def _topic_of() -> dict[str, str]:
    return {word.strip(): topic for topic, listed in _lists().items() for word in listed.split(",")}


@cache
def _finder() -> WordFinder:
    return WordFinder(_topic_of())
