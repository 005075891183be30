"""Uploading an ePing file in the console."""

import json
import re
import time
from pathlib import Path

import pytest

from bot import notifications
from bot.authority import Role
from bot.feeds import polling
from bot.settings import Settings
from tests import factories
from tests.conftest import NOW
from tests.fakes.eping_server import KEY, SPEAKERS, EpingServer
from tests.fakes.web_server import Reply, WebServer
from tests.service import Service
from tests.web.console.desk import Desk, Staff
from tests.web.site import listening

GOOD = {"symbol": "G/TBT/N/EU/7001", "members": ["EU"], "title": "Toys", "comment_deadline": "2027-01-20"}


def lines(*records: object) -> bytes:
    return "\n".join(json.dumps(one) for one in records).encode()


def uploads(desk: Desk) -> list[Path]:
    return [path for path in (desk.site.service.app.services.settings.data / "uploads").rglob("*") if path.is_file()]


def read_to_the_end(desk: Desk, staff: Staff) -> str:
    """The page once nothing is being read any more and the upload is gone."""
    for _ in range(500):
        page = staff.see("/imports/progress")
        if "every 2s" not in page and not uploads(desk):
            return page
        time.sleep(0.02)
    raise AssertionError("still reading")


def test_a_file_is_read_and_its_broken_rows_are_listed(desk: Desk) -> None:
    staff, service = desk.staff(Role.ANALYST), desk.site.service
    body = lines(GOOD, {"symbol": "nonsense"}, {**GOOD, "symbol": "G/TBT/N/EU/7002"})
    where = staff.do("/imports", files={"file": ("十一月.jsonl", body)})
    assert where == "/console/imports?said=import_begun"
    page = read_to_the_end(desk, staff)
    assert "3 read: 2 new, 0 changed, 0 unchanged, 1 broken" in page
    assert "十一月.jsonl" in page
    assert service.look(notifications.by_symbol, "G/TBT/N/EU/7002")
    (number,) = set(re.findall(r"/console/imports/(\d+)", page))
    detail = staff.see(f"/imports/{number}")
    assert "“nonsense” is not a document symbol" in detail.replace("&#34;", '"')
    assert "1 row could not be read" in staff.see("/")


@pytest.mark.parametrize("name", ["../../evil.jsonl", "C:\\temp\\evil.jsonl", "/etc/evil.jsonl"])
def test_a_name_leads_nowhere_else(desk: Desk, name: str) -> None:
    staff = desk.staff(Role.ANALYST)
    staff.do("/imports", files={"file": (name, lines(GOOD))})
    assert "evil.jsonl" in read_to_the_end(desk, staff)
    root: Path = desk.site.service.app.services.settings.data
    assert list(root.parent.rglob("evil.jsonl")) == []


@pytest.mark.parametrize(
    ("body", "said"), [(b"", "empty"), (b"a,b\n1,2\n", "Document symbol"), (b"PK\x03\x04rubbish", "not a sound XLSX")]
)
def test_a_file_of_another_kind_is_told_at_once(desk: Desk, body: bytes, said: str) -> None:
    answer = desk.staff(Role.ANALYST).post("/imports", files={"file": ("list.csv", body)})
    assert answer.status_code == 400
    assert said in answer.text
    assert "list.csv" in answer.text
    assert "uploads" not in answer.text


def test_without_a_file_nothing_happens(desk: Desk) -> None:
    staff = desk.staff(Role.ANALYST)
    assert "choose a file" in staff.post("/imports").text
    assert "Nothing has been imported yet" in staff.see("/imports")


def test_a_file_may_be_larger_than_a_chat_message_and_not_endless(desk: Desk) -> None:
    staff = desk.staff(Role.ANALYST)
    big = lines(*({**GOOD, "description": "x" * 2000} for _ in range(1000)))
    assert len(big) > desk.site.service.app.services.settings.limits.body_bytes
    staff.do("/imports", files={"file": ("big.jsonl", big)})
    read_to_the_end(desk, staff)
    endless = staff.post("/imports", files={"file": ("big.jsonl", b"x" * 10_200_000)})
    assert endless.status_code == 413


def test_without_a_source_it_is_said_how_to_have_one(desk: Desk) -> None:
    assert "None is set up" in desk.staff(Role.ANALYST).see("/imports")


def test_sources_are_listed_with_their_last_fault_and_can_be_asked_now(service: Service) -> None:
    with WebServer.running() as web:
        feeds = {"eping": {"key": KEY, "url": EpingServer(web, SPEAKERS).url, "pause_seconds": 0}}
        with listening(service, feeds=feeds) as site:
            tree = service.run(factories.tree, now=NOW)
            staff = Desk(site, tree).staff(Role.ANALYST)
            assert "not yet" in staff.see("/imports")
            web.faults.append(Reply(status=429, headers={"Retry-After": "1800"}))
            house = polling.House(service.db, service.clock, Settings.model_validate({"feeds": feeds}))
            polling.run(house)
            page = staff.see("/imports")
            assert "asks us to come less often" in page
            assert "failed once" in page
            today = staff.see("/")
            assert "Sources that cannot be read" in today
            assert "never read yet" in today
            assert "asks us to come less often" in today
            assert "asks us to come less often" not in Desk(site, tree).staff(Role.OFFICER).see("/")
            polling.run(house)  # not before its time
            assert len(web.asked) == 1
            assert staff.do("/imports/sources", source="eping") == "/console/imports?said=source_hurried"
            polling.run(house)
            page = staff.see("/imports")
            assert "asks us to come less often" not in page
            assert "1 new" in page
            assert "Every source that is asked by itself can be read." in staff.see("/")
            assert staff.post("/imports/sources", source="other").status_code == 400
