"""Groups: the bot speaks when it is spoken to, to whom and where it was spoken to; topics, notices, migration."""

import asyncio

import pytest
from sqlalchemy import select

from bot import deliveries, enrolment, members, notices
from bot.authority import Role
from bot.db.models import addresses, conversations, inbox
from bot.deliveries import NewDelivery
from tests import factories
from tests.conftest import NOW
from tests.fakes.telegram_server import Group, User
from tests.telegram.stage import Stage

pytestmark = pytest.mark.anyio


def association(stage: Stage, *people: str, privacy: bool = True, topics: bool = False) -> tuple[Group, list[User]]:
    stage.bot.privacy = privacy
    users = [stage.server.user(name) for name in people]
    return stage.server.group("出口商会", *users, stage.bot, topics=topics), users


def heard(stage: Stage) -> list[str]:
    rows = stage.service.look(lambda tx: tx.execute(select(inbox.c.message).order_by(inbox.c.id)).scalars().all())
    return [row["text"] for row in rows]


async def test_only_what_is_addressed_is_heard(stage: Stage) -> None:
    group, (anna, ben) = association(stage, "安娜", "本", privacy=False)  # the bot sees everything
    async with stage.up():
        await group.say("大家好", by=anna)
        await group.say("/help", by=anna)  # another bot's, perhaps
        await group.say("/help@other_bot", by=ben)
        await group.say("help@fengsui_bot.example", by=ben)
        await group.say("/help@fengsui_bot", by=anna)
        answer = await group.wait_for("我可以帮您")
        await group.say("@fengsui_bot 你好", by=ben)
        await group.wait_for("您好")
        await group.say("评议期是多久？", by=anna, reply_to=answer)
        await group.wait_for("评议期")
        await stage.bot.confirmed()
    assert heard(stage) == ["/help", "你好", "评议期是多久？"]


async def test_it_answers_as_a_reply_and_everybody_has_a_conversation_of_their_own(stage: Stage) -> None:
    group, (anna, ben) = association(stage, "安娜", "本")
    async with stage.up():
        asked = await group.say("/subscribe@fengsui_bot", by=anna)
        answer = await group.wait_for("哪些产品")
        assert answer.reply_to is asked
        other = await group.say("/help@fengsui_bot", by=ben)
        helped = await group.wait_for("我可以帮您")
        assert helped.reply_to is other
        await stage.bot.confirmed()
    assert stage.service.tracker(f"{group.id}:0:{anna.id}", channel="telegram")["active_loop"]
    assert not stage.service.tracker(f"{group.id}:0:{ben.id}", channel="telegram")["active_loop"]
    found = stage.service.look(lambda tx: tx.execute(select(addresses.c.address)).scalars().all())
    assert sorted(found) == sorted([str(anna.id), str(ben.id)])


async def test_in_a_group_another_members_buttons_are_not_mine(stage: Stage) -> None:
    group, (anna, ben) = association(stage, "安娜", "本")
    async with stage.up():
        await group.say("/subscribe@fengsui_bot 蓝牙音箱 欧盟", by=anna)
        question = await group.wait_for("HS编码")
        press = await group.press("跳过", by=ben, message=question)
        assert "给别人的" in ((await press.answered()).text or "")
        await group.press("跳过", by=anna, message=question)
        await group.wait_for("请核对")


async def test_a_topic_is_kept(stage: Stage) -> None:
    group, (anna,) = association(stage, "安娜", topics=True)
    async with stage.up():
        topic = await group.topic("预警")
        await group.say("/help@fengsui_bot", by=anna, topic=topic)
        answer = await group.wait_for("我可以帮您")
        assert answer.topic == topic


def to_group(stage: Stage, address: str, key: str) -> None:
    def put(tx):  # type: ignore[no-untyped-def]
        member = members.at_address(tx, "web", "secretary", now=NOW)
        notice = {"key": "web.welcome_text", "buttons": [{"key": "web.try_mine", "payload": "/list_subscriptions"}]}
        row = NewDelivery(key, member, "telegram", address, kind="text", payload=notice)
        deliveries.enqueue(tx, [row], now=NOW)

    stage.service.run(put)


