"""Shared rates: so many at once, the rest evenly, all or none, and nothing while the provider says so."""

from concurrent.futures import ThreadPoolExecutor

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot import rates
from bot.db.engine import Database
from bot.db.models import rates as table
from bot.rates import Level, Limit, Wait

CHAT = Limit("chat", 1.0, 3)
ALL = Limit("all", 0.1)


def test_a_burst_and_then_one_by_one(db: Database) -> None:
    assert [db.now(rates.take, [CHAT], at=100.0) for _ in range(3)] == [None] * 3
    assert db.now(rates.take, [CHAT], at=100.0) == Wait(1.0, "chat")
    assert db.now(rates.take, [CHAT], at=101.0) is None
    assert db.now(rates.take, [CHAT], at=101.5) == Wait(0.5, "chat")
    assert [db.now(rates.take, [CHAT], at=200.0) for _ in range(3)] == [None] * 3


def test_all_places_or_none(db: Database) -> None:
    assert db.now(rates.take, [ALL, CHAT], at=100.0) is None
    assert db.now(rates.take, [ALL, CHAT], at=100.05).name == "all"  # type: ignore[union-attr]
    assert db.now(rates.take, [CHAT], at=100.05) is None
    assert db.now(rates.take, [CHAT], at=100.05) is None
    assert db.now(rates.take, [CHAT], at=100.05).name == "chat"  # type: ignore[union-attr]


def test_a_halt_stops_everything_under_its_name_and_the_longer_one_stays(db: Database) -> None:
    db.now(rates.halt, CHAT, 30.0, at=100.0)
    db.now(rates.halt, CHAT, 5.0, at=101.0)
    assert db.now(rates.take, [ALL, CHAT], at=110.0) == Wait(20.0, "chat", halted=True)
    assert db.now(rates.take, [ALL], at=110.0) is None
    assert db.now(rates.take, [CHAT], at=130.0) is None


def test_after_a_halt_they_come_one_by_one_and_not_in_a_burst(db: Database) -> None:
    db.now(rates.halt, CHAT, 30.0, at=100.0)
    assert db.now(rates.take, [CHAT], at=130.0) is None
    assert db.now(rates.take, [CHAT], at=130.0) == Wait(1.0, "chat")
    assert db.now(rates.take, [CHAT], at=131.0) is None
    assert db.now(rates.take, [CHAT], at=131.0) == Wait(1.0, "chat")


def test_a_clock_that_was_put_back_holds_nobody_up_for_long(db: Database) -> None:
    db.now(rates.take, [CHAT], at=10_000.0)
    found = db.now(rates.take, [CHAT], at=100.0)
    assert found is None or found.seconds <= 20


def test_two_processes_never_take_the_same_place(db: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: db.now(rates.take, [CHAT, ALL], at=500.0), range(40)))
    assert [one is None for one in taken].count(True) == 1


def test_quiet_chats_are_forgotten_and_halted_ones_are_not(db: Database) -> None:
    db.now(rates.take, [CHAT], at=100.0)
    db.now(rates.halt, ALL, 10_000, at=100.0)
    assert db.now(rates.forget, at=100.0 + rates.FORGET_SECONDS + 10) == 1
    assert db.look(lambda tx: tx.execute(select(table.c.name)).scalars().all()) == ["all"]


@settings(deadline=None)
@given(st.lists(st.floats(0, 3), min_size=1, max_size=80), st.integers(1, 5))
def test_never_more_than_allowed_in_any_window(pauses: list[float], burst: int) -> None:
    """In any span of `s` seconds at most s / every + burst."""
    limit, level, now, sent = Limit("x", 0.5, burst), Level(), 0.0, []
    for pause in pauses:
        now += pause
        if rates.wait(limit, level, now) is None:
            level = Level(max(now, level.due) + limit.every)
            sent.append(now)
    for start, first in enumerate(sent):
        for count, last in enumerate(sent[start:], start=1):
            assert count <= (last - first) / limit.every + burst + 1e-6
