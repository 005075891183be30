"""Sending: what each answer of Telegram's means, how fast we are, and that nothing comes twice or not at all."""

import asyncio
import time
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select, update

from bot import members
from bot.db.models import addresses, deliveries
from bot.deliveries import NewDelivery, enqueue, replay
from bot.messages import Attachment, Button, Recipient, Reply
from bot.ports import Gone, Moved, Rejected, Sent, Temporary, Throttled, Unknown
from tests.conftest import NOW
from tests.fakes.telegram_server import FloodRules, PrivateChat
from tests.telegram.stage import Stage

pytestmark = pytest.mark.anyio


def to(chat: Any) -> Recipient:
    return Recipient("telegram", str(chat.id))


async def known(stage: Stage, name: str = "李明") -> PrivateChat:
    """Somebody who has written, so that the bot may write."""
    chat = stage.person(name)
    await chat.start()
    return chat


async def forget(stage: Stage) -> None:
    """Confirm what is waiting: whoever has written is known, and gets no answer in this test."""
    await stage.telegram.channel.api.updates(stage.bot.last_update_id + 1)


async def send(stage: Stage, chat: Any, text: str = "hello", *, key: str = "one", **more: Any) -> Any:
    return await stage.telegram.channel.send(to(chat), Reply(text, **more), key=key)


# --- outcomes -------------------------------------------------------------------------------------


async def test_what_telegrams_answers_mean(polling: Stage) -> None:
    chat, faults = await known(polling), polling.server.fault
    cases = [
        (("429", {"retry_after": 7}), Throttled(7.0)),
        (("502", {}), Temporary),
        (("hang", {"seconds": None}), Unknown),
        (("cut", {}), Unknown),
        (("error", {"code": 403, "description": "Forbidden: bot was blocked by the user"}), Gone),
        (("error", {"code": 403, "description": "Forbidden: user is deactivated"}), Gone),
        (("error", {"code": 400, "description": "Bad Request: chat not found"}), Gone),
        (("error", {"code": 400, "description": "Bad Request: BUTTON_DATA_INVALID"}), Rejected),
        (("error", {"code": 400, "description": "x", "parameters": {"migrate_to_chat_id": -1009}}), Moved("-1009")),
        (("error", {"code": 500, "description": "Internal Server Error"}), Temporary),
        (("error", {"code": 401, "description": "Unauthorized"}), Throttled(300.0, everyone=True)),
    ]
    for number, ((kind, options), expected) in enumerate(cases):
        faults(kind, method="sendMessage", **options)
        outcome = await polling.telegram.channel.api.send(_place(chat), _part("hello"))
        if isinstance(expected, type):
            assert isinstance(outcome, expected), (number, outcome)
        else:
            assert outcome == expected


def _place(chat: Any) -> Any:
    from bot.channels.telegram.places import Place

    return Place(chat.id)


def _part(text: str) -> Any:
    from bot.channels.telegram.api import Part

    return Part(text)


async def test_nobody_there_is_no_fault_of_the_message(polling: Stage) -> None:
    chat = await known(polling)
    await polling.server.stop()
    outcome = await send(polling, chat)
    assert isinstance(outcome, Temporary)


async def test_the_same_key_is_shown_once(polling: Stage) -> None:
    chat = await known(polling)
    first, second = await send(polling, chat), await send(polling, chat)
    assert first == second == Sent(str(chat.last.id))
    assert len(chat.from_bot) == 1


async def test_a_text_that_html_cannot_carry_goes_out_plain(polling: Stage) -> None:
    chat = await known(polling)
    polling.server.fault("error", method="sendMessage", code=400, description="Bad Request: can't parse entities: x")
    assert isinstance(await send(polling, chat, "a < b & c"), Sent)
    assert chat.text == "a < b & c"


