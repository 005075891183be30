"""How well each article covers a question: the measured features from which the decision to answer is made."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from knowledge import references
from knowledge.entry import Entry, Kind
from knowledge.postings import Floats, Numbers, Postings
from knowledge.question import Asked, Titled
from knowledge.scope import Bools, Scopes
from knowledge.tokens import IDEA_MARK
from knowledge.weighing import Weighed, asked_as, weigh

# likeness: cosine with the likest of its own questions; passage: share of the question in one sentence of it;
# naming, coverage: share in its questions and keywords, in all of it; subject: as coverage, without the names of
# markets and products; rarest: as naming, rare tokens counting more;
# mass: how much that is in all; known: share that any article holds; placed, on_product: share of the market's, the
# product's name that it has; rank: BM25 relative to the best entry;
# case, countermeasure, market, term: 1 for an entry of that kind; asked, hinted: 1 where the question asks for it,
# leans towards it; together: the greater of likeness and passage;
# elsewhere, narrower: 1 for an entry on certain markets, certain products, where the question names none;
# special: 1 for an entry on one of the products that the question names;
# words: how many words of the question, its market and its products the entry has, n of n + 1;
# cited: 1 where every rule that the question names by number stands in the entry, 0 when it names none
FEATURES = (
    "likeness",
    "passage",
    "naming",
    "coverage",
    "subject",
    "rarest",
    "mass",
    "known",
    "placed",
    "on_product",
    "notions",
    "rank",
    "case",
    "countermeasure",
    "market",
    "term",
    "asked",
    "hinted",
    "together",
    "cited",
    "elsewhere",
    "narrower",
    "special",
    "words",
)
KINDS = (Kind.CASE, Kind.COUNTERMEASURE, Kind.MARKET, Kind.TERM)
ENOUGH = 4.0  # covered weight at which `mass` is one half: about one rare word
# An article that has this much of a product's name speaks of it, whatever its list of products says; but a question
# that is nothing but a product and a market wants an article that is really on the product
NAMED_ANYWAY = 0.7
NAMES_SHARE = 0.6  # of the weight of the names in a question: with RoHS there, LED may be missing
NUMBER = 2.0  # words: the number of a rule or a standard is not met by chance
TITLE_SHARE = 0.7  # of the words of a law's title
_NUMBER = re.compile(r"\d{2}[\d./-]*\d|\d[./-]\d")
_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Measured:
    """For every entry: its features (rows as FEATURES), and whether it has the market, product, names asked for.

    `has_names` also wants every rule that is named by number, `fits_subject` that a subject which the base leaves to
    others is one that the entry itself is asked about.
    """

    features: Floats
    fits_market: Bools
    fits_product: Bools
    has_names: Bools
    fits_subject: Bools


class Evidence:
    """All entries of a base, prepared to be measured against questions; unchangeable."""

    def __init__(self, articles: Sequence[Entry], weighed: Weighed | None = None) -> None:
        """`weighed` is what `weigh` makes of these very articles, when it is there already."""
        own = self._own = weighed or weigh(articles)
        self.vocabulary, self._references = own.vocabulary, own.references
        self._whole = own.ranked.plain()
        self._scopes = Scopes(articles)
        self._kinds = {kind: np.array([one.kind is kind for one in articles], dtype=np.float64) for kind in Kind}
        self._asked_as = [" \n ".join(asked_as(article)).lower() for article in articles]

    def measure(self, asked: Asked) -> Measured:
        """All features from 0 to 1, one column an article; all 0 for a question without a telling token."""
        features = self._features(asked, self.vocabulary.weigh(asked.tokens))
        on_product = self._scopes.fits_product(asked)
        if asked.telling:
            on_product |= features[FEATURES.index("on_product")] >= NAMED_ANYWAY
        return Measured(
            features, self._scopes.fits_market(asked), on_product, self._has_names(asked), self._fits_subject(asked)
        )

    def unknown(self, asked: Asked) -> tuple[str, ...]:
        """The names and rules of a question that stand nowhere in the base, as they were written."""
        every = frozenset().union(*self._references)
        rules = [one.text for one in asked.references if not references.covers(every, [one])]
        titles = [one.text for one in asked.titled if not self._bears(one).any()]
        return (*rules, *titles, *(name for name in sorted(asked.names) if not self.vocabulary.knows(name)))

    def _has_names(self, asked: Asked) -> Bools:
        """Every rule that is named by number, and the names but for those that weigh little beside the others."""
        weights = self.vocabulary.weigh(asked.names)
        has = self._whole.sum(weights) >= NAMES_SHARE * sum(weights.values()) - _TINY
        for one in asked.titled:
            has &= self._bears(one)
        return has & self._cites(asked)

    def _bears(self, one: Titled) -> Bools:
        """Most words of the title stand in the entry."""
        return np.asarray(self._whole.sum(dict.fromkeys(one.tokens, 1.0)) >= TITLE_SHARE * len(one.tokens))

    def _cites(self, asked: Asked) -> Bools:
        """Every rule that is named by number stands in the entry."""
        if not asked.references:
            return np.ones(len(self._references), dtype=np.bool_)
        return np.array([references.covers(own, asked.references) for own in self._references], dtype=np.bool_)

    def _fits_subject(self, asked: Asked) -> Bools:
        if not asked.outside:
            return np.ones(len(self._asked_as), dtype=np.bool_)
        return np.array([all(word in own for word in asked.outside) for own in self._asked_as], dtype=np.bool_)

    def _features(self, asked: Asked, weights: dict[str, float]) -> Floats:
        squares = {token: weight**2 for token, weight in weights.items()}
        granted = self._scopes.granted(asked)
        covered = _covered(self._whole, asked, weights, granted)
        everything, total = np.sum(covered, axis=0), sum(weights.values()) or 1.0
        ranked = self._own.ranked.sum(weights)
        likeness, passage = self._likest(squares)
        rows = (
            likeness,
            passage,
            np.sum(_covered(self._own.naming, asked, weights, granted), axis=0) / total,
            everything / total,
            _share_of(covered[:1], [asked.free], weights, ranked),
            np.sum(_covered(self._own.naming, asked, squares, granted), axis=0) / (sum(squares.values()) or 1.0),
            everything / (everything + ENOUGH),
            np.full_like(ranked, self._known(weights) / total),
            _share_of(covered[1:2], [asked.market_tokens] if asked.markets else [], weights, ranked),
            _share_of(covered[2:], [product.tokens for product in asked.products], weights, ranked),
            self._notions(asked, weights, ranked),
            ranked / max(ranked.max(initial=0.0), _TINY),
            *(self._kinds[kind] for kind in KINDS),
            self._of(asked.kinds),
            self._of(asked.hints),
            np.maximum(likeness, passage),
            self._cites(asked) if asked.references else np.zeros_like(ranked),
            *self._scopes.beyond(asked),
            np.any(granted[2:], axis=0) if asked.products else np.zeros_like(ranked),
            self._words(asked, granted),
        )
        return np.vstack(rows)

    def _words(self, asked: Asked, granted: Sequence[Bools]) -> Floats:
        """One word in common may be chance, however rare it is; each further one is less so."""
        counted = {token: NUMBER if _NUMBER.search(token) else 1.0 for token in asked.telling}
        held = self._whole.sum(counted) + np.sum(granted, axis=0)
        return np.asarray(held / (held + 1.0))

    def _of(self, kinds: frozenset[Kind]) -> Floats:
        """1 for the entries of these kinds."""
        rows = [self._kinds[kind] for kind in kinds]
        return np.sum(rows, axis=0) if rows else np.zeros_like(self._kinds[Kind.ARTICLE])

    def _likest(self, squares: dict[str, float]) -> tuple[Floats, Floats]:
        """Likeness and passage: how near the nearest question, the nearest sentence of each article comes."""
        square = sum(squares.values()) or 1.0
        questions = self._own.questions.sum(squares) / self._own.norms / math.sqrt(square)
        sentences = self._own.passages.sum(squares) / square
        return _best(questions, self._own.question_starts), _best(sentences, self._own.passage_starts)

    def _notions(self, asked: Asked, weights: Mapping[str, float], like: Floats) -> Floats:
        """Share of the ideas of the question that each entry has; 1 where it names none."""
        own = {token: weights[token] for token in asked.free if token[0] == IDEA_MARK}
        return self._whole.sum(own) / sum(own.values()) if own else np.ones_like(like)

    def _known(self, weights: dict[str, float]) -> float:
        return sum(weight for token, weight in weights.items() if self.vocabulary.knows(token))


def _covered(postings: Postings, asked: Asked, weights: Mapping[str, float], granted: Sequence[Bools]) -> list[Floats]:
    """For each group of tokens what of its weight each article holds; a granted group counts whole."""
    parts = []
    for group, grant in zip(asked.groups, granted, strict=True):
        own = {token: weights[token] for token in group}
        parts.append(np.where(grant, sum(own.values()), postings.sum(own)))
    return parts


def _share_of(
    covered: Sequence[Floats], groups: Sequence[frozenset[str]], weights: Mapping[str, float], like: Floats
) -> Floats:
    """The covered share of the best covered group; 1 where nothing was asked."""
    totals = [sum(weights[token] for token in group) for group in groups]
    shares = [part / total for part, total in zip(covered, totals, strict=False) if total]
    return np.max(shares, axis=0) if shares else np.ones_like(like)


def _best(values: Floats, starts: Numbers) -> Floats:
    best: Floats = np.maximum.reduceat(values, starts) if len(starts) else np.zeros(0)
    return best
