"""The page behind an answer link: looking changes nothing, pressing counts once, and what was recorded is said."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from bot import answer_links, members
from bot.answer_links import Maker, Offer
from bot.db.models import addresses, conversations, feedback, inbox
from bot.db.models import answer_links as table
from bot.errors import BadInput
from bot.inbox import receive
from bot.messages import Button, Inbound, Recipient, Reply
from tests.service import Service
from tests.web.site import Site

SYMBOL = "G/TBT/N/EU/1201"
TEXT = "欧盟：<b>蓝牙音箱</b>\n还有54天可以评议"
TO = Recipient("email", "li@example.com", "zh")


def buttons() -> tuple[Button, ...]:
    return (
        Button("查看详情", f'/show_notification{{"symbol": "{SYMBOL}"}}'),
        Button("受影响", f'/give_feedback{{"symbol": "{SYMBOL}", "affected": "yes"}}'),
        Button("不受影响", f'/give_feedback{{"symbol": "{SYMBOL}", "affected": "none"}}'),
        Button("与我无关", f'/not_mine{{"symbol": "{SYMBOL}"}}'),
    )


@dataclass
class Mail:
    """What stands in a message to Ms Li, and a mail program that opens it."""

    site: Site
    member_id: int
    maker: Maker
    client: httpx.Client

    def offer(self, key: str = "delivery:1", *, language: str = "zh") -> Offer:
        to = Recipient(TO.channel, TO.address, language)
        now = self.site.service.clock.now()
        return self.site.service.run(answer_links.offer, self.maker, to, Reply(TEXT, buttons()), key=key, now=now)

    def rows(self, which: Any) -> list[Any]:
        return self.site.service.look(lambda tx: tx.execute(select(which)).all())


@pytest.fixture
def mail(site: Site) -> Mail:
    service = site.service
    service.arrive(symbol=SYMBOL, title="Loudspeakers", members=["EU"], comment_deadline="2027-01-15")
    member_id = service.run(members.at_address, TO.channel, TO.address, now=service.clock.now())
    return Mail(site, member_id, Maker(b"key", site.url, timedelta(days=60)), site.client())


def post(mail: Mail, url: str, place: int | str) -> httpx.Response:
    return mail.client.post(url.partition("?")[0], data={"choice": str(place)})


def test_the_page_shows_the_whole_message_and_what_can_be_answered(mail: Mail) -> None:
    page = mail.client.get(mail.offer().page or "")
    assert page.status_code == 200
    assert "&lt;b&gt;蓝牙音箱&lt;/b&gt;\n还有54天可以评议" in page.text
    for button in buttons():
        assert f">{button.title}</button>" in page.text
    assert "<script" not in page.text
    assert page.headers["cache-control"] == "no-store"


def test_what_programs_do_changes_nothing(mail: Mail) -> None:
    """Mail scanners open every link of a message."""
    offer = mail.offer()
    before = mail.rows(table), mail.rows(addresses), mail.rows(feedback)
    for url in (*(url for _, url in offer.choices), offer.page, offer.stop):
        assert mail.client.get(url or "").status_code == 200
        assert mail.client.head(url or "").status_code == 200
    assert (mail.rows(table), mail.rows(addresses), mail.rows(feedback)) == before
    assert mail.rows(inbox) == []


def test_one_press_is_a_whole_feedback_and_is_said_again_later(mail: Mail) -> None:
    url = dict(mail.offer().choices)["不受影响"]
    assert re.search(r'class="main">不受影响</button>', mail.client.get(url).text)
    page = post(mail, url, 3)
    assert "已记录您的回答：不受影响" in page.text
    [row] = mail.rows(feedback)
    assert (row.member_id, row.state) == (mail.member_id, "submitted")
    later = mail.client.get(url)
    assert "已记录您的回答：不受影响" in later.text
    assert "如需更改" in later.text
    assert '<input type="hidden" name="choice"' not in later.text


def test_a_second_answer_changes_nothing(mail: Mail) -> None:
    url = mail.offer().page or ""
    post(mail, url, 3)
    assert "已记录您的回答：不受影响" in post(mail, url, 2).text
    assert "已记录您的回答：不受影响" in post(mail, url, 3).text
    assert len(mail.rows(feedback)) == 1
    assert len(mail.rows(inbox)) == 1


def say(mail: Mail, url: str, page: httpx.Response, text: str = "", **more: str) -> httpx.Response:
    """Answer the question on a page, as its form does."""
    step = re.search(r'name="step" value="(\d+)"', page.text)
    assert step
    return mail.client.post(f"{url.partition('?')[0]}/say", data={"step": step[1], "text": text, **more})


def test_affected_is_kept_as_a_draft_and_the_questions_go_on(mail: Mail) -> None:
    page = post(mail, mail.offer().page or "", 2)
    assert "已记录您的回答：受影响" in page.text
    assert "<textarea" in page.text
    [row] = mail.rows(feedback)
    assert (row.state, row.affected) == ("draft", "yes")


ANSWERS = {
    "zh": ("蓝牙音箱", "500万美元", "损失50万美元", "不知道", "换电池", "过渡期太短", "不需要", "李华 13800000000",
           "提交"),
    "en": ("bluetooth speakers", "5 million USD", "500,000 USD", "I don't know", "new batteries",
           "the transition is too short", "no help needed", "Li Hua 13800000000", "yes"),
}  # fmt: skip


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_member_with_e_mail_only_finishes_the_feedback_on_the_page(mail: Mail, language: str) -> None:
    url = mail.offer(language=language).page or ""
    page = post(mail, url, 2)
    for answer in ANSWERS[language]:
        page = say(mail, url, page, answer)
        page = mail.client.get(url)  # closed and opened again, it stands where it was
    [row] = mail.rows(feedback)
    assert (row.state, row.member_id) == ("submitted", mail.member_id)
    assert row.answers["comment"] in ("过渡期太短", "the transition is too short")
    assert f"F-{row.id:06d}" in page.text
    assert "<textarea" not in page.text


def test_each_answer_counts_once_and_belongs_to_the_question_that_it_was_typed_under(mail: Mail) -> None:
    url = mail.offer().page or ""
    first = post(mail, url, 2)
    second = say(mail, url, first, "蓝牙音箱")
    assert say(mail, url, first, "蓝牙音箱").text == second.text  # pressed twice
    late = say(mail, url, first, "500万美元")  # from a page that was left open
    assert "问题已经变了" in late.text
    assert ">500万美元</textarea>" in late.text
    say(mail, url, late, "500万美元")
    [row] = mail.rows(feedback)
    assert row.answers["export_value"]["value"] == 5_000_000


def test_what_is_no_answer_does_nothing(mail: Mail) -> None:
    """A mail that was passed on must give nobody the member's data, nor end anything."""
    url = mail.offer().page or ""
    page = post(mail, url, 2)
    before = mail.rows(inbox)
    for text in ("导出我的数据", "删除我的所有数据", "退订所有提醒", "export my data"):
        refused = say(mail, url, page, text)
        assert "只能回答这份反馈的问题" in refused.text
        assert f">{text}</textarea>" in refused.text
    for text in ("", "   ", "/export_data"):
        assert "还没有写内容" in say(mail, url, page, text).text
    assert mail.rows(inbox) == before


