"""Steps and cases only for what barriers to trade hold; else it is said that there is nothing of the sort."""

from __future__ import annotations

import pytest

from knowledge import base
from knowledge.advice import Advice
from knowledge.asking import second_look
from knowledge.calibration import Calibration
from knowledge.ground import elsewhere
from knowledge.library import Library
from knowledge.response import Responses
from nlu.classifier import OUTSIDE, IntentScore
from nlu.interpreter import Parse
from tests.knowledge.conftest import REAL


@pytest.fixture(scope="module")
def responses(library: Library) -> Responses:
    return Responses(library, ())


@pytest.mark.parametrize(
    "text",
    [
        "房子被法院查封扣押了怎么办",
        "工资被老板扣了怎么维权",
        "和房东的合同纠纷怎么处理",
        "my visa application was refused, what now",
        "our account is on hold at the bank, what can we do",
    ],
)
def test_what_is_held_or_disputed_elsewhere(text: str) -> None:
    assert elsewhere(text)


@pytest.mark.parametrize(
    "text",
    [
        "货被扣了怎么办",
        "被退运了怎么处理",
        "玩具被拒收",
        "our goods were refused, what now",
        "we were hit by an import alert",
        "held at customs, what should we do",
        "怎么应对",
        "what can we do",
    ],
)
def test_what_is_ours_or_says_nothing_of_where_it_stands(text: str) -> None:
    assert not elsewhere(text)


def test_taken_for_a_question_about_steps_it_is_outside() -> None:
    score = IntentScore("ask_countermeasure", 0.95)
    text = "房子被法院查封扣押了怎么办"
    advice = Advice(base.read(REAL.parent), Calibration.load())
    assert second_look(text, Parse(text, score, (score,), (), "zh"), advice).intent.name == OUTSIDE


@pytest.mark.parametrize("text", ["有没有跨境电商赚钱的成功案例", "any success stories of selling on TikTok"])
def test_no_case_is_told_that_has_nothing_of_the_subject(responses: Responses, text: str) -> None:
    assert responses.fitting(text) == []
    assert responses.like(text)


@pytest.mark.parametrize(
    ("text", "case"), [("打火机童锁的案例", "lighters-eu-child-resistance"), ("any success stories", "")]
)
def test_a_case_on_it_is_told_and_any_where_no_subject_is_named(responses: Responses, text: str, case: str) -> None:
    assert next(one.id for one in responses.fitting(text)).startswith(case)
