"""Whole categories of goods that a notification is about (pure): "Fishery products" takes in every fish."""

import re
from collections.abc import Iterable, Iterator
from functools import cache

from bot.matching.words import CJK, stems, table

# "Foods: biscuits, noodles" is about the biscuits and noodles
PARTS = [re.compile(parts) for parts in (
    r"[;；\n]|[(（][^()（）]*[)）]?|\.(?=\s|$)",
    r"[;；\n,，、]|[(（][^()（）]*[)）]?|\.(?=\s|$)",
    r"[;；\n,，、/]|[(（][^()（）]*[)）]?|\.(?=\s|$)|\s(?:and|or|y|et|e)\s|[及和与]",
)]  # fmt: skip
NARROWED = re.compile(
    r"[^;；\n]*?(?:[:：]|\b(?:such as|including|e\.g\.|namely|i\.e\.)|[(（](?:including|such as|e\.g\.|i\.e\.))"
)
BEFORE = re.compile(
    r"^(?:all|any|various|certain|other|some|general|imported|domestic|new|regulated|different|types? of|kinds? of"
    r"|categor(?:y|ies) of|fresh|finished|edible|所有|全部|各类|各种|其他|进口)\s*"
)
AFTER = re.compile(
    r"\s*(?:(?:intended )?for (?:human consumption|consumers?|household use|domestic use|sale|retail sale|import)"
    r"|(?:placed|made available) on the market|in general|of all kinds|and (?:similar|related|other|their) .*"
    r"|imported(?: into.*)?|originating.*|exported.*|sold .*|marketed .*|used with food|for food contact"
    r"|products? (?:in general|generally))$"
)


def categories(texts: Iterable[str]) -> tuple[str, ...]:
    """The chapters and headings of the categories that these folded product cells name as a whole."""
    found = (code for text in texts for part in _segments(NARROWED.sub("", text)) for code in _codes(part))
    return tuple(dict.fromkeys(found))


def _segments(text: str) -> Iterator[str]:
    """The parts of a cell, large ("fish and fishery products") and small."""
    return (part for between in PARTS for part in between.split(text))


def _codes(part: str) -> tuple[str, ...]:
    words = part.strip()
    for _ in range(2):  # "all other foods"
        words = AFTER.sub("", BEFORE.sub("", words)).strip()
    return _by_words().get(words if CJK.search(words) else stems(words), ()) if words else ()


@cache
def _by_words() -> dict[str, tuple[str, ...]]:
    return {
        (word if CJK.search(word) else stems(word)): tuple(codes[0].split())
        for codes, words in table("categories.tsv")
        for word in words
    }
