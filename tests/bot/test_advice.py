"""The base that answers is the one that lies in the folder, without a restart."""

import shutil
from pathlib import Path

import pytest

from bot.advice import CurrentAdvice
from bot.drafts import Drafts
from knowledge import base
from knowledge.advice import Advice
from knowledge.calibration import Calibration

FIXTURES = Path(__file__).parents[1] / "knowledge" / "fixtures"
TOYS = "articles/toys/eu-toy-labels.yml"
QUESTION = "卖到法国的玩具警告语写什么语言"


@pytest.fixture
def drafts(tmp_path: Path) -> Drafts:
    shutil.copytree(FIXTURES, tmp_path / "base" / "articles")
    return Drafts(tmp_path / "base", tmp_path / "var")


def read(drafts: Drafts, tmp_path: Path) -> Advice:
    return Advice(base.read(tmp_path / "base", over=drafts.live), Calibration.load())


def asked(advice: Advice) -> tuple[str, ...]:
    return advice.library.articles["eu-toy-labels"].questions.zh


def test_a_published_draft_answers_without_a_restart(drafts: Drafts, tmp_path: Path) -> None:
    processes = [CurrentAdvice(lambda: read(drafts, tmp_path), drafts.live, look_seconds=0) for _ in range(2)]
    drafts.add_question(TOYS, QUESTION, language="zh")
    assert drafts.publish([TOYS]) == []
    for current in processes:
        current.get()  # sees the change, and answers from the old base while the new one is read
        assert QUESTION in asked(current.settle())
    (drafts.live / TOYS).unlink()
    for current in processes:
        current.get()
        assert QUESTION not in asked(current.settle())


def test_what_did_not_change_is_not_read_again(drafts: Drafts, tmp_path: Path) -> None:
    current = CurrentAdvice(lambda: read(drafts, tmp_path), drafts.live, look_seconds=0)
    first = current.get()
    assert current.get() is first
    assert current.settle() is first


def test_between_two_looks_nothing_is_looked_at(drafts: Drafts, tmp_path: Path) -> None:
    current = CurrentAdvice(lambda: read(drafts, tmp_path), drafts.live, look_seconds=3600)
    drafts.add_question(TOYS, QUESTION, language="zh")
    drafts.publish([TOYS])
    assert QUESTION not in asked(current.get())
    assert QUESTION not in asked(current.settle())


def test_a_base_that_cannot_be_read_leaves_the_old_one(drafts: Drafts, tmp_path: Path) -> None:
    readings = iter([read(drafts, tmp_path)])  # the second reading fails
    current = CurrentAdvice(lambda: next(readings), drafts.live, look_seconds=0)
    first = current.get()
    drafts.add_question(TOYS, QUESTION, language="zh")
    drafts.publish([TOYS])
    current.get()
    assert current.settle() is first
    assert current.get() is first
