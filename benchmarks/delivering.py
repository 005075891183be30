"""20,000 alerts, two delivery workers, one killed half way: how fast, how many lost, how many twice, on both stores."""

import argparse
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from _service import ROOT, environment, folder, print_machine, print_table

sys.path.insert(0, str(ROOT))  # a script's own folder is all that Python looks into

from _sender import CHANNEL
from sqlalchemy import Connection, func, select

from bot import deliveries, intake, interests, members
from bot.clock import SystemClock
from bot.db import migrate
from bot.db.engine import Database
from bot.db.models import deliveries as table
from bot.demo import Arrivals
from bot.notifications import normalise
from bot.settings import Settings
from tests.postgresql import Cluster, why_not

SENDER = ROOT / "benchmarks" / "_sender.py"
LONGEST = 600.0


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of it: seconds, and what stands in the sink."""

    name: str
    wall: float
    before_kill: float
    arrived: Counter[str]
    states: dict[str, int]


@contextmanager
def stores(kind: str, data: Path) -> Iterator[str]:
    """The address of a new database that keeps what it has committed."""
    if kind == "sqlite":
        yield f"sqlite:///{data / 'fengsui.db'}"
        return
    with Cluster.running(durable=True) as cluster:
        cluster.create("bench")
        yield cluster.url("bench")


def furnish(db: Database, number: int) -> float:
    """So many members who all want to hear of the notification that comes in; returns the seconds of the fan-out."""
    migrate.upgrade(db)
    clock, today = SystemClock(), datetime.now(UTC).date()
    for start in range(0, number, 500):
        db.now(_people, range(start, min(number, start + 500)))
    record = normalise({
        "symbol": "G/TBT/N/EU/9981", "date": today, "comment_deadline": today + timedelta(days=60),
        "products": "Bluetooth loudspeakers", "hs_codes": ["851822"],
        "title": "Draft Commission Regulation on ecodesign of wireless loudspeakers",
        "description": "The draft limits standby power and requires batteries that can be taken out. " * 6,
    })  # fmt: skip
    intake.run_import(db, Arrivals(record, "bench"), clock=clock)
    start_at = time.perf_counter()
    intake.fan_out(db, clock, Settings())
    return time.perf_counter() - start_at


def _people(tx: Connection, numbers: range) -> None:
    now = datetime.now(UTC)
    for number in numbers:
        member = members.at_address(tx, CHANNEL, f"bench-{number}", now=now)
        wanted: dict[str, Any] = {"products": ["蓝牙音箱"], "hs_codes": ["851822"], "markets": ["EU"]}
        interests.register(tx, member, key=f"bench:{number}", now=now, **wanted)


def run(kind: str, number: int, lease: float) -> Sent:
    with folder() as data, stores(kind, data) as url:
        db = Database(url, threads=4)
        try:
            fan_out = furnish(db, number)
            print(
                f"{kind}: {number} deliveries written in {fan_out:.1f} s ({number / fan_out:.0f} a second)", flush=True
            )
            return _sent(kind, db, data / "sink", lease)
        finally:
            db.close()


def _sent(kind: str, db: Database, sink: Path, lease: float) -> Sent:
    url, number = db.url.render_as_string(hide_password=False), db.look(deliveries.waiting)
    sink.touch()
    workers = [_worker(url, sink, lease) for _ in range(2)]
    try:
        start = time.perf_counter()
        _until(lambda: _lines(sink) >= number // 2)
        workers[0].kill()
        half = time.perf_counter() - start
        _until(lambda: _lines(sink) >= number and not db.look(deliveries.waiting))
        wall = time.perf_counter() - start
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    arrived = Counter(line.split()[1] for line in sink.read_text().splitlines())
    return Sent(kind, wall, half, arrived, db.look(_states))


def _worker(url: str, sink: Path, lease: float) -> subprocess.Popen[str]:
    command = [sys.executable, str(SENDER), url, str(sink), str(lease)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True)
    assert process.stdout
    process.stdout.readline()  # ready
    return process


def _lines(sink: Path) -> int:
    return sink.read_bytes().count(b"\n")


def _until(holds: Any) -> None:
    end = time.monotonic() + LONGEST
    while not holds():
        if time.monotonic() > end:
            raise RuntimeError("the workers did not get through")
        time.sleep(0.1)


def _states(tx: Connection) -> dict[str, int]:
    return {row[0]: row[1] for row in tx.execute(select(table.c.state, func.count()).group_by(table.c.state))}


def row(found: Sent, number: int) -> list[str]:
    lost = number - len(found.arrived)
    twice = sum(times - 1 for times in found.arrived.values())
    half = number / 2 / found.before_kill
    sent = found.states.get("sent", 0)
    return [
        found.name,
        f"{number / found.wall:.0f}",
        f"{half:.0f}",
        f"{found.wall:.1f}",
        str(sent),
        str(lost),
        str(twice),
    ]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--deliveries", type=int, default=20_000)
    options.add_argument(
        "--lease", type=float, default=5.0, help="seconds after which a dead worker's rows are taken over"
    )
    options.add_argument("--stores", nargs="+", default=["sqlite", "postgresql"], choices=["sqlite", "postgresql"])
    chosen = options.parse_args()
    print_machine()
    kinds = [kind for kind in chosen.stores if kind == "sqlite" or not why_not()]
    rows = [row(run(kind, chosen.deliveries, chosen.lease), chosen.deliveries) for kind in kinds]
    print_table(["", "per s", "before the kill", "seconds", "sent", "lost", "twice"], rows)


if __name__ == "__main__":
    main()
