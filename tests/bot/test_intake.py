"""Imports from file to deliveries: counted, resumable, broken rows kept with their reasons."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bot import i18n, intake, interests
from bot.clock import FixedClock
from bot.db.engine import Database
from bot.db.models import alerts, imports, notifications
from bot.demo import Arrivals
from bot.feeds import eping_file
from bot.feeds.problems import explain
from bot.notifications import normalise
from bot.ports import BadRow, NotificationFeed
from bot.settings import Settings
from tests.bot.test_alerts import House
from tests.feeds.eping_workbook import write_xlsx

SUMMER = {"year": 2025, "month": 6, "day": 12}


@pytest.fixture
def feed(tmp_path: Path) -> NotificationFeed:
    return eping_file.open(write_xlsx(tmp_path / "export.xlsx"))


@pytest.fixture
def summer(clock: FixedClock) -> FixedClock:
    clock.at = clock.at.replace(**SUMMER)
    return clock


def count(db: Database, table: Any) -> int:
    return int(db.look(lambda tx: tx.execute(select(func.count()).select_from(table)).scalar_one()))


def test_an_import_counts_what_it_did_and_keeps_the_broken_rows(
    db: Database, feed: NotificationFeed, summer: FixedClock
) -> None:
    seen: list[tuple[int, int]] = []
    report = intake.run_import(
        db, feed, clock=summer, on_progress=lambda so_far, total: seen.append((so_far.read, total))
    )
    assert report == intake.ImportReport(report.id, read=6, new=5, changed=0, unchanged=0, bad=1, alerts=3, historic=0)
    assert seen == [(6, 6)]
    ((row, reason),) = db.look(intake.problems, report.id)
    assert row == 6
    assert all(explain(reason, texts=i18n.load(), language=language) for language in i18n.LANGUAGES)


def test_the_same_file_again_changes_nothing(db: Database, feed: NotificationFeed, summer: FixedClock) -> None:
    intake.run_import(db, feed, clock=summer)
    again = intake.run_import(db, feed, clock=summer)
    assert (again.new, again.unchanged, again.alerts) == (0, 5, 0)
    assert (count(db, notifications), count(db, alerts), count(db, imports)) == (5, 5, 2)


def test_an_old_file_is_history(db: Database, feed: NotificationFeed, clock: FixedClock) -> None:
    report = intake.run_import(db, feed, clock=clock)
    assert (report.alerts, report.historic) == (0, 5)


class Cut:
    """A feed that is cut off after some rows, as by a kill."""

    source = "export.xlsx"

    def __init__(self, feed: NotificationFeed, rows: int) -> None:
        self.feed, self.rows = feed, rows

    def __iter__(self) -> Iterator[tuple[int, dict[str, Any]] | BadRow]:
        for number, item in enumerate(self.feed):
            if number == self.rows:
                raise KeyboardInterrupt
            yield item

    def __len__(self) -> int:
        return len(self.feed)


def test_an_import_that_was_cut_off_is_finished_by_the_next(
    db: Database, feed: NotificationFeed, summer: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "ROWS_AT_ONCE", 1)
    with pytest.raises(KeyboardInterrupt):
        intake.run_import(db, Cut(feed, 5), clock=summer)
    assert (count(db, notifications), count(db, alerts)) == (4, 4)  # a joint notification is stored whole
    report = intake.run_import(db, feed, clock=summer)
    assert (report.new, report.unchanged) == (1, 4)
    assert (count(db, notifications), count(db, alerts)) == (5, 5)


def test_from_file_to_message(db: Database, feed: NotificationFeed, summer: FixedClock, texts: i18n.Texts) -> None:
    house = House(db)
    house.clock.at = summer.at
    person = house.member("web:a")
    db.now(interests.register, person, key="1", now=summer.at, products=["电水壶"], markets=["US"])
    db.now(interests.register, person, key="2", now=summer.at, products=["木材"], markets=["KE"])
    intake.run_import(db, feed, clock=summer)
    done = intake.fan_out(db, summer, Settings())
    assert done == intake.FanOutReport(alerts=3, queued=2, skipped=0)
    messages = [house.read(row, texts, "zh").text for row in house.rows()]
    assert "可能影响您的电水壶" in messages[0]
    assert "G/TBT/N/KEN/1800" in messages[1]


@pytest.mark.parametrize(("at", "alerted"), [
    ("2026-12-04T15:59:00+00:00", True),  # 23:59 of the last day in Shanghai
    ("2026-12-04T16:01:00+00:00", False),  # 00:01 of the next one there, the last one still in UTC
])  # fmt: skip
def test_whether_comments_are_open_is_the_desks_day(db: Database, at: str, alerted: bool) -> None:
    clock, config = FixedClock(datetime.fromisoformat(at)), Settings()
    record = normalise({"symbol": "G/TBT/N/EU/1", "products": "Kettles", "comment_deadline": "2026-12-04"})
    report = intake.run_import(db, Arrivals(record), clock=clock, settings=config)
    assert (report.alerts, report.historic) == ((1, 0) if alerted else (0, 1))


@pytest.mark.parametrize(("zone", "reached"), [("Asia/Shanghai", False), ("UTC", True)])
def test_an_interest_ends_at_the_desks_midnight(db: Database, zone: str, reached: bool) -> None:
    house = House(db)
    house.clock = FixedClock(datetime(2026, 11, 22, 16, 30, tzinfo=UTC))  # 00:30 of the 23rd in Shanghai
    house.interest(house.member("web:a"), products=["kettle"], until=date(2026, 11, 22))
    house.put("G/TBT/N/EU/1", products="Kettles", comment_deadline="2026-12-30")
    assert bool(house.send(desk={"time_zone": zone})) is reached
