"""A copy made while the service writes, put in place elsewhere: it answers, knows what was said, repeats nothing."""

import itertools
import os
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Connection, func, select

from bot import intake
from bot.clock import FixedClock
from bot.db.engine import Database
from bot.db.models import deliveries, inbox
from bot.feeds.jsonl import JsonLines
from tests.conftest import NOW
from tests.machines.network import Network, arrived, put_people, until
from tests.machines.test_elected import NOTIFICATIONS, notifications
from tests.server import PROJECT, House, Server, environment

pytestmark = pytest.mark.slow

PEOPLE = 40


def _script(name: str, folder: Path, house: House) -> subprocess.CompletedProcess[str]:
    env = {**environment(), **house.env, "FENGSUI_DATA": str(house.data)}
    return subprocess.run(
        [PROJECT / "tools" / name, folder], env=env, capture_output=True, text=True, check=False, timeout=120
    )


def _say(server: Server, text: str, sender: str = "anna") -> str:
    body = {"sender": sender, "message": text}
    replies = httpx.post(f"{server.url}/webhooks/rest/webhook", json=body, timeout=60).raise_for_status().json()
    return "\n".join(reply.get("text", "") for reply in replies)


def _register(server: Server) -> None:
    for text in ("We export toys to the EU, alert me", "skip", "yes"):
        said = _say(server, text)
    assert "registration number" in said


@contextmanager
def _talking(server: Server) -> Iterator[list[str]]:
    """Somebody else talks all the time; the texts that were answered."""
    answered: list[str] = []
    over = threading.Event()

    def talk() -> None:
        for number in itertools.count():
            if over.is_set():
                return
            _say(server, f'/show_notification{{"symbol": "G/TBT/N/EU/{number}"}}', "ben")
            answered.append(str(number))

    thread = threading.Thread(target=talk)
    thread.start()
    try:
        yield answered
    finally:
        over.set()
        thread.join()


def _sent(tx: Connection) -> int:
    return int(tx.execute(select(func.count()).where(deliveries.c.state == "sent")).scalar_one())


def _heard(tx: Connection) -> int:
    return int(
        tx.execute(select(func.count()).where(inbox.c.sender == "ben", inbox.c.handled_at.is_not(None))).scalar_one()
    )


def _through_backup(before: House, after: House, db: Callable[[House], Database], tmp_path: Path) -> None:
    """What holds for both databases. The web chat is where alerts arrive: its rows are what people have seen."""
    running = db(before)
    running.now(put_people, PEOPLE)
    intake.run_import(running, JsonLines(notifications(tmp_path / "new.jsonl")), clock=FixedClock(NOW))
    with before.up() as server:
        _register(server)
        until(running, lambda tx: _sent(tx) >= PEOPLE * NOTIFICATIONS)
        with _talking(server) as answered:
            until(running, lambda tx: _heard(tx) > 5)
            known = len(answered)
            done = _script("backup.sh", tmp_path / "copy", before)
            assert done.returncode == 0, done.stderr
    seen = Counter(running.look(arrived))
    running.close()
    done = _script("restore.sh", tmp_path / "copy", after)
    assert done.returncode == 0, done.stderr
    restored = db(after)
    assert restored.look(_heard) >= known, "what had been answered before the copy is not in it"
    with after.up() as server:
        assert "toys" in _say(server, "/list_subscriptions")
        intake.run_import(
            restored, JsonLines(notifications(tmp_path / "more.jsonl", first=9300)), clock=FixedClock(NOW)
        )
        until(restored, lambda tx: _sent(tx) >= 2 * PEOPLE * NOTIFICATIONS)
    found = Counter(restored.look(arrived))
    restored.close()
    assert set(found.values()) == {1}, "somebody got something twice"
    assert set(seen) < set(found)


def test_sqlite(house: House, tmp_path: Path) -> None:
    other = House(tmp_path / "other", house.env)
    other.data.mkdir()
    (other.data / "model").symlink_to(house.data / "model")
    (house.data / "files").mkdir()
    (house.data / "files" / "报价.pdf").write_bytes(b"%PDF-1.7")
    _through_backup(house, other, lambda one: Database(f"sqlite:///{one.data / 'fengsui.db'}"), tmp_path)
    assert (other.data / "files" / "报价.pdf").read_bytes() == b"%PDF-1.7"
    assert (other.data / "secret").read_text() == (house.data / "secret").read_text()
    assert (other.data / "secret").stat().st_mode & 0o077 == 0


def test_postgresql(network: Network, tmp_path: Path) -> None:
    before, after = network.house(), network.house()
    after.env["FENGSUI_DATABASE_URL"] = network.empty
    _through_backup(before, after, lambda one: Database(one.env["FENGSUI_DATABASE_URL"]), tmp_path)


def test_a_running_service_is_not_written_over(house: House, tmp_path: Path) -> None:
    with house.up() as server:
        assert _script("backup.sh", tmp_path / "copy", house).returncode == 0
        done = _script("restore.sh", tmp_path / "copy", house)
        assert (done.returncode, done.stderr) == (1, "Stop the service first.\n")
        assert _say(server, "hello")
    done = _script("restore.sh", tmp_path / "copy", house)
    assert done.returncode == 0, done.stderr
    assert len(list(house.data.glob("fengsui.db.before-*"))) == 1


@pytest.mark.parametrize(("script", "told"), [("backup.sh", "There is no data folder"), ("restore.sh", "is no copy")])
def test_what_is_not_there_is_told_in_one_sentence(script: str, told: str, tmp_path: Path) -> None:
    done = _script(script, tmp_path / "nothing", House(tmp_path / "nowhere"))
    assert done.returncode == 1
    assert told in done.stderr
    assert not (tmp_path / "nothing").exists()


def test_a_copy_is_never_written_over(house: House, tmp_path: Path) -> None:
    os.mkdir(tmp_path / "copy")
    done = _script("backup.sh", tmp_path / "copy", house)
    assert done.returncode == 1
    assert "is there already" in done.stderr
