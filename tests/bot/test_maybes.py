"""What only may concern a member comes in a digest, marked as such with its reason, and never interrupts anybody."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from bot import alerts, interests
from bot.db.engine import Database
from bot.db.models import follows
from bot.i18n import Texts
from bot.timing import Rhythm
from tests.bot.test_alerts import House

LAMPS = {
    "products": "Lamps", "title": "Safety of lamps", "description": "Their chargers are tested with them.",
    "date": "2026-11-20", "comment_deadline": "2027-01-20",
}  # fmt: skip
MONDAY = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)  # 08:00 in Shanghai


@pytest.fixture
def house(db: Database) -> House:
    return House(db)


def asker(house: House, name: str = "a", frequency: str = "instant", **wanted: Any) -> int:
    member_id = house.member(f"web:{name}", language="en", frequency=frequency)
    house.interest(member_id, **{"products": ["chargers"], **wanted})
    return member_id


@pytest.mark.parametrize("frequency", ["instant", "weekly"])
def test_it_waits_for_the_next_week(house: House, frequency: str) -> None:
    asker(house, frequency=frequency)
    house.put("G/TBT/N/EU/1", **LAMPS)
    (row,) = house.send()
    assert (row.kind, row.state, row.due_at.replace(tzinfo=UTC)) == ("maybe", "held", MONDAY)
    assert house.alerts() == [("new", "done", None)]
    assert house.db.look(lambda tx: tx.execute(select(follows)).all()) == []


def test_a_daily_reader_has_it_in_the_daily_digest_behind_what_is_sure(house: House, texts: Texts) -> None:
    member_id = asker(house, frequency="daily")
    house.interest(member_id, products=["lamps"], markets=["US"])
    house.put("G/TBT/N/EU/1", **LAMPS)
    house.put("G/TBT/N/USA/2", **LAMPS | {"comment_deadline": "2027-02-20"})
    house.send()
    house.clock.move(days=1)
    house.db.now(alerts.release, now=house.clock.now())
    digest = next(row for row in house.rows() if row.kind == "digest")
    for language, mark in (("en", "Maybe: G/TBT/N/EU/1"), ("zh", "可能相关：G/TBT/N/EU/1")):
        reply = house.db.look(
            alerts.render_digest, digest.id, texts=texts, language=language, today=house.clock.now().date()
        )
        assert reply
        _, sure, unsure = reply.text.splitlines()
        assert "G/TBT/N/USA/2" in sure
        assert mark in unsure
        assert "charger" in unsure


def test_alone_it_says_that_it_is_not_sure_and_why(house: House, texts: Texts) -> None:
    asker(house)
    house.put("G/TBT/N/EU/1", **LAMPS)
    (row,) = house.send()
    zh, en = (house.read(row, texts, language).text for language in ("zh", "en"))
    assert "may concern you, for you to judge" in en
    assert "Not sure, because: “charger" in en
    assert "不确定是否与您有关" in zh
    assert "为什么拿不准：" in zh


def test_who_has_it_for_sure_by_another_interest_has_no_maybe(house: House) -> None:
    member_id = asker(house)
    house.interest(member_id, products=["lamps"])
    house.put("G/TBT/N/EU/1", **LAMPS)
    assert [row.kind for row in house.send()] == ["alert"]


def test_who_muted_the_family_has_a_row_with_the_reason(house: House) -> None:
    member_id = asker(house)
    house.db.now(alerts.mute, member_id, "G/TBT/N/EU/1", now=house.clock.now())
    house.put("G/TBT/N/EU/1", **LAMPS)
    assert [(row.kind, row.state, row.reason) for row in house.send()] == [("maybe", "skipped", "not_mine")]


def test_an_addendum_does_not_call_those_whom_it_only_may_concern(house: House) -> None:
    asker(house)
    house.put("G/TBT/N/EU/1", **LAMPS)
    house.send()
    house.put("G/TBT/N/EU/1/ADD.1", title="More time", date="2026-11-21", comment_deadline="2027-02-15")
    assert {row.kind for row in house.send()} <= {"maybe"}


def test_a_new_rhythm_moves_it_too(house: House) -> None:
    member_id = asker(house)
    house.put("G/TBT/N/EU/1", **LAMPS)
    house.send()
    mine = house.db.look(interests.active, member_id)
    house.db.now(interests.set_frequency, [one.id for one in mine], "daily")
    house.db.now(alerts.reschedule, member_id, now=house.clock.now(), rhythm=Rhythm())
    assert house.rows()[0].due_at.replace(tzinfo=UTC) == MONDAY  # 8 o'clock tomorrow is Monday too
    house.db.now(interests.set_frequency, [one.id for one in mine], "instant")
    house.db.now(alerts.reschedule, member_id, now=house.clock.now(), rhythm=Rhythm())
    assert house.rows()[0].state == "held"


def test_a_kill_while_it_is_sifted_loses_and_doubles_nothing(house: House) -> None:
    people = [asker(house, f"n{n}") for n in range(4)]
    house.put("G/TBT/N/EU/1", **LAMPS)
    for _ in range(3):  # the sure ones in chunks, then the first chunk of the others; then the process is gone
        house.db.now(alerts.step, now=house.clock.now(), chunk=2)
    house.send(alerts={"chunk": 2})
    assert [row.member_id for row in house.rows()] == people
    assert house.alerts() == [("new", "done", None)]
