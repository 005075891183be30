"""Feeds that announce notifications, and a folder in which files are dropped."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot import i18n, notifications
from bot.clock import FixedClock
from bot.db.engine import Database
from bot.db.models import imports
from bot.errors import FengsuiError
from bot.feeds import folder, polling, rss, sources
from bot.notifications.merging import merged
from bot.settings import Settings
from tests.fakes.web_server import Asked, Reply, WebServer
from tests.feeds.eping_workbook import write_xlsx

RSS = """<?xml version="1.0"?><rss version="2.0"><channel><title>Notifications</title>
<item><title>G/TBT/N/EU/7101 - Ecodesign of loudspeakers</title><link>https://feed.example/1</link>
<description>&lt;p&gt;Standby &amp;amp; batteries&lt;/p&gt;</description>
<pubDate>Fri, 20 Nov 2026 10:00:00 GMT</pubDate></item>
<item><title>Our summer party</title><description>Everybody is welcome</description></item>
<item><title>Tea</title><link>https://epingalert.org/en/Search?viewData=G%2FSPS%2FN%2FJPN%2F1345%2FAdd.1</link></item>
<item><title>G/TBT/N/XQZ/1: from nowhere</title></item>
</channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>Ecodesign of loudspeakers</title>
<link rel="alternate" href="https://feed.example/1"/><updated>2026-11-20T10:00:00Z</updated>
<summary>Standby &amp; batteries (G/TBT/N/EU/7101)</summary></entry></feed>"""


@pytest.fixture
def web() -> Iterator[WebServer]:
    with WebServer.running() as server:
        yield server


def house(db: Database, clock: FixedClock, **feeds: Any) -> polling.House:
    return polling.House(db, clock, Settings.model_validate({"feeds": feeds}))


def ask(place: polling.House) -> Any:
    (one,) = polling.configured(place.settings)
    return polling.poll(place, one, by_hand=True)


@pytest.mark.parametrize("body", [RSS, ATOM], ids=["rss", "atom"])
def test_entries_that_name_a_symbol_become_notifications(
    db: Database, clock: FixedClock, web: WebServer, body: str
) -> None:
    web.answers["/feed"] = lambda asked: Reply(body.encode())
    place = house(db, clock, rss=[web.url + "/feed"])
    counts = ask(place)
    assert (counts["new"], counts["bad"]) == ((2, 1) if body is RSS else (1, 0))
    found = db.look(notifications.by_symbol, "G/TBT/N/EU/7101")
    assert found is not None
    assert (found.record["title"], found.record["date"]) == ("Ecodesign of loudspeakers", "2026-11-20")
    assert found.record["description"].startswith("Standby & batteries")
    assert found.record["links"] == {"en": "https://feed.example/1"}
    assert ask(place)["new"] == 0


def test_what_did_not_change_is_not_sent_again(db: Database, clock: FixedClock, web: WebServer) -> None:
    def answer(asked: Asked) -> Reply:
        known = asked.headers.get("If-None-Match") or asked.headers.get("if-none-match")
        return Reply(status=304) if known == '"7"' else Reply(RSS.encode(), headers={"ETag": '"7"'})

    web.answers["/feed"] = answer
    place = house(db, clock, rss=[web.url + "/feed"])
    assert ask(place)["new"] == 2
    assert ask(place)["read"] == 0


def test_an_announcement_never_replaces_what_the_wto_said() -> None:
    wto = {"symbol": "G/TBT/N/EU/1", "title": "Full", "hs_codes": ["85"]}
    announced = {"symbol": "G/TBT/N/EU/1", "title": "Short", "source": "rss:feed.example"}
    assert merged(wto, announced) == wto
    assert merged(announced, wto) == wto


@pytest.mark.parametrize(("body", "key"), [
    (b'<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss><item>&a;</item></rss>', "source.has_doctype"),
    (b"<html><body>Not here</body></html>", "source.not_a_feed"), (b"<rss><channel>", "source.not_a_feed"),
    (b"", "source.not_a_feed"), (RSS.replace("Tea", "\x01").encode(), "source.not_a_feed"),
])  # fmt: skip
def test_what_is_no_feed_is_told(db: Database, clock: FixedClock, web: WebServer, body: bytes, key: str) -> None:
    web.answers["/feed"] = lambda asked: Reply(body)
    place = house(db, clock, rss=[web.url + "/feed"])
    with pytest.raises(FengsuiError) as failed:
        ask(place)
    assert failed.value.key == key
    assert all(i18n.load()(key, language) for language in i18n.LANGUAGES)
    assert db.look(sources.all_sources)[rss.name(web.url + "/feed")].failures == 1
    assert db.look(lambda tx: tx.execute(select(imports)).all()) == []  # none that seems to be read for ever


def test_each_address_has_a_name_that_fits() -> None:
    long = [f"https://feed.example/{'x' * 200}?{number}" for number in range(2)]
    assert len({rss.name(url) for url in long}) == 2
    assert all(len(rss.name(url)) <= 64 for url in long)


@pytest.fixture
def dropped(tmp_path: Path) -> Path:
    where = tmp_path / "dropped"
    where.mkdir()
    return where


def test_a_dropped_file_is_imported_once_it_is_whole(db: Database, clock: FixedClock, dropped: Path) -> None:
    place = house(db, clock, folder=str(dropped))
    file = dropped / "export.jsonl"
    file.write_text('{"symbol": "G/TBT/N/EU/7101"}\n{"symbol": "G/TB')
    assert ask(place)["read"] == 0  # seen for the first time: somebody may still be writing it
    with file.open("a") as rest:
        rest.write('T/N/EU/7102"}\n')
    assert ask(place)["read"] == 0  # it grew
    assert ask(place) == {**dict.fromkeys(polling.COUNTED, 0), "read": 2, "new": 2, "historic": 2}
    assert names(dropped) == ["done/export.jsonl"]
    file.write_text('{"symbol": "G/TBT/N/EU/7103"}')
    ask(place)
    assert ask(place)["new"] == 1
    assert names(dropped) == ["done/export-2.jsonl", "done/export.jsonl"]


def names(where: Path) -> list[str]:
    return sorted(str(path.relative_to(where)) for path in where.rglob("*") if path.is_file())


def test_a_file_that_cannot_be_read_lies_in_failed_with_the_reason_and_stops_no_other(
    db: Database, clock: FixedClock, dropped: Path
) -> None:
    place = house(db, clock, folder=str(dropped))
    (dropped / "members.csv").write_text("name,org\nA,B\n")
    write_xlsx(dropped / "export.xlsx")
    (dropped / "coming.xlsx.part").write_bytes(b"half")
    (dropped / ".hidden.csv").write_text("x")
    (dropped / "link.csv").symlink_to("/etc/passwd")
    ask(place)
    assert ask(place)["new"] == 5
    assert names(dropped) == [
        ".hidden.csv", "coming.xlsx.part", "done/export.xlsx", "failed/members.csv", "failed/members.csv.txt",
        "link.csv",
    ]  # fmt: skip
    assert "Document symbol" in (dropped / "failed" / "members.csv.txt").read_text()
    rows = db.look(lambda tx: tx.execute(select(imports.c.source, imports.c.reason)).all())
    assert [row.source for row in rows if row.reason] == ["members.csv"]


def test_a_folder_that_is_not_there_is_told(db: Database, clock: FixedClock, dropped: Path) -> None:
    with pytest.raises(FengsuiError) as failed:
        ask(house(db, clock, folder=str(dropped / "missing")))
    assert failed.value.key == "source.no_folder"


def test_the_folder_of_our_own_data_is_never_emptied(db: Database, clock: FixedClock, dropped: Path) -> None:
    place = house(db, clock, folder=str(dropped.parent))
    place = replace(place, settings=place.settings.model_copy(update={"data": dropped}))
    with pytest.raises(FengsuiError) as failed:
        ask(place)
    assert failed.value.key == "source.folder_of_data"


def test_a_file_that_was_read_and_not_yet_moved_when_the_power_failed_changes_nothing(
    db: Database, clock: FixedClock, dropped: Path
) -> None:
    place = house(db, clock, folder=str(dropped))
    write_xlsx(dropped / "export.xlsx")
    ask(place)
    ask(place)
    (dropped / "done" / "export.xlsx").rename(dropped / "export.xlsx")
    ask(place)
    clock.at += timedelta(minutes=1)
    counts = ask(place)
    assert (counts["new"], counts["unchanged"]) == (0, 5)
    assert names(dropped) == ["done/export.xlsx"]


def test_which_files_are_whole() -> None:
    before = {"a": [1, 9], "b": [1, 2], "c": [1, 3]}
    assert folder.stable(before, {"a": [1, 9], "b": [2, 2], "c": [1, 3], "d": [1, 1]}) == ["c", "a"]
