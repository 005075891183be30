"""Faults 1, 2, 13 to 16: processes that are killed, stopped or started twice in the middle of their work."""

import signal
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Row, select, update

from bot import deliveries, intake, interests
from bot.clock import FixedClock
from bot.db.engine import Database
from bot.db.models import deliveries as table
from bot.db.models import leases
from bot.deliveries import State
from bot.demo.arrivals import Arrivals
from bot.notifications import normalise
from tests.delivering import FileChannel
from tests.factories import delivery, person
from tests.faults.fanning import SETTINGS
from tests.faults.processes import arrived, died, finish, finished, lapse, started, until, url

PEOPLE = 200
RECORD = {
    "symbol": "G/TBT/N/EU/7001", "members": ["EU"], "date": "2026-11-21", "title": "Loudspeakers",
    "products": "Bluetooth loudspeakers", "hs_codes": ["851822"], "comment_deadline": "2027-01-20",
}  # fmt: skip


def _rows(db: Database) -> dict[str, Row[Any]]:
    return {row.key: row for row in db.look(lambda tx: tx.execute(select(table)).all())}


def _put(db: Database, clock: FixedClock, *keys: str, **more: Any) -> None:
    anna = db.now(person, "anna", now=clock.now())
    db.now(deliveries.enqueue, [delivery(anna, key, **more) for key in keys], now=clock.now())


def _subscribers(tx: Connection, clock: FixedClock) -> None:
    for number in range(PEOPLE):
        member = person(tx, f"m{number}", now=clock.now())
        interests.register(tx, member, key=f"i{number}", now=clock.now(), products=["蓝牙音箱"], markets=["EU"])


def test_fault_01_killed_in_mid_fan_out_everybody_gets_it(db: Database, clock: FixedClock, tmp_path: Path) -> None:
    """Two fan-outs die with something written and not committed, then a worker while it sends."""
    db.now(_subscribers, clock)
    intake.run_import(db, Arrivals(normalise(RECORD), "test"), clock=clock, settings=SETTINGS)
    sink = tmp_path / "arrived"
    died("tests.faults.fanning", url(db), 0)
    died("tests.faults.fanning", url(db), 2)
    died("tests.delivering", url(db), sink, "--kill-after", 30)
    intake.fan_out(db, clock, SETTINGS)
    finish(db, sink)
    came, rows = arrived(sink), _rows(db)
    assert len(rows) == PEOPLE == len({row.member_id for row in rows.values()})
    assert set(came) == set(rows)
    assert {row.state for row in rows.values()} == {State.SENT}
    assert sum(times - 1 for times in came.values()) == 1  # what the worker had sent and not marked


