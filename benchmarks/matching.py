"""What an alert costs: one new notification against many interests, as a pure function and down to the outbox."""

import argparse
import random
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from _service import ROOT, folder, print_machine, print_table

sys.path.insert(0, str(ROOT))  # a script's own folder is all that Python looks into

from sqlalchemy import Connection, func, select

from bot import intake, interests, members
from bot.clock import FixedClock
from bot.db import migrate, models
from bot.db.engine import Database
from bot.demo import Arrivals
from bot.matching import match, notice, profile
from bot.notifications import Record, normalise
from bot.settings import Settings

T = TypeVar("T")
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
MARKETS = ("EU", "US", "JP", "KR", "IN", "BR", "VN", "TH", "SA", "AE", "GB", "CA", "AU", "MX", "DE", "FR", "TR", "ZA")
TABLE = ROOT / "nlu" / "reference" / "products.tsv"


def gazetteer() -> list[tuple[list[str], str]]:
    """(HS codes, a name) of every product that the assistant knows by name."""
    rows = (line.split("\t") for line in TABLE.read_text("utf-8").splitlines() if not line.startswith("#"))
    named = ((row[0].replace(",", " ").split(), row[1].split("|")[0]) for row in rows if len(row) > 1)
    return [(codes, name) for codes, name in named if name and codes and codes[0].isdigit()]


def wanted(number: int) -> list[dict[str, Any]]:
    """So many different interests: one to three products, half with HS codes, one to four markets."""
    chance, known = random.Random(7), gazetteer()
    made = []
    for _ in range(number):
        products = chance.sample(known, chance.randint(1, 3))
        codes = [codes[0] for codes, _ in products] if chance.random() < 0.5 else []
        markets = chance.sample(MARKETS, chance.randint(1, 4))
        made.append({"products": [name for _, name in products], "hs_codes": codes, "markets": markets})
    return made


def arrival() -> Record:
    """A notification of a common kind: two products in words and in codes, one big market."""
    return normalise({
        "symbol": "G/TBT/N/EU/9981", "date": NOW.date(), "comment_deadline": NOW.date() + timedelta(days=60),
        "products": "Portable Bluetooth loudspeakers, power banks and their chargers",
        "hs_codes": ["851821", "851822", "850760", "850440"], "ics_codes": ["33.160", "29.220"],
        "title": "Draft Commission Regulation on ecodesign and energy labelling of wireless loudspeakers",
        "description": "The draft limits standby power and requires batteries that can be taken out. " * 6,
    })[0]  # fmt: skip


def timed(work: Callable[[], T]) -> tuple[T, float, float]:
    """(result, CPU seconds, seconds)."""
    cpu, start = time.process_time(), time.perf_counter()
    result = work()
    return result, time.process_time() - cpu, time.perf_counter() - start


def register(tx: Connection, all_wanted: list[dict[str, Any]]) -> None:
    """A member with an address for each interest."""
    for number, one in enumerate(all_wanted):
        member_id = members.at_address(tx, "web", f"bench-{number}", now=NOW)
        interests.register(tx, member_id, key=f"bench:{number}", now=NOW, **one)


def row(name: str, number: int, cpu: float, wall: float, found: int) -> list[str]:
    return [name, str(number), f"{cpu * 1000:.0f}", f"{wall * 1000:.0f}", f"{cpu * 1e6 / number:.1f}", str(found)]


def pure(all_wanted: list[dict[str, Any]], record: Record) -> list[list[str]]:
    number = len(all_wanted)
    profiles, cpu, wall = timed(lambda: [profile(one) for one in all_wanted])
    rows = [row("prepare the interests, pure", number, cpu, wall, len(profiles))]
    prepared = notice(record)
    hits, cpu, wall = timed(lambda: sum(match(one, prepared) is not None for one in profiles))
    return [*rows, row("match, pure", number, cpu, wall, hits)]


def stored(all_wanted: list[dict[str, Any]], record: Record, data: Path) -> list[list[str]]:
    number, clock = len(all_wanted), FixedClock(NOW)
    db = Database(f"sqlite:///{data / 'fengsui.db'}")
    try:
        migrate.upgrade(db)
        _, cpu, wall = timed(lambda: db.now(register, all_wanted))
        rows = [row("register a member and an interest", number, cpu, wall, number)]
        intake.run_import(db, Arrivals([record]), clock=clock)
        _, cpu, wall = timed(lambda: intake.fan_out(db, clock, Settings()))
        return [*rows, row("fan out, deliveries in the outbox", number, cpu, wall, db.look(_queued))]
    finally:
        db.close()


def _queued(tx: Connection) -> int:
    table = models.deliveries
    return int(tx.execute(select(func.count()).select_from(table).where(table.c.state == "queued")).scalar_one())


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--interests", type=int, nargs="+", default=[1000, 5000])
    chosen = options.parse_args()
    print_machine()
    record, rows = arrival(), []
    for number in chosen.interests:
        all_wanted = wanted(number)
        with folder() as data:
            rows += [*pure(all_wanted, record), *stored(all_wanted, record, data)]
    print_table(["one notification", "interests", "CPU ms", "wall ms", "CPU us each", "found"], rows)


if __name__ == "__main__":
    main()
