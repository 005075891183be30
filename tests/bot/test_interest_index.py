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
from bot.matching import Match, match, maybe, notice, profile
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


def _sure(judged: dict[int, Match | None]) -> dict[int, Match]:
    return {number: why for number, why in judged.items() if why}


MANY = [
    {"products": list(products), "hs_codes": codes, "markets": markets, "negatives": negatives}
    for products in (["kettle"], ["电水壶", "玩具"], ["toys", "led lamps"], [])
    for codes in ([], ["8516"], ["950300"])
    for markets in (["EU"], ["DE", "US"], [])
    for negatives in ([], ["toys"])
    if products or codes or markets
]


@pytest.mark.parametrize("record", [
    {**KETTLES, "title": "Electric kettles and toasters"},
    {"symbol": "G/TBT/N/DEU/2", "products": "Toys; LED lamps", "hs_codes": ["950300", "8539"]},
    {"symbol": "G/TBT/N/USA/3", "products": "All products"},
    {"symbol": "G/TBT/N/USA/4", "title": "Labelling of household goods", "description": "Among them electric kettles."},
])  # fmt: skip
def test_whom_an_alert_is_planned_for_is_whom_each_pair_judged_alone_says(house: House, record: dict[str, Any]) -> None:
    stored = {house.interest(house.member(f"web:{place}"), **one): one for place, one in enumerate(MANY)}
    alone = {number: match(profile(one), notice(record)) for number, one in stored.items()}
    wanted, _ = house.db.look(interests.concerned, net(notice(record)), 0, today=TODAY, chunk=1000)
    among = notice(record).remembering()
    judged = {one.id: match(one.profile, among) for one in wanted}
    assert _sure(judged) == _sure(alone)


def test_the_rows_of_the_ids_are_read_and_not_all_that_are_active(house: House) -> None:
    """On SQLite, which knows no numbers of rows: with an index of the state it read a million for seven hundred."""
    if house.db.engine.dialect.name != "sqlite":
        pytest.skip("SQLite's choice")
    for place in range(3):
        house.interest(house.member(f"web:{place}"), products=["kettle"])
    said: list[str] = []
    with house.db.engine.connect() as tx:
        raw = tx.connection.dbapi_connection
        assert raw
        raw.set_trace_callback(said.append)  # type: ignore[attr-defined]
        interests.concerned(tx, net(notice(KETTLES)), 0, today=TODAY, chunk=10)
        interests.after(tx, 0, today=TODAY, chunk=10)
        raw.set_trace_callback(None)  # type: ignore[attr-defined]
        asked = [query for query in said if "AS asks" in query]
        steps = [str(row.detail) for query in asked for row in tx.exec_driver_sql(f"explain query plan {query}")]
    assert len(asked) == 2
    assert [step for step in steps if "SEARCH interests" in step or "SCAN interests" in step] == [
        "SEARCH interests USING INTEGER PRIMARY KEY (rowid=?)", "SEARCH interests USING INTEGER PRIMARY KEY (rowid>?)",
    ]  # fmt: skip


def test_the_tables_of_words_have_a_version() -> None:
    assert 0 < index.version() < 2**31
