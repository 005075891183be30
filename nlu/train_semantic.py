"""Teach the second opinion on English: python -m nlu.train_semantic DATA_DIR MODEL_DIR ENCODER_DIR, after nlu.train.

How much it has to say is settled by cross-validation.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nlu import training_data
from nlu.classifier import Classifier, Thresholds
from nlu.fingerprint import SECOND_MARK, second_fingerprint
from nlu.semantic.encoder import Encoder, Floats, Numbers
from nlu.semantic.opinion import MODEL, Opinion, shares
from nlu.train import WRONG, fold_classifiers

LANGUAGE = "en"
COST = 30.0
ROUNDS = 300
STEPS = tuple(step / 10 for step in range(9))
Examples = Sequence[training_data.Example]


def train(data_dir: Path, model_dir: Path, encoder_dir: Path) -> Opinion:
    """Write the model beside the classifier's. Deterministic.

    Raises NoEncoder, and ValueError when there are no English examples of two intents.
    """
    encoder = Encoder.load(encoder_dir)
    examples = [one for one in training_data.load(data_dir).examples if one.language == LANGUAGE]
    if len({one.intent for one in examples}) < 2:
        raise ValueError(f"{data_dir}: the encoder knows English, and there are no English examples of two intents")
    vectors = encoder.encode([one.text for one in examples])
    share = settle(data_dir, examples, vectors)
    opinion = Opinion(encoder, *fit(vectors, [one.intent for one in examples]), share)
    _write(model_dir, opinion, second_fingerprint(data_dir, encoder_dir))
    return opinion


def settle(data_dir: Path, examples: Examples, vectors: Floats) -> float:
    """The share worth most on sentences that neither model has seen: the least of equals, 0 where it adds nothing."""
    rows = {example: row for row, example in enumerate(examples)}
    gained = np.zeros(len(STEPS))
    for classifier, unseen in fold_classifiers(data_dir):
        asked = [rows[one] for one in unseen if one in rows]
        learnt = np.setdiff1d(np.arange(len(rows)), asked)
        if not asked or len({examples[row].intent for row in learnt}) < 2:
            continue
        intents, *head = fit(vectors[learnt], [examples[row].intent for row in learnt])
        own = _spread(shares(vectors[asked], *head), intents, classifier.intents)
        theirs = np.array([_in_order(classifier, examples[row].text) for row in asked], np.float32)
        wanted = np.array([classifier.intents.index(examples[row].intent) for row in asked])
        for step, share in enumerate(STEPS):
            gained[step] += worth((1 - share) * theirs + share * own, wanted, classifier.thresholds, classifier.outside)
    return STEPS[int(gained.argmax())]


def worth(joint: Floats, wanted: Numbers, limits: Thresholds, outside: int) -> float:
    """What answering by these shares is worth: right 1, wrong -WRONG, asking back 0, but 1 for what is out of scope."""
    second, first = np.partition(joint, -2, axis=1)[:, -2:].T
    refused = (first < limits.confidence) | (first - second < limits.margin)
    strange = wanted == outside
    answered = np.where(joint.argmax(axis=1) == wanted, 1.0, -WRONG)
    return float(np.where(refused, strange.astype(float), answered).sum())


def fit(vectors: Floats, intents: Sequence[str]) -> tuple[tuple[str, ...], Floats, Floats]:
    """Names, weights (width x intents) and bias of a logistic regression. Raises ValueError for one intent only."""
    from sklearn.linear_model import LogisticRegression

    fitted: Any = LogisticRegression(C=COST, max_iter=ROUNDS).fit(vectors, np.array(intents))
    weights, bias = fitted.coef_.T, fitted.intercept_
    if len(fitted.classes_) == 2:  # one machine for the second of the two
        weights, bias = np.hstack((np.zeros_like(weights), weights)), np.array([0.0, bias[0]])
    return tuple(fitted.classes_.tolist()), weights.astype(np.float32), bias.astype(np.float32)


def _in_order(classifier: Classifier, text: str) -> list[float]:
    """The classifier's confidences in the order of its intents."""
    found = {score.name: score.confidence for score in classifier.classify(text)}
    return [found[name] for name in classifier.intents]


def _spread(own: Floats, intents: tuple[str, ...], names: tuple[str, ...]) -> Floats:
    """The columns of the intents at their places among all names."""
    placed = np.zeros((len(own), len(names)), np.float32)
    placed[:, [names.index(name) for name in intents]] = own
    return placed


def _write(model_dir: Path, opinion: Opinion, mark: str) -> None:
    """Into one file beside the old one, then swapped in; the fingerprint comes last, so a torn write is seen."""
    model_dir.mkdir(parents=True, exist_ok=True)
    (model_dir / SECOND_MARK).unlink(missing_ok=True)
    meta = json.dumps({"intents": opinion.intents, "share": opinion.share}, ensure_ascii=False)
    temporary = model_dir / f"{MODEL}.{os.getpid()}.npz"
    stored = np.frombuffer(meta.encode(), np.uint8)
    np.savez(temporary, meta=stored, weights=opinion.weights.astype(np.float16), bias=opinion.bias)
    os.replace(temporary, model_dir / MODEL)
    (model_dir / SECOND_MARK).write_text(mark, encoding="ascii")


def main(arguments: list[str]) -> int:
    """Train from the command line; prints the share that the second opinion has."""
    if len(arguments) != 3:
        sys.stderr.write("usage: python -m nlu.train_semantic DATA_DIR MODEL_DIR ENCODER_DIR\n")
        return 2
    opinion = train(*map(Path, arguments))
    sys.stdout.write(f"second_opinion={opinion.share:.1f}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
