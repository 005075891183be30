"""Which markets and products the articles speak for, and whether a question stays within that."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from knowledge.entry import Entry
from knowledge.question import Asked, ProductAsked, words_of
from nlu import markets, products

Bools = NDArray[np.bool_]


class Scopes:
    """The scopes of all articles at once; every answer is one truth value an article, in the order given."""

    def __init__(self, articles: Sequence[Entry]) -> None:
        self._none = np.zeros(len(articles), dtype=np.bool_)
        speaks = [_spoken_for(article) for article in articles]
        codes = [_hs_codes(article) for article in articles]
        self._has_market = np.array([bool(article.markets) for article in articles], dtype=np.bool_)
        named = [{form for word in article.products.all for form in words_of(word)} for article in articles]
        self._has_product = np.array([bool(n or c) for n, c in zip(named, codes, strict=True)], dtype=np.bool_)
        self._by_market = self._table(speaks)
        self._by_word = self._table(named)
        self._by_code = self._table(codes)
        self._by_prefix = self._table([_prefixes(own) for own in codes])

    def fits_market(self, asked: Asked) -> Bools:
        """EU law holds in Germany, German law not in the EU; an article on no market in particular fits all."""
        return ~self._has_market | self._speaks(asked) if asked.markets else ~self._none

    def fits_product(self, asked: Asked) -> Bools:
        """An article on certain products wants one of those asked for; an article on none fits all."""
        return ~self._has_product | self._any(map(self._is_on, asked.products)) if asked.products else ~self._none

    def beyond(self, asked: Asked) -> tuple[Bools, Bools]:
        """The articles on certain markets, on certain products, where the question names none."""
        return (
            self._none if asked.markets else self._has_market,
            self._none if asked.products else self._has_product,
        )

    def granted(self, asked: Asked) -> tuple[Bools, ...]:
        """For each of the question's groups of tokens, the articles that cover it in whatever words."""
        return (self._none, self._speaks(asked), *(self._is_on(product) for product in asked.products))

    def _speaks(self, asked: Asked) -> Bools:
        return self._any(self._by_market.get(market, self._none) for market in asked.markets)

    def _is_on(self, product: ProductAsked) -> Bools:
        by_word = [self._by_word.get(word, self._none) for word in product.words]
        by_code = [self._by_prefix.get(code, self._none) for code in product.hs_codes]
        above = [code[:size] for code in product.hs_codes for size in range(2, len(code))]
        return self._any([*by_word, *by_code, *(self._by_code.get(code, self._none) for code in above)])

    def _any(self, rows: Iterable[Bools]) -> Bools:
        result = self._none.copy()
        for row in rows:
            result |= row
        return result

    def _table(self, values: Sequence[Iterable[str]]) -> dict[str, Bools]:
        table: defaultdict[str, Bools] = defaultdict(self._none.copy)
        for number, own in enumerate(values):
            for value in own:
                table[value][number] = True
        return dict(table)


def _spoken_for(article: Entry) -> frozenset[str]:
    """Its markets with the members of the EU, and those that its title names (GCC, a certificate, is a bloc too)."""
    if not article.markets:
        return frozenset()
    titled = {code for title in (article.title.zh, article.title.en) for _, _, code in markets.find(title)}
    own = frozenset(article.markets) | titled
    return own | markets.EU_MEMBERS if "EU" in article.markets else own


def _prefixes(codes: Iterable[str]) -> set[str]:
    return {code[:size] for code in codes for size in range(2, len(code) + 1)}


def _hs_codes(article: Entry) -> frozenset[str]:
    return frozenset(article.hs_codes).union(*(products.hs_codes_for(word) for word in article.products.all))
