"""One search over every kind: what answers, what only comes after, and what the words ask for outright."""

from __future__ import annotations

from datetime import date

import pytest

from knowledge import cues
from knowledge.answer import Found, NotFound
from knowledge.coverage import share
from knowledge.entry import Kind
from knowledge.library import Library
from knowledge.question import take_apart
from nlu.normalize import fold

TODAY = date(2026, 11, 28)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("平衡车召回 案例", Kind.CASE),
        ("鴨梨輸美被停的案例", Kind.CASE),  # traditional
        ("hoverboard recalls in the US, a case study", Kind.CASE),
        ("homogeneus material", Kind.TERM),  # a slip in a name that is nothing but a term
        ("欧盟玩具数字产品护照什么时候强制", Kind.ARTICLE),
    ],
)
def test_the_kind_that_is_asked_for_answers(library: Library, question: str, kind: Kind) -> None:
    nearest = library.nearest(question)
    assert kind in [one.entry.kind for one in nearest[:2]]


def test_a_case_answers_an_ordinary_question(library: Library) -> None:
    found = library.answer("2016年平衡车为什么在美国被召回", language="zh", today=TODAY)
    assert isinstance(found, Found)
    assert found.entry.key == "case:us-hoverboards-2016"


def test_kinds_can_be_chosen(library: Library) -> None:
    asked = take_apart("平衡车在美国被召回")
    assert {one.entry.kind for one in library.weigh(asked, kinds=(Kind.TERM,))} == {Kind.TERM}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("灭火器 案例", {Kind.CASE}),
        ("什么是SVHC", {Kind.TERM}),
        ("any precedent for this?", {Kind.CASE}),
        ("标签要求", set()),
    ],
)
def test_words_that_ask_for_a_kind(text: str, named: set[Kind]) -> None:
    assert set(cues.named(fold(text)).values()) == named


def test_a_product_is_covered_in_either_language() -> None:
    asked = take_apart("移动电源有什么新要求")
    assert share(asked, "Draft regulation on power banks", lambda _: 1.0) > 0
    assert share(asked, "Draft regulation on tyres: new requirements", lambda _: 1.0) == 0


def test_a_part_of_the_us_code_that_is_nowhere_is_not_answered(library: Library) -> None:
    assert isinstance(library.answer("16 CFR 9999 for plush toys", language="en", today=TODAY), NotFound)
    assert isinstance(library.answer("what does 16 CFR part 1250 ask of toys", language="en", today=TODAY), Found)
