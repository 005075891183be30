"""Choose the intent of a sentence: linear scores blended with the nearest examples; numpy and dictionaries only."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np

from nlu.company_names import find_names
from nlu.entities import extract
from nlu.features import masked
from nlu.fingerprint import MODEL
from nlu.normalize import fold
from nlu.vectors import Familiar, Floats, Indexes, Vector, Vocabulary

NEIGHBOURS = 8
NEIGHBOUR_WEIGHT = 0.4
FAR = 0.3
OUTSIDE = "out_of_scope"
NOT_TAUGHT = -1
_ANY_DAY = datetime(2026, 1, 1, tzinfo=UTC)  # for masking it matters that something is a date, not which one
_SCALES = (0.05, 60.0)


@dataclass(frozen=True, slots=True)
class IntentScore:
    """An intent and how sure one is of it, 0..1."""

    name: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Below `confidence`, or with less than `margin` between the first two, nothing is understood."""

    confidence: float
    margin: float


@dataclass(frozen=True, slots=True)
class Examples:
    """The training vectors by term: example numbers and weights of row r stand at starts[r]..starts[r + 1]."""

    starts: Indexes
    numbers: Indexes
    weights: Floats
    labels: Indexes

    def nearest(self, vector: Vector) -> tuple[Indexes, Floats]:
        """The intents and cosines (word block) of the nearest examples, best first."""
        rows = vector.indexes[: vector.words]
        lengths = self.starts[rows + 1] - self.starts[rows]
        offsets = np.repeat(self.starts[rows] - np.concatenate(([0], np.cumsum(lengths)[:-1])), lengths)
        places = offsets + np.arange(len(offsets))
        products = self.weights[places] * np.repeat(vector.weights[: vector.words], lengths)
        cosines = np.bincount(self.numbers[places], products, minlength=len(self.labels)).astype(np.float32)
        near = np.flatnonzero(cosines > FAR * cosines.max())  # argpartition is slow on thousands of equal zeros
        best = near[np.argsort(-cosines[near], kind="stable")[:NEIGHBOURS]]
        return self.labels[best], cosines[best]


class Signals(NamedTuple):
    """What the first choice is judged by: its score, its lead, how near the examples and how familiar the words are.

    `gap` is by how much the best linear score of an intent of ours exceeds that of out_of_scope. The scope is told by
    what stands from SCOPE on.
    """

    best: float
    margin: float
    nearness: float
    familiar: float
    words: float
    rare: float
    gap: float


SCOPE = slice(3, None)


@dataclass(frozen=True, slots=True)
class Classifier:
    """A trained model.

    `calibration` = weights of the signals and bias of the logistic that says how probable it is that the best intent
    is right; `scope` = weights of the signals in SCOPE and bias of the one that says whether a text is about our world
    at all (0.5 = the cut).
    """

    intents: tuple[str, ...]
    vocabulary: Vocabulary
    weights: Floats
    bias: Floats
    examples: Examples
    calibration: tuple[float, ...]
    scope: tuple[float, ...]
    thresholds: Thresholds

    @classmethod
    def load(cls, path: Path) -> Classifier:
        """Read a model directory written by nlu.train. Raises FileNotFoundError when there is none."""
        with np.load(path / MODEL, allow_pickle=False) as stored:
            meta = json.loads(bytes(stored["meta"]))
            names = bytes(stored["terms"]).decode().split("\n")
            rows = {name: row for row, name in enumerate(names)}
            vocabulary = Vocabulary(rows, stored["idf"].astype(np.float32), stored["ours"].astype(np.bool_))
            examples = Examples(
                stored["starts"].astype(np.int64),
                stored["numbers"].astype(np.int64),
                stored["posting_weights"].astype(np.float32),
                stored["labels"].astype(np.int64),
            )
            weights, bias = stored["weights"].astype(np.float32), stored["bias"].astype(np.float32)
        thresholds = Thresholds(meta["confidence"], meta["margin"])
        calibration, scope = tuple(meta["calibration"]), tuple(meta["scope"])
        return cls(tuple(meta["intents"]), vocabulary, weights, bias, examples, calibration, scope, thresholds)

    def classify(self, text: str) -> list[IntentScore]:
        """All intents with confidences that add up to 1, best first."""
        known = fold(text)
        return self.classify_masked(masked(known, extract(text, now=_ANY_DAY, folded=known), find_names(text)))

    def classify_masked(self, text: str) -> list[IntentScore]:
        """The same for a text whose entities are masked already (features.masked)."""
        scores, signals = self.score(text)
        shares = spread(scores, logistic(self.calibration, signals))
        if self.outside != NOT_TAUGHT:
            shares = with_outside(shares, self.outside, logistic(self.scope, tuple(signals)[SCOPE]))
        ranked = sorted(zip(shares.tolist(), self.intents, strict=True), key=_best_first)
        return [IntentScore(name, share) for share, name in ranked]

    @property
    def outside(self) -> int:
        """The number of out_of_scope, NOT_TAUGHT when there are no examples of it."""
        return self.intents.index(OUTSIDE) if OUTSIDE in self.intents else NOT_TAUGHT

    def score(self, text: str) -> tuple[Floats, Signals]:
        """Blended scores by intent, and the signals of the best one."""
        vector = self.vocabulary.vector(text)
        linear = vector.weights @ self.weights[vector.indexes] + self.bias
        labels, cosines = self.examples.nearest(vector)
        return blend(linear, labels, cosines, vector.familiar, outside=self.outside)


def blend(
    linear: Floats, labels: Indexes, cosines: Floats, familiar: Familiar, *, outside: int
) -> tuple[Floats, Signals]:
    """Linear scores plus the votes of the nearest examples; out_of_scope does not compete, it has a say in `gap`."""
    votes = np.bincount(labels, cosines, minlength=len(linear))
    scores = (linear + NEIGHBOUR_WEIGHT * votes / (float(votes.sum()) + 1e-9)).astype(np.float32)
    gap = 0.0
    if outside != NOT_TAUGHT:
        scores[outside] = -np.inf
        gap = float(np.delete(linear, outside).max() - linear[outside])
    second, first = np.partition(scores, -2)[-2:]
    return scores, Signals(float(first), float(first - second), float(cosines[:5].sum() / 5), *familiar, gap)


def logistic(calibration: tuple[float, ...], signals: tuple[float, ...]) -> float:
    """The probability that the weights, and the bias that stands last, give to the signals."""
    *factors, bias = calibration
    return float(1 / (1 + np.exp(-(np.dot(factors, signals) + bias))))


def with_outside(shares: Floats, outside: int, inside: float) -> Floats:
    """The shares with that of out_of_scope: first when a text is rather not of our world, else of what is in doubt."""
    best = float(shares.max())
    share = 1 - inside if inside < 0.5 else (1 - inside) * (1 - best)
    shares = shares * np.float32(1 - share)
    shares[outside] = share
    rounded: Floats = np.round(shares, 6)
    return rounded


def spread(scores: Floats, confidence: float) -> Floats:
    """Shares that add up to 1, in the order of the scores, with the confidence as the share of the best."""
    low, high = _SCALES
    above = scores - scores.max()
    for _ in range(6):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if 1 / np.exp(middle * above).sum() < confidence else (low, middle)
    shares = np.exp(high * above)
    shares /= shares.sum()
    rounded: Floats = np.round(shares, 6)
    return rounded


def _best_first(item: tuple[float, str]) -> tuple[float, str]:
    return -item[0], item[1]