async def test_a_notice_reaches_a_group_and_its_topic_and_anybody_may_press(stage: Stage) -> None:
    group, (anna, ben) = association(stage, "安娜", "本", topics=True)
    async with stage.up():
        topic = await group.topic("公告")
        to_group(stage, f"{group.id}:{topic}", "one")
        notice = await group.wait_for("国外", since=0)
        assert notice.topic == topic
        for user in (anna, ben):
            mark = stage.server.mark()
            await group.press(notice.titles[0], by=user, message=notice)
            await group.wait_for("还没有登记关注", since=mark)


async def test_fault_24_a_group_that_moves_takes_its_conversations_along(stage: Stage) -> None:
    users = [stage.server.user("安娜")]
    group = stage.server.group("小组", *users, stage.bot, kind="group")
    async with stage.up():
        await group.say("/subscribe@fengsui_bot", by=users[0])
        await group.wait_for("哪些产品")
        await stage.bot.confirmed()
        new = await group.migrate()
        await stage.bot.confirmed()
        to_group(stage, str(group.id), "old address")
        await new.wait_for("国外", since=0)
    senders = stage.service.look(lambda tx: tx.execute(select(conversations.c.sender)).scalars().all())
    assert senders == [f"{new.id}:0:{users[0].id}"]
    row = stage.service.look(lambda tx: tx.execute(select(deliveries.deliveries)).one())
    assert (row.state, row.address) == ("sent", str(new.id))


async def test_fault_25_a_group_that_threw_us_out_gets_nothing_more(stage: Stage) -> None:
    group, _ = association(stage, "安娜")
    async with stage.up():
        await group.kick(stage.bot)
        await stage.bot.confirmed()
        to_group(stage, str(group.id), "out")
        row = None
        while row is None or row.state in ("queued", "leased"):
            import asyncio

            await asyncio.sleep(0.02)
            row = stage.service.look(lambda tx: tx.execute(select(deliveries.deliveries)).one())
    assert row.state == "failed"
    assert row.attempts == 1
    assert "kicked" in row.reason or "not a member" in row.reason


async def test_fault_25_whoever_connected_a_lost_group_is_told_once(stage: Stage) -> None:
    group, (anna,) = association(stage, "安娜")
    run = stage.service.run
    places = run(factories.tree, now=NOW)
    secretary = run(members.at_address, "telegram", str(anna.id), now=NOW)
    run(enrolment.grant, secretary, places.association.id, Role.SECRETARY, now=NOW)
    async with stage.up():
        chat = stage.server.private(anna)
        await chat.start()
        await group.say("@fengsui_bot 连接本群", by=anna)
        await group.wait_for("已连接本群")
        await group.kick(stage.bot)
        await stage.bot.confirmed()
        to_group(stage, str(group.id), "one")
        to_group(stage, str(group.id), "two")
        await chat.wait_for("您连接的群已收不到消息", since=0)
        while stage.service.look(deliveries.waiting):
            await asyncio.sleep(0.02)
    assert len([message for message in chat.from_bot if "您连接的群" in message.text]) == 1


async def test_a_group_that_a_secretary_connects_gets_the_notices(stage: Stage) -> None:
    group, (anna, ben) = association(stage, "安娜", "本")
    run = stage.service.run
    places = run(factories.tree, now=NOW)
    secretary = run(members.at_address, "telegram", str(anna.id), now=NOW)
    reader = run(members.at_address, "telegram", str(ben.id), now=NOW)
    run(enrolment.grant, secretary, places.association.id, Role.SECRETARY, now=NOW)
    run(enrolment.grant, reader, places.enterprise.id, Role.ENTERPRISE, now=NOW)
    async with stage.up():
        await group.say("@fengsui_bot 连接本群", by=ben)
        await group.wait_for("没有这项权限")
        await group.say("@fengsui_bot 连接本群", by=anna)
        await group.wait_for("已连接本群")
        at = places.association.id
        text = {"titles": {"zh": "年会通知"}, "acknowledge": True}
        made = await stage.db.run(lambda tx: notices.draft(tx, secretary, organisation_id=at, key="k", now=NOW, **text))
        await stage.db.run(lambda tx: notices.schedule(tx, secretary, made.id, now=NOW))
        await asyncio.to_thread(notices.run, stage.db, stage.service.clock)  # what the scheduler does every 5 seconds
        shown = await group.wait_for("年会通知")
        await group.press("确认已阅", by=ben, message=shown)
        await group.wait_for("已记下您阅读了公告")
    found = stage.service.look(notices.report, secretary, made.id)
    assert (found.groups, found.acknowledged) == (1, 1)
