"""Feedback in the running service: what is kept, by whom it is gone on with, and what ended elsewhere."""

from typing import Any

from sqlalchemy import select, update

from bot import feedback
from bot.db.models import addresses, conversations, deliveries
from bot.db.models import feedback as table
from bot.feedback import Line
from tests import factories
from tests.service import Service

ANSWERS = ("没有通报", "玩具", "300万美元", "50万美元", "20万元", "换了供应商", "太急", "培训", "李四 13812345678")


def lines(service: Service, state: str = "draft") -> tuple[Line, ...]:
    return service.look(feedback.listed, state=state).lines


def same_person(service: Service, address: str, other: str) -> None:
    """Both addresses belong to the first one's member."""

    def move(tx: Any) -> None:
        mine = select(addresses.c.member_id).where(addresses.c.address == address).scalar_subquery()
        tx.execute(update(addresses).where(addresses.c.address == other).values(member_id=mine))
        tx.execute(update(conversations).where(conversations.c.sender == other).values(member_id=mine))

    service.say("你好", sender=other)
    service.run(move)


def test_every_answer_is_in_the_base_before_the_next_question(service: Service) -> None:
    service.say("反馈")
    assert lines(service) == ()
    for count, answer in enumerate(ANSWERS, 1):
        service.say(answer)
        (one,) = lines(service)
        assert len(one.answers) == count
    service.say("提交")
    assert [one.answers["contact"] for one in lines(service, "submitted")] == ["李四 13812345678"]


def test_a_draft_is_gone_on_with_on_another_channel(service: Service) -> None:
    for text in ("反馈", *ANSWERS[:4]):
        service.say(text)
    same_person(service, "anna", "anna-phone")
    replies = service.say("继续反馈", sender="anna-phone")
    assert service.slots("anna-phone")["estimated_loss"] == {"value": 500000.0, "currency": "USD"}
    assert "新增的成本" in replies[-1].text
    service.say("10万元", sender="anna-phone")
    replies = service.say("20万元")  # the first chat still asks what the second one has answered
    slots = service.slots()
    assert (slots["extra_cost"], slots["requested_slot"]) == ({"value": 100000.0, "currency": "CNY"}, "measures_taken")
    assert "从那里继续" in replies[0].text


def test_what_was_submitted_on_the_phone_is_not_asked_for_on_the_desk(service: Service) -> None:
    for text in ("反馈", *ANSWERS[:8]):
        service.say(text)
    same_person(service, "anna", "anna-phone")
    for text in ("继续反馈", "李四", "提交"):
        service.say(text, sender="anna-phone")
    replies = service.say("王五")
    assert "已经在别处提交" in replies[0].text
    assert service.tracker()["active_loop"] in (None, {})
    assert [one.answers["contact"] for one in lines(service, "submitted")] == ["李四"]


def test_a_repeated_message_writes_nothing_twice(service: Service) -> None:
    for _ in range(2):
        service.say("对G/TBT/N/EU/1反馈，没有通报过，我们做玩具", key="the-same")
    assert len(lines(service)) == 1


def test_nobody_sees_or_changes_what_is_another_persons(service: Service) -> None:
    for text in ("反馈", *ANSWERS, "提交"):
        service.say(text)
    for text in ("F-000001", "修改F-000001", "撤回F-000001"):
        said = "\n".join(reply.text for reply in service.say(text, sender="ben"))
        assert "李四" not in said
        assert "玩具" not in said
    service.say("确定", sender="ben")
    assert [one.state for one in lines(service, "submitted")] == ["submitted"]


def test_a_tap_says_which_of_the_members_products_it_was_about(service: Service) -> None:
    for text in ("我们出口充电宝到欧盟，有新通报请提醒我", "跳过", "确认"):
        service.say(text)
    service.arrive(
        symbol="G/TBT/N/EU/7001", members=["EU"], date="2026-11-21", title="Power banks", hs_codes=["850760"],
        comment_deadline="2027-01-20", products="Power banks",
    )  # fmt: skip
    service.deliver()
    service.say('/give_feedback{"symbol": "G/TBT/N/EU/7001", "affected": "none"}')
    (one,) = lines(service, "submitted")
    assert (one.symbol, one.product, one.affected) == ("G/TBT/N/EU/7001", "充电宝", "none")
    assert service.look(lambda tx: tx.execute(select(deliveries.c.state)).scalar_one()) == "sent"


def test_a_broken_button_does_no_harm(service: Service) -> None:
    service.say('/give_feedback{"symbol": "G/TBT/N/EU/7001", "affected": "<script>"}')
    service.say('/list_feedback{"feedback": "99999999999999999999"}')
    service.say('/add_details{"feedback": "x"}')
    assert service.look(lambda tx: tx.execute(select(table.c.affected)).scalars().all()) in ([], [None])


def test_it_belongs_to_the_enterprise_of_the_one_who_gives_it(service: Service) -> None:
    tree = service.run(factories.tree, now=service.clock.now())
    service.run(factories.person, "anna", now=service.clock.now(), at=tree.enterprise, language="zh")
    for text in ("反馈", *ANSWERS, "提交"):
        service.say(text)
    (one,) = lines(service, "submitted")
    assert (one.organisation_id, one.bureau_id) == (tree.enterprise.id, tree.county.id)
