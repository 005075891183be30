"""What may go wrong with a notice: a kill in mid fan-out, many readers, words that a spreadsheet would run."""

import io
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import insert, select

from bot import exports, notices
from bot.db import models
from bot.db.models import deliveries
from bot.notices import State
from bot.notices.sending import ROWS_AT_ONCE
from tests.bot.notices.conftest import Hall
from tests.conftest import NOW
from tests.factories import person

ROOT = Path(__file__).resolve().parents[3]
FORMULA = '=HYPERLINK("http://evil","x")'


def test_killed_in_mid_fan_out_everyone_gets_it_once(hall: Hall) -> None:
    """Two processes in turn are killed inside a transaction; a third one finishes."""
    for number in range(20):
        hall.db.now(person, f"more{number}", now=NOW, at=hall.places.enterprise)
    made = hall.draft()
    hall.do(notices.schedule, "secretary", made)
    for after in (2, 3):
        _killed(hall, after)
    assert hall.db.look(notices.by_id, made.id).state is State.SENDING
    hall.fan_out(chunk=4)
    rows = hall.db.look(lambda tx: tx.execute(select(deliveries.c.address)).scalars().all())
    assert len(rows) == len(set(rows)) == 22
    assert hall.db.look(notices.by_id, made.id).state is State.SENT


def _killed(hall: Hall, after: int) -> None:
    url = hall.db.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.bot.notices.fanning", url, str(after), "4"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=False, timeout=60)
    assert done.returncode == -9


def test_no_part_of_a_large_fan_out_holds_the_writer_long(hall: Hall) -> None:
    """5,000 readers: what others wait for is one part, and that is small."""
    numbers = range(1000, 6000)

    def many(tx: object) -> None:
        address = {"channel": "memory", "state": "active", "created_at": NOW}
        held = {"role": "enterprise", "granted_at": NOW, "organisation_id": hall.places.enterprise.id}
        tx.execute(insert(models.members), [{"id": n, "language": "zh", "created_at": NOW} for n in numbers])  # type: ignore[attr-defined]
        tx.execute(insert(models.addresses), [{"member_id": n, "address": f"m{n}", **address} for n in numbers])  # type: ignore[attr-defined]
        tx.execute(insert(models.roles), [{"member_id": n, **held} for n in numbers])  # type: ignore[attr-defined]

    hall.db.now(many)
    made = hall.draft()
    hall.do(notices.schedule, "secretary", made)
    largest, written = 0, 0
    while parts := hall.db.look(notices.plan, now=hall.now):
        for part in parts:
            wrote = hall.db.now(notices.write, part, now=hall.now)
            largest, written = max(largest, wrote), written + wrote
    assert written == 5002
    assert largest <= ROWS_AT_ONCE + 2  # the last part has the groups too
    hall.do(notices.cancel, "secretary", made)
    assert hall.states(made) == {("queued", None): 4502, ("skipped", "cancelled"): 500}
    hall.fan_out()
    assert hall.states(made) == {("skipped", "cancelled"): 5002}


@pytest.mark.parametrize("form", ["xlsx", "csv", "jsonl"])
def test_no_cell_of_an_export_is_a_formula(hall: Hall, form: str) -> None:
    made = hall.draft(titles={"zh": FORMULA, "en": "@SUM(1)"}, bodies={"zh": "+1", "en": "-2+3"})
    hall.do(notices.schedule, "secretary", made)
    hall.do(notices.cancel, "secretary", made, reason="=1+1")
    data = exports.write(hall.db.look(lambda tx: list(exports.KINDS["notices"](tx))), form)
    if form == "xlsx":
        sheet = openpyxl.load_workbook(io.BytesIO(data)).active
        assert sheet is not None
        assert not [cell for row in sheet for cell in row if cell.data_type == "f"]
        assert any(str(cell.value).endswith(FORMULA) for row in sheet for cell in row)
    elif form == "csv":
        assert f",{FORMULA}" not in data.decode("utf-8-sig")
        assert "\"'=HYPERLINK" in data.decode("utf-8-sig")
    else:
        assert b"HYPERLINK" in data
