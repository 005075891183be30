"""The demonstration: true to the formats it shows, in once, out without a trace, and never at a person's cost."""

import itertools
import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Table, func, insert, select

from bot import demo, enrolment, intake, interests, members, notifications, organisations, surveys
from bot.authority import Role
from bot.clock import FixedClock
from bot.db import models
from bot.db.engine import Database
from bot.demo import entries
from bot.feeds import eping_file
from bot.notifications import Record
from bot.organisations import Kind
from bot.settings import Settings
from nlu import hs, ics, language, symbols
from tests.conftest import NOW

RECORDS = entries.records("notifications", NOW)
ARRIVING = demo.arriving(NOW)
ALL = [*RECORDS, *ARRIVING]
MARKED = (
    models.organisations, models.members, models.interests, models.notifications, models.surveys, models.feedback,
    models.notices,
)  # fmt: skip
BLUETOOTH = {"products": ["蓝牙音箱"], "hs_codes": ["851822", "851821"], "markets": ["EU", "US"]}


def rows(tx: Connection, table: Table) -> int:
    return int(tx.execute(select(func.count()).select_from(table)).scalar_one())


def everything(tx: Connection) -> dict[str, int]:
    """Rows of each table but the log of deeds and the counters, which only grow."""
    tables = (table for table in models.metadata.sorted_tables if table.name not in ("audit_log", "counters"))
    return {table.name: rows(tx, table) for table in tables}


def person(tx: Connection, *, now: datetime = NOW) -> int:
    """Somebody real with an address, an interest of the demonstration's subject, and a conversation."""
    member_id = members.at_address(tx, "memory", "real", now=now)
    interests.register(tx, member_id, key="real:1", now=now, **BLUETOOTH)
    talk = {"channel": "memory", "sender": "real", "member_id": member_id, "language": "zh", "snapshot": {}}
    tx.execute(insert(models.conversations).values(**talk, updated_at=now))
    return member_id


def arrive(db: Database, clock: FixedClock, *, times: int = 1) -> None:
    for _ in range(times):
        feed = db.look(demo.next_arrival, now=clock.now())
        intake.run_import(db, feed, clock=clock, demo=True)
        intake.fan_out(db, clock, Settings())


# --- what the data say -----------------------------------------------------------------------------


def test_there_is_enough_of_every_kind() -> None:
    assert len(RECORDS) >= 40
    assert len({code for one in RECORDS for code in one["members"]}) >= 15
    assert {one["type"] for one in RECORDS} >= {"regular", "addendum", "revision", "corrigendum", "emergency"}
    assert {one["agreement"] for one in RECORDS} == {"TBT", "SPS"}
    assert any(not one.get("hs_codes") for one in RECORDS)
    assert any(not one.get("comment_deadline") for one in RECORDS if one["type"] == "regular")
    assert {len(one["joint"]) for one in RECORDS if "joint" in one} == {5}


@pytest.mark.parametrize("record", ALL, ids=lambda one: str(one["symbol"]))
def test_each_record_is_one_that_a_file_could_bring(record: Record) -> None:
    parsed = symbols.parse(record["symbol"])
    assert parsed is not None
    assert str(parsed) == record["symbol"]
    assert parsed.number in (range(9980, 9990) if record in ARRIVING else range(9900, 9980))
    assert record["source"] == "demonstration"
    printed = ", ".join(record.get("joint", [record["symbol"]]))
    assert record in notifications.normalise({**record, "symbol": printed})
    assert [code for code in record.get("hs_codes", []) if hs.check(code)] == []
    assert [code for code in record.get("ics_codes", []) if not ics.is_known(code)] == []
    assert 2 <= record["description"].count(".") <= 20


@pytest.mark.parametrize("record", ALL, ids=lambda one: str(one["symbol"]))
def test_dates_follow_one_another(record: Record) -> None:
    distributed = date.fromisoformat(record["date"])
    deadline, adoption, force = (
        date.fromisoformat(record[key]) if key in record else None
        for key in ("comment_deadline", "proposed_adoption", "proposed_entry_into_force")
    )
    assert distributed <= NOW.date()
    if deadline:
        assert timedelta(days=15) <= deadline - distributed <= timedelta(days=95)
    if adoption:
        assert deadline is not None
        assert deadline < adoption
    if force and record["type"] != "emergency":
        assert force > (adoption or deadline or distributed)


@pytest.mark.parametrize("record", ALL, ids=lambda one: str(one["symbol"]))
def test_a_language_is_what_its_key_says(record: Record) -> None:
    assert ("title_zh" in record) == ("description_zh" in record)
    assert language.detect(record["description"], default="zh") == "en"
    for key in ("title_zh", "description_zh"):
        assert key not in record or language.detect(record[key], default="en") == "zh"


