"""Calibration: trials do not see their own words, the fit keeps its promise, the file can be read back."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from knowledge import base as whole
from knowledge import calibrate
from knowledge.article import Article
from knowledge.calibration import Calibration
from knowledge.evidence import FEATURES
from knowledge.postings import Numbering, Postings

UNCOVERED = Path(__file__).parent / "uncovered.yml"
REAL = Path(__file__).parents[2] / "knowledge" / "articles"


@pytest.fixture(scope="module")
def done(articles: list[Article]) -> list[calibrate.Trial]:
    return calibrate.trials(articles, calibrate.read_uncovered(UNCOVERED), Calibration.load())


def test_every_paraphrase_is_tried_once(articles: list[Article], done: list[calibrate.Trial]) -> None:
    tried = [trial.question for trial in done if trial.expected is not None]
    assert sorted(tried) == sorted(question for article in articles for question in article.questions.all)


def test_a_trial_does_not_see_its_own_words(done: list[calibrate.Trial]) -> None:
    likeness = FEATURES.index("likeness")
    own = [c.features[likeness] for t in done for c in t.candidates if c.entry.id == t.expected]
    assert own
    assert max(own) < 0.999


def test_the_fit_keeps_false_answers_within_the_promise(done: list[calibrate.Trial]) -> None:
    figures = calibrate.measure(done, calibrate.fit(done))
    assert figures.false <= calibrate.FALSE_ANSWERS
    assert figures.answered >= figures.shown >= figures.right > 0


def test_the_file_can_be_read_back(done: list[calibrate.Trial], tmp_path: Path) -> None:
    fitted = calibrate.fit(done)
    path = tmp_path / "calibration.yml"
    path.write_text(calibrate.dump(fitted, calibrate.measure(done, fitted), entries=4), "utf-8")
    again = Calibration.load(path)
    assert again.covering == pytest.approx(fitted.covering, abs=1e-3)
    assert again.ranking == pytest.approx(fitted.ranking, abs=1e-3)
    assert dataclasses.astuple(again)[2:] == pytest.approx(dataclasses.astuple(fitted)[2:], abs=1e-3)


def test_the_command_shows_figures_and_false_answers(base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    calibrate.main([str(base.parent), str(UNCOVERED)])
    shown = capsys.readouterr().out
    assert "threshold:" in shown
    assert "entries: 4" in shown


@pytest.mark.slow
def test_the_shipped_calibration_still_suits_the_base() -> None:
    """When this fails, the base has changed enough to calibrate anew."""
    shipped, entries = Calibration.load(), whole.read(REAL.parent).entries
    figures = calibrate.measure(calibrate.trials(entries, calibrate.read_uncovered(UNCOVERED), shipped), shipped)
    assert figures.false <= 0.05
    assert figures.answered >= 0.75
    assert figures.first >= 0.7
    assert figures.among_three >= 0.85


def test_postings_sum_over_the_units_that_hold_a_token() -> None:
    numbering = Numbering()
    units = [numbering.of(["a", "b", "a"]), numbering.of([]), numbering.of(["b"])]
    assert Postings.of(numbering, units).sum({"a": 1.0, "b": 0.5, "unseen": 9.0}).tolist() == [1.5, 0.0, 0.5]
    assert Postings.of(numbering, units).sum({"unseen": 9.0}).tolist() == [0.0, 0.0, 0.0]
