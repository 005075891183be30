"""What of the market sheets a question asks for: one market's requirements, or markets side by side."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from knowledge.market import MarketSheet, ProductGroup, Topic
from knowledge.question import HOME_MARKET, Asked, without_fillers
from nlu import markets, products
from nlu.normalize import fold
from nlu.products import WordFinder

_SAYS = re.compile(r"[\u3400-\u9fff]{2}|[a-z0-9]{2,}")  # two signs of Chinese or a word
WORDS = Path(__file__).with_name("sheet_words.yml")
MOST_COMPARED = 6
MOST_REST = 2  # with more words beside its topic a question wants more than a sheet can say


@dataclass(frozen=True, slots=True)
class SheetView:
    """One market's sheet, for a group of products or in general; `topics` are those that were asked for (all if none).

    `pure` says that nothing else was asked: the sheet is the answer. Otherwise an article may say it better.
    `unspecific` says that a product was named which the sheet has nothing special on: what it says holds in general.
    """

    sheet: MarketSheet
    group: ProductGroup | None
    topics: tuple[str, ...]
    pure: bool
    unspecific: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """Markets side by side; `missing` have no sheet."""

    columns: tuple[tuple[MarketSheet, ProductGroup | None], ...]
    missing: tuple[str, ...]
    group: str | None
    topics: tuple[str, ...]


class Sheets:
    """The market sheets by market."""

    def __init__(self, sheets: Iterable[MarketSheet]) -> None:
        self.by_market: Mapping[str, MarketSheet] = {sheet.market: sheet for sheet in sheets}

    def wanted(self, question: str, asked: Asked) -> SheetView | Comparison | None:
        """What the question asks for, or None when it is not about requirements of a market that has a sheet."""
        folded = fold(question).text
        places, group = named_markets(question), group_of(asked)
        topics = tuple(topic for topic in Topic if _says(folded, "topics", topic))
        rest = _rest(question)
        if len(places) > 1 and (_says(folded, "compare") or (topics and len(rest) <= MOST_REST)):
            return self._compared(places, group, topics)
        one = self.of(next(iter(places), "")) if len(places) == 1 else None
        if one is None or (rest and not topics) or len(rest) > MOST_REST:
            return None
        own = _own_group(one, group, asked)
        unspecific = own is None and bool(asked.products)
        if unspecific and rest:
            return None
        return SheetView(one, own, topics, pure=not rest, unspecific=unspecific)

    def view(self, sheet: MarketSheet, asked: Asked) -> SheetView:
        """The sheet for what the question names."""
        group = _own_group(sheet, group_of(asked), asked)
        return SheetView(sheet, group, (), pure=False, unspecific=group is None and bool(asked.products))

    def of(self, market: str) -> MarketSheet | None:
        """Its own sheet; a member state of the EU has the EU's."""
        return self.by_market.get(market) or (self.by_market.get("EU") if market in markets.EU_MEMBERS else None)

    def _compared(self, places: Sequence[str], group: str | None, topics: tuple[str, ...]) -> Comparison | None:
        found = {place: self.of(place) for place in places[:MOST_COMPARED]}
        columns = tuple((sheet, _group_named(sheet, group)) for sheet in found.values() if sheet)
        missing = tuple(place for place, sheet in found.items() if sheet is None)
        return Comparison(columns, missing, group, topics) if len(columns) > 1 else None


def named_markets(question: str) -> list[str]:
    """The markets of a question in its order, without the home market; a mark stands for its market."""
    found = [(start, code) for start, _, code in markets.find(question)]
    if not found or _says(fold(question).text, "compare"):
        found += [(start, code) for start, _, code in marks_in(fold(question).text)]
    return [code for code in dict.fromkeys(code for _, code in sorted(found)) if code != HOME_MARKET]


def group_of(asked: Asked) -> str | None:
    """The group of products of what the question names, by the codes of its products."""
    codes = [code for product in asked.products for code in product.hs_codes]
    table = _groups()
    for code in codes:
        own = [code[:size] for size in range(len(code), 1, -1) if code[:size] in table]
        if own:
            return table[own[0]]
    return None


def _own_group(sheet: MarketSheet, group: str | None, asked: Asked) -> ProductGroup | None:
    """The sheet's group that names the product itself, else the one of its kind."""
    words = {word for product in asked.products for word in product.words}
    named = (one for one in sheet.groups if words & {fold(word).text for word in one.products.all})
    return next(named, None) or _group_named(sheet, group)


def _group_named(sheet: MarketSheet, group: str | None) -> ProductGroup | None:
    return next((one for one in sheet.groups if one.group == group), None)


def is_general(question: str) -> bool:
    """Whether it says nothing beside market, product and requirements in general."""
    return not _rest(question)


def _rest(question: str) -> list[str]:
    """What it says beside them: pairs of Chinese signs and words."""
    folded = fold(question)
    named = [(start, end) for start, end, _ in markets.find(question, folded=folded)]
    named += [(match.start, match.end) for match in products.find(question, folded=folded)]
    text = _blanked(folded.text, [folded.inside(start, end) for start, end in named])
    text = without_fillers(text)
    return _SAYS.findall(_blanked(text, _general_finder().find(text)))


def _blanked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


@cache
def _general_finder() -> WordFinder:
    lists = _lists()
    every = [lists["general"], lists["compare"], *lists["topics"].values(), *lists["marks"].values()]
    return WordFinder({word.strip() for listed in every for word in listed.split(",")})


@cache
def _lists() -> dict[str, Any]:
    lists: dict[str, Any] = yaml.load(WORDS.read_bytes(), Loader=yaml.CSafeLoader)
    return lists


def _says(folded: str, name: str, key: str = "") -> bool:
    return any(True for _ in _finder(name, key).find(folded))


@cache
def _finder(name: str, key: str) -> WordFinder:
    listed = _lists()[name][key] if key else _lists()[name]
    return WordFinder({word.strip() for word in listed.split(",")})


def marks_in(folded: str) -> list[tuple[int, int, str]]:
    """Where marks stand in a folded text, from and to, and the markets that they stand for."""
    table = {word.strip(): code for code, listed in _lists()["marks"].items() for word in listed.split(",")}
    return [(start, end, table[folded[start:end]]) for start, end in _mark_finder().find(folded)]


@cache
def _mark_finder() -> WordFinder:
    return WordFinder({word.strip() for listed in _lists()["marks"].values() for word in listed.split(",")})


@cache
def _groups() -> dict[str, str]:
    return {code: group for group, listed in _lists()["groups"].items() for code in str(listed).split()}
