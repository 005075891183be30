"""How well an article covers a question: the measured features from which the decision to answer is made."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from knowledge.article import Article
from knowledge.tokens import TRIGRAM_MARK, tokens
from nlu import hs, markets, products
from nlu.normalize import fold

FEATURES = ("likeness", "coverage", "body", "rarest", "share")
HOME_MARKET = "CN"  # where the askers are: "from China to the EU" asks about the EU
TRIGRAM_SHARE = 0.25  # a long word has many trigrams; together they must not outweigh the words around it
SINGLE_SHARE = 0.5  # a single Chinese character means less than the pair it stands in
FILLERS = Path(__file__).with_name("fillers.yml")


@dataclass(frozen=True, slots=True)
class ProductAsked:
    """A product that the question names."""

    words: frozenset[str]
    hs_codes: tuple[str, ...]
    weights: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question taken apart: weights of its free tokens, and what it says of markets and products."""

    weights: Mapping[str, float]
    market_weights: Mapping[str, float]
    markets: frozenset[str]
    products: tuple[ProductAsked, ...]

    @property
    def total(self) -> float:
        parts = (self.weights, self.market_weights, *(product.weights for product in self.products))
        return sum(sum(part.values()) for part in parts)


@dataclass(frozen=True, slots=True)
class Profile:
    """An article as evidence sees it: the tokens that name it, those of its text, its questions one by one."""

    article: Article
    naming: frozenset[str]
    body: frozenset[str]
    questions: tuple[frozenset[str], ...]
    norms: tuple[float, ...]
    product_words: frozenset[str]
    hs_codes: frozenset[str]

    @property
    def has_products(self) -> bool:
        return bool(self.product_words or self.hs_codes)


class Vocabulary:
    """How much each token tells: inverse document frequency over the articles' naming tokens."""

    def __init__(self, documents: Iterable[frozenset[str]]) -> None:
        counts = Counter(token for document in (known := list(documents)) for token in document)
        self._most = math.log(1 + len(known))
        self._weights = {token: self._share(token) * math.log(1 + len(known) / n) for token, n in counts.items()}

    def weigh(self, found: Iterable[str]) -> dict[str, float]:
        return {token: self.weight(token) for token in found}

    def weight(self, token: str) -> float:
        known = self._weights.get(token)
        return self._unseen(token) if known is None else known

    def _unseen(self, token: str) -> float:
        if len(token) == 2 and not token.isascii():  # a chance pair of common characters is no rare word
            return sum(self.weight(character) for character in token)
        return self._most * self._share(token)

    @staticmethod
    def _share(token: str) -> float:
        if token.startswith(TRIGRAM_MARK):
            return TRIGRAM_SHARE
        return SINGLE_SHARE if len(token) == 1 and not token.isascii() else 1.0
