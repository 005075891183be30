"""Which registrations a member means when some are to end."""

import pytest

from tests.service import Service

THREE = (("茶叶", "0902", "日本"), ("儿童玩具", "9503", "欧盟"), ("智能猫砂盆", "3924", "美国"))


@pytest.fixture
def three(service: Service) -> Service:
    for product, code, market in THREE:
        service.say("订阅")
        for text in (product, code, market, "确认"):
            service.say(text)
    return service


def left(service: Service) -> set[str]:
    listed = service.say("我的关注")[0].text
    return {f"I-{number:06d}" for number in (1, 2, 3) if f"I-{number:06d}" in listed}


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("取消关注茶叶", {1}),
        ("取消关注玩具", {2}),
        ("退订 I-000003", {3}),
        ("退订I-3", {3}),
        ("取消关注智能猫砂盆", {3}),  # a word that only this registration knows
        ("取消对欧盟的关注", {2}),
        ("取消关注HS 0902", {1}),
        ("全部取消关注", {1, 2, 3}),
        ("unsubscribe from everything", {1, 2, 3}),
    ],
)
def test_what_is_meant_ends_and_nothing_else(three: Service, text: str, gone: set[int]) -> None:
    three.say(text)
    three.say("说中文")
    assert left(three) == {f"I-{number:06d}" for number in {1, 2, 3} - gone}


@pytest.mark.parametrize(
    ("answer", "gone"),
    [
        ("第二个", {2}),
        ("2", {2}),
        ("编号3", {3}),
        ("茶叶", {1}),
        ("都要取消", {1, 2, 3}),
        ("算了", set()),
        ("不", set()),
    ],
)
def test_the_question_which_one_is_answered(three: Service, answer: str, gone: set[int]) -> None:
    three.say("取消关注")
    assert three.slots()["requested_slot"] == "interest"
    three.say(answer)
    assert three.slots()["requested_slot"] is None
    assert left(three) == {f"I-{number:06d}" for number in {1, 2, 3} - gone}


def test_what_is_not_there_ends_nothing(three: Service) -> None:
    three.say("取消关注轮胎")
    assert three.slots()["requested_slot"] == "interest"
    three.say("算了")
    assert len(left(three)) == 3


def test_ended_is_ended_for_alerts_too(three: Service) -> None:
    three.say("取消关注茶叶")
    before = len(three.memory.sent)
    three.arrive(
        symbol="G/SPS/N/JPN/9001", date="2026-11-20", comment_deadline="2027-01-20", title="Tea", members=["JP"],
        hs_codes=["0902"],
    )  # fmt: skip
    three.deliver()
    assert len(three.memory.sent) == before
