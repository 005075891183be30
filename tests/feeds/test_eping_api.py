"""What is new at the WTO is fetched by itself: real shapes and every fault, from a server on this machine."""

import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bot import i18n, notifications
from bot.db.models import imports
from bot.errors import FengsuiError
from bot.feeds import markup, polling, sources
from bot.feeds.fetching import FetchFailed, retry_after
from bot.jobs import jobs
from bot.settings import Settings
from tests.fakes.eping_server import BARE, KEY, SPEAKERS, EpingServer
from tests.fakes.web_server import Reply, WebServer, as_json
from tests.service import Service, prototype, service

__all__ = ["prototype", "service"]

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.fixture
def web() -> Iterator[WebServer]:
    with WebServer.running() as server:
        yield server


@pytest.fixture
def eping(web: WebServer) -> EpingServer:
    return EpingServer(web, SPEAKERS, BARE)


def settings(eping: EpingServer, **more: Any) -> Settings:
    feeds = {"eping": {"key": KEY, "url": eping.url, "pause_seconds": 0, **more}, "timeout_seconds": 0.3}
    return Settings.model_validate({"feeds": feeds})


@pytest.fixture
def house(service: Service, eping: EpingServer) -> polling.House:
    return polling.House(service.db, service.clock, settings(eping))


def ask(house: polling.House, *, by_hand: bool = True) -> Any:
    (eping,) = polling.configured(house.settings)
    return polling.poll(house, eping, by_hand=by_hand)


def source(house: polling.House) -> sources.Source:
    return house.db.look(sources.all_sources)["eping"]


def test_without_a_key_nobody_is_asked() -> None:
    assert polling.configured(Settings()) == []


def test_what_is_fetched_becomes_notifications(house: polling.House) -> None:
    assert ask(house) == {"read": 4, "new": 2, "changed": 0, "unchanged": 2, "bad": 0, "alerts": 1, "historic": 1}
    found = house.db.look(notifications.by_symbol, "G/TBT/N/EU/7101")
    assert found is not None
    assert found.record == {
        "symbol": "G/TBT/N/EU/7101", "agreement": "TBT", "members": ["EU"], "date": "2026-11-20", "type": "regular",
        "products": "Bluetooth loudspeakers", "hs_codes": ["851822", "8518"],
        "title": "Ecodesign of Bluetooth loudspeakers & headphones",
        "description": "Standby power is limited to 0.5 W.\nBatteries can be taken out.",
        "objectives": ["Protection of the environment"], "keywords": ["Labelling"], "comment_deadline": "2027-01-19",
        "documents": ["https://members.wto.org/a_e.pdf", "https://members.wto.org/b_f.pdf"],
        "links": {"en": "https://docs.wto.org/t/G/TBTN26/EU7101.DOCX"},
    }  # fmt: skip
    assert house.db.look(notifications.by_symbol, "G/SPS/N/JPN/1345/ADD.1")


def test_from_the_server_to_an_alert_in_the_chat(service: Service, eping: EpingServer) -> None:
    config = service.app.services.settings.model_copy(update={"feeds": settings(eping).feeds})
    service.app = replace(service.app, services=replace(service.app.services, settings=config))
    for line in ("我们出口蓝牙音箱到欧盟，有新通报请提醒我", "跳过", "确认"):
        service.say(line)
    work = {job.name: job.work for job in jobs(service.app.services)}
    asyncio.run(run(work["sources"], work["fan_out"]))
    assert service.deliver() == 1
    (message,) = [reply.text for _, reply in service.memory.sent if "G/TBT/N/EU/7101" in reply.text]
    assert "可能影响您的蓝牙音箱" in message
    assert "Ecodesign of Bluetooth loudspeakers & headphones" in message
    service.clock.at += timedelta(hours=2)
    asyncio.run(run(work["sources"], work["fan_out"]))
    assert service.deliver() == 0


async def run(*work: Any) -> None:
    for one in work:
        await one()