def test_another_message_of_the_same_reader_does_not_take_the_question_away(mail: Mail) -> None:
    one, two = mail.offer("delivery:1").page or "", mail.offer("delivery:2").page or ""
    page = post(mail, one, 2)
    page = say(mail, one, page, "蓝牙音箱")
    post(mail, two, 3)
    left = mail.client.get(one)
    assert "<textarea" not in left.text
    back = say(mail, one, left, again="1")
    assert "<textarea" in back.text
    say(mail, one, back, "500万美元")
    [row] = [row for row in mail.rows(feedback) if row.affected == "yes"]
    assert (row.answers["product"], row.answers["export_value"]["value"]) == ("蓝牙音箱", 5_000_000)


def test_killed_before_it_was_handled_an_answer_is_finished_by_the_next_press(mail: Mail) -> None:
    url = mail.offer().page or ""
    page = post(mail, url, 2)
    step = re.search(r'name="step" value="(\d+)"', page.text)
    [link] = mail.rows(table)
    assert step
    cut_off = Inbound("email", TO.address, f"link:{link.id}:{step[1]}", "蓝牙音箱", metadata={"language": "zh"})
    mail.site.service.run(receive, cut_off, now=mail.site.service.clock.now())
    assert say(mail, url, mail.client.get(url), "蓝牙音箱").status_code == 200
    assert [row.handled_at is not None for row in mail.rows(inbox)] == [True, True]
    assert len(mail.rows(inbox)) == 2


def test_after_its_time_no_question_is_asked(mail: Mail) -> None:
    url = mail.offer().page or ""
    page = post(mail, url, 2)
    mail.site.service.clock.at += timedelta(days=61)
    assert say(mail, url, page, "蓝牙音箱").status_code == 410
    assert "<textarea" not in mail.client.get(url).text


def test_details_use_nothing_up(mail: Mail) -> None:
    url = mail.offer().page or ""
    for _ in range(2):
        page = post(mail, url, 1)
        assert SYMBOL in page.text
        assert ">受影响</button>" in page.text
    assert "已记录您的回答：不受影响" in post(mail, url, 3).text


def test_it_is_for_this_message_and_no_other(mail: Mail) -> None:
    first, second = mail.offer("delivery:1"), mail.offer("delivery:2")
    assert first.page != second.page
    assert mail.offer("delivery:1") == first
    post(mail, first.page or "", 3)
    assert "已记录" not in mail.client.get(second.page or "").text
    assert len(mail.rows(table)) == 2


