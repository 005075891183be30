"""One holder a name; who stops renewing loses it."""

import threading
from uuid import uuid4

from bot import leases
from bot.db.engine import Database


def _hold(db: Database, holder: str, at: float, name: str = "job") -> bool:
    return db.now(leases.hold, name, holder=holder, seconds=60, at=at)


def test_one_at_a_time_and_the_holder_may_renew(db: Database) -> None:
    assert _hold(db, "a", 0)
    assert not _hold(db, "b", 59)
    assert _hold(db, "a", 59)
    assert not _hold(db, "b", 100)


def test_a_holder_that_dies_loses_it(db: Database) -> None:
    assert _hold(db, "a", 0)
    assert _hold(db, "b", 60)
    assert not _hold(db, "a", 61)


def test_names_are_independent(db: Database) -> None:
    assert _hold(db, "a", 0)
    assert _hold(db, "b", 0, name="other")


def test_released_it_is_free_at_once_but_only_its_holder_can_release_it(db: Database) -> None:
    assert _hold(db, "a", 0)
    db.now(leases.release, "job", holder="b")
    assert not _hold(db, "b", 1)
    db.now(leases.release, "job", holder="a")
    assert _hold(db, "b", 1)


def test_of_many_who_ask_at_the_same_time_one_gets_it(db: Database) -> None:
    start, won = threading.Barrier(4), []

    def ask() -> None:
        holder = uuid4().hex
        start.wait()
        if _hold(db, holder, 0):
            won.append(holder)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1


def test_by_default_time_is_the_machines(db: Database) -> None:
    assert db.now(leases.hold, "job", holder="a", seconds=60)
    assert not db.now(leases.hold, "job", holder="b", seconds=60)
