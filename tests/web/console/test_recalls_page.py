"""Recalls in the console: found, looked into with what they said before and who was told, taken as a file."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from bot import intake, interests, recalls
from bot.authority import Role
from bot.db.models import audit_log
from tests import factories
from tests.conftest import NOW
from tests.web.console.counting import statements
from tests.web.console.desk import Desk

WANTED = recalls.Interesting("CN", others=False, recent_days=30)
TOY = {
    "source": "safety_gate", "number": "SR/1/26", "kind": "recall", "date": "2026-11-19", "market": "EU",
    "notified_by": "DE", "product": "Toy car <b>", "category": "Toys", "origin": "CN", "risk": "=Choking",
    "measure": "Recall", "link": "https://ec.europa.eu/1",
}  # fmt: skip


def put(desk: Desk, **more: Any) -> int:
    record = recalls.normalise({**TOY, **more})
    return desk.site.service.run(recalls.upsert, record, now=NOW, wanted=WANTED).id


def listed(page: str) -> list[str]:
    return re.findall(r'<td><a href="/console/recalls/\d+">([^<]+)</a>', page)


def test_they_are_found_by_product_market_origin_kind_source_and_day(desk: Desk) -> None:
    put(desk)
    put(desk, source="cpsc", number="2", market="US", product="Kettle", category="", origin="VN", date="2026-11-01")
    put(desk, source="rasff", number="3", kind="refusal", product="Tea", category="", origin="", agreement="SPS")
    staff = desk.staff(Role.OFFICER)
    assert listed(staff.see("/recalls")) == ["RC-000003", "RC-000001", "RC-000002"]
    for asked, expected in (
        ({"q": "玩具"}, ["RC-000001"]), ({"market": "US"}, ["RC-000002"]),
        ({"market": "DE"}, ["RC-000003", "RC-000001"]),
        ({"origin": "VN"}, ["RC-000002"]), ({"kind": "refusal"}, ["RC-000003"]), ({"source": "cpsc"}, ["RC-000002"]),
        ({"since": "2026-11-10"}, ["RC-000003", "RC-000001"]), ({"since": "rubbish", "kind": "'"}, 3),
        ({"q": "\x00%_'", "page": "9" * 30}, []),
    ):  # fmt: skip
        found = listed(staff.see("/recalls", **asked))
        assert (len(found) if isinstance(expected, int) else found) == expected, asked
    assert "No recall or refusal fits" in staff.see("/recalls", q="zeppelins")


def test_one_shows_what_it_said_before_and_who_was_told(desk: Desk) -> None:
    service = desk.site.service
    for name, at in (("anna", desk.tree.enterprise), ("ben", desk.tree.other_enterprise)):
        member_id = service.run(factories.person, name, now=NOW, at=at)
        service.run(interests.register, member_id, key=name, now=NOW, products=["toys"])
    number = put(desk)
    put(desk, measure="Withdrawal", link="javascript:alert(1)")
    intake.fan_out(service.db, service.clock, service.app.services.settings)
    page = desk.staff(Role.OFFICER).see(f"/recalls/{number}")
    assert "Toy car &lt;b&gt;" in page
    assert "<b>" not in page
    assert "javascript:" not in page
    assert "Withdrawal" in page
    assert ">Recall<" in page, "what it said before"
    assert "Germany" in page
    assert '<a href="/console/deliveries?recall=1">' in page
    everyone = desk.staff(Role.OFFICER).see("/deliveries", recall="1")
    assert "RC-000001" in everyone
    assert everyone.count("/console/deliveries/") == 2
    county = desk.staff(Role.OFFICER, desk.tree.county)
    assert county.see("/deliveries", recall="1").count("/console/deliveries/") == 1
    (delivery,) = re.findall(r"/console/deliveries/(\d+)", county.see("/deliveries", recall="1"))
    assert "欧盟召回了与您的toys同类的货物" in county.see(f"/deliveries/{delivery}"), "as its reader reads it"


@pytest.mark.parametrize("form", ["csv", "xlsx", "jsonl"])
def test_they_are_taken_as_a_file_by_those_who_may_and_that_is_written_down(desk: Desk, form: str) -> None:
    put(desk)
    analyst, officer = desk.staff(Role.ANALYST), desk.staff(Role.OFFICER)
    answer = analyst.get(f"/recalls/export/{form}")
    assert answer.status_code == 200
    if form == "csv":
        assert "SR/1/26" in answer.text
        assert "'=Choking" in answer.text, "no cell is a formula"
    assert f"/console/recalls/export/{form}" in analyst.see("/recalls")
    assert f"/console/recalls/export/{form}" not in officer.see("/recalls")
    assert officer.get(f"/recalls/export/{form}").status_code == 403
    logged = desk.site.service.look(lambda tx: tx.execute(select(audit_log).order_by(audit_log.c.id)).all())
    assert [(row.action, row.allowed) for row in logged if row.action == "export"] == [
        ("export", True),
        ("export", False),
    ]


def test_a_list_has_as_many_queries_for_fifty_as_for_two(desk: Desk) -> None:
    staff, service = desk.staff(Role.OFFICER), desk.site.service
    put(desk, number="a")
    few = statements(service.db, lambda: staff.see("/recalls"))
    for number in range(60):
        put(desk, number=str(number))
    assert statements(service.db, lambda: staff.see("/recalls")) == few
    assert len(listed(staff.see("/recalls"))) == 50
