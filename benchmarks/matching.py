"""What an alert costs: one new notification against up to a million stored interests, found by the index."""

import argparse
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from _service import ROOT, folder, print_machine, print_table

sys.path.insert(0, str(ROOT))  # a script's own folder is all that Python looks into

from sqlalchemy import Connection, insert, text

from bot import alerts, intake, interests, members
from bot.clock import FixedClock
from bot.db import migrate, models
from bot.db.engine import Database
from bot.demo import Arrivals
from bot.interests import index
from bot.matching import profile
from bot.notifications import Record, normalise

T = TypeVar("T")
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
NAMED = (
    "EU US JP KR IN BR VN TH SA AE GB CA AU MX DE FR TR ZA ID MY PH SG TW HK NZ CL PE CO AR EC CR PA UY PY GT EG MA NG"
    " KE UG TZ ET GH IL JO KW QA OM BH KZ UA RU CH NO MM LK PK BD NP KH BI RW BO HN NI SV DO JM TN SN CI CM ZM ZW"
)
MARKETS = tuple(NAMED.split())
AT_ONCE = 20_000  # interests in one transaction
TRIES = 7
TABLE = ROOT / "nlu" / "reference" / "products.tsv"


def gazetteer() -> list[tuple[list[str], str]]:
    """(HS codes, a name) of every product that the assistant knows by name."""
    rows = (line.split("\t") for line in TABLE.read_text("utf-8").splitlines() if not line.startswith("#"))
    named = ((row[0].replace(",", " ").split(), row[1].split("|")[0]) for row in rows if len(row) > 1)
    return [(codes, name) for codes, name in named if name and codes and codes[0].isdigit()]


def wanted(number: int) -> Iterator[dict[str, Any]]:
    """So many different interests: one to three products, half with HS codes, one to four markets."""
    chance, known = random.Random(7), gazetteer()
    for _ in range(number):
        products = chance.sample(known, chance.randint(1, 3))
        codes = [codes[0] for codes, _ in products] if chance.random() < 0.5 else []
        markets = chance.sample(MARKETS, chance.randint(1, 4))
        yield {"products": [name for _, name in products], "hs_codes": codes, "markets": markets}


def arrival() -> Record:
    """A notification of a common kind: two products in words and in codes, one market."""
    return normalise({
        "symbol": "G/TBT/N/BRA/9981", "date": NOW.date(), "comment_deadline": NOW.date() + timedelta(days=60),
        "products": "Portable Bluetooth loudspeakers and power banks",
        "hs_codes": ["851821", "851822", "850760"], "ics_codes": ["33.160", "29.220"],
        "title": "Draft ordinance on ecodesign and energy labelling of wireless loudspeakers",
        "description": "The draft limits standby power and requires batteries that can be taken out. " * 6,
    })[0]  # fmt: skip


def fill(tx: Connection, several: list[dict[str, Any]], first: int) -> None:
    """A member for each interest, written as an import of many would."""
    people = [{"created_at": NOW, "id": first + place} for place in range(len(several))]
    tx.execute(insert(models.members), people)
    made = [(first + place, interests.Wanted.of(**one)) for place, one in enumerate(several)]
    tx.execute(insert(models.interests), [_row(number, one) for number, one in made])
    index.insert_terms(tx, [(number, profile(one.lists())) for number, one in made])


def _row(number: int, one: interests.Wanted) -> dict[str, Any]:
    return {
        "id": number, "member_id": number, **one.lists(), "key": f"bench:{number}", "created_at": NOW,
        "state": "active", "indexed": index.version(),
    }  # fmt: skip


def timed(work: Callable[[], T], times: int = 1) -> tuple[T, str]:
    """(the last result, "milliseconds by the clock (of CPU)" of the middle one)."""
    spent = []
    for _ in range(times):
        start, cpu = time.perf_counter(), time.process_time()
        result = work()
        spent.append(((time.perf_counter() - start) * 1000, (time.process_time() - cpu) * 1000))
    wall, used = sorted(spent)[len(spent) // 2]
    return result, f"{wall:.1f} ({used:.1f})"


def measure(db: Database, number: int) -> list[str]:
    clock, several = FixedClock(NOW), wanted(number)
    start, first = time.perf_counter(), 1
    while part := list(islice(several, AT_ONCE)):
        db.now(fill, part, first)
        first += len(part)
    filled = time.perf_counter() - start
    intake.run_import(db, Arrivals([arrival()]), clock=clock)
    if db.engine.dialect.name == "postgresql":
        db.now(lambda tx: tx.execute(text("analyze interest_terms")))
    before = resident()
    everybody = {"now": NOW, "chunk": 10_000}
    parts, cold = timed(lambda: db.look(alerts.plan, **everybody))
    parts, matched = timed(lambda: db.look(alerts.plan, **everybody), TRIES)
    found = sum(len(one.found) for part in parts for one in part)
    _, registered = timed(lambda: db.now(_one_more, first))
    again = sum(len(one.found) for part in db.look(alerts.plan, **everybody) for one in part)
    assert again == found + 1, "what was registered is matched at once"
    _, wrote = timed(lambda: [db.now(alerts.write, part, now=NOW) for part in parts])
    _, sifted = timed(lambda: db.look(alerts.plan, **everybody), TRIES)
    grew = f"{resident() - before:.1f}"
    return [f"{number:,}", str(found), cold, matched, registered, wrote, sifted, grew, f"{filled:.0f}"]


def _one_more(tx: Connection, number: int) -> None:
    member_id = members.at_address(tx, "web", f"bench-{number}", now=NOW)
    one = {"products": ["充电宝"], "markets": ["BR"]}
    interests.register(tx, member_id, key=f"bench:{number}", now=NOW, **one)


def resident() -> float:
    """Megabytes of this process that are in memory."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--interests", type=int, nargs="+", default=[10_000, 100_000])
    options.add_argument("--database", help="an empty database of a PostgreSQL server; else SQLite files")
    chosen = options.parse_args()
    print_machine()
    rows = []
    for number in chosen.interests:
        with folder() as data:
            db = Database(chosen.database or f"sqlite:///{data / 'fengsui.db'}")
            try:
                migrate.upgrade(db)
                rows.append(measure(db, number))
                print("  ".join(rows[-1]), flush=True)
            finally:
                db.close()
    print_table(
        ["interests", "matches", "first ms", "match ms", "register ms", "write ms", "maybe ms", "grew MB", "filled s"],
        rows,
    )


if __name__ == "__main__":
    main()
