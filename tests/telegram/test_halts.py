"""Told to wait: whom it concerns is found out with one message, and nobody sends into a halt that is known."""

import asyncio
from dataclasses import dataclass, field

import pytest

from bot.channels.telegram.halts import Halts
from bot.ports import Gone, Outcome, Sent, Temporary, Throttled, Unknown

pytestmark = pytest.mark.anyio


@dataclass
class Line:
    """Messages that are on their way until the test says what came back."""

    time: float = 100.0
    sent: list[int] = field(default_factory=list)
    answers: dict[int, "asyncio.Future[Outcome]"] = field(default_factory=dict)
    halts: Halts = field(init=False)

    def __post_init__(self) -> None:
        self.halts = Halts(now=lambda: self.time)

    def send(self, chat: int) -> "asyncio.Task[Outcome]":
        async def leave() -> Outcome:
            self.sent.append(chat)
            self.answers[chat] = asyncio.get_running_loop().create_future()
            return await self.answers[chat]

        return asyncio.get_running_loop().create_task(self.halts.through(chat, leave))

    async def answer(self, chat: int, outcome: Outcome) -> None:
        self.answers[chat].set_result(outcome)
        await self.settle()

    async def settle(self) -> None:
        for _ in range(10):
            await asyncio.sleep(0)


@pytest.fixture
async def line() -> Line:
    return Line()


async def test_after_a_refusal_one_message_finds_out_and_the_rest_stays(line: Line) -> None:
    first = line.send(1)
    await line.settle()
    await line.answer(1, Throttled(30))
    assert await first == Throttled(30)
    waiting = [line.send(chat) for chat in (2, 3, 4)]
    await line.settle()
    assert line.sent == [1, 2]
    assert await line.send(1) == Throttled(30)  # it knows that much already
    await line.answer(2, Sent("7"))
    assert line.sent == [1, 2, 3, 4]  # that one chat was meant
    for chat in (3, 4):
        await line.answer(chat, Sent())
    assert [await one for one in waiting] == [Sent("7"), Sent(), Sent()]
    assert line.halts.left == 0


async def test_refused_as_well_everybody_is_meant_and_nobody_sends(line: Line) -> None:
    line.send(1)
    await line.settle()
    await line.answer(1, Throttled(30))
    scout, *waiting = [line.send(chat) for chat in (2, 3, 4)]
    await line.settle()
    await line.answer(2, Throttled(20))
    everybody = Throttled(20, everyone=True)
    assert [await one for one in (scout, *waiting)] == [everybody] * 3
    assert await line.send(5) == everybody
    assert line.sent == [1, 2]
    line.time += 20
    line.send(5)
    await line.settle()
    assert line.sent == [1, 2, 5]


async def test_what_was_on_its_way_already_says_it_too_and_the_longest_time_counts(line: Line) -> None:
    tasks = [line.send(chat) for chat in range(1, 6)]
    await line.settle()
    await line.answer(1, Throttled(10))
    await line.answer(2, Throttled(12))
    assert line.halts.left == 12
    await line.answer(3, Throttled(8))
    await line.answer(4, Throttled(30))
    assert line.halts.left == 30
    await line.answer(5, Sent())  # it came through before: no reason to go on
    assert line.halts.left == 30
    assert await line.send(6) == Throttled(30, everyone=True)
    assert [type(await one) for one in tasks] == [Throttled] * 4 + [Sent]


async def test_a_success_of_what_had_left_before_proves_nothing(line: Line) -> None:
    for chat in (1, 2):
        line.send(chat)
    await line.settle()
    await line.answer(1, Throttled(10))
    await line.answer(2, Sent())
    for chat in (3, 4):
        line.send(chat)
    await line.settle()
    assert line.sent == [1, 2, 3]


@pytest.mark.parametrize("nothing", [Unknown("cut"), Temporary("502")])
async def test_who_brings_no_answer_is_followed_by_another(line: Line, nothing: Outcome) -> None:
    line.send(1)
    await line.settle()
    await line.answer(1, Throttled(10))
    for chat in (2, 3, 4):
        line.send(chat)
    await line.settle()
    await line.answer(2, nothing)
    assert line.sent == [1, 2, 3]
    await line.answer(3, Gone("blocked"))
    assert line.sent == [1, 2, 3, 4]


async def test_a_scout_that_is_stopped_leaves_the_way_to_another(line: Line) -> None:
    line.send(1)
    await line.settle()
    await line.answer(1, Throttled(10))
    scout, _ = line.send(2), line.send(3)
    await line.settle()
    scout.cancel()
    await line.settle()
    assert line.sent == [1, 2, 3]


async def test_when_its_time_is_over_the_chat_may_try_again(line: Line) -> None:
    line.send(1)
    await line.settle()
    await line.answer(1, Throttled(10))
    line.time += 10
    line.send(1)
    line.send(2)
    await line.settle()
    assert line.sent == [1, 1, 2]


async def test_a_wrong_token_is_no_halt(line: Line) -> None:
    task = line.send(1)
    await line.settle()
    await line.answer(1, Throttled(300, everyone=True))
    assert await task == Throttled(300, everyone=True)
    assert line.halts.left == 0
