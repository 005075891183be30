"""Train the classifier: python -m nlu.train DATA_DIR OUT_DIR, in a child process; only here scikit-learn is used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from nlu import training_data, vectors
from nlu.classifier import NOT_TAUGHT, OUTSIDE, SCOPE, Classifier, Examples, Signals, Thresholds, blend
from nlu.company_names import find_names
from nlu.entities import extract
from nlu.features import masked
from nlu.fingerprint import MARK, MODEL, fingerprint
from nlu.normalize import fold

FOLDS = 5
SEED = 20260101
COST = 1.5
COMMON = 600
MARGIN = 0.15
# What a wrong answer costs when a right one is worth 1 and asking back 0: sets the threshold below which one asks back.
WRONG = 0.6
# The share of our own sentences that may be taken for something else, so that nearly all that is none of ours is
# turned down. Of the training data: it is harder than what people type.
TURNED_DOWN = 0.04
_DAY = datetime(2026, 1, 1, tzinfo=UTC)
_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Report:
    """What cross-validation says of the model: all sentences, by language, and with the fallback in place."""

    examples: int
    accuracy: float
    by_language: dict[str, float]
    threshold: float
    rejected: float
    accuracy_of_accepted: float
    caught: float  # of what is out of scope, by models that have seen nothing of its kind

    def lines(self) -> list[str]:
        """The figures as key=value lines."""
        languages = [f"accuracy_{name}={value:.4f}" for name, value in self.by_language.items()]
        return [
            f"examples={self.examples}",
            f"accuracy={self.accuracy:.4f}",
            *languages,
            f"threshold={self.threshold:.3f}",
            f"rejected={self.rejected:.4f}",
            f"accuracy_of_accepted={self.accuracy_of_accepted:.4f}",
            f"outside_caught={self.caught:.4f}",
        ]


def train_in_child(data_dir: Path, model_dir: Path) -> None:
    """Run this module in a child process, so that scikit-learn's 100 MB leave with it.

    Raises subprocess.CalledProcessError (its stderr says why) when the training fails.
    """
    command = [sys.executable, "-m", "nlu.train", str(data_dir.resolve()), str(model_dir.resolve())]
    subprocess.run(command, cwd=_HERE.parent, check=True, capture_output=True, text=True)  # noqa: S603  our own module


@dataclass(frozen=True, slots=True)
class Lesson:
    """The training examples as the learner gets them; `outside` = the number of out_of_scope."""

    examples: tuple[training_data.Example, ...]
    documents: list[str]
    labels: vectors.Indexes
    names: tuple[str, ...]
    outside: int

    @classmethod
    def read(cls, data_dir: Path) -> Lesson:
        """Raises ValueError when there are not enough examples to learn from."""
        examples = training_data.load(data_dir).examples
        names = tuple(sorted({example.intent for example in examples}))
        if len(names) < 2 or len(examples) < 4 * FOLDS:
            raise ValueError(f"{data_dir}: {len(examples)} examples of {len(names)} intents are too few to train on")
        labels = np.array([names.index(example.intent) for example in examples], np.int64)
        outside = names.index(OUTSIDE) if OUTSIDE in names else NOT_TAUGHT
        return cls(examples, [mask(example.text) for example in examples], labels, names, outside)


def train(data_dir: Path, model_dir: Path) -> Report:
    """Train on all examples, cross-validate for calibration and threshold, write the model. Deterministic.

    Raises ValueError when there are not enough examples to learn from.
    """
    lesson = Lesson.read(data_dir)
    held_out = cross_validate(lesson)
    limits = settle(held_out, lesson.labels, outside=lesson.outside)
    meta = {"intents": lesson.names, **asdict(limits), "margin": MARGIN}
    _write(model_dir, _fit(lesson, np.arange(len(lesson.labels))), meta, fingerprint(data_dir))
    return report(lesson, held_out, limits)


def fold_classifiers(data_dir: Path) -> Iterator[tuple[Classifier, list[training_data.Example]]]:
    """Each fold's model with the limits of the whole, and the examples that it has not seen."""
    lesson = Lesson.read(data_dir)
    limits = settle(cross_validate(lesson), lesson.labels, outside=lesson.outside)
    thresholds = Thresholds(limits.confidence, MARGIN)
    for seen, unseen in _splits(lesson):
        model = _fit(lesson, seen)
        learnt = (model.vocabulary, model.weights, model.bias, model.examples)
        classifier = Classifier(lesson.names, *learnt, tuple(limits.calibration), tuple(limits.scope), thresholds)
        yield classifier, [lesson.examples[index] for index in unseen]


