"""Faults and rates of our Telegram server, and what a test may ask of its control side."""

import asyncio

import httpx
import pytest
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TimedOut

from tests.fakes import telegram_server as fake
from tests.fakes.conftest import Scene

pytestmark = pytest.mark.anyio


async def test_429_for_some_calls_then_none(scene: Scene) -> None:
    await scene.chat.start()
    fault = scene.server.fault("429", method="sendMessage", retry_after=7, count=2, after=1)
    await scene.api.send_message(scene.chat.id, "1")
    for _ in range(2):
        with pytest.raises(RetryAfter) as caught:
            await scene.api.send_message(scene.chat.id, "2")
        assert caught.value.retry_after.total_seconds() == 7
    await scene.api.send_message(scene.chat.id, "3")
    assert fault.hits == 2
    assert [one.text for one in scene.chat.from_bot] == ["1", "3"]
    assert [one.code for one in scene.server.called("sendMessage", chat_id=scene.chat.id)] == [200, 429, 429, 200]


async def test_429_for_every_chat_until_its_time_has_passed(scene: Scene) -> None:
    other = scene.server.private(scene.server.user("Anna"))
    await scene.chat.start()
    await other.start()
    scene.server.fault("429", chat=scene.chat, retry_after=5, wide=True)
    for chat in (scene.chat, other):
        with pytest.raises(RetryAfter):
            await scene.api.send_message(chat.id, "x")
    scene.server.clock.move(5.1)
    await scene.api.send_message(other.id, "x")


async def test_a_message_is_there_and_no_answer_comes(scene: Scene) -> None:
    await scene.chat.start()
    fault = scene.server.fault("hang")
    with pytest.raises(TimedOut):
        await scene.client(timeout=0.1).send_message(scene.chat.id, "sent all the same")
    await fault.hit()
    assert scene.chat.text == "sent all the same"
    assert scene.server.called("sendMessage")[0].ok is None


@pytest.mark.parametrize(("kind", "arrives"), [("502", False), ("cut", True)])
async def test_a_gateway_error_and_a_cut_connection(scene: Scene, kind: str, arrives: bool) -> None:
    await scene.chat.start()
    scene.server.fault(kind)
    scene.server.fault(kind, done=not arrives)
    for _ in range(2):
        with pytest.raises(NetworkError) as caught:
            await scene.api.send_message(scene.chat.id, "x")
        assert not isinstance(caught.value, BadRequest | TimedOut)
    assert len(scene.chat.from_bot) == 1  # of the two, one was carried out
    await scene.api.send_message(scene.chat.id, "again")


async def test_slow_and_any_other_error(scene: Scene) -> None:
    await scene.chat.start()
    scene.server.fault("slow", seconds=0.05)
    await scene.api.send_message(scene.chat.id, "x")
    scene.server.fault("error", code=403, description="Forbidden: bot is not a member of the channel chat")
    with pytest.raises(Forbidden, match="not a member of the channel"):
        await scene.api.send_message(scene.chat.id, "x")
    scene.server.fault("502", method="getUpdates", count=None)
    for _ in range(2):
        with pytest.raises(NetworkError):
            await scene.api.get_updates()


async def test_an_outage_of_telegram(scene: Scene) -> None:
    await scene.chat.start()
    await scene.server.stop()
    with pytest.raises(NetworkError):
        await scene.api.send_message(scene.chat.id, "x")
    await scene.chat.say("still typing")
    await scene.server.start()
    assert [one.message.text for one in await scene.api.get_updates()] == ["/start", "still typing"]


# --- rates ----------------------------------------------------------------------------------------


async def test_a_chat_takes_a_short_burst_and_then_one_a_second(scene: Scene) -> None:
    await scene.chat.start()
    scene.server.flood = fake.FloodRules()
    for _ in range(5):
        await scene.api.send_message(scene.chat.id, "x")
    with pytest.raises(RetryAfter):
        await scene.api.send_message(scene.chat.id, "x")
    scene.server.clock.move(6)
    for _ in range(20):
        scene.server.clock.move(1)
        await scene.api.send_message(scene.chat.id, "x")


