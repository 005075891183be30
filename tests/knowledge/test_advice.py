"""What the whole base answers with: sheets, comparisons, terms; what is outside; rules that do not exist."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from knowledge import base, outside, references
from knowledge.advice import Advice, Composed, Definition
from knowledge.answer import Found, NotFound, Reason
from knowledge.calibration import Calibration
from knowledge.countermeasure import State
from knowledge.response import state_of
from knowledge.sheets import Comparison, SheetView, is_general, named_markets

TODAY = date(2026, 11, 28)


@pytest.fixture(scope="module")
def advice() -> Advice:
    return Advice(base.read(Path(__file__).parents[2] / "knowledge"), Calibration.load())


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("TBT协定第38条", {("article", "38")}),
        ("第三十八条", {("article", "38")}),
        ("第二条第二款", {("article", "2.2")}),
        ("第21条第3款", {("article", "21.3")}),
        ("Article 5, paragraph 1", {("article", "5.1")}),
        ("Article 2.9.4 and 5.6条", {("article", "2.9.4"), ("article", "5.6")}),
        ("Regulation (EU) 2023/1542", {("regulation", "1542/2023")}),
        ("No 765/2008", {("regulation", "2008/765")}),
        ("ISO/IEC 17025、EN71", {("standard", "17025"), ("standard", "71")}),
        ("G/TBT/N/EU/99999说了什么", {("symbol", "G/TBT/N/EU/99999")}),
        ("30 mg/kg in 2026, 24/7", set()),
    ],
)
def test_rules_named_by_number(text: str, keys: set[tuple[str, str]]) -> None:
    assert references.keys([text]) == keys


def test_no_sheet_answers_for_a_mark_that_nobody_knows(advice: Advice) -> None:
    told = advice.reply("is the CE+ mark mandatory", language="en", today=TODAY)
    assert isinstance(told, NotFound)
    assert told.reason is Reason.UNKNOWN_NAME


def test_an_article_is_there_where_one_of_its_parts_is() -> None:
    known = references.keys(["Article 2.9.4"])
    assert references.covers(known, references.find("Article 2"))
    assert not references.covers(known, references.find("Article 3"))


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("出口退税和关税怎么算", ("tariff", "tax")),
        ("anti-dumping duty on tyres", ("remedy",)),
        ("今天汇率多少", ("exchange",)),
        ("玩具要CE吗", ()),
        ("碳关税什么时候开始", ()),
    ],
)
def test_subjects_of_others(text: str, topics: tuple[str, ...]) -> None:
    assert outside.topics(outside.words(text)) == topics


@pytest.mark.parametrize("text", ["欧盟碳关税CBAM什么时候交", "When do CBAM certificates have to be bought?"])
def test_an_article_on_such_a_word_answers_all_the_same(advice: Advice, text: str) -> None:
    assert isinstance(advice.reply(text, language="zh", today=TODAY), Found)


@pytest.mark.parametrize(
    ("text", "reason", "told"),
    [
        ("TBT协定第38条怎么规定的", Reason.UNKNOWN_NAME, ("第38条",)),
        ("日本的QRX认证多少钱", Reason.UNKNOWN_NAME, ("qrx",)),
        ("出口美国的铝制品反倾销税多少", Reason.OUTSIDE, ("remedy",)),
        ("Which exchange rate applies today", Reason.OUTSIDE, ("exchange",)),
    ],
)
def test_what_is_not_answered_says_why(advice: Advice, text: str, reason: Reason, told: tuple[str, ...]) -> None:
    reply = advice.reply(text, language="zh", today=TODAY)
    assert isinstance(reply, NotFound)
    assert (reply.reason, reply.told) == (reason, told)


@pytest.mark.parametrize("text", ["出口沙特的小家电要什么", "what do I need to sell rice cookers in Saudi Arabia"])
def test_a_market_and_a_product_give_the_sheet(advice: Advice, text: str) -> None:
    reply = advice.reply(text, language="zh", today=TODAY)
    assert isinstance(reply, Composed)
    assert isinstance(reply.of, SheetView)
    assert reply.of.sheet.market == "SA"
    assert reply.of.group is not None
    assert reply.of.group.group == "electrical"


@pytest.mark.parametrize(
    ("text", "general"),
    [
        ("出口沙特的小家电要什么", True),
        ("沙特市场要求", True),
        ("沙特SABER的PCoC有效期多久", False),
        ("requirements for toys in Japan", True),
        ("how do I appeal a refusal in Japan", False),
    ],
)
def test_whether_a_question_asks_for_requirements_in_general(text: str, general: bool) -> None:
    assert is_general(text) is general


def test_markets_of_a_comparison() -> None:
    assert named_markets("CE和UKCA有什么区别") == ["EU", "GB"]
    assert named_markets("中国产品卖到日本和韩国，标签有什么不同") == ["JP", "KR"]


def test_two_sheets_are_put_side_by_side(advice: Advice) -> None:
    sheets = advice.sheets.by_market
    if len(sheets) < 2:
        pytest.skip("one market sheet only")
    first, second = list(sheets)[:2]
    from nlu import markets

    text = f"{markets.name(first, 'zh')}和{markets.name(second, 'zh')}的标签要求有什么区别"
    reply = advice.reply(text, language="zh", today=TODAY)
    assert isinstance(reply, Composed)
    assert isinstance(reply.of, Comparison)
    assert [sheet.market for sheet, _ in reply.of.columns] == [first, second]
    assert "labels" in reply.of.topics


@pytest.mark.parametrize("text", ["STC是什么意思", "什么是特别贸易关注", "what does STC stand for"])
def test_a_term_is_defined_by_its_article_or_by_the_glossary(advice: Advice, text: str) -> None:
    reply = advice.reply(text, language="zh", today=TODAY)
    assert isinstance(reply, Definition) or (isinstance(reply, Found) and reply.entry.id == "specific-trade-concern")


@pytest.mark.parametrize(
    ("text", "term"),
    [("什么是咨询点", "enquiry-point"), ("国家咨询点", "enquiry-point"), ("STC的全称", "stc"), ("玩具要CE吗", None)],
)
def test_which_term_is_asked_for(advice: Advice, text: str, term: str | None) -> None:
    found = advice.glossary.asked(text)
    assert (found.id if found else None) == term


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("货被扣了怎么办", State.SHIPMENT_STOPPED),
        ("our goods are held at Hamburg", State.SHIPMENT_STOPPED),
        ("草案对我们不利", State.DRAFT),
        ("法规已经通过了，还没实施", State.ADOPTED),
        ("the rule is already in force", State.IN_FORCE),
        ("我们达不到", None),
    ],
)
def test_where_things_stand(text: str, state: State | None) -> None:
    assert state_of(text) == state


def test_a_response_has_steps_like_cases_and_where_asked_for_a_sample_expert(advice: Advice) -> None:
    response = advice.responses.to(State.DRAFT, "打火机", market="EU", samples=True)
    assert response.measures
    assert all(State.DRAFT in measure.states for measure in response.measures)
    assert "lighters-eu-child-resistance" in [case.id for case in response.cases]
    assert response.expert is not None
    assert response.expert.sample
    assert advice.responses.to(State.DRAFT, "打火机", market="EU").expert is None


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("玩具符合EN 71吗", ("standard", "71")),
        ("美国CPSC的16 CFR 1250管什么", ("cfr", "16/1250")),
        ("请解释article 5讲什么", ("article", "5")),
        ("看annex 3吧", ("annex", "3")),
    ],
)
def test_a_rule_is_seen_beside_chinese(text: str, key: tuple[str, str]) -> None:
    assert [one.key for one in references.find(text)] == [key]
