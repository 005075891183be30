"""Updates of our Telegram server: offsets, long polls, conflicts, retention, webhooks with redelivery."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from telegram import InlineKeyboardButton as Key
from telegram import InlineKeyboardMarkup as Keyboard
from telegram import Update
from telegram.error import BadRequest, Conflict

from tests.fakes.conftest import Scene
from tests.fakes.telegram.webhook import Webhook

pytestmark = pytest.mark.anyio

HOUR = 3600


def texts(updates: tuple[Update, ...]) -> list[str]:
    return [one.effective_message.text for one in updates]


# --- polling --------------------------------------------------------------------------------------


async def test_an_update_comes_until_its_offset_is_passed(scene: Scene) -> None:
    for text in ("1", "2", "3"):
        await scene.chat.say(text)
    first = await scene.api.get_updates(limit=2)
    assert texts(first) == ["1", "2"]
    assert [one.update_id for one in first] == [scene.bot.last_update_id - 2, scene.bot.last_update_id - 1]
    assert texts(await scene.api.get_updates()) == ["1", "2", "3"]
    assert texts(await scene.api.get_updates(offset=first[0].update_id + 1)) == ["2", "3"]
    assert len(scene.bot.pending) == 2
    assert await scene.api.get_updates(offset=scene.bot.last_update_id + 1) == ()
    await scene.bot.confirmed()


async def test_a_negative_offset_forgets_the_older_ones(scene: Scene) -> None:
    for text in ("1", "2", "3"):
        await scene.chat.say(text)
    assert texts(await scene.api.get_updates(offset=-2)) == ["2", "3"]
    assert len(scene.bot.pending) == 2


async def test_an_offset_far_in_the_future_counts_as_none(scene: Scene) -> None:
    await scene.chat.say("1")
    assert texts(await scene.api.get_updates(offset=scene.bot.last_update_id + 1000)) == ["1"]


async def test_a_long_poll_waits_for_the_next_update(scene: Scene) -> None:
    polling = asyncio.create_task(scene.api.get_updates(timeout=20))
    await wait_until(lambda: scene.bot.poll is not None)
    await scene.chat.say("at last")
    assert texts(await polling) == ["at last"]
    assert await scene.api.get_updates(offset=scene.bot.last_update_id + 1, timeout=1) == ()


async def test_two_pollers_end_each_other(scene: Scene) -> None:
    one = asyncio.create_task(scene.api.get_updates(timeout=20))
    await wait_until(lambda: scene.bot.poll is not None)
    other = asyncio.create_task(scene.client().get_updates(timeout=20))
    with pytest.raises(Conflict, match="terminated by other getUpdates request"):
        await one
    await scene.chat.say("x")
    assert texts(await other) == ["x"]


async def test_polling_and_a_webhook_exclude_each_other(scene: Scene) -> None:
    polling = asyncio.create_task(scene.api.get_updates(timeout=20))
    await wait_until(lambda: scene.bot.poll is not None)
    await scene.api.set_webhook("http://127.0.0.1:9/hook")
    with pytest.raises(Conflict, match="terminated by setWebhook request"):
        await polling
    with pytest.raises(Conflict, match="can't use getUpdates method while webhook is active"):
        await scene.api.get_updates()
    await scene.api.delete_webhook()
    assert await scene.api.get_updates() == ()


async def test_messages_live_a_day_and_presses_150_seconds(scene: Scene) -> None:
    await scene.chat.start()
    await scene.api.send_message(scene.chat.id, "?", reply_markup=Keyboard([[Key("x", callback_data="x")]]))
    await scene.chat.press("x")
    scene.server.clock.move(149)
    assert len(scene.bot.pending) == 2
    scene.server.clock.move(2)
    assert [one.callback_query for one in await scene.api.get_updates()] == [None]
    scene.server.clock.move(24 * HOUR)
    assert await scene.api.get_updates() == ()
    assert scene.bot.queue.expired == 2


async def test_numbers_jump_after_a_silent_week(scene: Scene) -> None:
    await scene.chat.say("1")
    before = scene.bot.last_update_id
    scene.server.clock.move(8 * 24 * HOUR)
    await scene.chat.say("2")
    assert abs(scene.bot.last_update_id - before) > 1
    scene.bot.skip_updates(3)
    before = scene.bot.last_update_id
    await scene.chat.say("3")
    assert scene.bot.last_update_id == before + 1


async def test_only_wanted_kinds_come(scene: Scene) -> None:
    await scene.api.get_updates(allowed_updates=["callback_query"])
    await scene.chat.say("1")
    await scene.api.get_updates(allowed_updates=["message", "edited_message"])
    await scene.chat.edit(await scene.chat.say("2"), "3")
    first, second = await scene.api.get_updates()
    assert (first.message.text, second.edited_message.text) == ("2", "3")
    assert second.edited_message.edit_date


async def test_redelivery_and_reordering_on_demand(scene: Scene) -> None:
    await scene.chat.say("1")
    await scene.chat.say("2")
    await scene.api.get_updates(offset=scene.bot.last_update_id + 1)
    await scene.bot.redeliver(scene.bot.history[0])
    assert texts(await scene.api.get_updates()) == ["1"]
    await scene.chat.say("3")
    scene.bot.deliver_shuffled = True
    assert texts(await scene.api.get_updates()) == ["3", "1"]


# --- webhooks -------------------------------------------------------------------------------------


class Receiver:
    """A bot's side: answers as told, and remembers what came. It runs on a server of its own."""

    def __init__(self) -> None:
        self.came: list[dict[str, Any]] = []
        self.secrets: list[str | None] = []
        self.answers: list[Response] = []
        self.decide: Callable[[dict[str, Any]], Response | None] = lambda update: None
        self.app = Starlette(routes=[Route("/hook", self.hook, methods=["POST"])])

    async def hook(self, request: Request) -> Response:
        update = json.loads(await request.body())
        self.came.append(update)
        self.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        return self.decide(update) or (self.answers.pop(0) if self.answers else Response())

    def texts(self) -> list[str]:
        return [one["message"]["text"] for one in self.came if "message" in one]


