"""The second look at a message that was taken for another task: is it a question after all?"""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge import base
from knowledge.advice import Advice
from knowledge.asking import ASKS, second_look
from knowledge.calibration import Calibration
from nlu.classifier import IntentScore
from nlu.interpreter import Parse


@pytest.fixture(scope="module")
def advice() -> Advice:
    return Advice(base.read(Path(__file__).parents[2] / "knowledge"), Calibration.load())


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
        ("补遗是什么意思", "out_of_scope"),
        ("what is a corrigendum", "search_notifications"),
        ("WTO争端解决有哪几步，一般要多长时间", "ask_case"),
    ],
)
def test_what_has_an_answer_of_its_own_is_answered_as_a_question(advice: Advice, text: str, intent: str) -> None:
    assert second_look(text, taken_for(intent, text), advice).intent.name == ASKS


@pytest.mark.parametrize(
    ("text", "intent", "confidence"),
    [
        ("评议期到底多少天", "give_feedback", 0.9),
        ("通报的全文在哪里下载", "show_notification", 0.9),
        ("where can we find notifications of other members", "search_notifications", 0.95),
    ],
)
def test_asked_outright_it_is_a_question_if_the_base_is_as_sure(
    advice: Advice, text: str, intent: str, confidence: float
) -> None:
    assert second_look(text, taken_for(intent, text, confidence), advice).intent.name == ASKS


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("这份通报说的是什么", "show_notification"),
        ("欧盟有什么新通报", "search_notifications"),
        ("这个草案让我们每年多花20万", "give_feedback"),
        ("发公告：严禁伪造证书", "broadcast_notice"),
        ("进口商说没有新的检测报告就不付款，怎么应对", "ask_countermeasure"),
        ("外国草案太严，企业能怎么应对", "ask_countermeasure"),
        ("勘误", "search_notifications"),
        ("打火机那个案子后来怎么样了", "ask_case"),
    ],
)
def test_a_task_of_ours_stays_what_it_is(advice: Advice, text: str, intent: str) -> None:
    assert second_look(text, taken_for(intent, text), advice).intent.name == intent


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("UFLPA要准备哪些材料", "out_of_scope"),
        ("DWPE了解一下", "nlu_fallback"),
        ("我们做毛绒玩具的，想卖沙特，要什么证", "subscribe"),
        ("偶氮染料在欧盟是不是全禁了", "ask_countermeasure"),
    ],
)
def test_a_name_of_ours_and_what_is_asked_outright_go_to_the_base(advice: Advice, text: str, intent: str) -> None:
    assert second_look(text, taken_for(intent, text, 0.8), advice).intent.name == ASKS


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("HS编码77.01的通报", "nlu_fallback"),
        ("when does it enter into force?", "show_notification"),
        ("show again", "show_again"),
        ("不确定是否受影响", "give_feedback"),
    ],
)
def test_what_says_little_of_its_own_is_no_question_about_an_entry(advice: Advice, text: str, intent: str) -> None:
    assert second_look(text, taken_for(intent, text, 0.6), advice).intent.name == intent
