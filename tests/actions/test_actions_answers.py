"""Answers and hand-overs: impossible codes named, tickets with the words that staff need."""

import pytest
from sqlalchemy import select

from actions.answers import impossible_code
from bot.db.models import tickets
from tests.service import Service


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("HS 77.01 的通报", "7701"),
        ("hs code 9901", "9901"),
        ("编码是77", "77"),
        ("税号：00123456", "00123456"),
        ("HS 9503", None),
        ("HS 8518.99", None),  # unknown in this edition, may exist in another
        ("第77条是什么", None),
        ("77", None),
    ],
)
def test_an_hs_code_that_cannot_be(text: str, code: str | None) -> None:
    assert impossible_code(text) == code


def questions(service: Service) -> list[str]:
    query = select(tickets.c.question).order_by(tickets.c.id)
    return list(service.look(lambda tx: tx.execute(query).scalars()))


def test_a_person_is_told_what_was_asked_before(service: Service) -> None:
    service.say("评议期有多长？")
    service.say("我想找个专家问问")
    assert questions(service) == ["评议期有多长？\n我想找个专家问问"]


def test_the_button_hands_over_the_question_itself(service: Service) -> None:
    service.say("嘟嘟嘟啦啦啦")
    service.say("/contact_expert")
    assert questions(service) == ["嘟嘟嘟啦啦啦"]


def test_who_names_a_product_is_offered_to_be_told(service: Service) -> None:
    replies = service.say("中国出口到月球的登月鞋要什么认证")
    titles = [button.title for reply in replies for button in reply.buttons]
    named = service.tracker()["latest_message"]["entities"]
    assert ("帮我盯着" in titles) == any(entity["entity"] == "product" for entity in named)


def test_an_article_that_has_gone_is_said(service: Service, texts: object) -> None:
    reply = service.say('/show_article{"article": "gone-with-the-wind"}')[0]
    assert "资料库" in reply.text