def mask(text: str) -> str:
    """A training sentence as run time will see it: entities found by our own extractor, not by the annotations."""
    known = fold(text)
    return masked(known, extract(text, now=_DAY, folded=known), find_names(text))


@dataclass(frozen=True, slots=True)
class Model:
    """A fitted model before it is written."""

    vocabulary: vectors.Vocabulary
    weights: vectors.Floats
    bias: vectors.Floats
    examples: Examples


@dataclass(frozen=True, slots=True)
class HeldOut:
    """The best intent of ours for each example by a model that has not seen it; signals as a matrix, one row each."""

    predicted: vectors.Indexes
    signals: vectors.Floats


@dataclass(frozen=True, slots=True)
class Limits:
    """The two logistics of a classifier and the least confidence, as the model stores them."""

    calibration: list[float]
    scope: list[float]
    confidence: float


def cross_validate(lesson: Lesson) -> HeldOut:
    """Fit FOLDS models, each on all folds but one, and ask each about the fold that it has not seen."""
    predicted = np.zeros(len(lesson.labels), np.int64)
    signals = np.zeros((len(lesson.labels), len(Signals._fields)), np.float32)
    for seen, unseen in _splits(lesson):
        model = _fit(lesson, seen)
        for index in unseen:
            predicted[index], signals[index] = _ask(model, lesson.documents[index], lesson.outside)
    return HeldOut(predicted, signals)


def _splits(lesson: Lesson) -> Iterator[tuple[vectors.Indexes, vectors.Indexes]]:
    """For each fold the numbers of the examples to learn from, and of those held out."""
    kinds = [example.kind for example in lesson.examples]
    folds = assign_folds(lesson.labels, kinds, outside=lesson.outside)
    return ((np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)) for fold in range(FOLDS))


def assign_folds(labels: vectors.Indexes, kinds: Sequence[str], *, outside: int) -> vectors.Indexes:
    """Stratified: the examples of each intent, shuffled by a fixed seed, are dealt out in turn.

    Those out of scope stay together by kind, so that a model is asked about kinds that it has never seen. Where no
    kinds are named they stay in order: neighbouring lines are of a kind.
    """
    folds = np.zeros(len(labels), np.int64)
    generator = np.random.default_rng(SEED)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        if label == outside:
            folds[members] = _folds_of_kinds([kinds[int(member)] for member in members])
        else:
            folds[generator.permutation(members)] = np.arange(len(members)) % FOLDS
    return folds


def _folds_of_kinds(kinds: Sequence[str]) -> vectors.Indexes:
    """Whole kinds, the largest first, each into the fold that has least so far; slices when there is one kind only."""
    sizes = Counter(kinds)
    if len(sizes) < FOLDS:
        return np.arange(len(kinds)) * FOLDS // len(kinds)
    filled = [0] * FOLDS
    folds: dict[str, int] = {}
    for kind, size in sorted(sizes.items(), key=lambda item: (-item[1], item[0])):
        folds[kind] = filled.index(min(filled))
        filled[folds[kind]] += size
    return np.array([folds[kind] for kind in kinds])


def _ask(model: Model, document: str, outside: int) -> tuple[int, Signals]:
    vector = model.vocabulary.vector(document)
    linear = vector.weights @ model.weights[vector.indexes] + model.bias
    scores, signals = blend(linear, *model.examples.nearest(vector), vector.familiar, outside=outside)
    return int(scores.argmax()), signals