@pytest.fixture
def receiver(scene: Scene) -> Receiver:
    import httpx

    made = Receiver()
    scene.server.webhook_transport = httpx.ASGITransport(made.app)
    return made


async def hook(scene: Scene, **options: Any) -> Webhook:
    await scene.api.set_webhook("http://bot.test/hook", secret_token="s3cret", **options)
    assert scene.bot.webhook
    return scene.bot.webhook


async def test_a_webhook_gets_updates_with_its_secret(scene: Scene, receiver: Receiver) -> None:
    await scene.chat.say("before")
    await hook(scene)
    await scene.chat.say("after")
    await scene.bot.confirmed()
    assert receiver.texts() == ["before", "after"]
    assert receiver.secrets == ["s3cret", "s3cret"]
    info = await scene.api.get_webhook_info()
    assert (info.url, info.pending_update_count, info.last_error_message) == ("http://bot.test/hook", 0, None)


async def test_a_refused_update_comes_again_later_and_later(scene: Scene, receiver: Receiver) -> None:
    receiver.answers = [Response(status_code=500) for _ in range(5)]
    await hook(scene)
    await scene.chat.say("1")
    await wait_until(lambda: len(receiver.came) == 2)  # the second at once
    await scene.chat.say("2")
    for tries, delay in ((3, 2), (4, 4), (5, 8)):
        scene.server.clock.move(delay + 0.01)
        await wait_until(lambda tries=tries: len(receiver.came) == tries)
    info = await scene.api.get_webhook_info()
    assert (info.pending_update_count, info.last_error_message) == (
        2, "Wrong response from the webhook: 500 Internal Server Error"
    )  # fmt: skip
    assert info.last_error_date
    scene.server.clock.move(17)
    await scene.bot.confirmed()
    assert receiver.texts() == ["1"] * 6 + ["2"]


async def test_retry_after_is_honoured(scene: Scene, receiver: Receiver) -> None:
    receiver.answers = [Response(status_code=503, headers={"Retry-After": "600"})]
    await hook(scene)
    await scene.chat.say("1")
    await wait_until(lambda: scene.bot.webhook is not None and scene.bot.webhook.last_error is not None)
    scene.server.clock.move(590)
    await asyncio.sleep(0.02)
    assert len(receiver.came) == 1
    scene.server.clock.move(11)
    await scene.bot.confirmed()
    assert len(receiver.came) == 2


async def test_one_chat_waits_and_the_others_go_on(scene: Scene, receiver: Receiver) -> None:
    """Presses are a queue of their own: they overtake the messages of the same chat."""
    other = scene.server.private(scene.server.user("Anna"))
    await scene.chat.start()
    await scene.api.send_message(scene.chat.id, "?", reply_markup=Keyboard([[Key("x", callback_data="x")]]))
    await scene.api.get_updates(offset=scene.bot.last_update_id + 1)
    receiver.decide = lambda update: Response(status_code=500) if refused(update) else None

    def refused(update: dict[str, Any]) -> bool:
        return bool(update.get("message", {}).get("chat", {}).get("id") == scene.chat.id)

    await hook(scene)
    await scene.chat.say("stuck")
    await scene.chat.say("behind it")
    press = await scene.chat.press("x")
    await other.say("free")
    await scene.bot.confirmed(press.update_id)
    await scene.bot.confirmed(scene.bot.last_update_id)
    assert [one["message"]["text"] for one in scene.bot.pending] == ["stuck", "behind it"]


async def test_an_update_that_nobody_takes_is_dropped_after_its_time(scene: Scene, receiver: Receiver) -> None:
    receiver.decide = lambda update: Response(status_code=500)
    await hook(scene)
    await scene.chat.say("1")
    await wait_until(lambda: len(receiver.came) >= 2)
    scene.server.clock.move(25 * HOUR)
    await scene.bot.confirmed()


async def test_an_answer_may_carry_a_method(scene: Scene, receiver: Receiver) -> None:
    receiver.answers = [JSONResponse({"method": "sendMessage", "chat_id": scene.chat.id, "text": "在这里"})]
    await hook(scene)
    await scene.chat.say("hello")
    await scene.chat.wait_for("在这里")


async def test_pending_updates_can_be_dropped_and_a_bad_webhook_is_refused(scene: Scene, receiver: Receiver) -> None:
    await scene.chat.say("1")
    await hook(scene, drop_pending_updates=True, max_connections=1)
    await scene.chat.say("2")
    await scene.bot.confirmed()
    assert receiver.texts() == ["2"]
    assert (await scene.api.get_webhook_info()).max_connections == 1
    for url, secret, error in (("ftp://x", "", "(?i)invalid webhook url"), ("http://x", "ä", "unallowed characters")):
        with pytest.raises(BadRequest, match=error):
            await scene.api.set_webhook(url, secret_token=secret)


async def test_a_webhook_that_is_not_there(scene: Scene) -> None:
    await scene.api.set_webhook("http://127.0.0.1:9/hook")
    await scene.chat.say("1")
    await wait_until(lambda: scene.bot.webhook is not None and scene.bot.webhook.last_error is not None)
    assert (await scene.api.get_webhook_info()).last_error_message == "Connection refused"


async def wait_until(condition: Callable[[], bool]) -> None:
    """For what the server does by itself, without a sign that a test could wait for."""
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.002)
