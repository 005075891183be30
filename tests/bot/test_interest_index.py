"""The stored index of interests: it finds whatever the rule would find, at once, and keeps up with every change."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import delete, select, update

from bot import interests
from bot.db.engine import Database
from bot.db.models import interest_terms
from bot.db.models import interests as table
from bot.interests import index
from bot.matching import match, maybe, notice
from bot.matching.terms import net
from tests import factories
from tests.bot.test_alerts import NOW, House
from tests.bot.test_matching import INTERESTS, RECORDS

TODAY = NOW.date()


@pytest.fixture
def house(db: Database) -> House:
    return House(db)


def found(house: House, record: dict[str, Any], *, loose: bool = False, chunk: int = 100) -> set[int]:
    """Those that match among the ones that the index catches, in chunks."""
    about, cursor, ids = notice(record), 0, set()
    while True:
        caught, go_on = house.db.look(interests.concerned, net(about, loose=loose), cursor, today=TODAY, chunk=chunk)
        ids |= {one.id for one in caught if (maybe if loose else match)(one.profile, about)}
        if go_on is None:
            return ids
        cursor = go_on


KETTLES = {"symbol": "G/TBT/N/EU/1", "products": "Electric kettles", "hs_codes": ["851679"]}


def test_a_new_interest_is_found_at_once_a_changed_one_by_what_it_says_now_and_an_ended_one_no_more(
    house: House,
) -> None:
    one = house.interest(house.member("web:a"), products=["kettle"])
    assert found(house, KETTLES) == {one}
    house.db.now(interests.change, one, products=["toys"])
    assert found(house, KETTLES) == set()
    house.db.now(interests.change, one, hs_codes=["85"])
    assert found(house, KETTLES) == {one}
    house.db.now(interests.change, one, markets=["JP"])
    assert found(house, KETTLES) == set()
    house.db.now(interests.change, one, markets=["DE"])
    assert found(house, KETTLES) == {one}
    house.db.now(interests.end, one, now=NOW)
    assert found(house, KETTLES) == set()
    assert house.db.look(lambda tx: tx.execute(select(interest_terms)).all()) == []


def test_what_was_written_without_it_or_before_other_tables_is_made_up_for(house: House) -> None:
    member_id = house.member("web:a")
    house.db.now(lambda tx: factories.interest(tx, member_id, now=NOW))
    other = house.interest(member_id, products=["kettle"])
    house.db.now(lambda tx: tx.execute(update(table).where(table.c.id == other).values(indexed=1)))
    house.db.now(lambda tx: tx.execute(delete(interest_terms)))
    assert house.db.look(interests.is_behind)
    while house.db.now(interests.catch_up, most=1):
        pass
    assert not house.db.look(interests.is_behind)
    assert found(house, KETTLES) == {other}
    assert len(found(house, {"symbol": "G/TBT/N/EU/2", "products": "Toys"})) == 1


def test_an_outdated_interest_is_not_found(house: House) -> None:
    house.interest(house.member("web:a"), products=["kettle"], until=TODAY - timedelta(days=1))
    assert found(house, KETTLES) == set()
    assert date(2026, 11, 22) == TODAY


def test_all_products_of_a_market_concern_all_its_interests(house: House) -> None:
    ids = {house.interest(house.member(f"web:{n}"), products=[word]) for n, word in enumerate(("tea", "toys", "伞"))}
    assert found(house, {"symbol": "G/TBT/N/EU/1", "products": "All products"}, chunk=1) == ids


@pytest.mark.parametrize("loose", [False, True])
def test_it_finds_what_comparing_every_pair_finds(house: House, loose: bool) -> None:
    member_id = house.member("web:a")

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(INTERESTS, RECORDS)
    def holds(interest: dict[str, Any], record: dict[str, Any]) -> None:
        house.db.now(lambda tx: tx.execute(delete(table)))
        if not interests.Wanted.of(**interest).is_empty:
            one = house.interest(member_id, **interest)
            stored = house.db.look(interests.by_id, one)
            assert stored
            about = notice(record)
            why = (maybe if loose else match)(stored.profile, about)
            assert found(house, record, loose=loose) == ({one} if why else set())

    holds()


def test_the_tables_of_words_have_a_version() -> None:
    assert 0 < index.version() < 2**31
