"""Weigh a sentence's terms by log-tf-idf; the block of words and the block of concepts are each of unit length."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlu.concepts import concept_terms
from nlu.features import terms

CONCEPT_WEIGHT = 0.5
Floats = NDArray[np.float32]
Indexes = NDArray[np.int64]


class Vector(NamedTuple):
    """A sparse vector: the first `words` entries are word terms, the rest concepts; `coverage`: known terms."""

    indexes: Indexes
    weights: Floats
    words: int
    coverage: float


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Each term's row, and its inverse document frequency."""

    rows: dict[str, int]
    idf: Floats

    def vector(self, masked: str) -> Vector:
        """The vector of a masked text (features.masked)."""
        word_terms = terms(masked)
        word_rows, word_weights = self._block(word_terms)
        concept_rows, concept_weights = self._block(concept_terms(masked))
        indexes = np.concatenate((word_rows, concept_rows))
        weights = np.concatenate((word_weights, CONCEPT_WEIGHT * concept_weights)).astype(np.float32)
        known = sum(term in self.rows for term in word_terms) / max(1, len(word_terms))
        return Vector(indexes, weights, len(word_rows), known)

    def _block(self, found: list[str]) -> tuple[Indexes, Floats]:
        rows = self.rows
        counts = Counter(row for term in found if (row := rows.get(term)) is not None)
        indexes = np.fromiter(counts.keys(), np.int64, len(counts))
        weights = (1 + np.log(np.fromiter(counts.values(), np.float32, len(counts)))) * self.idf[indexes]
        length = float(np.sqrt(weights @ weights))
        return indexes, (weights / length if length else weights).astype(np.float32)


def build(documents: list[str]) -> Vocabulary:
    """The vocabulary of masked training texts; smoothed idf = ln((1 + n) / (1 + df)) + 1. Terms in sorted order."""
    frequencies: Counter[str] = Counter()
    for document in documents:
        frequencies.update({*terms(document), *concept_terms(document)})
    names = sorted(frequencies)
    counts = np.array([frequencies[name] for name in names], np.float32)
    idf = np.log((1 + len(documents)) / (1 + counts)) + 1
    return Vocabulary({name: row for row, name in enumerate(names)}, idf.astype(np.float32))
