"""Lists of small words (nlu/function_words.yml) that say which language it is and where a product ends."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

TABLE = Path(__file__).parent / "function_words.yml"


@cache
def load() -> dict[str, frozenset[str]]:
    """Each list by its name."""
    content: dict[str, list[str]] = yaml.load(TABLE.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return {name: frozenset(words) for name, words in content.items()}
