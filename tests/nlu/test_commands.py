"""Messages that name a notice or a ticket by its number, and those that only look like it."""

import pytest

from nlu import commands

CASES = [
    ("N-12 的送达情况", "show_notice"), ("n-000012", "show_notice"), ("how is N-12 doing", "show_notice"),
    ("停止发送 N-12", "cancel_notice"), ("recall N-12 please", "cancel_notice"), ("停止发送公告", "cancel_notice"),
    ("stop the notice", "cancel_notice"), ("同意 N-12", "decide_notice"), ("不同意N-12，日期不对", "decide_notice"),
    ("send back N-12 because it is too long", "decide_notice"), ("提醒 N-12 没看的人", "remind_notice"),
    ("remind the rest of N-12", "remind_notice"), ("继续 N-12", "broadcast_notice"),
    ("N-12 已阅", "acknowledge_notice"),
    ("关于T-12，还有包装", "about_ticket"), ("T-000012", "about_ticket"), ("close T-12", "about_ticket"),
    ("T-12 没解决", "about_ticket"), ("回复 T-12：好的", "answer_ticket"), ("answer T-12: yes", "answer_ticket"),
    ("wang@example.com", "link_account"), ("我的邮箱是 wang@example.com", "link_account"),
    ("My email is Wang.Li@example.com.cn", "link_account"), ("email: wang@example.com", "link_account"),
    ("请联系 wang@example.com 谁负责", None), ("what is wang@example.com", None),
    ("连接本群", "connect_group"), ("disconnect this group", "connect_group"),
    ("N-95口罩出口美国", None), ("N-95 masks to the EU", None), ("T-8灯管出口欧盟要什么认证", None),
    ("T-5 tubes to Canada", None), ("G/TBT/N/EU/12", None), ("I-000012", None), ("取消关注玩具", None), ("停止", None),
    ("我们公司的产品型号是 XN-12，想问出口印度要什么认证，标准是什么，多久能下来，费用大概多少", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "intent"), CASES, ids=[text for text, _ in CASES])
def test_which_intent(text: str, intent: str | None) -> None:
    assert commands.intent_of(text) == intent


def test_a_button_and_a_long_text_are_no_command() -> None:
    assert commands.intent_of('/show_notice{"notice": "12"}') is None
    assert commands.intent_of("N-12 " + "x" * 7000) is None
