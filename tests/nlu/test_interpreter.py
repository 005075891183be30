"""One message: payloads, short forms, names alone, unknown things, and what a running form makes of it."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nlu import short_forms
from nlu.interpreter import Context, Parse
from tests.nlu.trained import NOW, intent, interpreter


def parse(text: str) -> Parse:
    return interpreter().parse(text, Context(now=NOW))


def test_payload() -> None:
    text = '/subscribe{"product": "toys", "market": ["EU", "US"], "nonsense": 1}'
    found = parse(text).to_rasa()
    assert found["intent"] == {"name": "subscribe", "confidence": 1.0}
    assert found["intent_ranking"] == [{"name": "subscribe", "confidence": 1.0}]
    span = {"start": 10, "end": len(text), "text": text[10:], "extractor": "RegexMessageHandler"}
    assert found["entities"] == [
        {"entity": "product", "value": "toys", **span},
        {"entity": "market", "value": "EU", **span},
        {"entity": "market", "value": "US", **span},
    ]


@pytest.mark.parametrize(
    ("text", "name", "confidence"),
    [
        ("/help", "help", 1.0),
        ("/greet@0.5", "greet", 0.5),
        ("/stop{broken", "stop", 1.0),
        ("/help@FengsuiBot", "help", 1.0),
        ("/nlu_fallback", "nlu_fallback", 1.0),
    ],
)
def test_odd_payloads(text: str, name: str, confidence: float) -> None:
    found = parse(text)
    assert (found.intent.name, found.intent.confidence, found.entities) == (name, confidence, ())


def test_a_payload_of_an_unknown_intent_is_read_as_a_sentence() -> None:
    assert [one.value for one in parse('/nope{"product": "toys"}').entities] == ["toys"]


@pytest.mark.parametrize("text", ["", "   ", "\n", "。。。", "？？？", "\x00\x00", "1234567", "12"])
def test_nothing_to_understand(text: str) -> None:
    assert parse(text).intent.name == "nlu_fallback"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("G/TBT/N/USA/1234", "show_notification"),
        ("tbt/eu/1100", "show_notification"),
        ("9503", "search_notifications"),
        ("玩具", "search_notifications"),
        ("toys, EU", "search_notifications"),
        ("AB2C-3DE4", "link_account"),
        ("OK!", "affirm"),
        ("好的", "affirm"),
        ("不用了，谢谢！", "deny"),
        ("取消", "stop"),
        ("謝謝", "thanks"),
        ("/start", "greet"),
        ("👍", "affirm"),
    ],
)
def test_settled_messages(text: str, name: str) -> None:
    assert intent(text) == name


def test_rasa_format() -> None:
    found = parse("我想订阅欧盟的玩具通报").to_rasa()
    assert set(found) == {"text", "intent", "entities", "intent_ranking", "language"}
    assert found["language"] == "zh"
    assert found["intent_ranking"][0] == found["intent"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("text", "slot", "name"),
    [
        ("玩具", "product", "subscribe"),
        ("儿童滑板车和平衡车", "product", "subscribe"),
        ("wooden toys and puzzles", "product", "subscribe"),
        ("还有日本", "market", "subscribe"),
        ("no, I meant Japan", "market", "subscribe"),
        ("跳过", "hs_code", "subscribe"),
        ("没有", "hs_code", "subscribe"),
        ("9503", "hs_code", "subscribe"),
        ("欧盟的评议期一般多长？", "market", "ask_question"),
        ("取消", "market", "stop"),
        ("上一步", "market", "go_back"),
        ("帮我查一下日本最近的通报", "market", "search_notifications"),
        ("是", "confirm", "affirm"),
        ("提交", "confirm", "affirm"),
        ("没有", "confirm", "deny"),
        ("先不要", "confirm", "deny"),
        ("还有日本", "confirm", "subscribe"),
    ],
)
def test_in_the_subscription_form(text: str, slot: str, name: str) -> None:
    assert intent(text, form="subscribe_form", slot=slot) == name


@pytest.mark.parametrize(
    ("text", "slot", "name"),
    [
        ("300万美元", "export_value", "give_feedback"),
        ("about 50k", "estimated_loss", "give_feedback"),
        ("不方便说", "estimated_loss", "give_feedback"),
        ("已经联系检测机构重新做认证", "measures_taken", "give_feedback"),
        ("we stopped exporting to the EU and looked for other markets", "measures_taken", "give_feedback"),
        ("希望专家指导我们怎么应对", "help_needed", "give_feedback"),
        ("希望推迟一年实施", "comment", "give_feedback"),
        ("张三 13812345678", "contact", "give_feedback"),
        ("我不想填了", "comment", "stop"),
        ("什么是评议期？", "export_value", "ask_question"),
        ("转人工", "extra_cost", "contact_expert"),
    ],
)
def test_in_the_feedback_form(text: str, slot: str, name: str) -> None:
    assert intent(text, form="feedback_form", slot=slot) == name


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("我们做 LED lamps，export 到欧盟", {"subscribe"}),
        ("we are a small factory making ceramic mugs", {"subscribe", "nlu_fallback"}),
        ("I'd like to get notifications about power banks", {"subscribe"}),
        ("send me alerts on lamps for Japan", {"subscribe"}),
        ("怎么登记", {"subscribe", "help"}),
        ("我想登记一下我们的产品", {"subscribe", "help"}),
        ("再来一个", {"subscribe", "nlu_fallback"}),
        ("我们公司做五金工具，出口到德国，需要什么认证吗", {"ask_question"}),
        ("把我的订阅导出成excel", {"export_data"}),
        ("恢复提醒", {"resume"}),
        ("KJRF-VKUK", {"link_account"}),
        ("can you show me some more of these", {"more"}),
        ("还有更多吗", {"more"}),
        ("stop Mexico", {"unsubscribe"}),
    ],
)
def test_intents_that_lie_close_together(text: str, names: set[str]) -> None:
    assert intent(text) in names


@pytest.mark.parametrize("slot", ["product", "hs_code", "market"])
@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("G/TBT/N/USA/1234", "show_notification"),
        ("KJRF-VKUK", "link_account"),
        ("resume alerts", "resume"),
        ("恢复提醒", "resume"),
        ("I want to join Blue Whale Acoustics Ltd", "enrol"),
        ("我想加入温州明辉灯具有限公司", "enrol"),
        ("show me more", "more"),
        ("下一页", "more"),
        ("next", "subscribe"),
        ("加入玩具", "subscribe"),
        ("export to Japan", "subscribe"),
        ("全部", "subscribe"),
        ("税号是什么", "ask_question"),
        ("咕咕咕咕", "subscribe"),
    ],
)
def test_other_tasks_in_the_middle_of_a_form(text: str, slot: str, name: str) -> None:
    assert intent(text, form="subscribe_form", slot=slot) == name


@pytest.mark.parametrize("slot", ["product", "hs_code", "market"])
@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("发邮件给我", "link_account"),
        ("send it to my e-mail", "link_account"),
        ("我的关注", "list_subscriptions"),
        ("my subscriptions", "list_subscriptions"),
        ("我的反馈", "list_feedback"),
        ("what happens with my data?", "ask_question"),
    ],
)
def test_what_is_clearly_another_request_is_one_at_any_question(text: str, slot: str, name: str) -> None:
    assert intent(text, form="subscribe_form", slot=slot) == name


@pytest.mark.parametrize(
    ("text", "slot"),
    [
        ("mobile crane", "product"),
        ("连接器", "product"),
        ("instant noodle", "product"),
        ("mandarin orange", "product"),
        ("how do I find it?", "hs_code"),
        ("number 9503", "hs_code"),
        ("不锈钢的那种", "hs_code"),
        ("Mars", "market"),
        ("EU notifications please", "market"),
    ],
)
def test_an_answer_stays_one(text: str, slot: str) -> None:
    assert intent(text, form="subscribe_form", slot=slot) == "subscribe"


def test_a_place_that_nobody_knows_leaves_a_registration_one() -> None:
    assert [intent(text) for text in ("we export toys to Mars", "我们出口玩具到火星")] == ["subscribe"] * 2
    assert intent("how is the weather on Mars") == "out_of_scope"


@pytest.mark.parametrize("form", ["subscribe_form", "erase_form"])
@pytest.mark.parametrize(
    "text", ["咕咕咕咕", "qwe", "asdfgh", "哈哈", "啦啦啦", "zzz", "blah", "嘟嘟嘟", "噢", "对不起", "行不行啊"]
)
def test_gibberish_is_neither_yes_nor_no(text: str, form: str) -> None:
    assert intent(text, form=form, slot="confirm") not in {"affirm", "deny"}


def test_a_plain_answer_keeps_the_ranking() -> None:
    found = interpreter().parse("不锈钢餐具", Context(now=NOW, form="subscribe_form", requested_slot="product"))
    assert found.intent.name == "subscribe"
    assert len(found.ranking) > 1


def test_a_megabyte_is_cut_and_keeps_its_text() -> None:
    text = "我想订阅欧盟的玩具通报，" * 90_000
    began = time.process_time()
    found = parse(text)
    assert time.process_time() - began < 0.5
    assert found.text == text


def test_a_short_form_has_one_meaning() -> None:
    for part in short_forms.forms().values():
        seen: dict[str, str] = {}
        for name, forms in part.items():
            for form in forms:
                assert seen.setdefault(form, name) == name, form


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_survived(text: str) -> None:
    found = parse(text)
    assert found.intent.name
    assert len(found.text) == len(text)
    found.text.encode()
    for one in found.entities:
        assert found.text[one.start : one.end] == one.text
