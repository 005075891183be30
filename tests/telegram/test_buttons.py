"""Buttons: opaque, bound to a person and to the question that was open, edited away after use; pages turn in place."""

import asyncio

import pytest
from sqlalchemy import select

from bot.db.models import audit_log, conversations, keyboards
from tests.fakes.telegram_server import Message, PrivateChat
from tests.telegram.stage import Stage

pytestmark = pytest.mark.anyio


async def asked(chat: PrivateChat) -> Message:
    """The registration's question for codes."""
    await chat.say("我们出口蓝牙音箱到欧盟，有通报提醒我")
    return await chat.wait_for("HS编码")


def version(stage: Stage, chat: PrivateChat) -> int:
    query = select(conversations.c.version).where(conversations.c.sender == str(chat.id))
    found: int = stage.service.look(lambda tx: tx.execute(query).scalar_one())
    return found


async def test_what_telegram_carries_says_nothing(polling: Stage) -> None:
    async with polling.up():
        chat = polling.person()
        await chat.start()
        hello = await chat.wait_for(lambda message: bool(message.titles))
        data = [button.data for row in hello.buttons for button in row]
    assert all(one is not None and len(one.encode()) <= 64 and "/" not in one for one in data)
    stored = polling.service.look(lambda tx: tx.execute(select(keyboards.c.token)).scalars().all())
    assert {one.partition(":")[0] for one in data if one} == set(stored)


@pytest.mark.parametrize("data", ["/affirm", "x", "", ":", "0", "😀" * 16, "a:0", '/approve_enrolment{"request":"1"}'])
async def test_a_forged_press_is_refused_and_written_down(stage: Stage, data: str) -> None:
    async with stage.up():
        chat = stage.person()
        question = await asked(chat)
        before = version(stage, chat)
        press = await chat.press_data(data, message=question)
        answer = await press.answered()
        assert "已经失效" in (answer.text or "")
        await stage.bot.confirmed()
        assert version(stage, chat) == before
    denied = stage.service.look(lambda tx: tx.execute(select(audit_log.c.allowed, audit_log.c.action)).all())
    assert [tuple(row) for row in denied] == [(False, "telegram_press")]


async def test_a_real_number_with_a_place_that_is_not_there_is_refused(polling: Stage) -> None:
    async with polling.up():
        chat = polling.person()
        question = await asked(chat)
        data = question.buttons[0][0].data
        for place in ("99", "-1", "٣", "0x0", ""):
            press = await chat.press_data(f"{data.partition(':')[0]}:{place}" if data else "", message=question)
            assert "已经失效" in ((await press.answered()).text or "")


async def test_another_persons_button_does_nothing_for_me(stage: Stage) -> None:
    async with stage.up():
        anna, ben = stage.person("安娜"), stage.person("本")
        question = await asked(anna)
        await ben.start()
        mine = await ben.wait_for(lambda message: bool(message.titles))
        before = version(stage, anna)
        press = await ben.press_data(question.buttons[0][0].data or "", message=mine)
        assert "给别人的" in ((await press.answered()).text or "")
        await stage.bot.confirmed()
        assert version(stage, anna) == before
        await anna.press("跳过", message=question)
        await anna.wait_for("请核对")


async def test_a_late_press_is_answered_politely_and_changes_nothing(stage: Stage) -> None:
    async with stage.up():
        chat = stage.person()
        question = await asked(chat)
        data = question.button("跳过").data or ""
        await chat.say("8518.22")
        await chat.wait_for("请核对")
        before = version(stage, chat)
        press = await chat.press_data(data, message=question)
        assert "已经回答过" in ((await press.answered()).text or "")
        await stage.bot.confirmed()
        assert version(stage, chat) == before
    assert stage.service.slots(str(chat.id), channel="telegram")["hs_code"] == ["851822"]


async def test_pressed_twice_it_counts_once(stage: Stage) -> None:
    async with stage.up():
        chat = stage.person()
        question = await asked(chat)
        data = question.button("跳过").data or ""
        await asyncio.gather(*(chat.press_data(data, message=question) for _ in range(2)))
        await chat.wait_for("请核对")
        await stage.bot.confirmed()
        await stage.listener.lanes.idle()
    assert len([one for one in chat.from_bot if "请核对" in one.text]) == 1


async def test_used_and_outdated_buttons_are_taken_away(stage: Stage) -> None:
    async with stage.up():
        chat = stage.person()
        question = await asked(chat)
        await chat.press("跳过", message=question)
        summary = await chat.wait_for("请核对")
        await chat.wait_for(lambda message: message.id == question.id and not message.titles, since=0)
        await chat.say("确认")
        await chat.wait_for("登记好了")
        await chat.wait_for(lambda message: message.id == summary.id and not message.titles, since=0)


async def test_buttons_that_mean_the_same_for_ever_stay(stage: Stage) -> None:
    async with stage.up():
        chat = stage.person()
        await chat.start()
        hello = await chat.wait_for(lambda message: bool(message.titles))
        await chat.press(hello.titles[0], message=hello)
        await chat.wait_for("我可以帮您")
        await chat.press(hello.titles[0], message=hello)
        await chat.wait_for("我可以帮您")
        assert hello.titles


async def test_every_press_is_answered(stage: Stage) -> None:
    """Or the button would go on showing that it waits."""
    async with stage.up():
        chat = stage.person()
        question = await asked(chat)
        press = await chat.press("跳过", message=question)
        assert (await press.answered()).text in (None, "")


async def test_a_question_with_buttons_takes_words_too(stage: Stage) -> None:
    async with stage.up():
        chat = stage.person()
        await asked(chat)
        await chat.say("跳过")
        await chat.wait_for("请核对")
        await chat.say("是的")
        await chat.wait_for("登记好了")


async def test_pages_turn_in_place_there_and_back(stage: Stage) -> None:
    for number in range(12):
        stage.service.arrive(
            symbol=f"G/TBT/N/EU/{9900 + number}", agreement="TBT", members=["EU"], date="2026-11-20", type="regular",
            title=f"Toys, part {number}", products="Toys", products_en="Toys", hs_codes=["9503"],
        )  # fmt: skip
    async with stage.up():
        chat = stage.person()
        await chat.say("欧盟玩具的通报")
        page = await chat.wait_for(lambda message: "更多" in "".join(message.titles))
        first, messages = page.text, len(chat.from_bot)
        await chat.press(page.titles[-1], message=page)
        await chat.wait_for(lambda message: message.id == page.id and message.text != first)
        assert "上一页" in page.titles
        await chat.press("上一页", message=page)
        await chat.wait_for(lambda message: message.id == page.id and message.text == first)
    assert len(chat.from_bot) == messages + 0 or [one.text for one in chat.from_bot][-1].startswith("顺便")
