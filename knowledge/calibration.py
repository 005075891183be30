"""How the measured features make a rank and a probability, and from where on we answer: calibration.yml."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from knowledge.evidence import FEATURES
from knowledge.postings import Floats

CALIBRATION = Path(__file__).with_name("calibration.yml")
SINGLE_VALUES = ("intercept", "threshold", "also_within", "nearest_from", "perhaps_from")


@dataclass(frozen=True, slots=True)
class Calibration:
    """How features make a rank and a probability, and when we answer. Written by `python -m knowledge.calibrate`.

    `ranking` orders the articles; `covering` (with `intercept`) says how probably the best one covers the question.
    """

    ranking: tuple[float, ...]
    covering: tuple[float, ...]
    intercept: float
    threshold: float  # the least probability at which we answer
    also_within: float  # how far behind in rank a second article may be to be named as well
    nearest_from: float  # the least probability at which an article may be offered as near
    perhaps_from: float = 1.0  # the least at which the nearest one is shown, as perhaps meant

    @classmethod
    def load(cls, path: Path = CALIBRATION) -> Calibration:
        """Features that a file does not name weigh nothing."""
        raw = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
        ranking, covering = (
            tuple(float(raw[name].get(feature, 0.0)) for feature in FEATURES) for name in ("ranking", "covering")
        )
        return cls(ranking, covering, *(float(raw[name]) for name in SINGLE_VALUES))

    def ranks(self, features: Floats) -> Floats:
        """One rank for each column of features, the higher the better; only differences within a question count."""
        ranks: Floats = np.array(self.ranking) @ features
        return ranks

    def confidence(self, features: Sequence[float]) -> float:
        """How probably an article with these features covers the question."""
        return probability(self.intercept + sum(w * x for w, x in zip(self.covering, features, strict=True)))

    def confidences(self, features: Floats) -> list[float]:
        """The same for each column of features."""
        scores: Floats = self.intercept + np.array(self.covering) @ features
        return [probability(score) for score in scores.tolist()]


def probability(score: float) -> float:
    """The logistic function."""
    return 1 / (1 + math.exp(-score))
