"""One search over every kind: what answers, what only comes after, and what the words ask for outright."""

from __future__ import annotations

from datetime import date

import pytest

from knowledge import cues
from knowledge.answer import Found, NotFound
from knowledge.coverage import Coverage
from knowledge.entry import Kind
from knowledge.library import Library
from knowledge.question import take_apart
from knowledge.search import Document, Index
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


@pytest.mark.parametrize(
    ("question", "text", "share"),
    [
        ("移动电源", "Draft regulation on power banks", 1.0),  # in the other language and the plural
        ("移动电源", "Draft regulation on tyres", 0.0),
        ("移动电源", "Banks, and power tools", 0.0),  # its words apart
        ("kettles", "Energy of the electric kettle", 1.0),
        ("移动电源 玩具", "Draft regulation on power banks", 0.5),
        ("移动电源的能效标签", "Draft regulation on power banks", 1 / 3),
        ("ecodesign labels", "Ecodesign", 0.5),
        ("ecodesign labels", "ecodesign, labels", 1.0),
    ],
)
def test_how_much_of_a_question_a_document_covers(question: str, text: str, share: float) -> None:
    index = Index()
    index.replace([Document("it", "notification", texts=(text,)), Document("other", "notification", titles=("x",))])
    coverage = Coverage(take_apart(question), lambda _: 1.0)
    held = index.hold(["it", "other", "gone"], coverage.clauses)
    assert coverage.share(held["it"], lambda: text) == pytest.approx(share, abs=0.05)
    assert coverage.most(held["it"]) >= coverage.share(held["it"], lambda: text)
    assert coverage.share(held["other"], lambda: "x") == 0
    assert "gone" not in held


def test_a_part_of_the_us_code_that_is_nowhere_is_not_answered(library: Library) -> None:
    assert isinstance(library.answer("16 CFR 9999 for plush toys", language="en", today=TODAY), NotFound)
    assert isinstance(library.answer("what does 16 CFR part 1250 ask of toys", language="en", today=TODAY), Found)
