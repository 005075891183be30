"""Whether a message that asks for steps speaks of our world at all: a passport may be held at a border as goods are."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

from knowledge.question import take_apart
from knowledge.response import state_of
from nlu.normalize import fold
from nlu.products import WordFinder

WORDS = Path(__file__).with_name("ground.yml")


def elsewhere(text: str) -> bool:
    """It says that something is held, refused or disputed, and names nothing that barriers to trade could hold."""
    if state_of(text) is None:
        return False
    asked = take_apart(text)
    if asked.markets or asked.products or asked.references or asked.names or not asked.telling:
        return False
    return not any(True for _ in _finder().find(fold(text).text))


@cache
def _finder() -> WordFinder:
    words: str = yaml.load(WORDS.read_bytes(), Loader=yaml.CSafeLoader)["words"]
    return WordFinder({word.strip() for word in words.split(",")})
