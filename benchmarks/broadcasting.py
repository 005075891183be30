"""What a chat feels while a notice goes out to 50,000 members: latency of turns over HTTP, before and meanwhile."""

import argparse
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from _service import ROOT, Client, Service, fengsui, folder, percentile, print_machine, print_table, serving

sys.path.insert(0, str(ROOT))  # a script's own folder is all that Python looks into

from sqlalchemy import Connection

from bot import enrolment, members, notices, organisations
from bot.authority import Role
from bot.db.engine import Database
from bot.organisations import Kind

TURN = "/webhooks/rest/webhook"
TEXTS = ("TBT通报的评议期是多少天？", "欧盟最近有什么关于充电宝的通报", "我的关注", "谢谢")
LONGEST = 1200.0


def furnish(db: Database, number: int) -> None:
    """An association with so many members in the web chat, and a notice for all of them that is due now."""
    now = datetime.now(UTC)
    association, secretary = db.now(_house, now)
    for start in range(0, number, 1000):
        db.now(_people, range(start, min(number, start + 1000)), association, now)
    titles = {"zh": "关于欧盟电池法规的会员通知", "en": "To our members: the EU rules on batteries"}
    made = db.now(notices.draft, secretary, organisation_id=association, titles=titles, key="bench", now=now)
    db.now(notices.schedule, secretary, made.id, now=now)


def _house(tx: Connection, now: datetime) -> tuple[int, int]:
    at = organisations.put(tx, "bench", kind=Kind.ASSOCIATION, name_zh="出口商会", name_en="Exporters", now=now)
    secretary = members.at_address(tx, "web", "secretary", now=now)
    enrolment.grant(tx, secretary, at.id, Role.SECRETARY, now=now)
    return at.id, secretary


def _people(tx: Connection, numbers: range, association: int, now: datetime) -> None:
    for number in numbers:
        member = members.at_address(tx, "web", f"bench-{number}", now=now)
        enrolment.grant(tx, member, association, Role.ENTERPRISE, now=now)


def talk(service: Service, going_on: Callable[[int], bool]) -> list[float]:
    """Milliseconds of turns, one after the other with a breath between them, each of another person."""
    client, took = Client(service.port), list[float]()
    try:
        while going_on(len(took)):
            message = {"sender": f"person-{len(took) % 50}", "message": TEXTS[len(took) % len(TEXTS)]}
            took.append(client.post(TURN, message)[1])
            time.sleep(0.02)
    finally:
        client.close()
    return took


def left(data: Path, number: int) -> int:
    with closing(sqlite3.connect(data / "fengsui.db", timeout=30)) as db:
        done = "SELECT count(*) FROM deliveries WHERE kind = 'notice' AND state NOT IN ('queued', 'leased', 'held')"
        return number - int(db.execute(done).fetchone()[0])


def row(name: str, took: list[float]) -> list[str]:
    parts = [f"{percentile(took, percent):.0f}" for percent in (50, 95, 99)]
    return [name, str(len(took)), *parts, f"{max(took):.0f}"]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--members", type=int, default=50_000)
    chosen = options.parse_args()
    print_machine()
    with folder() as data:
        fengsui("train", data=data)
        with serving(data) as service:
            talk(service, lambda done: done < 50)  # the first of everything is slower, once
            quiet = talk(service, lambda done: done < 300)
            db = Database(f"sqlite:///{data / 'fengsui.db'}")
            furnish(db, chosen.members)
            db.close()
            start = time.perf_counter()
            look = [start, 1.0]

            def going_on(_done: int) -> bool:
                if time.perf_counter() - look[0] > 2:
                    look[:] = [time.perf_counter(), float(left(data, chosen.members))]
                return look[1] > 0 and time.perf_counter() - start < LONGEST

            meanwhile = talk(service, going_on)
            wall = time.perf_counter() - start
            missing = left(data, chosen.members)
    rows = [row("quiet", quiet), row("while it goes out", meanwhile)]
    print_table(["turns", "number", "p50 ms", "p95 ms", "p99 ms", "longest"], rows)
    sent = chosen.members - missing
    print(f"{sent} of {chosen.members} sent in {wall:.0f} s: {sent / wall:.0f} a second")


if __name__ == "__main__":
    main()
