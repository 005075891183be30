"""Responses: filling in, choosing a wording, and what becomes of them on the REST channel."""

from typing import Any

import pytest

from bot.dialogue import responses
from tests.dialogue.desk import assistant


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("plain", "plain"),
        ("{title}!", "Emma!"),
        ("{due}", "None"),
        ("{topics}", "['sea', 'whales']"),
        ('/borrow{{"title": "{title}"}}', '/borrow{"title": "Emma"}'),
        ("{unknown} and {title}", "{unknown} and {title}"),
        ("{{title}}", "{title}"),
        ([{"a": "{title}", "b": 3}], [{"a": "Emma", "b": 3}]),
    ],
)
def test_filling_in(template: Any, expected: Any) -> None:
    assert responses.fill(template, {"title": "Emma", "due": None, "topics": ["sea", "whales"]}) == expected


@pytest.mark.parametrize(("text", "balanced"), [("{a} {{b}}", True), ("{a", False), ("a}", False), ("{}", False)])
def test_a_brace_that_is_not_closed(text: str, balanced: bool) -> None:
    assert responses.is_balanced(text) is balanced


def render(name: str, channel: str | None = None, **slots: Any) -> dict[str, Any] | None:
    return responses.render(assistant("library").domain, name, slots, channel=channel, seed="1")


def test_the_wording_whose_condition_holds_goes_first() -> None:
    assert (render("utter_hello", tone="Formal") or {})["text"] == "Good day. How may I be of service?"
    assert (render("utter_hello", tone="other") or {})["text"] == "Hello."


def test_the_wording_for_the_channel_goes_before_all() -> None:
    assert (render("utter_thanks", "printer") or {})["text"] == "You are welcome, printed on paper."
    assert (render("utter_thanks", "web") or {})["text"] == "You are welcome."


def test_no_such_response() -> None:
    assert render("utter_nothing") is None


def from_action(**answer: Any) -> dict[str, Any] | None:
    found = {"text": None, "buttons": [], "elements": [], "custom": {}, "template": None, "response": None}
    return responses.from_action(
        assistant("library").domain, {**found, **answer}, {"title": "Emma"}, channel="web", seed="1"
    )


def test_an_action_names_a_response_and_adds_to_it() -> None:
    event = from_action(response="utter_lent", template="utter_lent", due="Friday", buttons=[{"title": "OK"}])
    assert event is not None
    assert event["text"] == "Emma is yours until Friday."
    assert event["data"]["buttons"] == [{"title": "OK"}]
    assert event["metadata"] == {"utter_action": "utter_lent", "template": "utter_lent", "due": "Friday"}


def test_an_action_names_a_response_that_is_not_there() -> None:
    assert from_action(response="utter_nothing") is None


def test_a_bot_event_becomes_messages_in_order() -> None:
    event = responses.bot_event(
        {
            "text": "one\n\ntwo",
            "image": "i.png",
            "attachment": "a.pdf",
            "custom": {"k": 1},
            "elements": [{"title": "T", "subtitle": "S"}],
        }
    )
    rest = [
        {"custom": {"k": 1}},
        {"image": "i.png"},
        {"attachment": "a.pdf"},
        {"text": "T : S", "buttons": []},
    ]
    assert responses.messages(event, paragraphs=True) == [{"text": "one"}, {"text": "two"}, *rest]
    assert responses.messages(event, paragraphs=False) == [{"text": "one\n\ntwo"}, *rest]


def test_an_image_is_sent_once() -> None:
    event = responses.bot_event({"image": "i.png"})
    assert event["data"]["attachment"] == "i.png"
    assert responses.messages(event, paragraphs=False) == [{"image": "i.png"}]
