"""Token statistics in arrays: how much each token tells, and which articles, questions and sentences hold it."""

from __future__ import annotations

import copy
import math
from array import array
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from knowledge.question import faint
from knowledge.tokens import IDEA_MARK, TRIGRAM_MARK

Floats = NDArray[np.float64]
Numbers = NDArray[np.intp]
Kept = NDArray[np.int32]  # of what is kept for long: half the memory

TRIGRAM_SHARE = 0.25  # a long word has many trigrams; together they must not outweigh the words around it
SINGLE_SHARE = 0.25  # a single Chinese character means less than the pair that it stands in
NUMBER_SHARE = 0.5  # numbers name rules (2023/1542), but also come by chance, single digits more so
DIGIT_SHARE = 0.2
IDEA_SHARE = 0.7  # another word for the same is not quite the same
FAINT_SHARE = 0.15  # words that any question may hold
BOOSTS = (2.0, 1.5, 1.0)  # of the three fields: what is asked, keywords, what is said (as in search.py)
K1, B = 1.2, 0.75  # of BM25, the usual values


class Numbering:
    """A number for each token, given at first sight."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def of(self, found: Iterable[str]) -> Kept:
        given = self.numbers
        return np.array([given.setdefault(token, len(given)) for token in found], dtype=np.int32)


class Postings:
    """Which units hold a token, and with what factor. `units` are arrays of token numbers; repetitions count once."""

    def __init__(self, numbering: Numbering, units: Sequence[Kept], factors: Floats | None = None) -> None:
        self._numbers = numbering.numbers
        self._size = len(units)
        owners, found = _pairs(units, len(self._numbers))
        order = np.argsort(found, kind="stable")
        self.counts = np.bincount(found, minlength=len(self._numbers))
        self._ends = array("l", [0, *np.cumsum(self.counts).tolist()])
        self._owners: Kept = owners[order].astype(np.int32)
        self._factors = None if factors is None else factors[order]

    def plain(self) -> Postings:
        """The same without the factors; what both hold is there once."""
        plain = copy.copy(self)
        plain._factors = None
        return plain

    def sum(self, weights: Mapping[str, float]) -> Floats:
        """For each unit the sum of weight x factor over the tokens that it holds."""
        known = [token for token in weights if token in self._numbers]
        if not known:
            return np.zeros(self._size)
        spans = [self._span(self._numbers[token]) for token in known]
        owners = np.concatenate([self._owners[span] for span in spans])
        values = np.repeat([weights[token] for token in known], [span.stop - span.start for span in spans])
        if self._factors is not None:
            values *= np.concatenate([self._factors[span] for span in spans])
        return np.bincount(owners, values, self._size).astype(np.float64)

    def _span(self, number: int) -> slice:
        return slice(self._ends[number], self._ends[number + 1])

    def norms(self, weights: Floats) -> Floats:
        """For each unit the root of the sum of squared weights."""
        numbers = np.repeat(np.arange(len(self.counts)), self.counts)
        return np.sqrt(np.bincount(self._owners, weights[numbers] ** 2, self._size))


def _pairs(units: Sequence[Kept], tokens: int) -> tuple[Numbers, Numbers]:
    """(unit, token) once each, by unit and then by token."""
    keys, _ = _distinct(_keys(units, tokens))
    return keys // max(tokens, 1), keys % max(tokens, 1)


def _distinct(keys: Numbers) -> tuple[Numbers, Numbers]:
    """Sorted keys and how often each came (np.unique takes three times as long)."""
    ordered = np.sort(keys)
    firsts = np.flatnonzero(np.diff(ordered, prepend=-1))
    return ordered[firsts], np.diff(firsts, append=len(ordered))


def _keys(units: Sequence[Kept], tokens: int) -> Numbers:
    owners = np.repeat(np.arange(len(units)), [len(unit) for unit in units])
    keys: Numbers = owners * tokens + np.concatenate([*units, np.zeros(0, dtype=np.intp)])
    return keys


class Vocabulary:
    """How much each token tells: inverse document frequency over whole articles, less for weak kinds of tokens."""

    def __init__(self, numbering: Numbering, articles: Postings, size: int) -> None:
        self._size = size
        counted = zip(numbering.numbers, articles.counts.tolist(), strict=True)
        self._weights = {token: _share(token) * self._rarity(count) for token, count in counted}

    @property
    def all_weights(self) -> Floats:
        """By token number."""
        return np.array(list(self._weights.values()))

    def weigh(self, found: Iterable[str]) -> dict[str, float]:
        return {token: self.weight(token) for token in found}

    def weight(self, token: str) -> float:
        known = self._weights.get(token)
        return self._unseen(token) if known is None else known

    def knows(self, token: str) -> bool:
        return token in self._weights

    def _rarity(self, count: int) -> float:
        return math.log(1 + (self._size - count + 0.5) / (count + 0.5))  # as in BM25: next to 0 for what all have

    def _unseen(self, token: str) -> float:
        if len(token) == 2 and not token.isascii():  # a chance pair of common characters is no rare word
            return max(self.weight(token[0]), self.weight(token[1]))
        return _share(token) * self._rarity(0)


def _share(token: str) -> float:
    if token in faint():
        return FAINT_SHARE
    if token[0] == TRIGRAM_MARK:
        return TRIGRAM_SHARE
    if token[0] == IDEA_MARK:
        return IDEA_SHARE
    if token.isdigit():
        return NUMBER_SHARE if len(token) > 1 else DIGIT_SHARE
    return SINGLE_SHARE if len(token) == 1 and not token.isascii() else 1.0


def bm25(numbering: Numbering, fields: Sequence[Sequence[Kept]]) -> Postings:
    """BM25 without its rarities, summed over boosted fields; `fields` holds for each of BOOSTS one array an article."""
    tokens = len(numbering.numbers)
    parts = [_bm25_field(field, boost, tokens) for field, boost in zip(fields, BOOSTS, strict=True)]
    found = np.concatenate([keys for keys, _ in parts])
    keys, _ = _distinct(found)
    factors = np.bincount(np.searchsorted(keys, found), np.concatenate([values for _, values in parts]), len(keys))
    whole = [np.concatenate(parts_of_one) for parts_of_one in zip(*fields, strict=True)]
    return Postings(numbering, whole, factors.astype(np.float64))


def _bm25_field(units: Sequence[Kept], boost: float, tokens: int) -> tuple[Numbers, Floats]:
    keys, counts = _distinct(_keys(units, tokens))
    lengths = np.array([len(unit) for unit in units], dtype=np.float64)
    relative = lengths / max(lengths.mean(), 1.0) if len(units) else lengths
    flattening = K1 * (1 - B + B * relative[keys // max(tokens, 1)])
    return keys, boost * counts * (K1 + 1) / (counts + flattening)
