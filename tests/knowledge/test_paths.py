"""Certification paths: which one a question asks for, whose they are, and what is wrong with one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from knowledge import base
from knowledge.advice import Advice
from knowledge.calibration import Calibration
from knowledge.check import check_folder
from knowledge.path import Doer
from knowledge.paths import asks
from knowledge.reading import Level

REAL = Path(__file__).parents[2] / "knowledge"
SABER = "market-access/sa-saber-saso.yml"
FEWEST = 12


@pytest.fixture(scope="module")
def advice() -> Advice:
    return Advice(base.read(REAL), Calibration.load())


@pytest.mark.parametrize(
    ("text", "article"),
    [
        ("沙特认证流程图", "sa-saber-saso"),
        ("show me the steps for SABER", "sa-saber-saso"),
        ("CE认证怎么走", "eu-ce-marking-who-affixes"),
        ("What are the steps to get CE?", "eu-ce-marking-who-affixes"),
        ("玩具出口美国的认证流程", "us-cpsc-certificates-efiling"),
        ("how do I get FCC certification step by step", "us-fcc-authorization-labs"),
        ("Draw me the certification path for Japan", "jp-pse"),
        ("尼日利亚SONCAP怎么一步步办", "ng-soncap"),
        ("UKCA標誌辦理步驟", "uk-ukca-or-ce"),
        ("印尼SNI认证路线", "id-sni-mandatory"),
        ("德国玩具CE认证步骤", "eu-ce-marking-who-affixes"),
        ("CE认证怎么走 日本", "jp-pse"),  # as it is asked again after "and for Japan?"
    ],
)
def test_the_path_that_is_asked_for(advice: Advice, text: str, article: str) -> None:
    view = advice.paths.wanted(text)
    assert view is not None
    assert view.article.id == article


@pytest.mark.parametrize(
    "text",
    [
        "沙特化妆品认证流程",  # the path there is not for cosmetics
        "CCC认证流程",
        "欧盟评议流程",
        "工厂审查流程要多久",
        "沙特需要什么认证",
        "认证分几步",  # no market, no mark
        "Must there be an appeal procedure for certification?",
        "Define conformity assessment procedure",
        "反倾销税证书流程",
        "Which certificates does Japan ask for?",
    ],
)
def test_no_path_where_none_is_asked_for_or_known(advice: Advice, text: str) -> None:
    assert advice.paths.wanted(text) is None


def test_no_question_of_another_article_is_taken_for_one_on_a_path(advice: Advice) -> None:
    for article in advice.library.articles.values():
        views = [advice.paths.wanted(question) for question in article.questions.all]
        assert {view.article.id for view in views if view} <= {article.id}


def test_it_asks_with_a_word_of_steps_and_one_of_certification() -> None:
    assert asks("BIS步骤")
    assert asks("certification process")
    assert not asks("评议步骤")
    assert not asks("认证要求")


def test_two_markets_give_one_path_and_the_other_to_choose(advice: Advice) -> None:
    view = advice.paths.wanted("印度和印尼的认证流程")
    assert view is not None
    assert {one.id for one in (view.article, *view.others)} == {"in-bis-qco-schemes", "id-sni-mandatory"}


def test_a_market_has_the_paths_of_its_articles_for_a_group_only_those_on_it(advice: Advice) -> None:
    sheet = advice.sheets.by_market["US"]
    toys = next(group for group in sheet.groups if group.group == "toys")
    assert {one.id for one in advice.paths.of(sheet)} == {"us-fcc-authorization-labs", "us-cpsc-certificates-efiling"}
    assert [one.id for one in advice.paths.of(sheet, toys)] == ["us-cpsc-certificates-efiling"]
    assert advice.paths.of(advice.sheets.by_market["CH"]) == ()


def test_the_base_has_the_paths_that_are_asked_for_most(advice: Advice) -> None:
    there = [one for one in advice.library.articles.values() if one.path]
    assert len(there) >= FEWEST
    for step in (step for one in there for route in one.path for step in route.steps):
        assert step.who in list(Doer)
    assert not [one.id for one in there if not one.verified]


@pytest.fixture
def spoilt(tmp_path: Path) -> Path:
    shutil.copytree(REAL / "articles", tmp_path / "articles")
    return tmp_path / "articles"


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("who: customs", "who: police", "path[0].steps[5].who: should be one of manufacturer"),
        ('en: "Makes a self-declaration"', 'en: ""', "path[1].steps[1].what: en is empty"),
        ("sources: [2, 6]", "sources: [2, 16]", "path[0].steps[0].sources: there is no source 16"),
        ("sources: [2, 6]", "sources: [1]", "path[0].steps[0].sources: none of them was opened"),
        ('route: {zh: "非受管制产品"', 'route: {zh: "受管制产品"', "path[1].route: '受管制产品' is there already"),
        (
            '{zh: "作自我声明"',
            '{zh: "' + "作自我声明" * 20 + '"',
            "path[1].steps[1].what: 100 characters in zh, at most 48",
        ),
        ('zh: "有效1年"', 'zh: "有效7年"', "path: 7 in zh are in no fact"),
        ("      - who: customs\n", "      - who: customs\n        note: x\n", "path[0].steps[5]: unknown key note"),
    ],
)
def test_what_is_wrong_is_named(spoilt: Path, old: str, new: str, what: str) -> None:
    text = (spoilt / SABER).read_text("utf-8")
    assert old in text
    (spoilt / SABER).write_text(text.replace(old, new, 1), "utf-8")
    assert any(what in problem.what for problem in check_folder(spoilt) if problem.file == SABER)


def test_a_path_is_three_steps_or_more(spoilt: Path) -> None:
    text = (spoilt / SABER).read_text("utf-8")
    start = text.index("      - who: importer", text.index('route: {zh: "非受管制产品"'))
    cut = text[:start] + text[text.index("      - who: importer", start + 10) :]
    (spoilt / SABER).write_text(cut, "utf-8")
    errors = [problem.what for problem in check_folder(spoilt) if problem.level is Level.ERROR]
    assert errors == ["path[1].steps: 2, should be 3 to 8"]
