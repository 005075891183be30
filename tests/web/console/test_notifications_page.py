"""Notifications in the console: found, looked into, given words of our own that alerts use and imports leave alone."""

import re
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Connection, select

from bot import alerts, interests, members, notifications
from bot.authority import Role
from bot.db.models import audit_log
from tests import factories
from tests.conftest import NOW
from tests.service import Service
from tests.web.console.counting import statements
from tests.web.console.desk import Desk

SPEAKER = {
    "symbol": "G/TBT/N/EU/7001", "members": ["EU"], "date": "2026-11-21", "title": "Energy use of loudspeakers",
    "title_zh": "扬声器能耗", "products": "Bluetooth loudspeakers", "hs_codes": ["851822"],
    "comment_deadline": "2027-01-20", "description_zh": "旧摘要",
}  # fmt: skip


def put(tx: Connection, **more: Any) -> int:
    record = notifications.normalise({**SPEAKER, **more})[0]
    return notifications.upsert(tx, record, source="test", now=NOW).id


@pytest.fixture
def row(desk: Desk) -> int:
    return desk.site.service.run(put)


def listed(page: str) -> list[str]:
    return re.findall(r'<td><a href="/console/notifications/\d+">([^<]+)</a>', page)


def test_they_are_found_by_symbol_product_market_and_open_for_comment(desk: Desk, row: int) -> None:
    run = desk.site.service.run
    run(put, symbol="G/TBT/N/JPN/12", members=["JP"], title="Toys", products="toys", hs_codes=["9503"], title_zh="玩具")
    run(put, symbol="G/SPS/N/USA/5", members=["US"], title="Tea", products="tea", hs_codes=[], comment_deadline=None)
    staff = desk.staff(Role.OFFICER)
    assert len(listed(staff.see("/notifications"))) == 3
    assert listed(staff.see("/notifications", q="g/tbt/n/eu/7001")) == ["G/TBT/N/EU/7001"]
    assert listed(staff.see("/notifications", q="蓝牙音箱")) == ["G/TBT/N/EU/7001"]
    assert listed(staff.see("/notifications", market="JP")) == ["G/TBT/N/JPN/12"]
    assert listed(staff.see("/notifications", agreement="SPS")) == ["G/SPS/N/USA/5"]
    assert len(listed(staff.see("/notifications", open="1"))) == 2
    assert "No notification fits" in staff.see("/notifications", q="zeppelins")


RUBBISH = [{"page": "-1"}, {"page": "x"}, {"page": "9" * 30}, {"type": "'"}, {"q": "\x00%_'\""}]


@pytest.mark.parametrize("asked", RUBBISH, ids=str)
def test_rubbish_in_the_address_is_no_error(desk: Desk, row: int, asked: dict[str, str]) -> None:
    desk.staff(Role.OFFICER).see("/notifications", **asked)


def test_a_page_holds_fifty_and_asks_as_much_for_ten_as_for_two_hundred(desk: Desk) -> None:
    staff = desk.staff(Role.OFFICER)
    service = desk.site.service

    def asked() -> int:
        return statements(service.db, lambda: staff.see("/notifications"))

    def many(tx: Connection, numbers: range) -> None:
        for number in numbers:
            put(tx, symbol=f"G/TBT/N/EU/{number}", title=f"Draft {number}")

    service.run(many, range(1, 11))
    few = asked()
    service.run(many, range(11, 201))
    assert asked() == few
    assert len(listed(staff.see("/notifications"))) == 50
    assert len(set(listed(staff.see("/notifications")) + listed(staff.see("/notifications", page=4)))) == 100


def test_our_words_are_shown_everywhere_and_an_import_leaves_them(desk: Desk, row: int) -> None:
    staff, service = desk.staff(Role.OFFICER), desk.site.service
    said = staff.do(f"/notifications/{row}/words/zh", title="蓝牙音箱新能耗要求", summary="待机功耗不得超过0.5瓦。")
    assert said == f"/console/notifications/{row}?said=words_kept"
    service.run(put, title_zh="进口的新标题", description_zh="进口的新摘要")
    one = service.look(notifications.by_id, row)
    assert one
    card = notifications.card(one, "zh", date(2026, 11, 22), service.app.services.texts)
    assert "蓝牙音箱新能耗要求" in card
    assert "0.5瓦" in card
    assert "进口的" not in card
    assert "Energy use of loudspeakers" in card  # the original always stands beside it
    assert "蓝牙音箱新能耗要求" in staff.see("/notifications", language="zh")
    found = service.app.services.search
    assert [hit.symbol for hit in service.look(found.find, "蓝牙音箱新能耗")] == ["G/TBT/N/EU/7001"]
    logged = service.look(lambda tx: tx.execute(select(audit_log).where(audit_log.c.subject == one.symbol)).one())
    assert (logged.member_id, logged.allowed, logged.detail["title"]) == (staff.member_id, True, "蓝牙音箱新能耗要求")
    assert staff.do(f"/notifications/{row}/words/zh", title="", summary="").endswith("words_gone")
    assert service.look(notifications.by_id, row).record["title_zh"] == "进口的新标题"  # type: ignore[union-attr]