def _fit(lesson: Lesson, chosen: vectors.Indexes) -> Model:
    from scipy.sparse import csr_matrix  # type: ignore[import-untyped]  # scipy ships no types
    from sklearn.svm import LinearSVC

    documents, labels = [lesson.documents[index] for index in chosen], lesson.labels[chosen]
    vocabulary = vectors.build(documents, labels != lesson.outside)
    rows = [vocabulary.vector(document) for document in documents]
    starts = np.cumsum([0, *(len(row.indexes) for row in rows)])
    weights, indexes = np.concatenate([row.weights for row in rows]), np.concatenate([row.indexes for row in rows])
    matrix = csr_matrix((weights, indexes, starts), (len(rows), len(vocabulary.rows)))
    machine = LinearSVC(C=COST, random_state=SEED, dual=True).fit(matrix, labels)
    columns, bias = _all_classes(machine, len(lesson.names))
    return Model(vocabulary, columns, bias, _postings(rows, labels, len(vocabulary.rows)))


def _all_classes(machine: Any, count: int) -> tuple[vectors.Floats, vectors.Floats]:
    """One column for each intent, also for those that a fold has no example of; two classes give only one machine."""
    coefficients, intercepts = machine.coef_, machine.intercept_
    if len(machine.classes_) == 2:
        coefficients, intercepts = np.vstack((-coefficients, coefficients)), np.hstack((-intercepts, intercepts))
    weights = np.zeros((coefficients.shape[1], count), np.float32)
    bias = np.full(count, -2.0, np.float32)
    weights[:, machine.classes_] = coefficients.T
    bias[machine.classes_] = intercepts
    return weights, bias


def _postings(rows: list[vectors.Vector], labels: vectors.Indexes, size: int) -> Examples:
    """Word blocks turned round: for each term the examples that have it. Terms of very many examples only cost time."""
    terms = np.concatenate([row.indexes[: row.words] for row in rows])
    numbers = np.repeat(np.arange(len(rows)), [row.words for row in rows])
    weights = np.concatenate([row.weights[: row.words] for row in rows])
    rare = np.bincount(terms, minlength=size)[terms] <= COMMON
    terms, numbers, weights = terms[rare], numbers[rare], weights[rare]
    order = np.argsort(terms, kind="stable")
    starts = np.concatenate(([0], np.cumsum(np.bincount(terms, minlength=size))))
    return Examples(starts, numbers[order], weights[order], labels)


def settle(held_out: HeldOut, labels: vectors.Indexes, *, outside: int) -> Limits:
    """Where the scope ends, how sure one may be of the best intent within it, and from when on one asks back."""
    ours = labels != outside
    scope = bound_scope(held_out.signals[:, SCOPE], ours)
    kept = _logistic(held_out.signals[:, SCOPE], scope) >= 0.5
    right = (held_out.predicted == labels)[kept]
    calibration = calibrate(held_out.signals[kept], right)
    return Limits(calibration, scope, choose_threshold(_logistic(held_out.signals[kept], calibration), right))


def bound_scope(signals: vectors.Floats, ours: vectors.Flags) -> list[float]:
    """The logistic of what tells the scope, moved so that TURNED_DOWN of our own sentences fall below 0.5."""
    from sklearn.linear_model import LogisticRegression

    if ours.all() or not ours.any():
        return [*(0.0 for _ in Signals._fields[SCOPE]), 10.0]
    fitted = LogisticRegression(C=10.0, max_iter=2000, class_weight="balanced").fit(signals.astype(np.float64), ours)
    heights = signals[ours].astype(np.float64) @ fitted.coef_[0]
    return [round(float(value), 6) for value in (*fitted.coef_[0], -np.quantile(heights, TURNED_DOWN))]


