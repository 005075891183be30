"""Token statistics in arrays: how much each token tells, and which articles, questions and sentences hold it."""

from __future__ import annotations

import copy
import math
from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

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

    def __init__(
        self, numbers: Mapping[str, int], ends: Numbers, owners: Kept, *, size: int, factors: Floats | None = None
    ) -> None:
        self._numbers, self._size, self._owners, self._factors = numbers, size, owners, factors
        self._ends = array("q", ends.astype(np.int64).tobytes())  # a slice of it is made faster than one of numpy

    @classmethod
    def of(cls, numbering: Numbering, units: Sequence[Kept], factors: Floats | None = None) -> Postings:
        """`units` are arrays of token numbers; `factors` stand for the tokens of all units, each once, in order."""
        owners, found = _pairs(units, len(numbering.numbers))
        order = np.argsort(found, kind="stable")
        ends = np.cumsum([0, *np.bincount(found, minlength=len(numbering.numbers))])
        own = None if factors is None else factors[order]
        return cls(numbering.numbers, ends, owners[order].astype(np.int32), size=len(units), factors=own)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All but the numbers of the tokens, to be kept."""
        factors = {} if self._factors is None else {"factors": self._factors}
        ends = np.array(self._ends, dtype=np.int64)
        return {"ends": ends, "owners": self._owners, "size": np.array(self._size), **factors}

    @classmethod
    def restored(cls, numbers: Mapping[str, int], found: Mapping[str, NDArray[Any]]) -> Postings:
        """What `arrays` gave."""
        return cls(numbers, found["ends"], found["owners"], size=int(found["size"]), factors=found.get("factors"))

    @property
    def counts(self) -> Numbers:
        """How many units hold each token."""
        ends: Numbers = np.array(self._ends, dtype=np.intp)
        return ends[1:] - ends[:-1]

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

    def __init__(self, numbers: Mapping[str, int], weights: Floats, size: int) -> None:
        self.numbers, self.size = numbers, size
        self._weights = array("d", weights.tobytes())  # of it a single number comes faster than of numpy

    @classmethod
    def of(cls, numbering: Numbering, articles: Postings, size: int) -> Vocabulary:
        counted = zip(numbering.numbers, articles.counts.tolist(), strict=True)
        weights = np.array([_share(token) * _rarity(count, size) for token, count in counted], dtype=np.float64)
        return cls(numbering.numbers, weights, size)

    @property
    def all_weights(self) -> Floats:
        """By token number."""
        return np.array(self._weights, dtype=np.float64)

    def weigh(self, found: Iterable[str]) -> dict[str, float]:
        return {token: self.weight(token) for token in found}

    def weight(self, token: str) -> float:
        known = self.numbers.get(token)
        return self._unseen(token) if known is None else self._weights[known]

    def knows(self, token: str) -> bool:
        return token in self.numbers

    def _unseen(self, token: str) -> float:
        if len(token) == 2 and not token.isascii():  # a chance pair of common characters is no rare word
            return max(self.weight(token[0]), self.weight(token[1]))
        return _share(token) * _rarity(0, self.size)


def _rarity(count: int, size: int) -> float:
    return math.log(1 + (size - count + 0.5) / (count + 0.5))  # as in BM25: next to 0 for what all have


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
    return Postings.of(numbering, whole, factors.astype(np.float64))


def _bm25_field(units: Sequence[Kept], boost: float, tokens: int) -> tuple[Numbers, Floats]:
    keys, counts = _distinct(_keys(units, tokens))
    lengths = np.array([len(unit) for unit in units], dtype=np.float64)
    relative = lengths / max(lengths.mean(), 1.0) if len(units) else lengths
    flattening = K1 * (1 - B + B * relative[keys // max(tokens, 1)])
    return keys, boost * counts * (K1 + 1) / (counts + flattening)