def test_english_words_are_for_english_readers(desk: Desk, row: int) -> None:
    staff, service = desk.staff(Role.ANALYST), desk.site.service
    staff.do(f"/notifications/{row}/words/en", title="New energy limits for speakers", summary="")
    texts, one = service.app.services.texts, service.look(notifications.by_id, row)
    assert one
    assert "New energy limits" in notifications.card(one, "en", date(2026, 11, 22), texts)
    assert "New energy limits" not in notifications.card(one, "zh", date(2026, 11, 22), texts)


def test_words_too_long_are_refused_whole(desk: Desk, row: int) -> None:
    staff = desk.staff(Role.OFFICER)
    answer = staff.post(f"/notifications/{row}/words/zh", title="长" * 501, summary="好")
    assert answer.status_code == 400
    assert "500" in answer.text
    assert desk.site.service.look(notifications.own_words, row) == {}


def follower(tx: Connection) -> int:
    member_id = factories.person(tx, now=NOW, language="zh")
    interests.register(tx, member_id, key="one", now=NOW, products=("蓝牙音箱",), markets=("EU",))
    return member_id


def test_an_alert_that_is_still_to_be_sent_uses_our_words(service: Service) -> None:
    writer = service.run(follower)
    service.arrive(**SPEAKER)
    row = service.look(notifications.by_symbol, str(SPEAKER["symbol"]))
    assert row
    words = {"title": "音箱待机功耗新规", "summary": "摘要在此。"}
    service.run(notifications.write_words, row.id, "zh", **words, by=writer, now=NOW)
    service.deliver()
    (sent,) = [reply.text for _, reply in service.memory.sent]
    assert "音箱待机功耗新规" in sent
    assert "摘要在此。" in sent


def test_the_page_says_who_was_alerted(desk: Desk) -> None:
    service, staff = desk.site.service, desk.staff(Role.OFFICER)
    service.run(follower)
    service.arrive(**SPEAKER)
    service.deliver()
    row = service.look(notifications.by_symbol, str(SPEAKER["symbol"]))
    assert row
    page = staff.see(f"/notifications/{row.id}")
    assert re.search(r"A-\d{6}", page)
    assert re.search(r'class="state (queued|leased|sent)"', page)


def test_the_preview_says_who_would_get_it_and_what_keeps_it_from_the_others(desk: Desk) -> None:
    service, tree = desk.site.service, desk.tree
    row = service.run(put, description="Their chargers are measured with them.")

    def follow(tx: Connection, name: str, at: Any, **wanted: Any) -> int:
        member_id = factories.person(tx, name, now=NOW, at=at)
        members.rename(tx, member_id, name)
        interests.register(tx, member_id, key=name, now=NOW, **wanted)
        return member_id

    service.run(follow, "Right", tree.enterprise, products=("蓝牙音箱",), markets=("EU",))
    service.run(follow, "Elsewhere", tree.enterprise, products=("蓝牙音箱",), markets=("JP",))
    service.run(follow, "Toymaker", tree.enterprise, products=("玩具",), markets=("EU",))
    service.run(follow, "Neighbour", tree.enterprise, products=("chargers",), markets=("EU",))
    service.run(follow, "Sated", tree.enterprise, hs_codes=("8518",), negatives=("蓝牙音箱",))
    muted = service.run(follow, "Muted", tree.enterprise, hs_codes=("8518",))
    service.run(follow, "Other", tree.other_enterprise, hs_codes=("8518",))
    service.run(alerts.mute, muted, "G/TBT/N/EU/7001", now=NOW)

    page = desk.staff(Role.OFFICER).see(f"/notifications/{row}/preview")
    assert "It concerns 3 members and may concern 1; 3 others" in page
    assert re.search(r"Neighbour</a> <span class=\"soft\">[^<]*, but not among the products", page)
    assert re.search(r"Sated</a> <span class=\"soft\">left out by the member \(蓝牙音箱\)", page)
    assert re.search(r"Right</a> <span class=\"soft\">[^<]*8518", page)
    assert re.search(r"Muted</a>.*?not for me", page, re.DOTALL)
    assert re.search(r"Elsewhere</a> <span class=\"soft\">follows other markets \(Japan\)", page)
    assert re.search(r"Toymaker</a> <span class=\"soft\">follows something else \(玩具\)", page)
    county = desk.staff(Role.OFFICER, tree.county).see(f"/notifications/{row}/preview")
    assert "Other</a>" not in county  # not even the name
    assert "2 of them are within your reach" in county
    before = service.look(lambda tx: len(tx.execute(alerts.preview.__globals__["notifications"].select()).all()))
    assert before == 1


def test_what_a_notification_says_is_shown_as_text(desk: Desk) -> None:
    row = desk.site.service.run(put, title="<script>alert(1)</script>", links={"en": "javascript:alert(1)"})
    page = desk.staff(Role.OFFICER).see(f"/notifications/{row}")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert 'href="javascript' not in page