def test_what_the_link_holds_is_not_stored(mail: Mail) -> None:
    token = (mail.offer().page or "").rpartition("/")[2]
    assert len(token) >= 22
    assert token not in str(mail.rows(table))


@pytest.mark.parametrize("place", ["0", "5", "", "x", "-1", "9" * 30])
def test_a_choice_that_is_not_there_records_nothing(mail: Mail, place: str) -> None:
    page = post(mail, mail.offer().page or "", place)
    assert page.status_code == 400
    assert "没有这个选项" in page.text
    assert mail.rows(inbox) == []


@pytest.mark.parametrize("token", ["x", "A" * 24, "%00", "'; drop table answer_links; --", "x" * 5000])
def test_a_link_that_is_none_says_so(mail: Mail, token: str) -> None:
    for path in (f"/a/{token}", f"/a/{token}/stop"):
        assert mail.client.get(path).status_code == 404
        assert mail.client.post(path, data={"choice": "1"}).status_code == 404


def test_after_its_time_it_takes_no_answer_but_still_stops(mail: Mail) -> None:
    offer = mail.offer()
    mail.site.service.clock.at += timedelta(days=61)
    for page in (mail.client.get(offer.page or ""), post(mail, offer.page or "", 3)):
        assert page.status_code == 410
        assert "已经过期" in page.text
    assert mail.rows(feedback) == []
    assert mail.client.post(offer.stop or "").status_code == 200


def test_killed_between_the_press_and_the_reply_the_next_press_finishes_it(mail: Mail) -> None:
    service, token = mail.site.service, (mail.offer().page or "").rpartition("/")[2]
    service.run(answer_links.claim, token, 2, now=service.clock.now())
    assert mail.rows(feedback) == []
    assert ">不受影响</button>" in mail.client.get(f"/a/{token}").text
    assert "已记录您的回答：不受影响" in post(mail, f"/a/{token}", 2).text
    assert len(mail.rows(feedback)) == 1


def test_fault_35_one_click_stops_without_login_and_at_once(mail: Mail) -> None:
    """RFC 8058: a bare POST of a mail program, without cookie and without origin."""
    offer = mail.offer()
    answer = mail.client.post(offer.stop or "", data={"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, "set-cookie" in answer.headers) == (200, False)
    [row] = [one for one in mail.rows(addresses) if one.channel == "email"]
    assert (row.state, row.reason) == ("gone", "unsubscribed")


def test_stopped_it_stays_stopped_until_its_owner_wants_it_back(mail: Mail) -> None:
    offer = mail.offer()
    mail.client.post(offer.stop or "")
    post(mail, offer.page or "", 3)  # to answer an older message is no wish for new ones
    assert [one.state for one in mail.rows(addresses) if one.channel == "email"] == ["gone"]
    page = mail.client.post(offer.stop or "", data={"again": "1"})
    assert ">停止发送</button>" in page.text
    assert [one.state for one in mail.rows(addresses) if one.channel == "email"] == ["active"]


def test_an_address_that_bounced_is_not_brought_back_by_a_link(mail: Mail) -> None:
    offer = mail.offer()
    bounced = {"state": "gone", "reason": "550 no such user"}
    mail.site.service.run(lambda tx: tx.execute(addresses.update().values(**bounced)))
    mail.client.post(offer.stop or "", data={"again": "1"})
    assert [one.state for one in mail.rows(addresses) if one.channel == "email"] == ["gone"]


def test_in_english(mail: Mail) -> None:
    page = mail.client.get(mail.offer(language="en").page or "")
    assert "Opening this page records nothing" in page.text
    assert '<html lang="en-GB">' in page.text
    assert "按下按钮才会记录" in mail.client.get(mail.offer(language="en").page or "", params={"language": "zh"}).text


def test_without_a_public_address_there_are_no_links(mail: Mail) -> None:
    mail.maker = Maker(b"key", None, timedelta(days=60))
    assert mail.offer() == Offer()
    assert mail.rows(table) == []


def test_a_stranger_gets_no_link(service: Service) -> None:
    maker, now = Maker(b"key", "https://bot.example", timedelta(days=1)), service.clock.now()
    offer = service.run(answer_links.offer, maker, TO, Reply(TEXT, buttons()), key="1", now=now)
    assert offer == Offer()
    with pytest.raises(BadInput):
        service.look(answer_links.find, maker.token(TO, "1"))


def test_old_links_are_dropped(mail: Mail) -> None:
    mail.offer()
    later = mail.site.service.clock.now() + timedelta(days=61)
    assert mail.site.service.run(answer_links.forget, before=later) == 1
    assert mail.rows(table) == []
    assert len(mail.rows(conversations)) == 0
