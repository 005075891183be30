"""Several processes take the webhook's updates: what one person sent is still handled in the order of its numbers."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import select

from bot import app as root
from bot.channels.telegram import service as telegram_service
from bot.channels.telegram.api import Unreachable
from bot.channels.telegram.intake import Item
from bot.channels.telegram.listener import Listener
from bot.db.models import inbox
from tests.service import prototype  # noqa: F401
from tests.telegram.stage import Stage, staged

pytestmark = pytest.mark.anyio

ANNA = {"id": 7, "is_bot": False, "first_name": "安娜", "language_code": "zh-hans"}


@pytest.fixture
async def webhook(prototype: root.App, sqlite_template: Any, tmp_path: Any) -> AsyncIterator[Stage]:  # noqa: F811
    async with staged("webhook", prototype, sqlite_template, tmp_path) as made:
        yield made


@pytest.fixture
async def processes(webhook: Stage) -> AsyncIterator[tuple[Listener, Listener]]:
    """Two that share a database; the second one's patience is short."""
    await webhook.server.private(webhook.server.user("安娜", id=7)).say("…")  # so that the bot may write
    services, conversations = webhook.service.app.services, webhook.service.app.conversations
    made = [webhook.telegram, telegram_service.build(services, conversations)]
    for one in made:
        await one.listener.api.start()
        one.listener.lanes.grace = 0.0
    made[1].listener.lanes.elsewhere = 0.3
    yield made[0].listener, made[1].listener
    for one in made:
        await one.listener.lanes.finish(seconds=1)
    await made[1].channel.close()


def said(update_id: int, text: str) -> dict[str, Any]:
    chat = {"id": 7, "type": "private"}
    return {"update_id": update_id, "message": {"message_id": update_id, "chat": chat, "from": ANNA, "text": text}}


def handled(stage: Stage) -> list[str]:
    """In the order in which they were."""
    query = select(inbox.c.message).where(inbox.c.handled_at.is_not(None)).order_by(inbox.c.replied_at, inbox.c.id)
    return [row["text"] for row in stage.service.look(lambda tx: tx.execute(query).scalars().all())]


async def test_what_another_process_is_still_at_is_waited_for(
    webhook: Stage, processes: tuple[Listener, Listener]
) -> None:
    first, second = processes
    second.lanes.elsewhere = 30.0
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(item: Item) -> None:
        begun.set()
        await go_on.wait()
        await first.turns.handle(item)

    first.lanes.work = slowly
    await first.take(said(11, "/subscribe"))
    await begun.wait()
    await second.take(said(12, "蓝牙音箱"))
    await asyncio.sleep(0.3)
    assert handled(webhook) == []
    go_on.set()
    await asyncio.gather(first.lanes.idle(), second.lanes.idle())
    assert webhook.service.slots("7", channel="telegram")["product"] == ["蓝牙音箱"]


async def test_what_another_process_took_along_when_it_died_is_done_first(
    webhook: Stage, processes: tuple[Listener, Listener]
) -> None:
    first, second = processes

    async def hang(_item: Item) -> None:
        await asyncio.Event().wait()

    first.lanes.work = hang
    await first.take(said(11, "/subscribe"))
    await second.take(said(12, "蓝牙音箱"))
    await second.lanes.idle()
    assert webhook.service.slots("7", channel="telegram")["product"] == ["蓝牙音箱"]
    assert sorted(handled(webhook)) == ["/subscribe", "蓝牙音箱"]


async def test_what_fails_for_long_holds_up_nobody(webhook: Stage, processes: tuple[Listener, Listener]) -> None:
    """A file that Telegram does not hand out at present: it is tried later, and the person is answered meanwhile."""
    listener, _ = processes
    listener.lanes.retries, listener.lanes.elsewhere = (0.0,), 0.2

    async def work(item: Item) -> None:
        if item.update_id == 11:
            raise Unreachable("502")
        await listener.turns.handle(item)

    listener.lanes.work = work
    await listener.take(said(11, "…"))
    await listener.lanes.idle()
    for number in (12, 13):
        await listener.take(said(number, "你好"))
    async with asyncio.timeout(20):
        await listener.lanes.idle()
    assert handled(webhook) == ["你好", "你好"]


async def test_fault_32_a_press_that_overtook_an_answer_in_another_process_is_late(
    webhook: Stage, processes: tuple[Listener, Listener]
) -> None:
    """The answer was typed first: what it answered is answered, and the press is told so."""
    first, second = processes
    chat = webhook.server.chats[7]
    await first.take(said(11, "我们出口蓝牙音箱到欧盟，有通报提醒我"))
    question = await chat.wait_for("HS编码", since=0)
    await first.lanes.idle()
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(item: Item) -> None:
        begun.set()
        await go_on.wait()
        await first.turns.handle(item)

    first.lanes.work = slowly
    await first.take(said(12, "8518.22"))
    await begun.wait()
    press = {"id": "1", "from": ANNA, "data": question.button("跳过").data, "chat_instance": "1",
             "message": {"message_id": question.id, "chat": {"id": 7, "type": "private"}}}  # fmt: skip
    await second.take({"update_id": 13, "callback_query": press})
    await asyncio.sleep(0.2)
    go_on.set()
    await asyncio.gather(first.lanes.idle(), second.lanes.idle())
    answered = webhook.server.called("answerCallbackQuery")[-1]
    assert "已经" in str(answered.params)
    assert webhook.service.slots("7", channel="telegram")["hs_code"] == ["851822"]
