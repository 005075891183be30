"""Which certification path a question asks to be shown, and whose a market is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from knowledge.answer import Candidate
from knowledge.article import Article
from knowledge.library import ARTICLES, Library
from knowledge.market import MarketSheet, ProductGroup
from knowledge.question import Asked, take_apart
from knowledge.scope import Scopes
from knowledge.sheets import marks_in, named_markets
from nlu import markets
from nlu.normalize import fold
from nlu.products import WordFinder

WORDS = Path(__file__).with_name("path_words.yml")
MOST_OTHERS = 3


@dataclass(frozen=True, slots=True)
class PathView:
    """The article whose path is asked for; `others` are on the same market and product, best first."""

    article: Article
    others: tuple[Article, ...] = ()


class Paths:
    """The articles that hold a path."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._articles = tuple(one for one in library.articles.values() if one.path)
        self._scopes = Scopes(self._articles)

    def wanted(self, question: str) -> PathView | None:
        """The path that the question asks for, or None where it asks for none or none is known.

        A market, or a mark that stands for one, must be named, or something else that an article is surely on.
        """
        if not asks(question):
            return None
        places = named_markets(question)
        place = next(iter(places), None)
        asked = take_apart(_without_marks_of_others(question, places), market=place)
        if asked.outside or asked.declined:
            return None
        ids = self._on_product(asked)
        found = self._library.weigh(asked, kinds=ARTICLES, among=lambda one: one.id in ids, limit=len(ids))
        fitting = [one for one in found if one.fits and (place or (asked.names and self._covers(one)))]
        articles = [one.entry for one in fitting if isinstance(one.entry, Article)]
        return PathView(articles[0], tuple(articles[1 : MOST_OTHERS + 1])) if articles else None

    def _on_product(self, asked: Asked) -> frozenset[str]:
        """The ids of those on the products asked about: that an article speaks of cosmetics is no path for them."""
        fits = self._scopes.fits_product(asked)
        return frozenset(one.id for one, on in zip(self._articles, fits, strict=True) if on)

    def _covers(self, one: Candidate) -> bool:
        return one.confidence >= self._library.calibration.threshold

    def of(self, sheet: MarketSheet, group: ProductGroup | None = None) -> tuple[Article, ...]:
        """Those of a market (for a group of products only those on it), the ones that its sheet names first."""
        own = (one for one in self._articles if sheet.market in one.markets and _is_on(one, group))
        return tuple(sorted(own, key=lambda one: one.id not in sheet.related))


def _is_on(article: Article, group: ProductGroup | None) -> bool:
    """Whether an article holds for a group of products: a code of one lies within a code of the other."""
    if group is None or not article.hs_codes:
        return True
    pairs = ((one, other) for one in article.hs_codes for other in group.hs_codes)
    return any(one.startswith(other) or other.startswith(one) for one, other in pairs)


def _without_marks_of_others(question: str, places: Collection[str]) -> str:
    """Whoever asks on from the CE path with "and for Japan?" means the mark of Japan."""
    own = {*places, *(["EU"] if markets.EU_MEMBERS & set(places) else [])}
    known = fold(question)
    found = [known.span(start, end) for start, end, code in marks_in(known.text) if code not in own]
    for start, end in sorted(found, reverse=True):
        question = f"{question[:start]} {question[end:]}"
    return question


def asks(question: str) -> bool:
    """Whether it asks for the steps of a certification."""
    folded = fold(question).text
    return _says("steps", folded) and (_says("about", folded) or bool(marks_in(folded)))


def _says(name: str, folded: str) -> bool:
    return any(True for _ in _finders()[name].find(folded))


@cache
def _finders() -> dict[str, WordFinder]:
    lists: dict[str, str] = yaml.load(WORDS.read_bytes(), Loader=yaml.CSafeLoader)
    return {name: WordFinder({word.strip() for word in listed.split(",")}) for name, listed in lists.items()}