async def test_a_long_text_comes_in_parts_with_its_buttons_under_the_last(polling: Stage) -> None:
    chat = await known(polling)
    text = "\n".join(f"{number}. <b>贸易</b> & \U0001f6a2 " + "壁垒" * 20 for number in range(300))
    polling.server.fault("429", method="sendMessage", after=1, retry_after=1)
    first = await send(polling, chat, text, buttons=(Button("a", "/help"),))
    assert isinstance(first, Throttled)
    await asyncio.sleep(1.1)
    assert isinstance(await send(polling, chat, text, buttons=(Button("a", "/help"),)), Sent)
    shown = [message.text for message in chat.from_bot]
    assert "\n".join(shown) == text.strip()
    assert all(len(one.encode("utf-16-le")) // 2 <= 4096 for one in shown)
    assert [bool(message.titles) for message in chat.from_bot] == [False] * (len(shown) - 1) + [True]


async def test_files_and_pictures_go_out(polling: Stage) -> None:
    chat = await known(polling)
    folder = polling.data / "files" / "x"
    folder.mkdir(parents=True)
    (folder / "chart.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (folder / "report.pdf").write_bytes(b"%PDF-1.7")
    await send(polling, chat, "<the chart>", key="a", image="x/chart.png")
    assert (chat.last.file.kind, chat.last.text) == ("photo", "<the chart>")  # type: ignore[union-attr]
    report = Attachment("报告.pdf", "application/pdf", "x/report.pdf", 8)
    await send(polling, chat, "long " * 300, key="b", file=report)
    assert (chat.last.file.name, chat.last.text) == ("报告.pdf", "")  # type: ignore[union-attr]
    assert chat.from_bot[-2].text == ("long " * 300).strip()
    with pytest.raises(ValueError, match="not in the folder"):
        await send(polling, chat, "", key="c", image="../../fengsui.db")


# --- answers: nothing lost, nothing twice ----------------------------------------------------------


@pytest.mark.parametrize("kind", ["429", "502", "hang", "cut"])
async def test_an_answer_arrives_through_every_fault(stage: Stage, kind: str) -> None:
    async with stage.up():
        chat = await known(stage)
        await chat.next()
        await chat.next()
        stage.server.fault(kind, method="sendMessage")
        mark = stage.server.mark()
        await chat.say("/help")
        await chat.wait_for("我可以帮您", since=mark, timeout=15)
        await stage.bot.confirmed()
        await stage.listener.lanes.idle()
    shown = [message for message in chat.from_bot if "我可以帮您" in message.text]
    assert len(shown) == (2 if kind in ("hang", "cut") else 1)  # it had arrived: one more try at most


async def test_fault_26_a_doubtful_alert_is_sent_once_more_at_most_and_carries_its_number(polling: Stage) -> None:
    from bot.settings import Delivery

    chat = await known(polling)
    put(polling, [chat], text="find.muted", values={"symbol": "G/TBT/N/EU/1"})
    fault = polling.server.fault("cut", method="sendMessage", count=None)
    worker = polling.service.app.worker()
    worker.settings = Delivery()
    for _ in range(4):
        await worker.once()
        polling.service.run(lambda tx: tx.execute(update(deliveries).values(next_at=0.0)))
    assert fault.hits == 2
    assert row(polling).state == "unknown"
    assert all("G/TBT/N/EU/1" in message.text for message in chat.from_bot)


def put(
    stage: Stage, chats: list[PrivateChat], *, text: str = "web.send", values: Any = None, each: int = 1
) -> None:  # fmt: skip
    def write(tx: Any) -> None:
        for chat in chats:
            member = members.at_address(tx, "telegram", str(chat.id), now=NOW)
            rows = [
                NewDelivery(f"{chat.id}:{n}", member, "telegram", str(chat.id), kind="text",
                            payload={"key": text, "values": values or {}})
                for n in range(each)
            ]  # fmt: skip
            enqueue(tx, rows, now=NOW)

    stage.service.run(write)


def row(stage: Stage) -> Any:
    return stage.service.look(lambda tx: tx.execute(select(deliveries)).one())


def states(stage: Stage) -> Counter[str]:
    return Counter(stage.service.look(lambda tx: tx.execute(select(deliveries.c.state)).scalars().all()))


async def sent_all(stage: Stage, number: int, *, seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while states(stage)["sent"] < number:
            await asyncio.sleep(0.05)


async def test_fault_23_blocked_and_deactivated_people_get_one_try(polling: Stage) -> None:
    blocked, deactivated = await known(polling, "a"), await known(polling, "b")
    put(polling, [blocked, deactivated])
    polling.server.fault("error", chat=blocked, code=403, description="Forbidden: bot was blocked by the user")
    deactivated.user.deactivate()
    worker = polling.service.app.worker()
    await worker.once()
    assert states(polling) == {"failed": 2}
    gone = polling.service.look(lambda tx: tx.execute(select(addresses.c.state)).scalars().all())
    assert list(gone) == ["gone", "gone"]


async def test_fault_27_a_bad_gateway_is_tried_again_later_and_later(polling: Stage) -> None:
    chat = await known(polling)
    put(polling, [chat])
    polling.server.fault("502", method="sendMessage", count=3)
    worker, waits = polling.service.app.worker(), []
    for attempt in (1, 2, 3):
        await worker.once()
        one = row(polling)
        assert (one.state, one.attempts, bool(one.reason)) == ("queued", attempt, True)
        waits.append(one.next_at - time.time())
        polling.service.run(lambda tx: tx.execute(update(deliveries).values(next_at=0.0)))
    await worker.once()
    assert (row(polling).state, row(polling).attempts) == ("sent", 4)
    assert all(first - 1 < wait <= 1.25 * first for first, wait in zip((5, 10, 20), waits, strict=True)), waits
    assert len(chat.from_bot) == 1


async def test_fault_30_trying_again_asks_the_provider_again_exactly_once(polling: Stage) -> None:
    """Refused, then mended; two of the staff press the button at the same time."""
    chat = await known(polling)
    put(polling, [chat])
    polling.server.fault("error", method="sendMessage", code=400, description="Bad Request: BUTTON_DATA_INVALID")
    worker = polling.service.app.worker()
    await worker.once()
    assert row(polling).state == "failed"
    polling.service.run(lambda tx: tx.execute(update(deliveries).values(provider_id="stale")))
    calls = len(polling.server.called("sendMessage"))
    pressed = await asyncio.gather(*(polling.db.run(replay, row(polling).id) for _ in range(2)))
    assert sorted(pressed) == [False, True]
    assert row(polling).provider_id is None
    await asyncio.gather(worker.once(), polling.service.app.worker().once())
    assert len(polling.server.called("sendMessage")) == calls + 1
    assert (row(polling).state, row(polling).provider_id) == ("sent", str(chat.last.id))


# --- rates ----------------------------------------------------------------------------------------


async def test_fault_21_one_chat_told_to_wait_holds_up_nobody_else(polling: Stage) -> None:
    chats = [await known(polling, f"p{number}") for number in range(5)]
    put(polling, chats)
    polling.server.fault("429", method="sendMessage", chat=chats[0], retry_after=2)
    async with polling.up("worker"):
        start = time.monotonic()
        await sent_all(polling, 4)
        assert time.monotonic() - start < 1.5
        await sent_all(polling, 5)
        assert time.monotonic() - start >= 1.9
    refused = [call for call in polling.server.calls if call.code == 429]
    assert len(refused) == 1


async def test_fault_22_the_whole_bot_told_to_wait_sends_nothing_meanwhile(polling: Stage) -> None:
    chats = [await known(polling, f"p{number}") for number in range(60)]
    put(polling, chats)
    polling.server.fault("429", method="sendMessage", after=15, retry_after=2, wide=True)
    async with polling.up("worker"):
        await sent_all(polling, 60, seconds=20)
    refused = [call.at for call in polling.server.calls if call.code == 429]
    assert len(refused) <= 4  # the first, the one that found out whom it meant, and what was on its way already
    assert max(refused) < refused[0] + 0.5
    later = [call.at for call in polling.server.called("sendMessage") if call.at > max(refused)]
    assert min(later) >= refused[0] + 1.9
    assert len([at for at in later if at < min(later) + 0.5]) <= 0.5 * 29.9 + 6  # no burst


async def test_what_is_no_message_does_not_go_into_a_halt_either(polling: Stage) -> None:
    chat, api = await known(polling), polling.telegram.channel.api
    for other in (chat, await known(polling, "b")):
        polling.server.fault("429", method="sendMessage", chat=other, retry_after=30)
        await send(polling, other, key=f"to {other.id}")
    count = len(polling.server.calls)
    outcomes = [await api.show_action(_place(chat)), await api.answer_press("1"), await send(polling, chat, key="c")]
    assert all(isinstance(one, Throttled) and one.seconds > 25 for one in outcomes)
    assert len(polling.server.calls) == count


@pytest.mark.timed
async def test_six_to_one_chat_come_one_a_second(polling: Stage) -> None:
    polling.options["chat_seconds"] = 1.02
    polling.server.flood = FloodRules(chat_burst=1)
    polling.db.close()
    polling.build()
    chat = await known(polling)
    put(polling, [chat], each=6)
    async with polling.up("worker"):
        await sent_all(polling, 6)
    calls = polling.server.called("sendMessage")
    assert {call.code for call in calls} == {200}
    gaps = [after.at - before.at for before, after in pairwise(calls)]
    assert all(0.99 <= gap < 1.5 for gap in gaps)


async def test_an_answer_goes_before_the_alerts_that_wait(polling: Stage) -> None:
    crowd = [await known(polling, f"p{number}") for number in range(90)]
    await forget(polling)
    put(polling, crowd)
    async with polling.up():
        chat = polling.person("急")
        await polling.server.wait_for_call("sendMessage")
        start = time.monotonic()
        await chat.say("/help")
        await chat.wait_for("我可以帮您")
        assert time.monotonic() - start < 1.0
        assert states(polling)["sent"] < 90


@pytest.mark.timed
async def test_twelve_hundred_messages_at_ninety_eight_percent_without_a_429(polling: Stage) -> None:
    polling.server.flood = FloodRules()
    polling.options["chat_seconds"] = 1.02
    polling.db.close()
    polling.build()
    chats = [await known(polling, f"p{number}") for number in range(1200)]
    put(polling, chats)
    async with polling.up("worker"):
        await sent_all(polling, 1200, seconds=70)
    calls = polling.server.called("sendMessage")
    assert Counter(call.code for call in calls) == {200: 1200}
    taken = calls[-1].at - calls[0].at
    assert 1199 / taken >= 0.98 * 30, f"{1199 / taken:.2f} a second"
    print(f"1,200 messages in {taken:.2f} s: {1199 / taken:.2f} a second")


@pytest.mark.timed
async def test_twenty_to_one_chat_at_one_a_second_by_the_usual_rules(polling: Stage) -> None:
    polling.server.flood = FloodRules()
    polling.options["chat_seconds"] = 1.02
    polling.db.close()
    polling.build()
    chat = await known(polling)
    put(polling, [chat], each=20)
    async with polling.up("worker"):
        await sent_all(polling, 20)
    calls = polling.server.called("sendMessage")
    assert Counter(call.code for call in calls) == {200: 20}
    print(f"20 messages to one chat in {calls[-1].at - calls[0].at:.2f} s")
