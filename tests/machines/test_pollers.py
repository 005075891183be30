"""Two processes that may ask Telegram: one does. Killed, the other takes over; nothing is lost or answered twice."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

import pytest
from sqlalchemy import Connection, select

from bot.channels.telegram.listener import LEASE, LEASE_SECONDS
from bot.db.models import inbox, telegram_updates
from tests.fakes.telegram_server import PrivateChat, TelegramServer
from tests.machines.network import Network, holder, kill

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

SLACK = 30  # seconds beyond the lease: the next look, and a machine that does other work too
PEOPLE = 3


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as running:
        running.bot()
        yield running


def _settings(server: TelegramServer) -> Mapping[str, str]:
    (bot,) = server.bots.values()
    return {
        "FENGSUI_TELEGRAM__TOKEN": bot.token,
        "FENGSUI_TELEGRAM__API_URL": server.url,
        "FENGSUI_TELEGRAM__POLL_SECONDS": "1",
    }


async def test_fault_33_a_poller_that_is_killed_is_replaced_and_nothing_is_lost_or_doubled(
    network: Network, server: TelegramServer
) -> None:
    """At the kill one message is half handled; what people write meanwhile waits at Telegram."""
    (bot,) = server.bots.values()
    people = [server.private(server.user(f"P{number}", language_code="zh-hans")) for number in range(PEOPLE)]
    poller = network.machine("telegram", **_settings(server))
    first = await _until(network, holder(LEASE))
    network.machine("telegram", **_settings(server))
    await server.wait_for_call("getMe", timeout=60, since=len(server.calls))  # the second one is there, and stands by
    await _all_say(people, 7000)
    await _all_hear(people, 7000)
    stuck = server.fault("hang", method="getFile", done=False)
    await people[0].document("报价.pdf", b"%PDF-1.7")
    await stuck.hit(timeout=30)
    await bot.confirmed()  # Telegram will not bring it again
    await _until(network, lambda tx: _unanswered(tx) == 1)
    assert await _until(network, holder(LEASE)) == first

    mark = server.mark()
    kill(poller)
    stuck.cancel()
    await _all_say(people[1:], 7101)  # the first one just waits
    await _until(network, lambda tx: holder(LEASE)(tx) not in (None, first), seconds=LEASE_SECONDS + SLACK)
    await people[0].wait_for("收到文件", since=mark, timeout=60)
    await _all_hear(people[1:], 7101)
    await _all_say(people, 7200)  # turns follow one another: a double would be there by now
    await _all_hear(people, 7200)
    await bot.confirmed()
    await _until(network, lambda tx: _unanswered(tx) == 0)

    for number, person in enumerate(people):
        for base in (7000, 7200) if number == 0 else (7000, 7100, 7200):
            assert len(_answers(person, base + number)) == 1, person.transcript()
    assert len([message for message in people[0].from_bot if "收到文件" in message.text]) == 1
    assert network.db.look(_numbers) == [update["update_id"] for update in bot.history]
    assert not [call for call in server.calls if call.code == 409]  # never did both ask


async def _until(network: Network, look: Callable[[Connection], object], *, seconds: float = 60) -> object:
    return await asyncio.to_thread(network.until, look, seconds=seconds)


def _symbol(number: int) -> str:
    return f"G/TBT/N/EU/{number}"


async def _all_say(people: list[PrivateChat], base: int) -> None:
    for number, person in enumerate(people):
        await person.say(_symbol(base + number))


async def _all_hear(people: list[PrivateChat], base: int) -> None:
    for number, person in enumerate(people):
        await person.wait_for(_symbol(base + number), since=0, timeout=60)


def _answers(person: PrivateChat, number: int) -> list[str]:
    return [message.text for message in person.from_bot if _symbol(number) in message.text]


def _unanswered(tx: Connection) -> int:
    return len(tx.execute(select(inbox.c.id).where(inbox.c.replied_at.is_(None))).all())


def _numbers(tx: Connection) -> list[int]:
    return list(tx.execute(select(telegram_updates.c.update_id).order_by(telegram_updates.c.update_id)).scalars())
