"""What was said before fills what a message leaves out."""

import pytest

from nlu.entities import extract
from nlu.followup import goes_on, intent_of, merged, pointed, rewritten
from nlu.normalize import fold
from tests.nlu.trained import NOW


def intent(text: str, topic: str | None) -> str | None:
    known = fold(text)
    return intent_of(known, extract(text, now=NOW, folded=known), topic)


@pytest.mark.parametrize(
    ("text", "topic", "expected"),
    [
        ("那欧盟呢？", "search", "search_notifications"),
        ("那欧盟呢", "notification", "search_notifications"),
        ("那越南和泰国呢", "search", "search_notifications"),
        ("换成玩具怎么样", "search", "search_notifications"),
        ("韓國呢", "search", "search_notifications"),
        ("那日本呢", "question", "ask_question"),
        ("and for Japan?", "search", "search_notifications"),
        ("what about toys and tyres?", "search", "search_notifications"),
        ("How about the EU", "question", "ask_question"),
        ("ok and what about in Brazil then?", "question", "ask_question"),
        ("那欧盟呢？", None, None),
        ("and for Japan?", None, None),
        ("那欧盟的玩具要做什么认证呢", "search", None),
        ("what about my subscriptions?", "search", None),
        ("它什么时候生效", "notification", "show_notification"),
        ("這個什麼時候截止評議", "search", "show_notification"),
        ("when does it enter into force?", "notification", "show_notification"),
        ("when is it due", None, "show_notification"),
        ("什么时候生效", "notification", "show_notification"),
        ("什么时候生效", None, None),
        ("它什么时候生效", "question", None),
        ("when does it stop raining", "notification", None),
    ],
)
def test_intent(text: str, topic: str | None, expected: str | None) -> None:
    assert intent(text, topic) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("第二个", "B"),
        ("看第3条", "C"),
        ("the first one", "A"),
        ("open the 2nd", "B"),
        ("number 3 please", "C"),
        ("最后一个", "C"),
        ("the last one", "C"),
        ("第五个", None),
        ("它什么时候生效", None),
    ],
)
def test_one_of_the_list_is_pointed_at(text: str, expected: str | None) -> None:
    assert pointed(text, ["A", "B", "C"]) == expected


def test_the_only_one_is_meant_without_a_number() -> None:
    assert pointed("它什么时候生效", ["A"]) == "A"
    assert pointed("the second one", ["A"]) is None
    assert pointed("the last one", []) is None


def test_names_said_now_replace_those_of_their_kind() -> None:
    before = {"market": ["EU"], "product": ["toys"], "notification_type": ["sps"]}
    assert merged(before, {"market": ["JP", "KR"]}) == {**before, "market": ["JP", "KR"]}
    assert merged(before, {"hs_code": ["9503"], "product": []}) == {
        "market": ["EU"],
        "notification_type": ["sps"],
        "hs_code": ["9503"],
    }


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("出口沙特的小家电要什么", "那欧盟呢", "出口欧盟的小家电要什么"),
        ("do toys need a test report in Japan", "and for Brazil?", "do toys need a test report in Brazil"),
        ("do toys need a test report in Japan", "what about tyres?", "do tyres need a test report in Japan"),
        ("what is the comment period", "and in Japan?", "what is the comment period Japan"),
    ],
)
def test_the_question_is_asked_again_about_what_is_named(question: str, text: str, expected: str) -> None:
    assert rewritten(question, text, now=NOW) == expected
    known = fold(text)
    assert goes_on(known, extract(text, now=NOW, folded=known))