def test_pages_are_turned_until_the_last(house: polling.House, eping: EpingServer) -> None:
    eping.items = [{**SPEAKERS, "documentSymbol": f"G/TBT/N/EU/{number}"} for number in range(1, 251)]
    assert ask(house)["new"] == 250
    week = [one.params for one in eping.web.asked if one.params["distributionDateFrom"] == "2026-11-19"]
    assert [one["page"] for one in week] == ["1", "2", "3"]


@pytest.mark.parametrize("odd", ["bare", "without_pages"])
def test_a_server_with_other_habits_is_understood(house: polling.House, eping: EpingServer, odd: str) -> None:
    setattr(eping, odd, True)
    eping.items = [{**SPEAKERS, "documentSymbol": f"G/TBT/N/EU/{number}"} for number in range(1, 101)]
    assert ask(house)["new"] == 100


def test_the_cursor_moves_with_what_was_stored_and_some_days_are_asked_again(
    house: polling.House, eping: EpingServer, service: Service
) -> None:
    ask(house)
    assert source(house).cursor == "2026-11-23"
    asked = len(eping.web.asked)
    service.clock.at += timedelta(hours=2)
    late = {**SPEAKERS, "documentSymbol": "G/TBT/N/EU/7102", "distributionDate": "2026-11-20"}
    eping.items.append(late)  # distributed before the cursor, put into the interface later
    assert ask(house, by_hand=False)["new"] == 1
    assert [one.params["distributionDateFrom"] for one in eping.web.asked[asked:]] == ["2026-11-19"]


def test_when_nothing_is_new_nothing_is_written_and_no_import_is_listed(house: polling.House) -> None:
    ask(house)
    before = house.db.look(lambda tx: tx.execute(select(func.count()).select_from(imports)).scalar_one())
    assert ask(house)["new"] == 0
    assert house.db.look(lambda tx: tx.execute(select(func.count()).select_from(imports)).scalar_one()) == before


def test_until_its_time_has_come_it_is_not_asked_again(house: polling.House, service: Service) -> None:
    ask(house)
    assert ask(house, by_hand=False) is None
    service.clock.at += timedelta(minutes=61)
    assert ask(house, by_hand=False) is not None


FAULTS = [
    (Reply(status=429, headers={"Retry-After": "1800"}), "source.throttled", timedelta(minutes=30)),
    (Reply(status=503), "source.status", timedelta(minutes=1)),
    (Reply(status=401), "source.key_refused", timedelta(minutes=1)),
    (Reply(reset=True), "source.unreachable", timedelta(minutes=1)),
    (Reply(held=True), "source.timeout", timedelta(minutes=1)),
    (Reply(b"<html>Maintenance</html>"), "source.not_json", timedelta(minutes=1)),
    (as_json({"message": "hello"}), "source.no_items", timedelta(minutes=1)),
    (Reply(b'{"items": [', headers={"Content-Length": "100"}), "source.unreachable", timedelta(minutes=1)),
    (Reply(status=302, headers={"Location": "http://169.254.169.254/"}), "source.elsewhere", timedelta(minutes=1)),
    (Reply(status=302, headers={"Location": "file:///etc/passwd"}), "source.elsewhere", timedelta(minutes=1)),
    (Reply(b" " * 20_000_001), "source.too_big", timedelta(minutes=1)),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "key", "wait"), FAULTS, ids=[f"{key}-{n}" for n, (_, key, _) in enumerate(FAULTS)])
def test_a_fault_is_a_row_with_its_reason_and_the_next_try_finds_everything(
    house: polling.House, eping: EpingServer, service: Service, fault: Reply, key: str, wait: timedelta
) -> None:
    eping.web.faults.append(fault)
    with pytest.raises(FengsuiError) as failed:
        ask(house)
    assert failed.value.key == key
    assert all(i18n.load()(key, language, **failed.value.values) for language in i18n.LANGUAGES)
    assert KEY not in str(failed.value)
    left = source(house)
    assert (left.failures, left.cursor, left.succeeded_at) == (1, None, None)
    assert left.next_at == NOW + wait
    service.clock.at += wait
    assert ask(house, by_hand=False)["new"] == 2
    assert (source(house).failures, source(house).reason) == (0, None)


