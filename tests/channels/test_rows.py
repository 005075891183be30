"""Messages as rows: what the web page follows and what a REST sender is handed."""

from typing import Any

from bot.channels import rows
from bot.clock import FixedClock
from bot.db.engine import Database


def _put(db: Database, clock: FixedClock, key: str, *, address: str = "anna", mine: bool = False) -> int | None:
    return db.now(rows.put, "web", address, key=key, body={"text": key}, mine=mine, now=clock.now())


def _texts(found: Any) -> list[str]:
    return [row.body["text"] for row in found]


def test_a_stream_resumes_after_the_row_that_was_seen_last(db: Database, clock: FixedClock) -> None:
    numbers = [_put(db, clock, key) for key in "abcd"]
    assert numbers[1] is not None
    assert _texts(db.look(rows.after, "web", "anna", row_id=numbers[1])) == ["c", "d"]
    assert _texts(db.look(rows.after, "web", "anna", row_id=0, limit=2)) == ["a", "b"]


def test_history_is_paged_backwards_and_read_forwards(db: Database, clock: FixedClock) -> None:
    for key in "abcde":
        _put(db, clock, key)
    newest = db.look(rows.before, "web", "anna", row_id=None, limit=2)
    assert _texts(newest) == ["d", "e"]
    assert _texts(db.look(rows.before, "web", "anna", row_id=newest[0].id, limit=2)) == ["b", "c"]


def test_a_key_that_is_there_is_not_written_again(db: Database, clock: FixedClock) -> None:
    assert _put(db, clock, "a") is not None
    assert _put(db, clock, "a") is None
    assert _put(db, clock, "a", address="ben") is not None


def test_the_newest_row_tells_a_stream_that_something_came(db: Database, clock: FixedClock) -> None:
    assert db.look(rows.newest, "web") == 0
    number = _put(db, clock, "a")
    assert db.look(rows.newest, "web") == number
    assert db.look(rows.newest, "rest") == 0


def test_what_was_pushed_waits_until_it_was_handed_over(db: Database, clock: FixedClock) -> None:
    for key in "ab":
        _put(db, clock, key)
    _put(db, clock, "own", mine=True)
    waiting = db.look(rows.waiting, "web", "anna")
    assert _texts(waiting) == ["a", "b"]
    assert _texts(db.look(rows.waiting, "web", "anna")) == ["a", "b"]  # not lost when the answer never arrives
    db.now(rows.taken, [waiting[0].id], now=clock.now())
    assert _texts(db.look(rows.waiting, "web", "anna")) == ["b"]
    assert db.look(rows.waiting, "web", "ben") == []


def test_a_message_is_found_by_its_key(db: Database, clock: FixedClock) -> None:
    made = _put(db, clock, "a")
    assert db.look(rows.number, "web", "anna", key="a") == made
