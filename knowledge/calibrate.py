"""Fits the decision to answer to the base as it is: `python -m knowledge.calibrate BASE UNCOVERED [--write]`.

Each paraphrase is taken out of the base in turn and must find its entry; the questions of UNCOVERED must find none.
Run it when the base has grown by a tenth or so.
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from knowledge import base
from knowledge.answer import Candidate, Found, decide
from knowledge.calibration import CALIBRATION, Calibration
from knowledge.entry import LANGUAGES, Entry, Texts
from knowledge.evidence import FEATURES
from knowledge.library import Library
from knowledge.question import take_apart

Floats = NDArray[np.float64]

# Features that each fit may use. `known`, `placed` and `on_product` judge the question, so they cannot rank articles;
# `rank` is 1 for nearly every best article, so it cannot judge
RANKING = (
    *("likeness", "passage", "naming", "coverage", "rarest", "mass", "rank"),
    *("case", "countermeasure", "market", "term", "asked", "hinted", "elsewhere", "narrower", "special"),
)
COVERING = (
    *("likeness", "together", "subject", "mass", "known", "placed", "on_product", "notions", "cited", "words"),
    *("case", "countermeasure", "market", "term"),  # a definition covers less of a question than an article
)
# Share of uncovered questions that may be answered. Of those that the fit has not seen, twice as many are; in the chat
# fewer, because what does not look like our subject needs answer.SURE. A smaller share loses plain questions.
FALSE_ANSWERS = 0.04
FALSE_GUESSES = 0.11  # the same for what is shown as perhaps meant
ALSO_WITHIN = 1.5  # in rank (a logit): then one answer in four names a second article
NEAREST_SHARE = 0.25  # an article may be offered as near from this part of the threshold on
PENALTY = 0.5  # of large weights: the sets are small
HEAD = "# Written by `python -m knowledge.calibrate`; the names are explained there. `measured` is cross-validated.\n"
NEVER = date.min  # trials ask on no particular day: nothing has lapsed yet


@dataclass(frozen=True, slots=True)
class Trial:
    """A question put to a base that does not have it word for word; `expected` is None when nothing may be found."""

    question: str
    language: str
    expected: str | None
    candidates: tuple[Candidate, ...]

    @property
    def of_article(self) -> bool:
        return self.expected is not None and ":" not in self.expected

    @property
    def fitting(self) -> tuple[Candidate, ...]:
        return tuple(candidate for candidate in self.candidates if candidate.fits)


@dataclass(frozen=True, slots=True)
class Figures:
    """What a calibration does on trials; all are shares from 0 to 1, of articles but for `others`."""

    first: float  # the paraphrase's article ranks first, threshold or not
    among_three: float  # it is among the first three
    answered: float  # something is answered to a paraphrase
    right: float  # its article is the answer
    shown: float  # its article is the answer or named with it
    others: float  # a sheet, case, countermeasure or term is the answer to its paraphrase
    false: float  # an uncovered question is answered


# -- trials -------------------------------------------------------------------------------------


def trials(entries: Sequence[Entry], uncovered: Iterable[tuple[str, str]], calibration: Calibration) -> list[Trial]:
    """Leave-one-out over all paraphrases, then `uncovered` ((language, question) pairs) on the whole base."""
    left_out = [trial for fold in _folds(entries) for trial in _fold_trials(entries, *fold, calibration)]
    library = Library(entries, calibration)
    return left_out + [_trial(library, question, language, None) for language, question in uncovered]


def _folds(entries: Sequence[Entry]) -> Iterator[tuple[str, int]]:
    for language in LANGUAGES:
        most = max((len(entry.questions[language]) for entry in entries), default=0)
        yield from ((language, place) for place in range(most))


def _fold_trials(entries: Sequence[Entry], language: str, place: int, calibration: Calibration) -> Iterator[Trial]:
    """Every entry loses the paraphrase at `place`: one base for many trials, none of which sees its own words."""
    library = Library([_without(entry, language, place) for entry in entries], calibration)
    for entry in entries:
        for question in entry.questions[language][place : place + 1]:
            yield _trial(library, question, language, entry.key)


def _without(article: Entry, language: str, place: int) -> Entry:
    kept = {name: article.questions[name] for name in LANGUAGES}
    kept[language] = kept[language][:place] + kept[language][place + 1 :]
    return dataclasses.replace(article, questions=Texts(**kept))


def _trial(library: Library, question: str, language: str, expected: str | None) -> Trial:
    asked = take_apart(question)
    return Trial(question, language, expected, tuple(library.weigh(asked)) if asked.tells else ())


def read_uncovered(path: Path) -> list[tuple[str, str]]:
    """(language, question) pairs of a file {group: {language: [question]}}."""
    groups = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
    return [(language, text) for group in groups.values() for language, texts in group.items() for text in texts]


# -- fitting ------------------------------------------------------------------------------------


def fit(done: Sequence[Trial]) -> Calibration:
    """The calibration that these trials ask for."""
    done = [dataclasses.replace(trial, candidates=_without_floors(trial.candidates)) for trial in done]
    ranking = fit_ranking(done)
    ranked = rerank(done, Calibration(ranking, (0.0,) * len(FEATURES), 0.0, 0.0, 0.0, 0.0))
    intercept, covering = fit_covering(ranked)
    judged = rerank(ranked, Calibration(ranking, covering, intercept, 0.0, ALSO_WITHIN, 0.0))
    threshold, perhaps = _threshold(judged, FALSE_ANSWERS), _threshold(judged, FALSE_GUESSES)
    return Calibration(ranking, covering, intercept, threshold, ALSO_WITHIN, threshold * NEAREST_SHARE, perhaps)


def _without_floors(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """A floor is held against a confidence, which is what is sought here."""
    return tuple(dataclasses.replace(candidate, least=0.0) for candidate in candidates)


def rerank(done: Sequence[Trial], calibration: Calibration) -> list[Trial]:
    """The same trials as another calibration would order and judge them."""
    return [dataclasses.replace(trial, candidates=_rejudged(trial.candidates, calibration)) for trial in done]


def _rejudged(candidates: Sequence[Candidate], calibration: Calibration) -> tuple[Candidate, ...]:
    if not candidates:
        return ()
    ranks = calibration.ranks(np.array([candidate.features for candidate in candidates]).T)
    judged = [
        dataclasses.replace(candidate, rank=float(rank), confidence=calibration.confidence(candidate.features))
        for candidate, rank in zip(candidates, ranks, strict=True)
    ]
    return tuple(sorted(judged, key=lambda candidate: (not candidate.foremost, -candidate.rank)))


def fit_ranking(done: Sequence[Trial]) -> tuple[float, ...]:
    """Conditional logit: among the candidates of a question its own article should stand first."""
    columns = [FEATURES.index(name) for name in RANKING]
    choices = [_choice(trial, columns) for trial in done if _is_listed(trial)]
    weights = np.zeros(len(columns))
    for _ in range(40):  # Newton's method; ten steps are usual
        slope, curve = -PENALTY * weights, PENALTY * np.eye(len(columns))
        for options, right in choices:
            share = np.exp(options @ weights - (options @ weights).max())
            share /= share.sum()
            mean = share @ options
            slope += options[right] - mean
            curve += (options * share[:, None]).T @ options - np.outer(mean, mean)
        weights += np.linalg.solve(curve, slope)
    return _spread(weights, columns)


def _is_listed(trial: Trial) -> bool:
    return trial.expected is not None and any(c.entry.key == trial.expected for c in trial.fitting)


def _choice(trial: Trial, columns: list[int]) -> tuple[Floats, int]:
    own = next(candidate for candidate in trial.fitting if candidate.entry.key == trial.expected)
    rivals = [candidate for candidate in trial.fitting if candidate.foremost is own.foremost]
    return np.array([candidate.features for candidate in rivals])[:, columns], rivals.index(own)


def fit_covering(done: Sequence[Trial]) -> tuple[float, tuple[float, ...]]:
    """Logistic regression on best candidates: covered (its article is among the first three) or uncovered.

    Both sides weigh the same in all, so 0.5 means "as like the covered ones as the uncovered".
    """
    columns = [FEATURES.index(name) for name in COVERING]
    known = [trial for trial in done if trial.fitting and (trial.expected is None or _is_among(trial, 3))]
    rows = np.array([(1.0, *(trial.fitting[0].features[column] for column in columns)) for trial in known])
    wanted = np.array([float(trial.expected is not None) for trial in known])
    balance = np.where(wanted > 0, 1.0, wanted.sum() / max((1 - wanted).sum(), 1.0))
    weights = _logistic(rows, wanted, balance)
    return float(weights[0]), _spread(weights[1:], columns)


def _logistic(rows: Floats, wanted: Floats, balance: Floats) -> Floats:
    penalty = np.diag([0.0] + [PENALTY] * (rows.shape[1] - 1))
    weights = np.zeros(rows.shape[1])
    for _ in range(40):
        share = 1 / (1 + np.exp(-rows @ weights))
        slope = rows.T @ (balance * (wanted - share)) - penalty @ weights
        weights = weights + np.linalg.solve((rows.T * (balance * share * (1 - share))) @ rows + penalty, slope)
    return weights


def _spread(weights: Floats, columns: list[int]) -> tuple[float, ...]:
    return tuple(float(weights[columns.index(n)]) if n in columns else 0.0 for n in range(len(FEATURES)))


def _is_among(trial: Trial, size: int) -> bool:
    return trial.expected in [candidate.entry.key for candidate in trial.fitting[:size]]


def _threshold(done: Sequence[Trial], share: float) -> float:
    """The least probability at which no more than this share of the uncovered questions are answered."""
    uncovered = [trial for trial in done if trial.expected is None]
    best = sorted((trial.fitting[0].confidence for trial in uncovered if trial.fitting), reverse=True)
    allowed = int(len(uncovered) * share)
    return best[allowed] + 1e-4 if allowed < len(best) else 0.5


# -- measuring ----------------------------------------------------------------------------------


def measure(done: Sequence[Trial], calibration: Calibration) -> Figures:
    """What the calibration does on trials, which need not be those that it was fitted on."""
    ranked = rerank(done, calibration)
    every = [trial for trial in ranked if trial.expected is not None]
    covered = [trial for trial in every if trial.of_article]
    answers = [(trial, _answer(trial, calibration)) for trial in covered]
    others = [(trial, _answer(trial, calibration)) for trial in every if not trial.of_article]
    false = [_answer(trial, calibration) is not None for trial in ranked if trial.expected is None]
    return Figures(
        first=_mean(_is_among(trial, 1) for trial in covered),
        among_three=_mean(_is_among(trial, 3) for trial in covered),
        answered=_mean(found is not None for _, found in answers),
        right=_mean(found is not None and found.entry.key == trial.expected for trial, found in answers),
        shown=_mean(found is not None and trial.expected in _ids(found) for trial, found in answers),
        others=_mean(found is not None and found.entry.key == trial.expected for trial, found in others),
        false=_mean(false),
    )


def cross_measure(done: Sequence[Trial], *, parts: int = 10) -> Figures:
    """Figures on trials that the fit did not see, averaged over `parts` (every tenth trial left out in turn)."""
    tested = []
    for part in range(parts):
        seen = [trial for number, trial in enumerate(done) if number % parts != part]
        left_out = [trial for number, trial in enumerate(done) if number % parts == part]
        tested.append(measure(left_out, fit(seen)))
    means = np.mean([dataclasses.astuple(figures) for figures in tested], axis=0).tolist()
    return Figures(*means)


def false_answers(done: Sequence[Trial], calibration: Calibration) -> list[tuple[str, str]]:
    """(question, id of the answer) of uncovered questions that are answered: what an editor should look at."""
    uncovered = [(trial, _answer(trial, calibration)) for trial in rerank(done, calibration) if trial.expected is None]
    return [(trial.question, found.entry.key) for trial, found in uncovered if found]


def _answer(trial: Trial, calibration: Calibration) -> Found | None:
    decision = decide(trial.candidates, calibration, today=NEVER)
    return decision if isinstance(decision, Found) else None


def _ids(found: Found) -> list[str]:
    return [entry.key for entry in (found.entry, *found.also)]


def _mean(values: Iterable[bool]) -> float:
    known = list(values)
    return sum(known) / len(known) if known else 0.0


# -- the command --------------------------------------------------------------------------------


def dump(calibration: Calibration, figures: Figures, *, entries: int) -> str:
    """The text of calibration.yml."""
    values = dataclasses.asdict(calibration)
    for name, used in (("ranking", RANKING), ("covering", COVERING)):
        values[name] = {feature: round(values[name][FEATURES.index(feature)], 3) for feature in used}
    values = {name: round(value, 4) if isinstance(value, float) else value for name, value in values.items()}
    values["measured"] = {"entries": entries} | {k: round(v, 3) for k, v in dataclasses.asdict(figures).items()}
    return HEAD + yaml.safe_dump(values, sort_keys=False)


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit, show the figures and what is answered wrongly; with --write keep the result."""
    parser = argparse.ArgumentParser(prog="python -m knowledge.calibrate")
    parser.add_argument("base", type=Path)
    parser.add_argument("uncovered", type=Path)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args(arguments)
    entries = base.read(options.base).entries
    done = trials(entries, read_uncovered(options.uncovered), Calibration.load())
    calibration = fit(done)
    text = dump(calibration, cross_measure(done), entries=len(entries))
    print(text, *(f"answered: {question} -> {found}" for question, found in false_answers(done, calibration)), sep="\n")
    if options.write:
        CALIBRATION.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
