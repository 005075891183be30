"""Join what the classifier says of an English sentence with what its meaning says."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nlu.classifier import IntentScore
from nlu.semantic.encoder import Encoder, Floats

MODEL = "semantic.npz"


@dataclass(frozen=True, slots=True)
class Opinion:
    """A logistic regression over an encoder's vectors; `share` = its part in the joint ranking, 0..1.

    `weights` is width x intents, `bias` one for each intent.
    """

    encoder: Encoder
    intents: tuple[str, ...]
    weights: Floats
    bias: Floats
    share: float

    @classmethod
    def load(cls, model_dir: Path, encoder: Encoder) -> Opinion:
        """Read what nlu.semantic.train wrote. Raises FileNotFoundError when there is nothing."""
        with np.load(model_dir / MODEL, allow_pickle=False) as stored:
            meta = json.loads(bytes(stored["meta"]))
            weights, bias = stored["weights"].astype(np.float32), stored["bias"].astype(np.float32)
        return cls(encoder, tuple(meta["intents"]), weights, bias, meta["share"])

    def join(self, ranking: list[IntentScore], text: str) -> list[IntentScore]:
        """The ranking with this opinion of the text in it; confidences still add up to 1, best first."""
        if not self.share:
            return ranking
        own = shares(self.encoder.encode([text]), self.weights, self.bias)[0]
        joint = {score.name: (1 - self.share) * score.confidence for score in ranking}
        for name, part in zip(self.intents, own.tolist(), strict=True):
            joint[name] = joint.get(name, 0.0) + self.share * part
        ordered = sorted(joint.items(), key=lambda item: (-item[1], item[0]))
        return [IntentScore(name, round(confidence, 6)) for name, confidence in ordered]


def shares(vectors: Floats, weights: Floats, bias: Floats) -> Floats:
    """The probability of each intent (texts x intents)."""
    scores = vectors @ weights + bias
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    result: Floats = raised / raised.sum(axis=1, keepdims=True)
    return result
