"""Weigh a sentence's terms by log-tf-idf; the block of words and the block of concepts are each of unit length."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlu.concepts import concept_terms
from nlu.features import is_word, terms

CONCEPT_WEIGHT = 0.5
UNKNOWN = -1
Floats = NDArray[np.float32]
Indexes = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Familiar(NamedTuple):
    """How much of a sentence sentences about our world have: shares of its terms, its words, its words by rarity."""

    terms: float
    words: float
    rare: float


class Vector(NamedTuple):
    """A sparse vector: the first `words` entries are word terms, the rest concepts."""

    indexes: Indexes
    weights: Floats
    words: int
    familiar: Familiar


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Each term's row, its inverse document frequency, and whether an example in scope has it."""

    rows: dict[str, int]
    idf: Floats
    ours: Flags

    def vector(self, masked: str) -> Vector:
        """The vector of a masked text (features.masked)."""
        word_terms = terms(masked)
        word_rows, word_weights = self._block(word_terms)
        concept_rows, concept_weights = self._block(concept_terms(masked))
        indexes = np.concatenate((word_rows, concept_rows))
        weights = np.concatenate((word_weights, CONCEPT_WEIGHT * concept_weights)).astype(np.float32)
        return Vector(indexes, weights, len(word_rows), self._familiar(word_terms))

    def _familiar(self, word_terms: list[str]) -> Familiar:
        """What a sentence of numbers and marks alone has of words is neither known nor strange: half."""
        known = [row for term in word_terms if (row := self.rows.get(term)) is not None]
        share = float(self.ours[known].sum()) / max(1, len(word_terms))
        rows = [self.rows.get(term, UNKNOWN) for term in word_terms if is_word(term)]
        if not rows:
            return Familiar(share, 0.5, 0.5)
        never = float(self.idf.max())  # as rare as what one example has
        rarities = np.array([self.idf[row] if row != UNKNOWN else never for row in rows])
        ours = np.array([row != UNKNOWN and self.ours[row] for row in rows])
        return Familiar(share, float(ours.mean()), float(rarities[ours].sum() / rarities.sum()))

    def _block(self, found: list[str]) -> tuple[Indexes, Floats]:
        rows = self.rows
        counts = Counter(row for term in found if (row := rows.get(term)) is not None)
        indexes = np.fromiter(counts.keys(), np.int64, len(counts))
        weights = (1 + np.log(np.fromiter(counts.values(), np.float32, len(counts)))) * self.idf[indexes]
        length = float(np.sqrt(weights @ weights))
        return indexes, (weights / length if length else weights).astype(np.float32)


def build(documents: list[str], inside: Flags) -> Vocabulary:
    """The vocabulary of masked training texts; smoothed idf = ln((1 + n) / (1 + df)) + 1. Terms in sorted order.

    `inside` says of each text whether it is in scope.
    """
    frequencies: Counter[str] = Counter()
    ours: set[str] = set()
    for document, own in zip(documents, inside.tolist(), strict=True):
        found = {*terms(document), *concept_terms(document)}
        frequencies.update(found)
        if own:
            ours |= found
    names = sorted(frequencies)
    counts = np.array([frequencies[name] for name in names], np.float32)
    idf = np.log((1 + len(documents)) / (1 + counts)) + 1
    return Vocabulary(
        {name: row for row, name in enumerate(names)},
        idf.astype(np.float32),
        np.array([name in ours for name in names]),
    )
