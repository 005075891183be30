"""Messages that narrow or widen what is followed, and those that only look like it."""

from datetime import UTC, datetime

import pytest

from nlu.entities import extract
from nlu.refining import How, asks_why, read

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ONLY, ALL, KEYWORD, LESS = How.ONLY, How.ALL_KINDS, How.KEYWORD, How.NO_KEYWORD
WITHOUT, AGAIN = How.WITHOUT, How.AGAIN


@pytest.mark.parametrize(("text", "how", "values"), [
    ("只要SPS", ONLY, ("sps",)), ("以后只收SPS通报就行", ONLY, ("sps",)), ("only SPS please", ONLY, ("sps",)),
    ("I only want SPS notifications", ONLY, ("sps",)), ("只要食品安全的通报", ONLY, ("食品安全",)),
    ("just alert me about emergency notifications", ONLY, ("emergency",)), ("只要TBT和修订", ONLY, ("tbt", "revision")),
    ("类型不限", ALL, ()), ("all kinds again", ALL, ()),
    ("关键词 RoHS", KEYWORD, ("RoHS",)), ("加个关键词：碳足迹", KEYWORD, ("碳足迹",)),
    ("add the keyword RoHS", KEYWORD, ("RoHS",)), ("keywords: PFAS and RoHS", KEYWORD, ("PFAS", "RoHS")),
    ("去掉关键词 RoHS", LESS, ("RoHS",)), ("remove the keyword RoHS", LESS, ("RoHS",)),
    ("不要食品", WITHOUT, ("食品",)), ("不看补遗", WITHOUT, ("addendum",)), ("排除HS 8516", WITHOUT, ("8516",)),
    ("no food please", WITHOUT, ("food",)), ("exclude Korea", WITHOUT, ("KR",)), ("leave out toys", WITHOUT, ("toys",)),
    ("恢复食品", AGAIN, ("食品",)), ("include toys again", AGAIN, ("toys",)),
])  # fmt: skip
def test_what_is_wanted(text: str, how: How, values: tuple[str, ...]) -> None:
    found = read(text, [one.to_rasa() for one in extract(text, now=NOW)])
    assert found
    assert (found.how, found.values) == (how, values)


@pytest.mark.parametrize("text", [
    "不要", "不要了", "不要紧", "不要玩具的提醒了", "no", "no thanks", "no alerts about toys", "only if it is free",
    "关键词是什么意思吗", "只要三天吗", "不看了", "恢复提醒", "我只要一份报价单", "include me", "what is a keyword?",
    "/refine_interest", "我们公司的产品不要出口美国，请问需要什么认证，标准是什么",
])  # fmt: skip
def test_what_is_something_else(text: str) -> None:
    assert read(text, [one.to_rasa() for one in extract(text, now=NOW)]) is None


def test_under_a_list_only_filters_the_list() -> None:
    found = [one.to_rasa() for one in extract("只看SPS", now=NOW)]
    assert read("只看SPS", found)
    assert read("只看SPS", found, listed=True) is None


@pytest.mark.parametrize("text", [
    "为什么发给我", "为什么给我推这条", "这条为什么发给我？", "我为什么会收到这条提醒", "怎么会推给我的",
    "为啥提醒我这个", "why did I get this?", "why was this sent to me", "why am I getting this alert",
    "why this one", "why me", "what is the reason for this alert",
])  # fmt: skip
def test_why_it_came(text: str) -> None:
    assert asks_why(text)


@pytest.mark.parametrize("text", [
    "为什么要评议", "为什么欧盟要发这个通报", "why do we need CE", "why is the period 60 days", "怎么提交反馈",
    "why was my shipment held",
])  # fmt: skip
def test_other_questions_why(text: str) -> None:
    assert not asks_why(text)
