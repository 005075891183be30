"""Whom a recall or refusal is told, when, in which words; and whom not, with the reason."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot import alerts, i18n, intake, interests, members, recalls
from bot.clock import FixedClock
from bot.db.engine import Database
from bot.db.models import deliveries
from bot.db.models import recalls as table
from bot.matching import match, profile
from bot.recalls import Tempo
from bot.recalls.noticed import noticed
from bot.settings import Settings
from bot.timing import Quiet, Rhythm
from bot.worker import unwanted
from tests import factories
from tests.conftest import NOW

WANTED = recalls.Interesting("CN", others=False, recent_days=30)
TEMPO = Tempo(Rhythm(), "CN", 3)
SHRIMP = {
    "source": "fda_refusals", "number": "XX9/1", "kind": "refusal", "date": "2026-11-20", "market": "US",
    "agreement": "SPS", "product": "SHRIMP, FROZEN", "firm": "Made-up Seafood Co Ltd", "origin": "CN",
    "risk": "It bears or contains an unsafe animal drug.", "category": "Fishery/Seafood Prod",
}  # fmt: skip
TOY = {
    "source": "safety_gate", "number": "SR/1/26", "kind": "recall", "date": "2026-11-19", "market": "EU",
    "notified_by": "DE", "product": "Toy car", "category": "Toys", "brand": "Lumigo", "origin": "CN",
    "risk": "Choking", "measure": "Recall of the product from end users",
    "link": "https://ec.europa.eu/safety-gate-alerts/screen/webReport/alertDetail/1",
}  # fmt: skip


def put(db: Database, record: Mapping[str, Any], **more: Any) -> recalls.Stored:
    return db.now(recalls.upsert, recalls.normalise({**record, **more}), now=NOW, wanted=WANTED)


def follow(db: Database, name: str, **wanted: Any) -> int:
    member_id = db.now(factories.person, name, now=NOW)
    db.now(interests.register, member_id, key=f"{name}:{wanted}", now=NOW, **wanted)
    return member_id


def tell(db: Database, *, now: datetime = NOW, tempo: Tempo = TEMPO, chunk: int = 500) -> None:
    while db.now(recalls.step, now=now, chunk=chunk, tempo=tempo):
        pass


def rows(db: Database) -> list[Any]:
    return db.look(lambda tx: tx.execute(select(deliveries).order_by(deliveries.c.id)).all())


def told(db: Database) -> list[tuple[str, str, str | None]]:
    return [(row.address, row.state, row.reason) for row in rows(db)]


@pytest.mark.parametrize(
    ("record", "wanted", "fits"),
    [
        (SHRIMP, {"products": ["冻虾"], "markets": ["US"]}, True),
        (SHRIMP, {"products": ["frozen shrimp"]}, True),
        (SHRIMP, {"hs_codes": ["030617"], "markets": ["US"]}, True),
        (SHRIMP, {"products": ["shrimp"], "markets": ["JP"]}, False),
        (SHRIMP, {"products": ["toys"], "markets": ["US"]}, False),
        (SHRIMP, {"products": ["shrimp"], "kinds": ["tbt"]}, False),
        (SHRIMP, {"markets": ["US"], "kinds": ["food safety"]}, True),
        (SHRIMP, {"products": ["shrimp"], "negatives": ["shrimp"]}, False),
        (TOY, {"products": ["玩具"], "markets": ["EU"]}, True),
        (TOY, {"products": ["toys"], "markets": ["DE"]}, True),
        (TOY, {"products": ["toy cars"], "markets": ["FR"]}, True),
        (TOY, {"hs_codes": ["9503"], "markets": ["EU"]}, True),
        (TOY, {"products": ["cars"], "markets": ["EU"]}, False),
        (TOY, {"products": ["furniture"], "markets": ["EU"]}, False),
        ({**TOY, "product": "USB charger", "category": "Electrical appliances and equipment"},
         {"products": ["充电器"], "markets": ["EU"]}, True),
        ({**TOY, "product": "USB charger", "category": "Electrical appliances and equipment"},
         {"products": ["kettles"], "markets": ["EU"]}, False),
    ],
)  # fmt: skip
def test_which_interest_a_recall_concerns(record: dict[str, Any], wanted: dict[str, Any], fits: bool) -> None:
    found = match(profile(wanted), noticed(recalls.normalise(record)))
    assert bool(found) is fits


def test_a_refusal_of_goods_from_home_comes_at_once_the_rest_in_a_digest(db: Database) -> None:
    follow(db, "anna", products=["shrimp", "toys"])
    put(db, SHRIMP)
    put(db, SHRIMP, number="XX9/2", origin="", product="SHRIMP, COOKED")
    put(db, TOY)
    tell(db)
    found = {row.recall_id: (row.kind, row.state, row.priority) for row in rows(db)}
    assert list(found.values()) == [("recall", "queued", 4), ("recall", "held", 5), ("recall", "held", 5)]
    assert {row.due_at for row in rows(db) if row.due_at} == {datetime(2026, 11, 23, 0, tzinfo=NOW.tzinfo)}


def test_several_that_wait_are_one_message(db: Database) -> None:
    member_id = follow(db, "anna", products=["toys"])
    put(db, TOY)
    put(db, TOY, number="SR/2/26", product="Toy drum")
    tell(db)
    assert db.now(alerts.release, now=NOW + timedelta(days=1)) == 2
    (digest,) = [row for row in rows(db) if row.kind == "digest"]
    texts = i18n.load()
    for language, words in (
        ("zh", ["召回｜欧盟｜Toy car", "SR/2/26", "中国"]),
        ("en", ["Recall | European Union | Toy drum"]),
    ):
        said = db.look(
            lambda tx, language=language: alerts.render_digest(
                tx, digest.id, texts=texts, language=language, today=NOW.date(),
                more=lambda tx, one: recalls.in_digest(tx, one, texts=texts, language=language, today=NOW.date()),
            )
        )  # fmt: skip
        assert said is not None
        assert all(word in said.text for word in words), said.text
        assert [button.title for button in said.buttons] == ["RC-000001", "RC-000002"]
    db.now(recalls.choose, member_id, wanted=False)
    assert {db.look(unwanted, row, now=NOW) for row in rows(db) if row.kind == "recall"} == {"recalls_off"}


def test_quiet_hours_hold_a_refusal_too(db: Database) -> None:
    member_id = follow(db, "anna", products=["shrimp"])
    db.now(members.choose_quiet, member_id, Quiet(time(15), time(19)))  # 09:00 UTC is 17:00 there
    put(db, SHRIMP)
    tell(db)
    assert [(row.state, row.due_at) for row in rows(db)] == [("held", NOW.replace(hour=11))]


def test_at_most_so_many_a_day_come_at_once(db: Database) -> None:
    follow(db, "anna", products=["shrimp"])
    for number in range(5):
        put(db, SHRIMP, number=f"XX9/{number}", product=f"SHRIMP, LOT {number}")
    tell(db)
    assert [row.state for row in rows(db)] == ["queued"] * 3 + ["held"] * 2
    put(db, SHRIMP, number="XX9/9", product="SHRIMP, LOT 9")
    tell(db, now=NOW + timedelta(hours=25))
    assert [row.state for row in rows(db)][-1] == "queued"


def test_the_lines_of_one_consignment_are_told_once(db: Database) -> None:
    follow(db, "anna", products=["shrimp"])
    for number in range(4):
        put(db, SHRIMP, number=f"XX9/{number}")
    put(db, SHRIMP, source="other_source", number="1")
    tell(db)
    assert len(rows(db)) == 1


def test_whoever_is_not_told_has_the_reason(db: Database) -> None:
    paused = follow(db, "paused", products=["shrimp"])
    db.now(members.pause, paused, NOW + timedelta(days=3))
    off = follow(db, "off", products=["shrimp"])
    db.now(recalls.choose, off, wanted=False)
    follow(db, "other", products=["toys"])
    nowhere = db.now(members.add, now=NOW, name="nowhere")
    db.now(interests.register, nowhere, key="nowhere", now=NOW, products=["shrimp"])
    put(db, SHRIMP)
    tell(db)
    assert told(db) == [
        ("paused", "skipped", "paused"), ("off", "skipped", "recalls_off"), (str(nowhere), "skipped", "no_address"),
    ]  # fmt: skip


def test_history_and_goods_from_elsewhere_are_stored_and_nobody_is_told(db: Database) -> None:
    follow(db, "anna", products=["shrimp"])
    assert put(db, SHRIMP, number="old", date="2026-09-01").reason == "historic"
    assert put(db, SHRIMP, number="theirs", origin="VN").reason == "other_origin"
    tell(db)
    assert rows(db) == []
    others = replace(WANTED, others=True)
    db.now(recalls.upsert, recalls.normalise({**SHRIMP, "number": "n", "origin": "VN"}), now=NOW, wanted=others)
    tell(db)
    assert [row.state for row in rows(db)] == ["held"], "told, but nobody is interrupted for it"


def test_cut_off_between_two_chunks_everybody_gets_it_once(db: Database) -> None:
    for number in range(7):
        follow(db, f"m{number}", products=["shrimp"])
    put(db, SHRIMP)
    while db.now(interests.catch_up):
        pass
    first = db.look(recalls.plan, now=NOW, chunk=3)
    assert first is not None
    db.now(recalls.write, first, now=NOW, tempo=TEMPO)
    again = db.now(recalls.write, first, now=NOW, tempo=TEMPO)
    assert (again.queued, len(rows(db))) == (0, 3), "another process that planned the same leaves it"
    tell(db, chunk=3)
    assert sorted(row.address for row in rows(db)) == [f"m{number}" for number in range(7)]
    assert db.look(lambda tx: tx.execute(select(table.c.state)).scalar()) == recalls.State.DONE


def test_the_message_in_both_languages(db: Database) -> None:
    follow(db, "anna", products=["冻虾"], markets=["US"])
    follow(db, "ben", products=["toys"], markets=["DE"])
    put(db, SHRIMP)
    put(db, TOY)
    tell(db)
    shrimp, toy = rows(db)
    say = {"texts": i18n.load(), "today": NOW.date()}
    assert db.look(recalls.render, shrimp, language="zh", **say).text == (
        "美国拒绝了与您的冻虾同类的货物入境\n产品：SHRIMP, FROZEN\n"
        "补充：类别 Fishery/Seafood Prod、企业 Made-up Seafood Co Ltd\n"
        "原因：It bears or contains an unsafe animal drug.\n原产地：中国\n公布日期：11月20日\n"
        "为什么发给您：涉及的产品提到“shrimp”，即您关注的“冻虾”；市场：美国\n"
        "来源：美国 FDA 拒绝进口，编号 XX9/1（产品、原因和措施照录原文）\n本条编号 RC-000001"
    )
    said = db.look(recalls.render, toy, language="en", **say)
    assert said.text == (
        "European Union: goods like your toys were recalled\nProduct: Toy car\nAlso: category Toys, brand Lumigo\n"
        "Reason: Choking\nMeasure: Recall of the product from end users\nOrigin: China\n"
        "Published: 19 November, notified by Germany\n"
        "Why you get this: the goods include “toys”; market: European Union\n"
        "Source: EU Safety Gate (dangerous products), number SR/1/26 (product, reason and measure in its own words)\n"
        "In full: https://ec.europa.eu/safety-gate-alerts/screen/webReport/alertDetail/1\nOur number: RC-000002"
    )
    assert [button.payload for button in said.buttons] == [
        '/give_feedback{"recall": "2", "affected": "yes"}', '/not_mine{"recall": "2"}',
        '/ask_countermeasure{"field": "shipment_stopped", "market": "EU", "product": "toys"}',
    ]  # fmt: skip


def test_a_new_rhythm_moves_what_is_held(db: Database) -> None:
    member_id = follow(db, "anna", products=["toys"])
    put(db, TOY)
    tell(db)
    db.now(interests.set_frequency, [rows(db)[0].interest_id], "weekly")
    db.now(alerts.reschedule, member_id, now=NOW, rhythm=Rhythm(weekday=4))
    assert rows(db)[0].due_at == datetime(2026, 11, 27, 0, tzinfo=NOW.tzinfo)
    db.now(interests.set_frequency, [rows(db)[0].interest_id], "instant")
    db.now(alerts.reschedule, member_id, now=NOW, rhythm=Rhythm())
    assert rows(db)[0].due_at == datetime(2026, 11, 23, 0, tzinfo=NOW.tzinfo)


def test_the_fan_out_of_the_service_tells_them_too(db: Database) -> None:
    follow(db, "anna", products=["shrimp"])
    put(db, SHRIMP)
    report = intake.fan_out(db, FixedClock(NOW), Settings())
    assert (report.alerts, report.queued) == (1, 1)
