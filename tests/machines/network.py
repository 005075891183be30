"""Processes of one service on several machines, and what the database they share says of them."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, func, insert, select

from bot.db.engine import Database
from bot.db.models import addresses, chat_messages, deliveries, interests, leases, members
from tests.conftest import NOW
from tests.server import CLOCK, PROJECT, House, Server, environment

T = TypeVar("T")

SECRET = "the same on every machine"
LOOK = 0.05  # seconds


@dataclass(slots=True)
class Network:
    """`machine()` starts a process of a role on a machine of its own; all share one database."""

    url: str
    folder: Path
    model: Path
    empty: str = ""  # the address of a database without any table
    db: Database = field(init=False)
    houses: int = 0
    processes: list[subprocess.Popen[str]] = field(default_factory=list)
    _webs: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        self.db = Database(self.url, threads=2)

    def close(self) -> None:
        self._webs.close()
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait()
        self.db.close()

    def house(self, **env: str) -> House:
        self.houses += 1
        data = self.folder / f"machine-{self.houses}"
        data.mkdir()
        (data / "model").symlink_to(self.model.resolve())
        shared = {"FENGSUI_DATABASE_URL": self.url, "FENGSUI_SECRET": SECRET, "FENGSUI_CLOCK": CLOCK}
        return House(data, {**shared, "FENGSUI_DELIVERY__LEASE_SECONDS": "3", **env})

    def web(self) -> Server:
        return self._webs.enter_context(self.house().up("--role", "web"))

    def machine(self, role: str, **env: str) -> subprocess.Popen[str]:
        """A process without an address; what it logs is in its data folder."""
        house = self.house(**env)
        with (house.data / "log.txt").open("a") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "bot", "up", "--data", str(house.data), "--role", role],
                stdout=subprocess.DEVNULL, stderr=log, text=True, cwd=PROJECT, env={**environment(), **house.env},
            )  # fmt: skip
        self.processes.append(process)
        return process

    # --- what the database says ---

    def until(self, look: Callable[[Connection], T], *, seconds: float = 60) -> T:
        """Wait until it is true of the database; what it was then."""
        return until(self.db, look, seconds=seconds)

    def people(self, count: int) -> None:
        """Members on the web chat, each interested in toys for the EU."""
        self.db.now(put_people, count)


def until(db: Database, look: Callable[[Connection], T], *, seconds: float = 60) -> T:
    """Wait until it is true of a database; what it was then."""
    end = time.monotonic() + seconds
    while not (found := db.look(look)):
        assert time.monotonic() < end, f"waited {seconds} s for {look}"
        time.sleep(LOOK)
    return found


@contextmanager
def locked(network: Network, table: str) -> Iterator[None]:
    """Nobody can write the table meanwhile; it can be read."""
    with network.db.engine.begin() as tx:
        tx.exec_driver_sql(f"LOCK TABLE {table} IN EXCLUSIVE MODE")
        yield


@contextmanager
def slow(network: Network, table: str, *, seconds: float) -> Iterator[None]:
    """Each new row of the table takes so long, as on a disk that is busy."""
    body = f"BEGIN PERFORM pg_sleep({seconds}); RETURN NEW; END"
    made = f"CREATE FUNCTION dawdle() RETURNS trigger AS '{body}' LANGUAGE plpgsql"
    put = f"CREATE TRIGGER dawdling BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION dawdle()"
    network.db.now(_run, made, put)
    try:
        yield
    finally:
        network.db.now(_run, f"DROP TRIGGER dawdling ON {table}", "DROP FUNCTION dawdle")


def _run(tx: Connection, *statements: str) -> None:
    for statement in statements:
        tx.exec_driver_sql(statement)


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()


@contextmanager
def asleep(process: subprocess.Popen[str]) -> Iterator[None]:
    """A machine that stands still and goes on later as if nothing had been."""
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


def holder(name: str) -> Callable[[Connection], str | None]:
    """Who holds a lease that is alive."""
    alive = select(leases.c.holder).where(leases.c.name == name, leases.c.until > time.time())
    return lambda tx: tx.execute(alive).scalar()


def written(tx: Connection) -> int:
    """How many alerts the fan-out has written."""
    return int(tx.execute(select(func.count()).where(deliveries.c.alert_id.is_not(None))).scalar_one())


def settled(count: int) -> Callable[[Connection], bool]:
    """Whether so many were sent and nothing waits."""
    states = select(deliveries.c.state, func.count()).group_by(deliveries.c.state)
    return lambda tx: {row[0]: row[1] for row in tx.execute(states)} == {"sent": count}


def arrived(tx: Connection) -> list[tuple[str, str]]:
    """(address, last line of the alert) of everything that stands in the web chats."""
    rows = tx.execute(select(chat_messages.c.address, chat_messages.c.body).order_by(chat_messages.c.id))
    return [(row.address, row.body["text"].splitlines()[-1]) for row in rows]


def put_people(tx: Connection, count: int) -> None:
    lists: dict[str, Any] = {name: [] for name in ("hs_codes", "ics_codes", "keywords", "negatives", "kinds")}
    for number in range(count):
        person = {"state": "active", "language": "en", "demo": False, "created_at": NOW}
        member_id = tx.execute(insert(members).values(person).returning(members.c.id)).scalar_one()
        at = {"member_id": member_id, "channel": "web", "address": f"visitor-{number}", "state": "active"}
        tx.execute(insert(addresses).values(**at, created_at=NOW))
        wanted = {"member_id": member_id, "products": ["toys"], "markets": ["EU"], "key": f"wish-{number}"}
        tx.execute(insert(interests).values(**lists, **wanted, state="active", created_at=NOW))