async def test_so_many_a_second_in_all(scene: Scene) -> None:
    chats = [scene.server.private(scene.server.user(f"P{n}")) for n in range(40)]
    for chat in chats:
        await chat.start()
    scene.server.flood = fake.FloodRules(overall=0.5, overall_burst=30)
    sends = [scene.api.send_message(chat.id, "x") for chat in chats]
    found = await asyncio.gather(*sends, return_exceptions=True)
    assert sum(isinstance(one, RetryAfter) for one in found) == 10
    scene.server.clock.move(70)
    scene.server.flood = fake.FloodRules(overall_burst=1)
    for chat in chats * 3:
        scene.server.clock.move(1 / 29.4)
        await scene.api.send_message(chat.id, "x")


async def test_a_group_takes_twenty_a_minute(scene: Scene) -> None:
    group = scene.server.group("协会", scene.chat.user, scene.bot)
    scene.server.flood = fake.FloodRules()
    for _ in range(20):
        scene.server.clock.move(1)
        await scene.api.send_message(group.id, "x")
    with pytest.raises(RetryAfter) as caught:
        await scene.api.send_message(group.id, "x")
    scene.server.clock.move(caught.value.retry_after.total_seconds())
    await scene.api.send_message(group.id, "x")


# --- what tests ask -------------------------------------------------------------------------------


async def test_waiting_for_what_a_bot_says(scene: Scene) -> None:
    await scene.chat.start()
    sent = await scene.api.send_message(scene.chat.id, "old")
    await scene.chat.say("go on")
    waiting = asyncio.create_task(scene.chat.wait_for("new"))
    await sent.edit_text("new")
    assert (await waiting).id == sent.message_id
    with pytest.raises(TimeoutError, match="go on"):
        await scene.chat.wait_for("never", timeout=0.02)
    await scene.api.send_message(scene.chat.id, "2")
    assert [(await scene.chat.next()).text, (await scene.chat.next()).text] == ["new", "2"]
    mark = scene.server.mark()
    with pytest.raises(TimeoutError):
        await scene.chat.wait_for("new", timeout=0.02, since=mark)


async def test_waiting_for_a_call(scene: Scene) -> None:
    await scene.chat.start()
    waiting = asyncio.create_task(scene.server.wait_for_call("sendChatAction"))
    await scene.api.send_chat_action(scene.chat.id, "typing")
    call = await waiting
    assert (call.ok, call.params["action"], call.result) == (True, "typing", True)


async def test_several_bots_keep_to_themselves(scene: Scene) -> None:
    second = scene.server.bot("second_bot", token="77:token")
    chat = scene.server.private(scene.chat.user, second)
    await chat.say("to the second")
    assert await scene.api.get_updates() == ()
    assert len(await scene.client(token="77:token").get_updates()) == 1
    assert scene.chat.messages == []


async def test_the_page_and_its_routes(scene: Scene) -> None:
    async with httpx.AsyncClient(base_url=scene.server.url, trust_env=False) as browser:
        page = await browser.get("/")
        assert "<title>" in page.text
        assert "http://" not in page.text.replace(scene.server.url, "")
        said = await browser.post("/_/say", json={"chat": scene.chat.id, "text": "你好"})
        assert said.json() == {"done": scene.chat.last.id}
        await browser.post(
            "/_/file", params={"chat": scene.chat.id, "name": "a.txt"}, content=b"x",
            headers={"Content-Type": "application/octet-stream"},
        )  # fmt: skip
        state = (await browser.get("/_/state")).json()
        shown = state["chats"][0]["messages"]
        assert [shown[0]["parts"][0]["text"], shown[1]["file"]["name"]] == ["你好", "a.txt"]
        foreign = await browser.post("/_/say", content="{}", headers={"Content-Type": "text/plain"})
        assert foreign.status_code == 415
