"""How the examples are dealt out for cross-validation, and what it says of subjects never seen."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from nlu import train, training_data
from tests.nlu.trained import DATA

OURS, OUTSIDE = 0, 1


def dealt(kinds: list[str], ours: int = 20) -> dict[str, set[int]]:
    labels = np.array([OURS] * ours + [OUTSIDE] * len(kinds), np.int64)
    folds = train.assign_folds(labels, [""] * ours + kinds, outside=OUTSIDE)
    assert Counter(folds[:ours].tolist()) == dict.fromkeys(range(train.FOLDS), ours // train.FOLDS)
    found: dict[str, set[int]] = {}
    for kind, fold in zip(kinds, folds[ours:].tolist(), strict=True):
        found.setdefault(kind, set()).add(fold)
    return found


def test_a_kind_of_what_is_none_of_ours_is_never_split() -> None:
    kinds = ["weather"] * 9 + ["cooking"] * 7 + ["sports", "visas", "pets", "freight"] * 3 + ["weather"] * 2
    folds = dealt(kinds)
    assert all(len(where) == 1 for where in folds.values())
    assert set().union(*folds.values()) == set(range(train.FOLDS))
    assert folds["weather"].isdisjoint(folds["cooking"])


def test_without_kinds_neighbours_stay_together() -> None:
    labels = np.full(10, OUTSIDE, np.int64)
    assert train.assign_folds(labels, [""] * 10, outside=OUTSIDE).tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]


def test_the_kind_of_an_example_is_that_of_its_block(tmp_path: Path) -> None:
    (tmp_path / "zh").mkdir()
    (tmp_path / "zh" / "outside.yml").write_text(
        'version: "3.1"\nnlu:\n- intent: out_of_scope\n  metadata:\n    category: weather\n  examples: |\n'
        "    - 会下雨吗\n- intent: greet\n  examples: |\n    - 你好\n",
        "utf-8",
    )
    read = training_data.load(tmp_path)
    assert [(one.text, one.kind, one.line) for one in read.examples] == [("会下雨吗", "weather", 7), ("你好", "", 10)]


@pytest.mark.parametrize("language", training_data.LANGUAGES)
def test_what_is_none_of_ours_is_of_many_kinds(language: str) -> None:
    outside = [one for one in training_data.load(DATA).examples if one.intent == train.OUTSIDE]
    kinds = Counter(one.kind for one in outside if one.language == language)
    assert "" not in kinds
    assert len(kinds) >= 50
    assert sum(kinds.values()) >= 900


def test_subjects_of_kinds_never_seen_are_turned_down() -> None:
    """By models that have seen no sentence of their kind."""
    lesson = train.Lesson.read(DATA)
    held_out = train.cross_validate(lesson)
    limits = train.settle(held_out, lesson.labels, outside=lesson.outside)
    found = train.report(lesson, held_out, limits)
    assert found.caught >= 0.85
    assert found.accuracy >= 0.75
