"""Why they got it, why they did not, and trying once more; rates and the audit log."""

from typing import Any

import pytest
from sqlalchemy import Connection, func, select, update

from bot.authority import Role
from bot.db.models import audit_log, deliveries, exchange_rates
from bot.deliveries import enqueue
from tests import factories
from tests.conftest import NOW
from tests.web.console.counting import statements
from tests.web.console.desk import Desk


def put(tx: Connection, desk: Desk, name: str, *, other: bool = False, **values: Any) -> int:
    at = desk.tree.other_enterprise if other else desk.tree.enterprise
    member_id = factories.person(tx, name, now=NOW, at=at)
    factories.members.rename(tx, member_id, name)
    enqueue(tx, [factories.delivery(member_id, name, channel="quiet")], now=NOW)
    row = tx.execute(select(deliveries.c.id).where(deliveries.c.key == name)).scalar_one()
    if values:
        tx.execute(update(deliveries).where(deliveries.c.id == row).values(**values))
    return int(row)


def test_each_row_has_its_state_and_reason_in_words(desk: Desk) -> None:
    run = desk.site.service.run
    run(put, desk, "Paused", state="skipped", reason="paused")
    failed = run(put, desk, "Failed", state="failed", reason="Forbidden: bot was blocked by the user")
    run(put, desk, "Elsewhere", other=True, state="failed", reason="x")
    staff = desk.staff(Role.ANALYST)
    page = staff.see("/deliveries")
    assert "alerts are paused by the member" in page
    assert "Forbidden: bot was blocked" in page
    assert "Paused" not in staff.see("/deliveries", state="failed")
    assert "Paused" in staff.see("/deliveries", q="paus")
    county = desk.staff(Role.OFFICER, desk.tree.county)
    assert "Elsewhere" not in county.see("/deliveries")
    assert "It could not be delivered" in county.see(f"/deliveries/{failed}")


def test_a_failed_one_is_tried_again_once_even_if_pressed_twice(desk: Desk) -> None:
    row = desk.site.service.run(put, desk, "Failed", state="failed", reason="x", attempts=8)
    staff = desk.staff(Role.ANALYST)
    assert staff.do(f"/deliveries/{row}/replay") == f"/console/deliveries/{row}?said=replayed"
    assert staff.post(f"/deliveries/{row}/replay").status_code == 400

    def after(tx: Connection) -> tuple[str, int, int]:
        one = tx.execute(select(deliveries.c.state, deliveries.c.attempts)).one()
        noted = select(func.count()).where(audit_log.c.action == "replay", audit_log.c.allowed)
        return one.state, one.attempts, tx.execute(noted).scalar_one()

    assert desk.site.service.look(after) == ("queued", 0, 1)


@pytest.mark.parametrize("asked", [{"member": "x"}, {"state": "'"}, {"notification": "9" * 40}, {"page": "0"}], ids=str)
def test_rubbish_in_the_address_is_no_error(desk: Desk, asked: dict[str, str]) -> None:
    desk.staff(Role.ANALYST).see("/deliveries", **asked)


@pytest.mark.parametrize("path", ["/deliveries", "/audit", "/", "/organisations", "/requests"])
def test_a_list_asks_as_much_for_ten_as_for_two_hundred(desk: Desk, path: str) -> None:
    staff, service = desk.staff(Role.ADMINISTRATOR), desk.site.service

    def asked() -> int:
        return statements(service.db, lambda: staff.see(path))

    def many(tx: Connection, numbers: range) -> None:
        for number in numbers:
            put(tx, desk, f"person {number}", state="failed", reason="x")

    service.run(many, range(10))
    few = asked()
    service.run(many, range(10, 200))
    assert asked() == few


def test_a_rate_is_entered_with_its_source_and_corrected(desk: Desk) -> None:
    staff = desk.staff(Role.ANALYST)
    rate = {"currency": "cny", "day": "2026-11-20", "usd": "0.1405", "source": "PBoC"}
    assert staff.do("/rates", **rate) == "/console/rates?said=rate_kept"
    staff.do("/rates", **{**rate, "usd": "0.141"})
    assert desk.site.service.look(lambda tx: tx.execute(select(exchange_rates.c.usd)).scalars().all()) == [0.141]
    assert "PBoC" in staff.see("/rates")
    for broken in (
        {"usd": "viel"},
        {"usd": "-1"},
        {"usd": "nan"},
        {"day": "gestern"},
        {"currency": "1"},
        {"source": ""},
    ):
        answer = staff.post("/rates", **{**rate, **broken})
        assert answer.status_code == 400
        assert 'role="alert"' in answer.text
        assert 'value="PBoC"' in answer.text or "source" in broken  # what was typed stays


def test_the_log_is_filtered(desk: Desk) -> None:
    boss, secretary = desk.staff(Role.ADMINISTRATOR), desk.staff(Role.SECRETARY, desk.tree.association)
    secretary.get("/rates")
    desk.staff(Role.ANALYST).do("/rates", currency="EUR", day="2026-11-20", usd="1.1", source="ECB")
    assert "/console/rates" in boss.see("/audit", allowed="no")
    assert "ECB" not in boss.see("/audit", allowed="no")
    assert "ECB" in boss.see("/audit", action="set_rates", since="2026-11-22", until="2026-11-22")
    assert "No entry fits" in boss.see("/audit", since="2026-11-23")
    assert "/console/rates" in boss.see("/audit", member=str(secretary.member_id), allowed="no")
    boss.see("/audit", since="rubbish", member="x")
