"""Faults 6 and 35 on our side of every channel; the rest of them is tried where the channel is (docs/faults.md)."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from bot import deliveries
from bot.clock import FixedClock
from bot.db.engine import Database
from bot.db.models import deliveries as table
from bot.db.models import interests
from bot.messages import Recipient, Reply
from bot.ports import Outcome
from tests.delivering import FileChannel
from tests.factories import delivery, interest, person
from tests.faults.processes import arrived, finished

ROOT = Path(__file__).resolve().parents[2]
DROPS = re.compile(r"drop_pending_updates\s*[=:]\s*(?!False)")


def test_fault_06_nowhere_do_we_tell_telegram_to_forget_what_waits() -> None:
    """At a start it would silently lose what people sent while we were away."""
    sources = [*(ROOT / "bot").rglob("*.py"), *(ROOT / "tools").rglob("*"), ROOT / "compose.yml", ROOT / "Makefile"]
    texts = {path: path.read_text("utf-8", "replace") for path in sources if path.is_file()}
    assert [path for path, text in texts.items() if DROPS.search(text)] == []
    assert any("drop_pending_updates=False" in text for text in texts.values())


class Unsubscribing(FileChannel):
    """Half way through, everybody ends their interest: committed while this message is on its way."""

    db: Database

    async def send(self, to: Recipient, reply: Reply, *, key: str) -> Outcome:
        if self.sent == 19:
            await self.db.run(lambda tx: tx.execute(update(interests).values(state="ended")))
        return await FileChannel.send(self, to, reply, key=key)


@pytest.mark.anyio
async def test_fault_35_after_the_commit_of_an_unsubscribing_no_further_alert_goes(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    await db.run(_alerts, clock)
    sink = Unsubscribing(tmp_path / "arrived")
    sink.db = db
    await finished(db, sink)
    assert sum(arrived(sink.path).values()) == 20  # the one that was on its way is the last one
    rows = await db.read(lambda tx: tx.execute(select(table.c.state, table.c.reason)).all())
    assert Counter(map(tuple, rows)) == {("sent", None): 20, ("skipped", "unsubscribed"): 40}


def _alerts(tx: Connection, clock: FixedClock) -> None:
    for number in range(60):
        member = person(tx, f"m{number}", now=clock.now())
        wanted = interest(tx, member, key=f"i{number}", now=clock.now())
        more: dict[str, Any] = {"kind": "alert", "interest_id": wanted, "address": f"m{number}"}
        deliveries.enqueue(tx, [delivery(member, f"alert {number}", **more)], now=clock.now())
