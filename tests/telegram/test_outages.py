"""What goes wrong between Telegram and us: nothing that a person sent is lost, and what may be lost is known."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

import httpx
import pytest
from sqlalchemy import select, text, update

from bot.db.models import channel_gaps, channel_states, inbox, telegram_updates
from tests.telegram.stage import Stage

pytestmark = pytest.mark.anyio


def messages(stage: Stage) -> list[str]:
    return list(stage.service.look(lambda tx: tx.execute(select(inbox.c.message).order_by(inbox.c.id)).scalars().all()))


def said(stage: Stage) -> list[str]:
    return [one["text"] for one in messages(stage)]  # type: ignore[index]


def gaps(stage: Stage, kind: str) -> list[tuple[int, float]]:
    query = select(channel_gaps.c.missing, channel_gaps.c.seconds).where(channel_gaps.c.kind == kind)
    return [tuple(row) for row in stage.service.look(lambda tx: tx.execute(query).all())]  # type: ignore[misc]


def away(stage: Stage, seconds: float) -> None:
    """As if the service had last heard of Telegram that long ago; all clocks go with it."""
    stage.service.run(lambda tx: tx.execute(update(channel_states).values(at=time.time() - seconds)))
    stage.server.clock.move(seconds)
    stage.service.clock.move(seconds=seconds)


@asynccontextmanager
async def again(stage: Stage) -> AsyncIterator[None]:
    """A new process on the same database."""
    stage.db.close()
    stage.build()
    async with stage.up():
        yield


# --- the inbox before the confirmation ------------------------------------------------------------


async def test_what_is_confirmed_is_stored(stage: Stage) -> None:
    async with stage.up():
        chat = stage.person()
        await chat.say("你好")
        await stage.bot.confirmed()
        assert said(stage) == ["你好"]


async def test_fault_31_a_redelivered_update_is_handled_once(stage: Stage) -> None:
    async with stage.up():
        chat = stage.person()
        await chat.say("你好")
        await chat.wait_for(lambda message: message.from_bot)
        await stage.bot.confirmed()
        await stage.listener.lanes.idle()
        before = len(chat.from_bot)
        for _ in range(3):
            await stage.bot.redeliver(stage.bot.history[-1])
        await stage.bot.confirmed()
        await stage.listener.lanes.idle()
        assert len(chat.from_bot) == before
    assert said(stage) == ["你好"]


async def test_a_message_that_a_crash_left_is_answered_after_the_start(stage: Stage) -> None:
    """Stored and confirmed, and then the process died: Telegram will not bring it again."""
    async with stage.up():
        chat = stage.person()
        await chat.start()
        await chat.next()
        stage.listener.lanes.work = hang
        await chat.say("我们出口蓝牙音箱到欧盟，有通报提醒我")
        await stage.bot.confirmed()
        for task in list(stage.listener.lanes._tasks.values()):
            task.cancel()
    stage.service.clock.move(seconds=30)
    mark = stage.server.mark()
    async with again(stage):
        stage.service.clock.move(minutes=10)
        await chat.wait_for("HS编码", since=mark)


async def hang(_item: object) -> None:
    await asyncio.Event().wait()


async def test_reordered_updates_are_handled_in_the_order_of_their_numbers(stage: Stage) -> None:
    stage.bot.deliver_shuffled = True
    chat = stage.person()
    for text_ in ("/subscribe", "蓝牙音箱", "跳过", "欧盟"):
        await chat.say(text_)
    async with stage.up():
        await chat.wait_for("请核对", since=0)
        await stage.bot.confirmed()
    slots = stage.service.slots(str(chat.id), channel="telegram")
    assert (slots["product"], slots["market"]) == (["蓝牙音箱"], ["EU"])


# --- outages --------------------------------------------------------------------------------------


async def test_fault_07_after_ten_minutes_the_open_question_is_asked_again_once(stage: Stage) -> None:
    chat = stage.person()
    async with stage.up():
        await chat.say("我们出口蓝牙音箱到欧盟，有通报提醒我")
        question = await chat.wait_for("HS编码")
        await stage.bot.confirmed()
    await chat.press("跳过", message=question)  # nobody hears it
    away(stage, 600)
    mark = stage.server.mark()
    async with again(stage):
        asked = await chat.wait_for("没有在线", since=mark)
        assert "HS编码" in asked.text
        assert [seconds >= 600 for _, seconds in gaps(stage, "outage")] == [True]
        await chat.press("跳过", message=asked)
        await chat.wait_for("请核对")
    away(stage, 600)
    mark = stage.server.mark()
    async with again(stage):
        await chat.wait_for("请核对", since=mark)  # another question: it is asked again too
        await stage.bot.confirmed()
    away(stage, 600)
    count = len(chat.from_bot)
    async with again(stage):
        await settled(stage)
        assert len(chat.from_bot) == count  # but none a second time
    assert len(gaps(stage, "outage")) == 3


async def settled(stage: Stage) -> None:
    """Until the outage has been dealt with and the outbox is empty."""
    from bot import deliveries
    from bot.channels.telegram import watch

    async with asyncio.timeout(20):
        while (state := stage.service.look(watch.state)) is None or time.time() - state.at > 60:
            await asyncio.sleep(0.02)
        while stage.service.look(watch.unasked) or stage.service.look(deliveries.waiting):
            await asyncio.sleep(0.02)


async def test_what_was_typed_during_an_outage_counts_and_is_not_asked_again(stage: Stage) -> None:
    chat = stage.person()
    async with stage.up():
        await chat.say("我们出口蓝牙音箱到欧盟，有通报提醒我")
        await chat.wait_for("HS编码")
        await stage.bot.confirmed()
    await chat.say("8518.22")
    away(stage, 600)
    async with again(stage):
        await chat.wait_for("请核对", since=0)
        await settled(stage)
    assert stage.service.slots(str(chat.id), channel="telegram")["hs_code"] == ["851822"]
    assert not [one for one in chat.from_bot if "没有在线" in one.text]
    assert len([one for one in chat.from_bot if "请核对" in one.text]) == 1


@pytest.mark.parametrize(("seconds", "told"), [(600, "我们说到这里"), (25 * 3600, "一天多没有在线")])
async def test_a_question_without_buttons_is_asked_again_too(stage: Stage, seconds: float, told: str) -> None:
    """What was written is kept for a day; after that it may be lost, and this is said."""
    chat = stage.person()
    async with stage.up():
        await chat.say("/subscribe")
        await chat.wait_for("哪些产品")
        await stage.bot.confirmed()
    away(stage, seconds)
    mark = stage.server.mark()
    async with again(stage):
        asked = await chat.wait_for("哪些产品", since=mark)
        assert told in asked.text
        await chat.say("蓝牙音箱")
        await chat.wait_for(lambda message: message.id > asked.id + 1)
    assert stage.service.slots(str(chat.id), channel="telegram")["product"] == ["蓝牙音箱"]


async def test_after_a_day_and_more_a_lost_answer_is_asked_for_in_english(polling: Stage) -> None:
    chat = polling.person("Anna", "en")
    async with polling.up():
        await chat.say("We export Bluetooth speakers to the EU, please alert me")
        question = await chat.wait_for("HS codes")
        await polling.bot.confirmed()
    await chat.say("8518.22")  # nobody hears it, and Telegram forgets it
    await chat.press("Skip", message=question)
    away(polling, 25 * 3600)
    mark = polling.server.mark()
    async with again(polling):
        asked = await chat.wait_for("more than a day", since=mark)
        assert asked.titles == question.titles
        await chat.say("8518.22")
        await chat.wait_for("Please check", since=mark)
    assert polling.service.slots(str(chat.id), channel="telegram")["hs_code"] == ["851822"]


async def test_a_short_break_is_no_outage(stage: Stage) -> None:
    chat = stage.person()
    async with stage.up():
        await chat.say("我们出口蓝牙音箱到欧盟，有通报提醒我")
        await chat.wait_for("HS编码")
        await stage.bot.confirmed()
    away(stage, 100)
    count = len(chat.from_bot)
    async with again(stage):
        await settled(stage)
    assert len(chat.from_bot) == count
    assert gaps(stage, "outage") == []


async def test_fault_08_after_a_day_the_gap_is_seen(stage: Stage) -> None:
    chat = stage.person()
    async with stage.up():
        await chat.start()
        await chat.next()
        await stage.bot.confirmed()
    for number in range(3):
        await chat.say(f"message {number}")  # Telegram forgets them after a day
    away(stage, 25 * 3600)
    async with again(stage):
        await chat.say("你好")
        await chat.wait_for(lambda message: message.from_bot and "您好" in message.text)
        await stage.bot.confirmed()
        if stage.mode == "webhook":  # where updates overtake one another, one that is missing may still come
            assert gaps(stage, "jump") == []
            stage.service.clock.move(seconds=300)
        await eventually(lambda: gaps(stage, "jump") == [(3, 0.0)])
        assert [seconds > 24 * 3600 for _, seconds in gaps(stage, "outage")] == [True]
        found = await get(stage, "/metrics")
        assert "fengsui_telegram_missing_updates 3.0" in found.text
        detail = (await get(stage, "/readyz")).json()["detail"]["telegram"]
        assert (detail["missing_updates"], detail["outages"], detail["problem"]) == (3, 1, None)


async def test_a_week_of_silence_explains_any_number(polling: Stage) -> None:
    async with polling.up():
        chat = polling.person()
        await chat.start()
        await polling.bot.confirmed()
        polling.service.clock.move(days=8)
        polling.server.clock.move(8 * 86400)
        await chat.say("你好")
        await chat.wait_for(lambda message: message.from_bot)
        await polling.bot.confirmed()
    assert gaps(polling, "jump") == []


async def get(stage: Stage, path: str) -> httpx.Response:
    assert stage.transport.app is not None
    transport = httpx.ASGITransport(stage.transport.app, client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        headers = {"Authorization": "Bearer t"}
        return await client.get(path, headers=headers)


# --- the store ------------------------------------------------------------------------------------


async def test_fault_10_a_full_disk_holds_up_and_loses_nothing(stage: Stage) -> None:
    async with stage.up():
        chat = stage.person()
        await chat.start()
        await chat.next()
        await stage.bot.confirmed()
        full(stage)
        for number in range(8):
            await chat.say(f"你好 {number} " + "x" * 3000)
        await asyncio.sleep(1.5)
        assert len(stage.bot.pending) > 0
        roomy(stage)
        stage.server.clock.move(300)
        await stage.bot.confirmed(timeout=20)
        await stage.listener.lanes.idle()
    assert [text_ for text_ in said(stage) if text_.startswith("你好")] == [f"你好 {n} " + "x" * 3000 for n in range(8)]
    failed = stage.service.look(lambda tx: tx.execute(select(inbox.c.failure)).scalars().all())
    assert not any(failed)


def full(stage: Stage) -> None:
    """Not a page more than there are."""
    with closing(sqlite3.connect(stage.data / "fengsui.db")) as beside:
        beside.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    pages = stage.service.run(lambda tx: tx.execute(text("PRAGMA page_count")).scalar_one())
    free = stage.service.run(lambda tx: tx.execute(text("PRAGMA freelist_count")).scalar_one())
    assert free < 5
    pragma(stage, f"max_page_count={pages}")


def roomy(stage: Stage) -> None:
    pragma(stage, "max_page_count=1073741823")


def pragma(stage: Stage, what: str) -> None:
    stage.service.run(lambda tx: tx.execute(text(f"PRAGMA {what}")).all())


# --- who listens ----------------------------------------------------------------------------------


async def test_fault_33_of_two_pollers_one_stands_by_and_takes_over(
    polling: Stage, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from bot.channels.telegram import service as telegram_service

    other = telegram_service.build(polling.service.app.services, polling.service.app.conversations).listener
    async with polling.up():
        chat = polling.person()
        await chat.start()
        await chat.next()
        standing_by = asyncio.create_task(other.run())
        await asyncio.sleep(1.2)
        assert polling.listener._elected
        assert not other._elected
        assert not [call for call in polling.server.calls if call.code == 409]
    mark = polling.server.mark()
    await chat.say("你好")
    await chat.wait_for(lambda message: message.from_bot, since=mark, timeout=30)
    assert other._elected
    standing_by.cancel()
    await asyncio.wait([standing_by])
    await other.api.stop()


async def test_fault_33_another_program_with_our_token_is_named_and_survived(polling: Stage) -> None:
    async with polling.up():
        chat = polling.person()
        await chat.start()
        await chat.next()
        polling.server.fault(
            "error", method="getUpdates", count=1, code=409, description="Conflict: terminated by other"
        )
        await polling.server.wait_for_call(lambda call: call.code == 409)
        await chat.say("你好")
        await eventually(lambda: trouble(polling) == "telegram.busy")
        await chat.wait_for(lambda message: message.from_bot, timeout=30)
        await eventually(lambda: trouble(polling) is None)


def trouble(stage: Stage) -> str | None:
    data = stage.service.look(lambda tx: tx.execute(select(channel_states.c.data)).scalar())
    return (data or {}).get("problem")  # type: ignore[no-any-return]


async def eventually(holds, timeout: float = 20.0) -> None:  # type: ignore[no-untyped-def]
    async with asyncio.timeout(timeout):
        while not holds():
            await asyncio.sleep(0.02)


async def test_a_wrong_token_is_told_and_the_rest_runs(polling: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    from pydantic import SecretStr

    polling.options["token"] = SecretStr("123456:wrong-token-of-the-right-shape-00000000")
    polling.db.close()
    polling.build()
    async with polling.up():
        await eventually(lambda: trouble(polling) == "telegram.bad_token")
        answer = await get(polling, "/readyz")
        assert answer.status_code == 200
        assert "不接受这个令牌" in answer.json()["detail"]["telegram"]["problem"]
        assert (await get(polling, "/healthz")).text == "ok"
    assert "wrong-token" not in capsys.readouterr().err


async def test_without_telegram_everything_waits_and_then_goes_on(polling: Stage) -> None:
    async with polling.up():
        chat = polling.person()
        await chat.start()
        await chat.next()
        fault = polling.server.fault("502", method="getUpdates", count=3)
        await fault.hit(3)
        await chat.say("你好")
        await chat.wait_for(lambda message: message.from_bot, timeout=30)


async def test_the_webhook_wants_the_secret(stage: Stage) -> None:
    if stage.mode == "polling":
        return
    async with stage.up():
        chat = stage.person()
        await chat.say("你好")
        await chat.wait_for(lambda message: message.from_bot)
        assert stage.transport.app is not None
        update_ = {"update_id": 1, "message": {"text": "hi"}}
        transport = httpx.ASGITransport(stage.transport.app)
        async with httpx.AsyncClient(transport=transport, base_url="https://fengsui.test") as client:
            for headers in ({}, {"X-Telegram-Bot-Api-Secret-Token": "wrong"}, {"X-Telegram-Bot-Api-Secret-Token": "é"}):
                raw = {name: value.encode() for name, value in headers.items()}
                answer = await client.post("/telegram/webhook", json=update_, headers=raw)
                assert answer.status_code == 403
            right = {"X-Telegram-Bot-Api-Secret-Token": stage.listener.secret}
            assert (await client.post("/telegram/webhook", content=b"[]", headers=right)).status_code == 400
    assert said(stage) == ["你好"]


async def test_an_update_that_nobody_can_read_holds_up_nothing(stage: Stage) -> None:
    async with stage.up():
        chat = stage.person()
        await chat.start()
        await chat.next()
        await stage.bot.confirmed()
        broken = {"update_id": stage.bot.last_update_id + 1, "message": {"chat": 5}}
        work = await stage.listener.store([broken])
        assert work == []
        await chat.say("你好")
        await chat.wait_for(lambda message: message.from_bot)
    problems = stage.service.look(lambda tx: tx.execute(select(telegram_updates.c.problem)).scalars().all())
    assert [bool(one) for one in problems].count(True) == 1