def test_a_fault_in_the_second_week_keeps_the_first(house: polling.House, eping: EpingServer) -> None:
    eping.items = [{**SPEAKERS, "distributionDate": "2026-11-06"}, *eping.items]
    eping.web.faults += [as_json({"items": [eping.items[0]], "totalCount": 1}), Reply(status=500)]
    with pytest.raises(FetchFailed):
        ask(house)
    assert source(house).cursor == "2026-11-11"
    assert house.db.look(notifications.by_symbol, "G/TBT/N/EU/7101")


def test_an_item_that_cannot_be_read_stops_no_other(house: polling.House, eping: EpingServer) -> None:
    eping.items = [{"title": "no symbol"}, "odd", {**SPEAKERS, "hsCodes": "8518", "keywords": {"name": 3}, "title": 7}]  # type: ignore[list-item]
    eping.answer = lambda asked: as_json({"items": eping.items, "totalCount": "many"})  # type: ignore[method-assign]
    eping.web.answers = dict.fromkeys(eping.web.answers, eping.answer)
    counts = ask(house)
    assert (counts["new"], counts["bad"]) == (1, 6)  # three weeks were asked for, each with two broken ones


def test_through_a_proxy(service: Service, web: WebServer) -> None:
    target = "http://api.wto.example/eping/notifications/search"
    web.answers[target] = lambda asked: as_json({"items": [SPEAKERS], "totalCount": 1})
    feeds = {"eping": {"key": KEY, "url": target, "pause_seconds": 0}, "proxy": web.url}
    house = polling.House(service.db, service.clock, Settings.model_validate({"feeds": feeds}))
    assert ask(house)["new"] == 1
    assert {one.path for one in web.asked} == {target}


@pytest.mark.parametrize(("failures", "wait", "after"), [
    (0, None, timedelta(hours=1)), (1, None, timedelta(minutes=1)), (2, None, timedelta(minutes=2)),
    (5, None, timedelta(minutes=16)), (7, None, timedelta(hours=1)), (99, None, timedelta(hours=1)),
    (1, 7200.0, timedelta(hours=2)), (1, 0.0, timedelta(minutes=1)),
])  # fmt: skip
def test_when_to_try_again(failures: int, wait: float | None, after: timedelta) -> None:
    assert sources.next_try(failures, every=timedelta(hours=1), wait=wait) == after


@pytest.mark.parametrize(("header", "seconds"), [
    ("120", 120.0), ("Sun, 22 Nov 2026 09:10:00 GMT", 600.0), ("Sun, 22 Nov 2026 08:00:00 GMT", 0.0), ("soon", None),
    ("", None), (None, None), ("99999999", 86_400.0),
])  # fmt: skip
def test_retry_after(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, now=NOW) == seconds


def test_the_weeks_reach_from_the_cursor_to_tomorrow_without_a_hole() -> None:
    weeks = polling.windows("2026-11-01", date(2026, 11, 22), first=14, overlap=3)
    assert (weeks[0][0], weeks[-1][1]) == (date(2026, 10, 29), date(2026, 11, 23))
    assert all(later[0] - earlier[1] == timedelta(days=1) for earlier, later in itertools.pairwise(weeks))
    assert polling.windows(None, date(2026, 11, 22), first=0, overlap=0) == [(date(2026, 11, 22), date(2026, 11, 23))]


@pytest.mark.parametrize(("html", "text"), [
    ("a &lt;b&gt; &amp; c", "a <b> & c"), ("x < 3 mg", "x < 3 mg"), ("<p>one</p><p>two</p>", "one\ntwo"), ("", ""),
    ("<style>p{}</style>Kettles<br/>and more", "Kettles\nand more"),
])  # fmt: skip
def test_html_becomes_text(html: str, text: str) -> None:
    assert markup.plain(html) == text
