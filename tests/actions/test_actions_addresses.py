"""Another address by saying so: nothing goes there before its owner has shown that they read it."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot import members, services
from bot.alerts.reach import order
from bot.channels.memory import MemoryChannel
from bot.db.models import codes, deliveries
from tests.service import Service

CODE = re.compile(r"[2-9A-Z]{4}-[2-9A-Z]{4}")
LI = "li.hua@example.com"


@pytest.fixture
def post(service: Service) -> Service:
    """The service with a mail server, whose mails are kept."""
    settings = service.app.services.settings
    email = settings.email.model_copy(update={"host": "127.0.0.1", "sender": "bot@centre.example"})
    built = replace(service.app.services, settings=settings.model_copy(update={"email": email}))
    channels = {**service.app.channels, "email": MemoryChannel("email")}
    services.install(built)
    service.app = replace(service.app, services=built, channels=channels)
    return service


def mails(post: Service) -> list[tuple[str, str]]:
    post.deliver()
    channel = post.app.channels["email"]
    assert isinstance(channel, MemoryChannel)
    return [(to, reply.text) for to, reply in channel.sent]


def said(post: Service, text: str, **more: str) -> str:
    return "\n".join(reply.text for reply in post.say(text, **more))


def first(post: Service, sender: str = "anna") -> tuple[str, str]:
    member_id = post.look(members.known_at, "memory", sender)
    assert member_id is not None
    return post.look(order, member_id)[0]


@pytest.mark.parametrize(
    ("asks", "asked", "confirms", "added"),
    [
        (f"我的邮箱是 {LI}，请发邮件给我", "已向 li.hua@example.com 发送一个确认码", "确认码 {code}", "已确认"),
        (f"please send the alerts to my email {LI}", "I have sent a code to", "the code is {code}", "is confirmed"),
        (LI, "已向 li.hua@example.com 发送一个确认码", "{code}", "已确认"),
        (f"my email is {LI}", "I have sent a code to", "{code}", "is confirmed"),
        (f"发邮件到 {LI.upper()}", "已向 li.hua@example.com", "{code}", "已确认"),
    ],
)
def test_from_the_wish_to_the_first_address(post: Service, asks: str, asked: str, confirms: str, added: str) -> None:
    assert asked in said(post, asks)
    assert first(post) == ("memory", "anna")
    [(to, mail)] = mails(post)
    code = CODE.search(mail)
    assert to == LI
    assert code
    assert added in said(post, confirms.format(code=code[0]))
    assert first(post) == ("email", LI)
    assert len(mails(post)) == 1  # but the code nothing went there


def test_a_wrong_and_an_old_code_confirm_nothing(post: Service) -> None:
    said(post, f"发邮件到 {LI}")
    code = CODE.search(mails(post)[0][1])
    assert code
    assert "这个代码不对" in said(post, "确认码 ZZZZ-2222")
    post.clock.at += timedelta(minutes=31)
    assert "过期" in said(post, f"确认码 {code[0]}")
    assert first(post) == ("memory", "anna")


def test_somebody_elses_code_gives_nobody_the_address(post: Service) -> None:
    said(post, f"发邮件到 {LI}")
    code = CODE.search(mails(post)[0][1])
    assert code
    assert "这个代码不对" in said(post, f"确认码 {code[0]}", sender="ben")
    assert "已确认" in said(post, f"确认码 {code[0]}")
    assert first(post, "ben") == ("memory", "ben")


def test_an_address_of_another_account_stays_there(post: Service) -> None:
    now = post.clock.now()
    post.run(members.at_address, "email", LI, now=now)
    said(post, f"发邮件到 {LI}")
    code = CODE.search(mails(post)[0][1])
    assert code
    assert "已经属于另一个账号" in said(post, f"确认码 {code[0]}")
    assert first(post) == ("memory", "anna")


def test_nobodys_mailbox_is_flooded_through_us(post: Service) -> None:
    for sender in ("anna", "anna", "anna", "ben", "carl"):
        assert "已向" in said(post, f"发邮件到 {LI}", sender=sender)
    assert "太多" in said(post, f"发邮件到 {LI}", sender="dora")
    assert len(mails(post)) == 5
    post.clock.at += timedelta(days=1, minutes=1)
    assert "已向" in said(post, f"发邮件到 {LI}", sender="dora")


def test_the_code_is_stored_as_a_hash(post: Service) -> None:
    said(post, f"发邮件到 {LI}")
    code = CODE.search(mails(post)[0][1])
    assert code
    assert code[0].replace("-", "") not in str(post.look(lambda tx: tx.execute(select(codes)).all()))


@pytest.mark.parametrize(
    ("text", "told"),
    [("优先用Telegram", "以后优先通过Telegram"), ("I prefer Telegram", "I write to you by Telegram first")],
)
def test_a_channel_where_one_is_known_comes_first(post: Service, text: str, told: str) -> None:
    said(post, "你好")
    member_id = post.look(members.known_at, "memory", "anna")
    assert member_id is not None
    post.run(members.add_address, member_id, "telegram", "77", now=post.clock.now() - timedelta(days=9))
    assert told in said(post, text)
    assert first(post) == ("telegram", "77")


def test_a_channel_where_one_was_never_seen_gets_a_code_to_come_with(post: Service) -> None:
    answer = said(post, "优先用钉钉")
    assert "还没有在钉钉上" in answer
    assert CODE.search(answer)


@pytest.mark.parametrize(
    ("text", "told"), [("发邮件给我", "请把邮箱地址告诉我"), ("email me instead", "Which address")]
)
def test_without_an_address_it_is_asked_for(post: Service, text: str, told: str) -> None:
    assert told in said(post, text)
    assert mails(post) == []


def test_without_a_mail_server_nothing_is_promised(service: Service) -> None:
    assert "不能发送邮件" in said(service, f"发邮件到 {LI}")
    assert service.look(lambda tx: tx.execute(select(deliveries)).all()) == []


def test_to_connect_accounts_is_another_wish(post: Service) -> None:
    answer = said(post, "我在telegram上也有号，合并一下")
    assert CODE.search(answer)
    assert "还没有" not in answer
