"""The one way into the database: committed or not at all, and no caller can stop it for the others."""

import asyncio
import threading

import pytest
from sqlalchemy import Connection, select

from bot.clock import FixedClock
from bot.db.counters import advance, current
from bot.db.engine import Database
from bot.db.models import counters
from tests.factories import person


def _fail(tx: Connection) -> None:
    advance(tx, "n")
    raise ValueError("half way")


def test_what_raises_is_rolled_back(db: Database) -> None:
    with pytest.raises(ValueError, match="half way"):
        db.now(_fail)
    assert db.look(current, "n") == 0


def test_one_that_fails_takes_no_other_with_it(db: Database) -> None:
    async def scenario() -> list[object]:
        works = [db.run(advance, "n") if number % 3 else db.run(_fail) for number in range(30)]
        return list(await asyncio.gather(*works, return_exceptions=True))

    results = asyncio.run(scenario())
    assert sum(isinstance(result, ValueError) for result in results) == 10
    assert db.look(current, "n") == 20
    assert sorted(r for r in results if isinstance(r, int)) == list(range(1, 21))


def test_a_caller_that_is_cancelled_stops_nobody_else(db: Database) -> None:
    """A page is closed while its message is being written: the next message must still be."""
    holding, free = threading.Event(), threading.Event()

    def slow(tx: Connection) -> int:
        holding.set()
        free.wait(20)
        return advance(tx, "slow")

    async def scenario() -> int:
        first = asyncio.create_task(db.run(slow))
        await asyncio.to_thread(holding.wait, 20)
        queued = [asyncio.create_task(db.run(advance, "n")) for _ in range(3)]
        await asyncio.sleep(0)
        for task in (first, *queued):
            task.cancel()
        await asyncio.gather(first, *queued, return_exceptions=True)
        free.set()
        return await asyncio.wait_for(db.run(advance, "after"), 20)

    assert asyncio.run(scenario()) == 1
    assert db.look(current, "slow") == 1  # it had begun, so it is whole


def test_a_reader_sees_what_was_committed_and_nothing_half_done(db: Database, clock: FixedClock) -> None:
    seen: list[int] = []

    def count(tx: Connection) -> int:
        return len(tx.execute(select(counters)).all())

    def write(tx: Connection) -> None:
        advance(tx, "a")
        seen.append(db.look(count))
        advance(tx, "b")

    db.now(write)
    seen.append(db.look(count))
    assert seen == [0, 2]


def test_chinese_and_emoji_are_kept_as_they_are(db: Database, clock: FixedClock) -> None:
    from bot import members

    anna = db.now(person, now=clock.now())
    db.now(members.rename, anna, "安娜 😀 'x' \\ %s")
    (row,) = [row for row in db.look(lambda tx: list(members.own_data(tx, anna))) if row["table"] == "members"]
    assert row["name"] == "安娜 😀 'x' \\ %s"


def test_closed_it_has_written_everything(db: Database) -> None:
    works = 50

    async def scenario() -> None:
        await asyncio.gather(*(db.run(advance, "n") for _ in range(works)))

    asyncio.run(scenario())
    assert db.look(current, "n") == works