def test_fault_02_killed_between_the_providers_yes_and_the_mark(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    """Two workers in turn are killed after a message has gone out and before it is marked; a third one finishes."""
    keys = [f"message {number}" for number in range(50)]
    _put(db, clock, *keys)
    sink, twice = tmp_path / "arrived", set()
    for after in (7, 13):
        died("tests.delivering", url(db), sink, "--kill-after", after)
        twice.add(sink.read_text("utf-8").splitlines()[-1])
        lapse(db)
    finish(db, sink)
    came = arrived(sink)
    assert set(came) == set(keys)
    assert {key for key, times in came.items() if times > 1} == twice
    assert {row.state for row in _rows(db).values()} == {State.SENT}


def test_fault_13_what_the_dead_held_needs_no_reaper(db: Database, clock: FixedClock, tmp_path: Path) -> None:
    """No scheduler runs, and the dead hold its lease: whoever claims takes over what has lapsed."""
    _put(db, clock, *(f"message {number}" for number in range(10)))
    sink = tmp_path / "arrived"
    died("tests.delivering", url(db), sink, "--kill-after", 1)
    db.now(lambda tx: tx.execute(leases.insert().values(name="scheduler", holder="the dead", until=9e9)))
    assert Counter(row.state for row in _rows(db).values())[State.LEASED] == 10
    finish(db, sink)
    assert {row.state for row in _rows(db).values()} == {State.SENT}
    assert len(arrived(sink)) == 10


def test_fault_14_of_two_schedulers_one_stands_by_and_takes_over(db: Database, tmp_path: Path) -> None:
    notes = tmp_path / "ran"
    notes.touch()
    with started("tests.faults.scheduling", url(db), notes) as one:
        until(lambda: len(_ran(notes)) >= 3)
        with started("tests.faults.scheduling", url(db), notes) as two:
            before = len(_ran(notes))
            until(lambda: len(_ran(notes)) >= before + 15)  # the second one has had its turn to look by now
            assert set(_ran(notes)) == {one.pid}
            one.kill()
            until(lambda: _ran(notes)[-1] == two.pid)


def _ran(notes: Path) -> list[int]:
    return [int(line) for line in notes.read_text().split()]


def test_fault_15_a_message_that_kills_its_worker_is_parked_alone(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    """Every worker that writes it dies. It ends as failed, the others arrive, and staff can put it back."""
    _put(db, clock, "poison", kind="poison", priority=1)
    _put(db, clock, *(f"message {number}" for number in range(12)))
    sink = tmp_path / "arrived"
    for _ in range(4):
        died("tests.delivering", url(db), sink, "--max-attempts", 4)
        lapse(db)
    finish(db, sink, max_attempts=4)
    rows = _rows(db)
    poison = rows.pop("poison")
    assert (poison.state, poison.reason, poison.attempts) == (State.FAILED, "worker_died", 4)
    assert {row.state for row in rows.values()} == {State.SENT}
    assert set(arrived(sink)) == set(rows)
    assert db.now(deliveries.replay, poison.id)
    db.now(lambda tx: tx.execute(update(table).where(table.c.id == poison.id).values(kind="text")))  # it was mended
    finish(db, sink)
    assert arrived(sink)["poison"] == 1


def test_fault_15_what_cannot_be_written_or_is_refused_holds_up_nobody(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    _put(db, clock, "unknown kind", kind="poem", priority=1)
    _put(db, clock, *(f"message {number}" for number in range(5)))
    finish(db, tmp_path / "arrived")
    assert len(arrived(tmp_path / "arrived")) == 5
    row = _rows(db)["unknown kind"]
    assert row.state == State.FAILED
    assert "poem" in row.reason


@pytest.mark.anyio
async def test_fault_16_a_worker_that_slept_past_its_lease_neither_marks_nor_sends_the_rest(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    """SIGSTOP between sending and marking, with more messages claimed; another worker does the work meanwhile."""
    await db.run(lambda tx: _enqueue(tx, clock))
    sink, other = tmp_path / "sleeper", tmp_path / "other"
    with started("tests.delivering", url(db), sink, "--stop-after", 3, "--lease", 2) as sleeper:
        until(lambda: _is_stopped(sleeper.pid))
        await finished(db, FileChannel(other))
        before = {key: (row.state, row.attempts, row.settled_at) for key, row in _rows(db).items()}
        sleeper.send_signal(signal.SIGCONT)
        _put(db, clock, "afterwards")  # when this one has arrived, the sleeper has gone through what it held
        until(lambda: "afterwards" in arrived(sink))
    came = arrived(sink) + arrived(other)
    assert {key for key, times in came.items() if times > 1} == {sink.read_text("utf-8").splitlines()[2]}
    after = {key: (row.state, row.attempts, row.settled_at) for key, row in _rows(db).items()}
    assert {key: after[key] for key in before} == before


def _enqueue(tx: Connection, clock: FixedClock) -> None:
    for number in range(10):  # to different people, so that no order holds them back
        member = person(tx, f"m{number}", now=clock.now())
        row = delivery(member, f"message {number}", address=f"m{number}")
        deliveries.enqueue(tx, [row], now=clock.now())


def _is_stopped(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
