"""What a writer is given: entries, and a question in words of the base; nothing that the member typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge import article
from knowledge.brief import brief

ARTICLES = {one.id: one for one in article.load(Path(__file__).parents[2] / "knowledge" / "articles")}
SABER = ARTICLES["sa-saber-saso"]


@pytest.mark.parametrize(
    ("language", "question", "about"),
    [
        (
            "zh",
            "我是宁波海天电器公司的王芳，电话13800001111，邮箱wang@haitian.example，出口沙特的灯具SABER的PCoC和SCoC怎么办",
            ["沙特阿拉伯", "电器", "灯具"],
        ),
        (
            "en",
            "I am Wang Fang of Haitian Ltd (wang@haitian.example, +86 138 0000 1111): SABER for toys to Saudi Arabia, "
            "HS 9503.00?",
            ["Saudi Arabia", "toys"],
        ),
    ],
)
def test_nothing_that_was_typed_goes_out(language: str, question: str, about: list[str]) -> None:
    made = brief(question, [SABER], language=language)
    material = json.loads(made.material())
    assert material["question"] in SABER.questions[language]
    assert material["about"] == about
    for secret in ("王芳", "海天", "宁波", "1380", "haitian", "Wang", "9503"):
        assert secret not in made.material()


@given(st.text(max_size=200))
def test_whatever_is_typed_the_question_is_one_that_editors_wrote(question: str) -> None:
    assert brief(question, [SABER], language="zh").question in SABER.questions.zh


def test_the_nearest_question_of_the_entry_stands_for_it() -> None:
    one = ARTICLES["comment-period-60-days"]
    assert [brief(text, [one], language="zh").question for text in one.questions.zh] == list(one.questions.zh)


def test_what_may_be_said_holds_facts_and_dates_in_both_languages() -> None:
    said = "\n".join(brief("", [ARTICLES["jp-pse"]], language="en").given)
    assert "457 products" in said
    assert "2025-12-25" in said
    assert "菱形" in said
