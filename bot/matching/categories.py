"""Whole categories of goods that a notification is about (pure): "Fishery products" takes in every fish."""

import re
from collections.abc import Iterable
from functools import cache, lru_cache

from bot.matching.words import CJK, stems, table

# "Foods: biscuits, noodles" is about the biscuits and noodles
PARTS = [re.compile(parts) for parts in (
    r"[(（][^()（）]*[)）]?|\.(?=\s|$)",
    r"[,，、]|[(（][^()（）]*[)）]?|\.(?=\s|$)",
    r"[,，、/]|[(（][^()（）]*[)）]?|\.(?=\s|$)|\s(?:and|or|y|et|e)\s|[及和与]",
)]  # fmt: skip
NARROWING = re.compile(r"^.*(?:[:：]|\b(?:such as|including|e\.g\.|namely|i\.e\.))")
LONGEST = 70  # no category is longer, with all that may stand around it
BEFORE = re.compile(
    r"^(?:all|any|various|certain|other|some|general|imported|domestic|new|regulated|different|types? of|kinds? of"
    r"|categor(?:y|ies) of|fresh|finished|edible|所有|全部|各类|各种|其他|进口)\s*"
)
AFTER = re.compile(
    r"\s(?:(?:intended )?for (?:human consumption|consumers?|household use|domestic use|sale|retail sale|import)"
    r"|(?:placed|made available) on the market|in general|of all kinds|and (?:similar|related|other|their) .*"
    r"|imported(?: into.*)?|originating.*|exported.*|sold .*|marketed .*|used with food|for food contact"
    r"|products? (?:in general|generally))$"
)


def categories(texts: Iterable[str]) -> tuple[str, ...]:
    """The chapters and headings of the categories that these folded product cells name as a whole."""
    cells = (NARROWING.sub("", cell) for text in texts for cell in re.split(r"[;；\n]", text))
    parts = dict.fromkeys(part for cell in cells for between in PARTS for part in between.split(cell))
    return tuple(dict.fromkeys(code for part in parts for code in _codes(part)))


@lru_cache(maxsize=5_000)
def _codes(part: str) -> tuple[str, ...]:
    words = part.strip()
    if not 1 < len(words) <= LONGEST:
        return ()
    while (bare := AFTER.sub("", BEFORE.sub("", words)).strip()) != words:  # "all other foods"
        words = bare
    return _by_words().get(words if CJK.search(words) else stems(words), ()) if words else ()


@cache
def _by_words() -> dict[str, tuple[str, ...]]:
    return {
        (word if CJK.search(word) else stems(word)): tuple(codes[0].split())
        for codes, words in table("categories.tsv")
        for word in words
    }