def test_about_half_is_in_both_languages() -> None:
    share = sum("title_zh" in one for one in RECORDS) / len(RECORDS)
    assert 0.4 < share < 0.8
    assert all("title_zh" in one for one in ARRIVING)


def test_organisations_are_named_in_both_languages() -> None:
    named = entries.entries("organisations")
    assert all(language.detect(one["name_zh"]) == "zh" and one["name_en"].isascii() for one in named)
    assert all("演示" in one["name_zh"] and "demonstration" in one["name_en"] for one in named)


def test_days_are_counted_from_the_clock() -> None:
    later = entries.records("notifications", NOW + timedelta(days=100))
    days = [[date.fromisoformat(one["date"]) for one in both] for both in zip(RECORDS, later, strict=True)]
    assert {b - a for a, b in days} == {timedelta(days=100)}


# --- in -----------------------------------------------------------------------------------------


def test_it_is_loaded_once(db: Database) -> None:
    assert not db.look(demo.loaded)
    assert db.now(demo.load, now=NOW)
    assert db.look(demo.loaded)
    before = db.look(everything)
    assert not db.now(demo.load, now=NOW + timedelta(days=1))
    assert db.look(everything) == before
    assert before["notifications"] == len(RECORDS)


def test_everything_is_marked_and_nobody_can_be_written_to(db: Database) -> None:
    db.now(demo.load, now=NOW)
    with db.engine.begin() as tx:
        assert [table.name for table in MARKED if tx.execute(select(table.c.id).where(~table.c.demo)).all()] == []
        assert rows(tx, models.addresses) == 0
        assert set(tx.execute(select(models.roles.c.role)).scalars()) == set(Role)
        assert {one.kind for one in organisations.everyone(tx)} == set(Kind)


def test_loading_alerts_nobody(db: Database, clock: FixedClock) -> None:
    db.now(person)
    db.now(demo.load, now=NOW)
    intake.fan_out(db, clock, Settings())
    assert db.look(rows, models.alerts) == 0
    waiting = select(models.deliveries.c.id).where(models.deliveries.c.state.in_(("queued", "leased")))
    assert db.look(lambda tx: tx.execute(waiting).all()) == []
    made_up = select(models.members.c.id).where(models.members.c.demo)
    to_others = select(models.deliveries.c.id).where(models.deliveries.c.member_id.not_in(made_up))
    assert db.look(lambda tx: tx.execute(to_others).all()) == []


def test_families_stand_as_their_parts_say(db: Database) -> None:
    db.now(demo.load, now=NOW)
    with db.engine.begin() as tx:
        moved = notifications.by_symbol(tx, "G/TBT/N/EU/9903")
        taken_back = notifications.by_symbol(tx, "G/TBT/N/GBR/9924")
        table = models.notifications.c
        withdrawn = tx.execute(select(table.symbol).where(table.state == "withdrawn")).scalars().all()
        assert moved is not None
        assert moved.deadline == NOW.date() + timedelta(days=20)
        assert taken_back is not None
        assert taken_back.withdrawn_by == "G/TBT/N/GBR/9924/ADD.1"
        assert withdrawn == ["G/TBT/N/GBR/9924"]


def test_each_interest_finds_something(db: Database) -> None:
    db.now(demo.load, now=NOW)
    with db.engine.begin() as tx:
        for interest in interests.after(tx, 0, today=NOW.date(), chunk=100):
            assert interests.matching_now(tx, interest, today=NOW.date()), interest.asks


def test_a_survey_is_open_with_answers_and_silence(db: Database, clock: FixedClock) -> None:
    db.now(person)
    db.now(demo.load, now=NOW)
    rules = surveys.Rules.of(Settings())
    with db.engine.begin() as tx:
        [survey] = surveys.survey.all_open(tx)  # type: ignore[attr-defined]
        chief = tx.execute(select(models.surveys.c.opened_by)).scalar_one()
        found = surveys.progress(tx, survey.id, by=chief, now=NOW, rules=rules)
        assert found.total == surveys.Count(asked=4, answered=2)
        assert len(found.counties) == 2
        assert len(surveys.studies_listed(tx, by=chief)) == 1
    assert surveys.run(db, clock, rules) == surveys.work.Done()  # type: ignore[attr-defined]
    asked = select(models.deliveries.c.id).where(models.deliveries.c.survey_id.is_not(None))
    assert db.look(lambda tx: tx.execute(asked).all()) == []


