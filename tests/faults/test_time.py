"""Fault 17: the machine's clock jumps. (18 to 20 stand where hours and zones are tested: see docs/faults.md.)"""

import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, select

from bot import clock as clocks
from bot import deliveries, leases, rates
from bot.clock import Drift, FixedClock, Jump
from bot.db.engine import Database
from bot.db.models import deliveries as table
from bot.deliveries import NewDelivery, State
from bot.ports import Temporary, Throttled
from tests.delivering import FileChannel
from tests.factories import delivery, person
from tests.faults.processes import arrived, finished

HOUR = 3600.0


def _row(db: Database, key: str) -> Row[Any]:
    return db.look(lambda tx: tx.execute(select(table).where(table.c.key == key)).one())


def _put(db: Database, clock: FixedClock, *keys: str) -> None:
    anna = db.now(person, "anna", now=clock.now())
    rows: list[NewDelivery] = [delivery(anna, key) for key in keys]
    db.now(deliveries.enqueue, rows, now=clock.now())


def _claim(db: Database, at: float, limit: int = 10) -> list[deliveries.Claimed]:
    return db.now(deliveries.claim, channels=["memory"], limit=limit, lease_seconds=60, at=at)


def test_fault_17_put_back_an_hour_nothing_waits_for_it(db: Database, clock: FixedClock) -> None:
    """A lease, a retry and a fresh message of before the jump: none is stuck until the old time comes again."""
    _put(db, clock, "leased", "retried", "told to wait", "fresh")
    now = time.time()
    held = {item.row.key: item for item in _claim(db, now, limit=3)}
    settle: Any = {"now": clock.now(), "max_attempts": 8, "at": now}
    db.now(deliveries.settle, held["retried"], Temporary("busy"), **settle)
    db.now(deliveries.settle, held["told to wait"], Throttled(5), **settle)
    after = now - HOUR
    assert _claim(db, after) == []
    assert db.now(deliveries.set_right, lease_seconds=60, at=after) == 2  # the lease, and what was never tried
    assert [item.row.key for item in _claim(db, after)] == ["fresh"]
    assert _row(db, "leased").lease_until == after + 60  # a living worker keeps it, a dead one does not for long
    assert {item.row.key for item in _claim(db, after + 61)} == {"leased", "fresh"}
    db.now(deliveries.set_right, lease_seconds=60, longest=0, at=after)  # a jump that was seen
    assert {item.row.key for item in _claim(db, after)} == {"retried", "told to wait"}
    assert db.now(deliveries.set_right, lease_seconds=60, longest=0, at=after) == 0


def test_fault_17_a_halt_does_not_last_an_hour_longer(db: Database) -> None:
    limit = rates.Limit("telegram", 0.03)
    db.now(rates.halt, limit, 5, at=10 * HOUR)
    assert db.now(rates.take, [limit], at=9 * HOUR) == rates.Wait(HOUR + 5, "telegram", halted=True)
    db.now(rates.end_halts)
    after = db.now(rates.take, [limit], at=9 * HOUR)
    assert after is None or after.seconds < 1  # one after the other, as after every halt


@pytest.mark.anyio
@pytest.mark.parametrize("jump", [-HOUR, HOUR], ids=["back", "forward"])
async def test_fault_17_in_the_middle_of_sending_each_comes_once(
    db: Database, clock: FixedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    keys = [f"message {number}" for number in range(60)]
    await db.run(lambda tx: deliveries.enqueue(tx, [_to(tx, key, clock) for key in keys], now=clock.now()))
    sink, real = tmp_path / "arrived", time.time

    class Jumping(FileChannel):
        async def send(self, *args: Any, **kwargs: Any) -> Any:
            outcome = await FileChannel.send(self, *args, **kwargs)
            if self.sent == 20:
                for module in (deliveries.machine, clocks):
                    monkeypatch.setattr(module, "time", lambda: real() + jump)
            return outcome

    await finished(db, Jumping(sink))
    assert arrived(sink) == Counter(keys)
    assert set(db.look(lambda tx: tx.execute(select(table.c.state)).scalars())) == {State.SENT}


def _to(tx: Any, key: str, clock: FixedClock) -> NewDelivery:
    return delivery(person(tx, key, now=clock.now()), key, address=key)


def test_fault_17_an_election_is_not_stuck_for_an_hour(db: Database) -> None:
    assert db.now(leases.hold, "scheduler", holder="dead", seconds=60, at=10 * HOUR)
    assert not db.now(leases.hold, "scheduler", holder="other", seconds=60, at=10 * HOUR - 30)  # clocks differ a little
    assert db.now(leases.hold, "scheduler", holder="other", seconds=60, at=9 * HOUR)
    assert not db.now(leases.hold, "scheduler", holder="third", seconds=60, at=9 * HOUR)


def test_fault_17_a_jump_is_noticed_and_what_synchronising_does_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    drift, real = Drift(), time.time
    assert [drift.look(), drift.look()] == [Jump.POSSIBLE, None]
    for offset, jump in ((0.5, None), (-HOUR, Jump.SEEN), (-HOUR + 1, None), (HOUR, Jump.SEEN)):
        monkeypatch.setattr(clocks, "time", lambda offset=offset: real() + offset)
        assert drift.look() is jump