def calibrate(signals: vectors.Floats, right: vectors.Flags) -> list[float]:
    """Weights of the signals and the bias, last, of the probability that the best intent is right (Platt 1999)."""
    from sklearn.linear_model import LogisticRegression

    if right.all() or not right.any():
        return [1.0, 1.0, *(0.0 for _ in Signals._fields[2:]), 1.0]
    fitted = LogisticRegression(C=10.0, max_iter=2000).fit(signals.astype(np.float64), right)
    return [round(float(value), 6) for value in (*fitted.coef_[0], fitted.intercept_[0])]


def _logistic(signals: vectors.Floats, calibration: list[float]) -> vectors.Floats:
    *factors, bias = calibration
    confidences: vectors.Floats = (1 / (1 + np.exp(-(signals @ np.array(factors) + bias)))).astype(np.float32)
    return confidences


def choose_threshold(confidences: vectors.Floats, right: vectors.Flags) -> float:
    """The confidence below which asking back is worth more than answering, between 0.3 and 0.5.

    The worth is flat there: of all within a thousandth of the best the lowest, so that a few sentences more in the
    training data do not move it far.
    """
    candidates = np.arange(0.3, 0.5, 0.01)
    worth = np.where(right, 1.0, -WRONG)
    gains = np.array([worth[confidences >= candidate].sum() for candidate in candidates])
    near_best = np.flatnonzero(gains >= gains.max() - abs(gains.max()) / 1000)
    return round(float(candidates[near_best[0]]), 3)


def report(lesson: Lesson, held_out: HeldOut, limits: Limits) -> Report:
    """What cross-validation says of a model with these limits."""
    spoken = np.array([example.language for example in lesson.examples])
    inside = _logistic(held_out.signals[:, SCOPE], limits.scope) >= 0.5
    right = np.where(lesson.labels == lesson.outside, ~inside, inside & (held_out.predicted == lesson.labels))
    by_language = {name: float(right[spoken == name].mean()) for name in sorted(set(spoken.tolist()))}
    accepted = inside & (_logistic(held_out.signals, limits.calibration) >= limits.confidence)
    rejected, of_accepted = float(1 - accepted.mean()), float((right & accepted).sum() / max(accepted.sum(), 1))
    outside = lesson.labels == lesson.outside
    caught = float((~inside)[outside].mean()) if outside.any() else 0.0
    return Report(len(right), float(right.mean()), by_language, limits.confidence, rejected, of_accepted, caught)


def _write(model_dir: Path, model: Model, meta: dict[str, Any], mark: str) -> None:
    """Into one file beside the old one, then swapped in; the fingerprint comes last, so a torn write is seen."""
    model_dir.mkdir(parents=True, exist_ok=True)
    (model_dir / MARK).unlink(missing_ok=True)
    temporary = model_dir / f"{MODEL}.{os.getpid()}.npz"
    np.savez(
        temporary,
        meta=np.frombuffer(json.dumps(meta, ensure_ascii=False).encode(), np.uint8),
        terms=np.frombuffer("\n".join(model.vocabulary.rows).encode(), np.uint8),
        idf=model.vocabulary.idf.astype(np.float32),
        ours=model.vocabulary.ours,
        weights=model.weights.astype(np.float16),
        bias=model.bias.astype(np.float32),
        starts=model.examples.starts.astype(np.int32),
        numbers=model.examples.numbers.astype(np.int32),
        posting_weights=model.examples.weights.astype(np.float16),
        labels=model.examples.labels.astype(np.int16),
    )
    os.replace(temporary, model_dir / MODEL)
    (model_dir / MARK).write_text(mark, encoding="ascii")


def main(arguments: list[str]) -> int:
    """Train from the command line; prints the figures of the cross-validation."""
    if len(arguments) != 2:
        sys.stderr.write("usage: python -m nlu.train DATA_DIR OUT_DIR\n")
        return 2
    report = train(Path(arguments[0]), Path(arguments[1]))
    sys.stdout.write("\n".join(report.lines()) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
