"""What members register: kept once, changed, ended, and matched with what is open now."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import insert

from bot import interests, notifications
from bot.db.engine import Database
from bot.db.models import members
from bot.errors import BadInput
from bot.matching import notice
from bot.notifications.prepared import Shelf
from bot.notifications.record import normalise

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.fixture
def member(db: Database) -> int:
    return db.now(
        lambda tx: int(tx.execute(insert(members).values(created_at=NOW).returning(members.c.id)).scalar_one())
    )


def register(db: Database, member: int, key: str, **values: Any) -> interests.Registration:
    return db.now(interests.register, member, key=key, now=NOW, **values)


def test_values_are_kept_in_their_canonical_form(db: Database, member: int) -> None:
    wanted = register(
        db,
        member,
        "1",
        products=["电水壶", " 电水壶 "],
        hs_codes=["8516.79"],
        markets=["德国", "usa"],
        keywords=["__declined__"],
    ).interest.wanted
    assert (wanted.products, wanted.hs_codes, wanted.markets, wanted.keywords) == (
        ("电水壶",),
        ("851679",),
        ("DE", "US"),
        (),
    )


def test_the_same_key_and_an_equal_interest_are_not_stored_twice(db: Database, member: int) -> None:
    first = register(db, member, "1", products=["Kettles", "tea"], markets=["EU"])
    assert first.new
    same_key = register(db, member, "1", products=["something else"])
    equal = register(db, member, "2", products=["TEA", "kettles"], markets=["欧盟"])
    assert (same_key.new, equal.new) == (True, False)  # the same turn once more says what it said before
    assert same_key.interest.id == equal.interest.id == first.interest.id
    assert register(db, member, "3", products=["tea"], markets=["EU"]).new


def test_registering_again_with_a_later_day_lasts_longer(db: Database, member: int) -> None:
    register(db, member, "1", products=["tea"], until=date(2026, 12, 1))
    assert register(db, member, "2", products=["tea"], until=date(2027, 1, 1)).interest.wanted.until == date(2027, 1, 1)
    assert register(db, member, "3", products=["tea"], until=date(2026, 11, 30)).interest.wanted.until == date(
        2027, 1, 1
    )
    assert register(db, member, "4", products=["tea"]).interest.wanted.until is None
    assert [one.wanted.until for one in db.look(interests.active, member)] == [None]


def test_nothing_at_all_is_no_interest(db: Database, member: int) -> None:
    with pytest.raises(BadInput):
        register(db, member, "1", products=["__declined__"], negatives=["tea"])
    one = register(db, member, "1", products=["tea"]).interest
    with pytest.raises(BadInput):
        db.now(interests.change, one.id, products=[])


def test_change_and_end(db: Database, member: int) -> None:
    one = register(db, member, "1", products=["tea"], markets=["EU"]).interest
    changed = db.now(interests.change, one.id, hs_codes=["0902"], frequency="weekly")
    assert (changed.wanted.products, changed.wanted.hs_codes, changed.wanted.frequency) == (
        ("tea",),
        ("0902",),
        "weekly",
    )
    assert db.now(interests.end, one.id, now=NOW)
    assert not db.now(interests.end, one.id, now=NOW)
    assert db.look(interests.active, member) == []
    assert register(db, member, "2", products=["tea"], markets=["EU"], hs_codes=["0902"]).new


def test_active_interests_come_in_chunks_without_those_whose_day_has_passed(db: Database, member: int) -> None:
    register(db, member, "old", products=["a"], until=date(2026, 11, 21))
    kept = [
        register(db, member, f"k{n}", products=[f"word{n}"], until=date(2026, 11, 22)).interest.id for n in range(5)
    ]
    seen, cursor = [], 0
    while chunk := db.look(interests.after, cursor, today=NOW.date(), chunk=2):
        seen += [one.id for one in chunk]
        cursor = chunk[-1].id
    assert seen == kept


def test_what_is_open_now(db: Database, member: int) -> None:
    def put(symbol: str, **values: Any) -> None:
        for record in normalise({"symbol": symbol, **values}):
            db.now(notifications.upsert, record, source="test", now=NOW)

    kettles = {"title": "Kettles", "hs_codes": ["851679"]}
    put("G/TBT/N/EU/1", **kettles, comment_deadline="2026-12-10")
    put("G/TBT/N/EU/2", **kettles, comment_deadline="2026-11-01")
    put("G/TBT/N/USA/3", **kettles, comment_deadline="2026-12-10")
    put("G/TBT/N/DEU/4", title="Toys", comment_deadline="2026-12-10")
    put("G/TBT/N/FRA/5, G/TBT/N/DEU/5", **kettles, comment_deadline="2026-11-30")
    put("G/TBT/N/EU/6", **kettles, date="2026-01-01", comment_deadline="2026-03-01")
    put("G/TBT/N/EU/6/ADD.1", title="More time", date="2026-11-01", comment_deadline="2026-12-24")
    one = register(db, member, "1", hs_codes=["8516"], markets=["EU"]).interest
    found = db.look(interests.matching_now, one, today=NOW.date())
    assert [notification.symbol for notification, _ in found] == [
        "G/TBT/N/FRA/5", "G/TBT/N/EU/1", "G/TBT/N/EU/6", "G/TBT/N/EU/6/ADD.1",
    ]  # fmt: skip
    assert all(why.reasons for _, why in found)


def test_an_addendum_is_about_what_its_parent_is_about_now(db: Database, member: int) -> None:
    def put(symbol: str, **values: Any) -> None:
        for record in normalise({"symbol": symbol, **values}):
            db.now(notifications.upsert, record, source="test", now=NOW)

    put("G/TBT/N/EU/1", title="Toys", date="2026-01-01")
    put("G/TBT/N/EU/1/ADD.1", title="More time", date="2026-11-01", comment_deadline="2026-12-24")
    kettles = register(db, member, "1", products=["kettle"]).interest
    assert db.look(interests.matching_now, kettles, today=NOW.date()) == []
    put("G/TBT/N/EU/1", title="Kettles", date="2026-01-01")
    found = db.look(interests.matching_now, kettles, today=NOW.date())
    assert [notification.symbol for notification, _ in found] == ["G/TBT/N/EU/1", "G/TBT/N/EU/1/ADD.1"]


def test_what_is_open_can_be_prepared_beforehand_bit_by_bit(db: Database) -> None:
    for number in range(3):
        symbol, title = f"G/TBT/N/EU/{number + 1}", f"Prepared beforehand {number} {db.url.database}"
        (record,) = normalise({"symbol": symbol, "title": title, "comment_deadline": "2026-12-10"})
        db.now(notifications.upsert, record, source="test", now=NOW)
    done = [db.look(interests.prepare_open, today=NOW.date(), most=2) for _ in range(3)]
    assert done == [2, 1, 0]


def test_no_more_is_kept_than_was_promised() -> None:
    shelf = Shelf(2)
    for name in "abc":
        shelf.put({(name,): (name, notice({"symbol": name}))})
        shelf.get([("a",)])
    assert [key in shelf.get([key]) for key in (("a",), ("b",), ("c",))] == [True, False, True]
    assert len(shelf) == 2
