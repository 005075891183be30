"""One scheduler works, the others stand by: killed or asleep, the next takes over, once and losing nothing."""

import json
import time
from collections import Counter
from pathlib import Path

import pytest

from bot import intake
from bot.clock import FixedClock
from bot.feeds.jsonl import JsonLines
from bot.scheduler import LEASE, LEASE_SECONDS
from tests.conftest import NOW
from tests.machines.network import Network, arrived, asleep, holder, kill, settled, slow, written

pytestmark = pytest.mark.slow

PEOPLE, NOTIFICATIONS = 400, 5
SLACK = 15  # seconds beyond the lease: the next look, and a machine that does other work too


def notifications(path: Path, *, first: int = 9100) -> Path:
    """A file of notifications that concern everyone."""
    lines = [
        {
            "symbol": f"G/TBT/N/EU/{first + number}", "members": ["EU"], "date": "2026-11-20", "products": "Toys",
            "title": "Draft regulation on toys", "comment_deadline": "2027-01-20",
        }
        for number in range(NOTIFICATIONS)
    ]  # fmt: skip
    path.write_text("\n".join(map(json.dumps, lines)), "utf-8")
    return path


def _bring(network: Network, path: Path) -> None:
    """New notifications are stored; whom they concern is the scheduler's work."""
    intake.run_import(network.db, JsonLines(notifications(path)), clock=FixedClock(NOW))


def _everyone_once(network: Network) -> None:
    found = Counter(network.db.look(arrived))
    assert len(found) == PEOPLE * NOTIFICATIONS
    assert set(found.values()) == {1}


def test_killed_in_mid_fan_out_scheduler_and_worker_are_replaced_within_the_lease(
    network: Network, tmp_path: Path
) -> None:
    network.people(PEOPLE)
    leader = network.machine("scheduler")
    first = network.until(holder(LEASE))
    network.machine("scheduler")
    worker, _ = network.machine("worker"), network.machine("worker")
    with slow(network, "deliveries", seconds=0.005):
        _bring(network, tmp_path / "new.jsonl")
        network.until(written)
        kill(leader)
        kill(worker)
        killed = time.monotonic()
    assert network.db.look(written) < PEOPLE * NOTIFICATIONS, "it was done before it was killed"
    network.until(lambda tx: holder(LEASE)(tx) not in (None, first), seconds=LEASE_SECONDS + SLACK)
    network.until(settled(PEOPLE * NOTIFICATIONS))
    _everyone_once(network)
    assert time.monotonic() - killed < LEASE_SECONDS + 2 * SLACK


def test_a_leader_that_slept_past_its_lease_doubles_nothing(network: Network, tmp_path: Path) -> None:
    network.people(PEOPLE)
    leader = network.machine("scheduler")
    first = network.until(holder(LEASE))
    network.machine("scheduler")
    network.machine("worker")
    with slow(network, "deliveries", seconds=0.005):
        _bring(network, tmp_path / "new.jsonl")
        network.until(written)
        with asleep(leader):
            network.until(lambda tx: holder(LEASE)(tx) not in (None, first), seconds=LEASE_SECONDS + SLACK)
    network.until(settled(PEOPLE * NOTIFICATIONS))
    _everyone_once(network)
