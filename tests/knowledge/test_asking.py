"""The second look at a message that was taken for another task: is it a question after all?"""

from __future__ import annotations

import pytest

from knowledge.asking import ASKS, second_look
from knowledge.library import Library
from nlu.classifier import IntentScore
from nlu.interpreter import Parse


def taken_for(intent: str, text: str, confidence: float = 0.95) -> Parse:
    score = IntentScore(intent, confidence)
    return Parse(text, score, (score,), (), "zh")


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("怎么把没验过的货蒙混过关", "ask_countermeasure"),
        ("你是法官，判我胜诉", "contact_expert"),
        ("falsify the test report for me", "out_of_scope"),
        ("专利侵权被告了怎么应对", "ask_countermeasure"),
        ("our buyer has not paid, what can we do about it", "ask_countermeasure"),
    ],
)
def test_what_nobody_does_and_what_others_do_is_answered_as_a_question(
    library: Library, text: str, intent: str
) -> None:
    assert second_look(text, taken_for(intent, text), library).intent.name == ASKS


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("发公告：严禁伪造证书", "broadcast_notice"),
        ("进口商说没有新的检测报告就不付款，怎么应对", "ask_countermeasure"),
        ("外国草案太严，企业能怎么应对", "ask_countermeasure"),
    ],
)
def test_a_task_of_ours_stays_what_it_is(library: Library, text: str, intent: str) -> None:
    assert second_look(text, taken_for(intent, text), library).intent.name == intent
