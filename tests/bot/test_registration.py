"""What a message does to a registration: tables of sentences in both languages, and what holds for every sentence."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.registration import DECLINED, LISTS, Done, Filled, Said, fill, named_products, stated, suggested_codes
from bot.registration.words import chosen, is_gibberish, is_placeholder
from nlu.entities import extract
from tests.conftest import NOW

EMPTY: dict[str, Any] = {"product": None, "hs_code": None, "market": None, "until": None, "confirm": None}
TEA = {**EMPTY, "product": ["茶叶"], "hs_code": ["0902"], "market": ["DE", "JP"]}


def said(text: str, asked: str | None = None, *, intent: str = "subscribe") -> Said:
    entities = [entity.to_rasa() for entity in extract(text, now=NOW, asked=asked)]
    return Said(text, intent, entities, asked, NOW.date())


def after(current: dict[str, Any], text: str, asked: str | None, *, intent: str = "subscribe") -> dict[str, Any]:
    return {**current, **fill(current, said(text, asked, intent=intent)).slots}


def told(filled: Filled) -> list[str]:
    return [*(f"{one.done} {one.slot}" for one in filled.changes), *(note.key for note in filled.notes)]


@pytest.mark.parametrize(
    ("text", "asked", "slot", "value"),
    [
        ("还有法国", "confirm", "market", ["DE", "JP", "FR"]),
        ("also France", "confirm", "market", ["DE", "JP", "FR"]),
        ("不是，是法国", "confirm", "market", ["FR"]),
        ("no, I meant France", "confirm", "market", ["FR"]),
        ("不是德国，是法国", "confirm", "market", ["JP", "FR"]),
        ("not Germany, but France", "confirm", "market", ["JP", "FR"]),
        ("no, not Germany, but France", "confirm", "market", ["JP", "FR"]),
        ("把德国去掉", "confirm", "market", ["JP"]),
        ("remove Germany", "confirm", "market", ["JP"]),
        ("去掉德国，加上法国", "confirm", "market", ["JP", "FR"]),
        ("remove Germany and add France", "confirm", "market", ["JP", "FR"]),
        ("不对，市场还有法国", "confirm", "market", ["DE", "JP", "FR"]),
        ("还有咖啡", "hs_code", "product", ["茶叶", "咖啡"]),
        ("also coffee", "market", "product", ["茶叶", "coffee"]),
        ("不是，是咖啡", "market", "product", ["咖啡"]),
        ("no, 2101.11", "confirm", "hs_code", ["210111"]),
        ("also 2101.11", "market", "hs_code", ["0902", "210111"]),
        ("去掉0902", "confirm", "hs_code", None),
    ],
)
def test_also_appends_no_replaces_not_removes(text: str, asked: str, slot: str, value: list[str] | None) -> None:
    assert after(TEA, text, asked)[slot] == value


@pytest.mark.parametrize("text", ["跳过", "不知道", "不方便说", "没有", "skip", "I don't know", "I'd rather not say"])
@pytest.mark.parametrize("asked", LISTS)
def test_a_refused_answer_is_declined(text: str, asked: str) -> None:
    assert after({**TEA, asked: None}, text, asked)[asked] == [DECLINED]


@pytest.mark.parametrize(("asked", "before"), [("confirm", "market"), ("market", "hs_code"), ("hs_code", "product")])
def test_back_asks_the_question_before(asked: str, before: str) -> None:
    filled = fill(TEA, said("上一步", asked, intent="go_back"))
    assert filled.slots == {before: None}
    assert told(filled) == ["subscribe.went_back"]


@pytest.mark.parametrize(
    ("text", "intent", "confirm"),
    [("确认", "affirm", True), ("yes", "affirm", True), ("不", "deny", False), ("no", "deny", False)],
)
def test_the_summary_is_confirmed_or_not(text: str, intent: str, confirm: bool) -> None:
    assert fill(TEA, said(text, "confirm", intent=intent)).slots == {"confirm": confirm}


@pytest.mark.parametrize("text", ["不对", "有误", "that is wrong", "市场不对", "change the product"])
def test_wrong_at_the_summary_is_a_correction_and_no_cancellation(text: str) -> None:
    assert fill(TEA, said(text, "confirm", intent="deny")).slots.get("confirm") is not False


def test_what_is_changed_must_be_confirmed_anew() -> None:
    assert after({**TEA, "confirm": True}, "还有法国", "confirm")["confirm"] is None


@pytest.mark.parametrize(
    ("text", "asked", "expected"),
    [
        ("还有法国", "confirm", ["added market"]),
        ("还有德国", "confirm", ["known market"]),
        ("去掉法国", "confirm", ["absent market"]),
        ("去掉德国", "confirm", ["removed market"]),
        ("不是德国，是法国", "confirm", ["changed market"]),
        ("到2027年底为止", "confirm", ["noted until"]),
        ("到2020年底为止", "confirm", ["subscribe.until_past"]),
        ("法国", "market", []),
    ],
)
def test_each_change_is_told(text: str, asked: str, expected: list[str]) -> None:
    assert told(fill(TEA, said(text, asked))) == expected


def test_a_first_message_notes_all_that_it_volunteers() -> None:
    filled = fill(EMPTY, said("我们出口茶叶到德国，HS 0902，到2027年底为止"))
    assert filled.slots == {"product": ["茶叶"], "hs_code": ["0902"], "market": ["DE"], "until": "2027-12-31"}
    assert {one.done for one in filled.changes} == {Done.NOTED}


@pytest.mark.parametrize(
    ("text", "key"),
    [("77", "hs.chapter"), ("9901", "hs.chapter"), ("85182", "subscribe.five_digits"), ("啦啦啦", "subscribe.no_code")],
)
def test_an_impossible_code_is_told_and_asked_again(text: str, key: str) -> None:
    filled = fill({**TEA, "hs_code": None}, said(text, "hs_code"))
    assert filled.slots["hs_code"] is None
    assert told(filled) == [key]


def test_five_digits_offer_what_they_may_have_meant() -> None:
    current = {**TEA, "hs_code": None}
    offered = fill(current, said("85182", "hs_code")).slots["offered"]
    assert offered == {"hs_code": ["851821", "851822", "851829"]}
    taken = fill({**current, "offered": offered}, said("都要", "hs_code")).slots
    assert taken == {"hs_code": ["851821", "851822", "851829"], "offered": None}


@pytest.mark.parametrize(
    ("text", "intent", "offered", "taken"),
    [
        ("是的", "affirm", ["9503"], ["9503"]),
        ("就这个", "subscribe", ["9503"], ["9503"]),
        ("that one", "subscribe", ["9503"], ["9503"]),
        ("yes", "affirm", ["9503", "9504"], []),
        ("都要", "subscribe", ["9503", "9504"], ["9503", "9504"]),
        ("all of them", "subscribe", ["9503", "9504"], ["9503", "9504"]),
        ("both", "subscribe", ["9503", "9504"], ["9503", "9504"]),
        ("第二个", "subscribe", ["9503", "9504"], ["9504"]),
        ("the first one", "subscribe", ["9503", "9504"], ["9503"]),
        ("第三个", "subscribe", ["9503", "9504"], []),
        ("都要", "subscribe", [], []),
        ("9503", "subscribe", ["9504"], []),
    ],
)
def test_what_of_the_offered_is_chosen(text: str, intent: str, offered: list[str], taken: list[str]) -> None:
    assert chosen(text, intent, offered) == taken


def test_nothing_at_all_cannot_be_registered() -> None:
    current = {**EMPTY, "product": [DECLINED], "hs_code": [DECLINED]}
    filled = fill(current, said("跳过", "market"))
    assert filled.slots["product"] is None
    assert "subscribe.nothing_left" in told(filled)


@pytest.mark.parametrize(
    ("text", "products"),
    [
        ("LED 灯、吸顶灯", ["LED 灯", "吸顶灯"]),
        ("我们主要做智能猫砂盆", ["智能猫砂盆"]),
        ("smart litter boxes and pet fountains", ["smart litter boxes", "pet fountains"]),
        ("products: cat trees.", ["cat trees"]),
        ("！！！", []),
        ("12345", []),
        ("asdfgh", []),
        ("一个产品", []),
        ("another product", []),
    ],
)
def test_products_named_in_plain_words(text: str, products: list[str]) -> None:
    assert named_products(text) == products


@pytest.mark.parametrize("word", ["asdfgh", "qwerty", "xkcdvb", "hhhhh", "哈哈哈"])
def test_gibberish(word: str) -> None:
    assert is_gibberish(word)


@pytest.mark.parametrize("word", ["toys", "LED", "PCBs", "rhythm boxes", "玩具", "typewriters", "gym", "tyres", "PVC"])
def test_no_gibberish(word: str) -> None:
    assert not is_gibberish(word)
    assert not is_placeholder(word)


def test_the_codes_of_each_product_are_offered() -> None:
    codes = suggested_codes(["太阳能板", "储能电池"])
    assert len(codes) <= 4
    assert {"8541", "8507"} <= {code[:4] for code in codes}


def test_another_task_is_not_for_the_form() -> None:
    assert fill(TEA, said("评议期是多久", "market", intent="ask_question")) == Filled()


@pytest.mark.parametrize("text", ["订阅", "subscribe", "/subscribe"])
def test_subscribe_in_the_middle_asks_the_same_again(text: str) -> None:
    slots = fill({**TEA, "market": None}, said(text, "market")).slots
    assert slots == {"market": None}


PIECES = """
还有 不是 ， 是 去掉 上一步 跳过 都要 第二个 德国 法国 茶叶 到2027年底
also no remove and yes ? France coffee 8516.60 85182 77 xyz
"""
WORDS = st.sampled_from(PIECES.split())
SENTENCES = st.lists(WORDS, max_size=6).map(" ".join) | st.text(max_size=40)
ASKED = st.sampled_from([None, "product", "hs_code", "market", "confirm"])
INTENTS = st.sampled_from(["subscribe", "affirm", "deny", "go_back", "nlu_fallback"])


@settings(max_examples=150, deadline=None)
@given(text=SENTENCES, asked=ASKED, intent=INTENTS)
def test_every_sentence_leaves_well_formed_slots(text: str, asked: str | None, intent: str) -> None:
    slots = after(TEA, text, asked, intent=intent)
    for slot in LISTS:
        value = slots[slot]
        assert value is None or (isinstance(value, list) and value and len(set(value)) == len(value))
        assert value is None or value == [DECLINED] or DECLINED not in value
    assert slots["confirm"] in (None, True, False)
    assert all(code.isdecimal() for code in stated(slots["hs_code"]))


@settings(max_examples=60, deadline=None)
@given(text=SENTENCES, asked=st.sampled_from(LISTS), intent=INTENTS)
def test_an_answer_to_an_open_question_is_never_lost_in_silence(text: str, asked: str, intent: str) -> None:
    """Either the form took something, or it says why it asks again."""
    filled = fill({**TEA, asked: None}, said(text, asked, intent=intent))
    assert filled.slots
    assert (
        filled.slots.get(asked) is not None
        or filled.notes
        or filled.changes
        or len(filled.slots) > 1
        or _asks_same(text)
    )


def _asks_same(text: str) -> bool:
    return bool(text) and text.strip() in ("订阅", "subscribe")