# --- what arrives -------------------------------------------------------------------------------------


def test_arrivals_come_one_by_one_and_reach_who_registered(db: Database, clock: FixedClock) -> None:
    db.now(demo.load, now=NOW)
    member_id = db.now(person)
    for number in range(1, len(ARRIVING) + 1):
        arrive(db, clock)
        assert len(db.look(told, member_id)) == number
    assert len(db.look(demo.next_arrival, now=NOW)) == 0
    assert db.look(told, member_id) == [one["symbol"] for one in ARRIVING]


def told(tx: Connection, member_id: int) -> list[str]:
    table = models.deliveries.join(models.alerts).join(models.notifications)
    query = select(models.notifications.c.symbol).select_from(table).where(models.deliveries.c.member_id == member_id)
    return list(tx.execute(query.order_by(models.deliveries.c.id)).scalars())


def test_arrivals_are_an_import_file(tmp_path: Path) -> None:
    file = tmp_path / "new.jsonl"
    file.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in ARRIVING), encoding="utf-8")
    read: list[Any] = list(eping_file.open(file))
    assert [record for _, record in read] == ARRIVING


# --- out -----------------------------------------------------------------------------------------


def test_it_is_removed_without_a_trace(db: Database, clock: FixedClock) -> None:
    empty = db.look(everything)
    db.now(demo.load, now=NOW)
    arrive(db, clock, times=3)
    assert db.now(demo.remove) > len(ALL)
    assert db.look(everything) == empty
    assert not db.look(demo.loaded)
    assert db.now(demo.remove) == 0
    assert db.now(demo.load, now=NOW)


def test_a_person_keeps_everything_but_the_alerts_of_it(db: Database, clock: FixedClock) -> None:
    member_id = db.now(person)
    before = db.look(everything)
    db.now(demo.load, now=NOW)
    arrive(db, clock, times=2)
    assert db.look(told, member_id)
    db.now(demo.remove)
    assert db.look(everything) == before
    with db.engine.begin() as tx:
        [mine] = interests.active(tx, member_id)
        assert mine.wanted.products == ("蓝牙音箱",)


def test_who_joined_a_made_up_enterprise_keeps_the_interest(db: Database) -> None:
    db.now(demo.load, now=NOW)
    member_id = db.now(person)
    with db.engine.begin() as tx:
        there = organisations.by_code(tx, "DEMO-BLUEWHALE").id
        enrolment.grant(tx, member_id, there, Role.ENTERPRISE, now=NOW)
        interests.register(tx, member_id, organisation_id=there, key="real:2", now=NOW, products=["耳机"])
    db.now(demo.remove)
    with db.engine.begin() as tx:
        assert [one.organisation_id for one in interests.active(tx, member_id)] == [None, None]
        assert rows(tx, models.roles) == 0


def test_who_entered_as_a_made_up_person_is_kept(db: Database) -> None:
    db.now(demo.load, now=NOW)
    with db.engine.begin() as tx:
        theirs = tx.execute(select(models.members.c.id).order_by(models.members.c.id).limit(1)).scalar_one()
        code = enrolment.make_code(tx, enrolment.Purpose.LINK, member_id=theirs, now=NOW)
        visitor = person(tx)
        enrolment.redeem(tx, code, member_id=visitor, now=NOW)
    db.now(demo.remove)
    with db.engine.begin() as tx:
        assert members.at_address(tx, "memory", "real", now=NOW) == theirs
        assert len(interests.active(tx, theirs)) == 1
        assert rows(tx, models.conversations) == 1


@pytest.mark.parametrize("real_centre", [True, False])
def test_real_organisations_do_not_hang_on_it(db: Database, real_centre: bool) -> None:
    db.now(demo.load, now=NOW)
    with db.engine.begin() as tx:
        centre = put(tx, "CENTRE", Kind.CENTRE, parent=None).id if real_centre else None
        put(tx, "FACTORY", Kind.ENTERPRISE, parent="DEMO-CENTRE")
        demo.remove(tx)
        assert organisations.by_code(tx, "FACTORY").parent_id == centre
        assert len(organisations.everyone(tx)) == 1 + real_centre


def put(tx: Connection, code: str, kind: Kind, *, parent: str | None) -> organisations.Organisation:
    return organisations.put(tx, code, kind=kind, name_zh=code, name_en=code, parent=parent, now=NOW)


def test_no_two_documents_share_a_symbol() -> None:
    names = sorted(one["symbol"] for one in ALL)
    assert [a for a, b in itertools.pairwise(names) if a == b] == []
