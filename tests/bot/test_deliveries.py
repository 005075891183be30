"""The outbox: written once, claimed by one, settled by whoever holds the lease."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Row, select, update

from bot import deliveries
from bot.clock import FixedClock
from bot.db.engine import Database
from bot.db.models import addresses
from bot.db.models import deliveries as table
from bot.deliveries import Claimed, NewDelivery, State
from bot.ports import Gone, Moved, Outcome, Rejected, Sent, Temporary, Throttled, Unknown
from tests.factories import delivery, person

LATER = 4e9  # seconds: after every next_at that a test can write


@pytest.fixture
def anna(db: Database, clock: FixedClock) -> int:
    return db.now(person, "anna", now=clock.now())


def _enqueue(db: Database, clock: FixedClock, *items: NewDelivery) -> int:
    return db.now(deliveries.enqueue, items, now=clock.now())


def _claim(db: Database, at: float = LATER, **more: Any) -> list[Claimed]:
    return db.now(deliveries.claim, **{"channels": ["memory"], "limit": 10, "lease_seconds": 60, "at": at, **more})


def _settle(db: Database, claimed: Claimed, outcome: Outcome, clock: FixedClock, at: float = LATER) -> State | None:
    return db.now(deliveries.settle, claimed, outcome, now=clock.now(), max_attempts=3, at=at)


def _rows(db: Database) -> dict[str, Row[Any]]:
    return {row.key: row for row in db.look(lambda tx: tx.execute(select(table)).all())}


def _keys(claimed: list[Claimed]) -> list[str]:
    return [item.row.key for item in claimed]


# --- enqueue --------------------------------------------------------------------------------------


def test_a_key_is_written_once_for_ever(db: Database, clock: FixedClock, anna: int) -> None:
    assert _enqueue(db, clock, delivery(anna, "a"), delivery(anna, "b")) == 2
    assert _enqueue(db, clock, delivery(anna, "b"), delivery(anna, "c")) == 1
    assert _enqueue(db, clock, delivery(anna, "a", payload={"text": "other"})) == 0
    assert _rows(db)["a"].payload == {"text": "a"}
    assert _enqueue(db, clock) == 0


def test_a_key_stays_taken_after_it_was_sent(db: Database, clock: FixedClock, anna: int) -> None:
    _enqueue(db, clock, delivery(anna, "a"))
    _settle(db, _claim(db)[0], Sent("1"), clock)
    assert _enqueue(db, clock, delivery(anna, "a")) == 0


def test_what_is_not_to_be_sent_is_stored_with_its_reason(db: Database, clock: FixedClock, anna: int) -> None:
    _enqueue(db, clock, delivery(anna, "a", skipped="no_address"))
    row = _rows(db)["a"]
    assert (row.state, row.reason, row.settled_at) == (State.SKIPPED, "no_address", clock.now())
    assert _claim(db) == []
    assert db.look(deliveries.waiting) == 0


# --- claim ----------------------------------------------------------------------------------------


def test_the_most_urgent_goes_first_then_the_oldest(db: Database, clock: FixedClock, anna: int) -> None:
    for key, priority in (("late", 9), ("normal-1", 5), ("urgent", 1), ("normal-2", 5)):
        _enqueue(db, clock, delivery(anna, key, priority=priority))
    assert _keys(_claim(db, limit=3)) == ["urgent", "normal-1", "normal-2"]
    assert _keys(_claim(db)) == ["late"]


def test_only_of_these_channels_and_of_this_address(db: Database, clock: FixedClock, anna: int) -> None:
    _enqueue(db, clock, delivery(anna, "mail", channel="mail"), delivery(anna, "a"), delivery(anna, "b", address="ben"))
    assert _keys(_claim(db, address="ben")) == ["b"]
    assert _keys(_claim(db)) == ["a"]
    assert _keys(_claim(db, channels=["mail", "telegram"])) == ["mail"]


def test_not_before_its_time(db: Database, clock: FixedClock, anna: int) -> None:
    _enqueue(db, clock, delivery(anna))
    due = _rows(db)["one"].next_at
    assert _claim(db, at=due - 1) == []
    assert len(_claim(db, at=due)) == 1


def test_a_living_lease_is_respected_and_a_dead_one_taken_over(db: Database, clock: FixedClock, anna: int) -> None:
    _enqueue(db, clock, delivery(anna))
    (first,) = _claim(db, at=LATER)
    assert _claim(db, at=LATER + 59) == []
    (second,) = _claim(db, at=LATER + 60)
    assert second.id == first.id
    assert second.token != first.token
    assert second.row.attempts == 2
    assert db.look(deliveries.waiting) == 1


def test_two_claimers_never_get_the_same_row(db: Database, clock: FixedClock, anna: int) -> None:
    _enqueue(db, clock, *(delivery(anna, str(number)) for number in range(200)))
    start, taken = threading.Barrier(4), []

    def work() -> None:
        start.wait()
        while claimed := _claim(db, limit=7):
            taken.extend(item.id for item in claimed)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 200


# --- settle ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "state", "reason"),
    [
        (Sent("42"), State.SENT, None),
        (Temporary("busy"), State.QUEUED, "busy"),
        (Throttled(30), State.QUEUED, "throttled"),
        (Unknown("timeout"), State.QUEUED, "timeout"),
        (Gone("blocked"), State.FAILED, "blocked"),
        (Rejected("too long"), State.FAILED, "too long"),
        (Moved("anna-2"), State.QUEUED, "moved"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_outcome_after_the_first_try(
    db: Database, clock: FixedClock, anna: int, outcome: Outcome, state: State, reason: str | None
) -> None:
    _enqueue(db, clock, delivery(anna))
    assert _settle(db, _claim(db)[0], outcome, clock) is state
    row = _rows(db)["one"]
    assert (row.state, row.reason, row.lease_token, row.lease_until) == (state, reason, None, None)
    assert row.settled_at == (None if state is State.QUEUED else clock.now())
    assert row.provider_id == ("42" if state is State.SENT else None)


def test_a_retry_waits_its_time(db: Database, clock: FixedClock, anna: int) -> None:
    _enqueue(db, clock, delivery(anna))
    _settle(db, _claim(db)[0], Throttled(30), clock)
    assert _claim(db, at=LATER + 29) == []
    assert len(_claim(db, at=LATER + 30)) == 1


def test_what_may_have_arrived_is_tried_once_more_and_marked(db: Database, clock: FixedClock, anna: int) -> None:
    _enqueue(db, clock, delivery(anna))
    assert _settle(db, _claim(db)[0], Unknown("timeout"), clock) is State.QUEUED
    assert _settle(db, _claim(db, at=LATER + 5)[0], Unknown("timeout"), clock) is State.UNKNOWN
    assert _claim(db, at=2 * LATER) == []


def test_a_stale_token_settles_nothing(db: Database, clock: FixedClock, anna: int) -> None:
    """A worker that slept past its lease finds that another one has taken over: it must not undo what that one did."""
    _enqueue(db, clock, delivery(anna))
    (sleeper,) = _claim(db, at=LATER)
    (other,) = _claim(db, at=LATER + 60)
    assert _settle(db, sleeper, Gone("blocked"), clock) is None
    assert _rows(db)["one"].state == State.LEASED
    assert db.look(_address_state) == "active"
    assert _settle(db, other, Sent("1"), clock) is State.SENT
    assert _settle(db, sleeper, Temporary("late"), clock) is None
    db.now(deliveries.skip, sleeper, "paused", now=clock.now())
    assert _rows(db)["one"].state == State.SENT


def _address_state(tx: Connection) -> str:
    return str(tx.execute(select(addresses.c.state).where(addresses.c.address == "anna")).scalar_one())


def test_an_address_that_is_gone_is_marked(db: Database, clock: FixedClock, anna: int) -> None:
    _enqueue(db, clock, delivery(anna))
    _settle(db, _claim(db)[0], Gone("blocked"), clock)
    assert db.look(_address_state) == "gone"


def test_an_address_that_moved_is_rewritten_everywhere_it_is_kept(db: Database, clock: FixedClock, anna: int) -> None:
    _enqueue(db, clock, delivery(anna))
    _settle(db, _claim(db)[0], Moved("anna-2"), clock)
    assert _rows(db)["one"].address == "anna-2"
    assert db.look(lambda tx: tx.execute(select(addresses.c.address)).scalars().all()) == ["anna-2"]
    assert len(_claim(db)) == 1


def test_an_address_that_moved_to_one_that_is_known_is_no_error(db: Database, clock: FixedClock, anna: int) -> None:
    """The person may have written from the new address before we heard of it."""
    db.now(person, "anna-2", now=clock.now())
    _enqueue(db, clock, delivery(anna))
    _settle(db, _claim(db)[0], Moved("anna-2"), clock)
    assert _rows(db)["one"].address == "anna-2"


def test_skipped_after_all_with_the_reason(db: Database, clock: FixedClock, anna: int) -> None:
    _enqueue(db, clock, delivery(anna))
    db.now(deliveries.skip, _claim(db)[0], "paused", now=clock.now())
    row = _rows(db)["one"]
    assert (row.state, row.reason, row.settled_at) == (State.SKIPPED, "paused", clock.now())


# --- replay ---------------------------------------------------------------------------------------


def test_what_failed_can_be_put_back_with_all_its_tries(db: Database, clock: FixedClock, anna: int) -> None:
    _enqueue(db, clock, delivery(anna))
    (claimed,) = _claim(db)
    _settle(db, claimed, Rejected("too long"), clock)
    assert db.now(deliveries.replay, claimed.id)
    row = _rows(db)["one"]
    assert (row.state, row.attempts, row.reason, row.settled_at) == (State.QUEUED, 0, "replayed", None)
    assert not db.now(deliveries.replay, claimed.id)


def test_what_was_sent_cannot_be_replayed(db: Database, clock: FixedClock, anna: int) -> None:
    _enqueue(db, clock, delivery(anna))
    (claimed,) = _claim(db)
    _settle(db, claimed, Sent(), clock)
    assert not db.now(deliveries.replay, claimed.id)


def test_waiting_counts_what_is_still_to_be_sent(db: Database, clock: FixedClock, anna: int) -> None:
    _enqueue(db, clock, *(delivery(anna, key) for key in "abc"))
    first, *_ = _claim(db, limit=2)
    _settle(db, first, Sent(), clock)
    assert db.look(deliveries.waiting) == 2


def test_an_erased_members_messages_are_gone(db: Database, clock: FixedClock, anna: int) -> None:
    from bot import members

    _enqueue(db, clock, delivery(anna))
    db.now(members.erase, anna)
    assert _rows(db) == {}


def test_times_without_a_zone_are_refused(db: Database, clock: FixedClock, anna: int) -> None:
    with pytest.raises(Exception, match="zone"):
        db.now(deliveries.enqueue, [delivery(anna)], now=clock.now().replace(tzinfo=None))
    assert _rows(db) == {}


def test_times_come_back_in_utc(db: Database, clock: FixedClock, anna: int) -> None:
    _enqueue(db, clock, delivery(anna))
    clock.move(hours=1)
    db.now(lambda tx: tx.execute(update(table).values(settled_at=clock.now())))
    row = _rows(db)["one"]
    assert row.settled_at - row.created_at == timedelta(hours=1)
    assert row.settled_at.utcoffset() == timedelta(0)
