"""kill -9 in the middle of an import, and two imports of one file at once: it goes on where it stopped, once."""

import shutil
import signal
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bot import i18n, intake
from bot.clock import FixedClock
from bot.db.engine import Database
from bot.db.models import alerts, imports, notifications
from bot.errors import BadInput
from bot.feeds import eping_file
from tests.feeds.eping_workbook import KETTLES, write_xlsx
from tests.server import House

ROWS = 230


def workbook(path: Path) -> Path:
    return write_xlsx(path, [{**KETTLES, "Document symbol": f"G/TBT/N/USA/{number}"} for number in range(1, ROWS + 1)])


def test_an_import_killed_with_sigkill_goes_on_where_it_stopped(sqlite_template: Path, tmp_path: Path) -> None:
    house, file = House(tmp_path, {"FENGSUI_CLOCK": "2026-11-22T09:00:00Z"}), workbook(tmp_path / "bulk.xlsx")
    shutil.copyfile(sqlite_template, tmp_path / "fengsui.db")
    words = ("import", "notifications", str(file), "--data", str(tmp_path))
    dead = house.command(*words, program=("-m", "tests.crash.dying", "while_importing"))
    assert dead.returncode == -signal.SIGKILL
    assert stored(tmp_path) == 100  # two batches were committed; the third was written and is gone
    done = house.command(*words)
    assert done.returncode == 0, done.stderr
    assert "Going on from row 102" in done.stdout  # the first row is the header
    assert f"{ROWS} records read: {ROWS} new, 0 changed, 0 unchanged, 0 bad" in done.stdout
    assert stored(tmp_path) == ROWS
    again = house.command(*words)
    assert f"{ROWS} records read: 0 new, 0 changed, {ROWS} unchanged" in again.stdout


def stored(data: Path) -> int:
    with closing(sqlite3.connect(data / "fengsui.db")) as db:
        return int(db.execute("SELECT count(*) FROM notifications").fetchone()[0])


def test_a_second_import_of_the_same_file_takes_over_and_nothing_is_doubled(
    db: Database, tmp_path: Path, clock: FixedClock
) -> None:
    file = workbook(tmp_path / "bulk.xlsx")
    second: list[intake.ImportReport] = []

    def interrupt(report: intake.ImportReport, total: int) -> None:
        if report.read >= 100 and not second:
            second.append(intake.run_import(db, eping_file.open(file), clock=clock))

    with pytest.raises(BadInput) as stopped:
        intake.run_import(db, eping_file.open(file), clock=clock, on_progress=interrupt)
    assert stopped.value.key == "import.overtaken"
    assert all(i18n.load()(stopped.value.key, language) for language in i18n.LANGUAGES)
    assert (second[0].read, second[0].new) == (ROWS, ROWS)
    assert [count(db, table) for table in (notifications, alerts, imports)] == [ROWS, ROWS, 1]


def test_two_imports_of_different_files_at_once_store_each_notification_once(
    db: Database, tmp_path: Path, clock: FixedClock
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    files = [workbook(tmp_path / "bulk.xlsx"), tmp_path / "export.jsonl"]
    files[1].write_text("\n".join(f'{{"symbol": "G/TBT/N/USA/{number}"}}' for number in range(1, ROWS + 1)))
    with ThreadPoolExecutor(2) as threads:
        reports = list(threads.map(lambda file: intake.run_import(db, eping_file.open(file), clock=clock), files))
    seen = Counter({"new": sum(one.new for one in reports), "read": sum(one.read for one in reports)})
    assert seen == {"new": ROWS, "read": 2 * ROWS}
    assert count(db, notifications) == ROWS


def count(db: Database, table: Any) -> int:
    return int(db.look(lambda tx: tx.execute(select(func.count()).select_from(table)).scalar_one()))
