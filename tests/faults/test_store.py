"""Faults 9 to 12: the store is locked, full, restarted, or held open by somebody else."""

import asyncio
import resource
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from sqlalchemy import func, insert, select, text

from bot import deliveries
from bot.clock import FixedClock
from bot.db import migrate
from bot.db.engine import Database
from bot.db.models import deliveries as table
from bot.db.models import leases
from bot.messages import Recipient, Reply
from bot.ports import Outcome
from bot.scheduler import Job, Scheduler
from tests.delivering import FileChannel, worker
from tests.factories import delivery, person
from tests.faults.processes import arrived, finished, url
from tests.postgresql import Cluster, why_not
from tests.server import House, Server
from tests.web.site import PATIENCE, Visitor

MESSAGES = 60


def _put(db: Database, clock: FixedClock, number: int = MESSAGES) -> list[str]:
    anna = db.now(person, "anna", now=clock.now())
    keys = [f"message {each}" for each in range(number)]
    db.now(deliveries.enqueue, [delivery(anna, key) for key in keys], now=clock.now())
    return keys


# --- 9 --------------------------------------------------------------------------------------------


def _note(db: Database, name: str) -> None:
    db.now(lambda tx: tx.execute(insert(leases).values(name=name, holder="x", until=0.0)))


def test_fault_09_a_locked_database_is_waited_for_and_no_write_is_lost(tmp_path: Path, sqlite_template: Path) -> None:
    """Two programs write at once, and a third one (a backup, a shell) holds the lock for a while."""
    file = tmp_path / "house.db"
    file.write_bytes(sqlite_template.read_bytes())
    programs = [Database(f"sqlite:///{file}") for _ in range(2)]
    with closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as third:
        third.execute("BEGIN IMMEDIATE")
        writing = [
            threading.Thread(target=lambda db=db, part=part: [_note(db, f"{part}-{n}") for n in range(100)])
            for part, db in enumerate(programs)
        ]
        for thread in writing:
            thread.start()
        held = threading.Timer(1.0, third.execute, ["COMMIT"])
        held.start()
        for thread in (*writing, held):
            thread.join()
    try:
        assert programs[0].look(lambda tx: tx.execute(select(func.count()).select_from(leases)).scalar()) == 200
    finally:
        for db in programs:
            db.close()


# --- 10 -------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_fault_10_nothing_is_acknowledged_that_a_full_disk_did_not_take(house: House) -> None:
    """The process may not write a byte more: 5xx, the health page says so, and afterwards it goes on, undamaged."""
    once = httpx.Limits(max_keepalive_connections=0)  # after a 500 the server closes the connection
    with (
        house.up() as server,
        httpx.Client(base_url=server.url, headers={"Origin": server.url}, timeout=PATIENCE, limits=once) as caller,
    ):
        visitor = Visitor(caller)
        caller.get("/")
        visitor.ask("你好")
        _room(server, 4000)  # less than a page of the database; the log has that much
        assert visitor.post("我们出口玩具到日本", key="kept-by-the-client").status_code >= 500
        assert caller.get("/readyz").status_code == 503
        _room(server, resource.RLIM_INFINITY)
        visitor.post("我们出口玩具到日本", key="kept-by-the-client").raise_for_status()
        with visitor.listen() as stream:
            stream.until(lambda message: not message["mine"] and "玩具" in message.get("text", ""))
        assert caller.get("/readyz").status_code == 200
        mine = [message["text"] for message in visitor.history() if message["mine"]]
        assert mine == ["你好", "我们出口玩具到日本"]
    with closing(sqlite3.connect(house.data / "fengsui.db")) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def _room(server: Server, most: int) -> None:
    """No file of the process may grow beyond so many bytes: for SQLite a disk on which nothing is free."""
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))


# --- 11 -------------------------------------------------------------------------------------------


@pytest.fixture
def own_cluster() -> Iterator[Cluster]:
    """One that may be stopped: nobody else is on it, and what it has committed stays."""
    if reason := why_not():
        pytest.skip(f"NO POSTGRESQL: {reason}")
    with Cluster.running(durable=True) as running:
        yield running


class Interrupted(FileChannel):
    """After some messages the database is restarted, with the last one sent and not marked."""

    cluster: Cluster
    mode: str

    async def send(self, to: Recipient, reply: Reply, *, key: str) -> Outcome:
        outcome = await FileChannel.send(self, to, reply, key=key)
        if self.sent == 20:
            await asyncio.to_thread(self.cluster.stop, self.mode)
            threading.Timer(0.3, self.cluster.start).start()  # it is away while the message is to be marked
        return outcome


@pytest.mark.slow
@pytest.mark.anyio
async def test_fault_11_postgresql_is_restarted_while_we_work(
    own_cluster: Cluster, clock: FixedClock, tmp_path: Path
) -> None:
    """First in good order, then as if it were killed: the worker and the jobs go on by themselves, nothing is lost."""
    own_cluster.create("house")
    db = Database(own_cluster.url("house"), threads=4)
    migrate.upgrade(db)
    ran: list[int] = []

    async def work() -> None:
        ran.append(await db.read(lambda tx: tx.execute(text("SELECT 1")).scalar_one()))

    jobs = Scheduler(db, [Job("work", 0.1, work)])
    jobs.start()
    try:
        for mode in ("fast", "immediate"):
            keys = await asyncio.to_thread(_put, db, clock, MESSAGES) if mode == "fast" else await _more(db, clock)
            sink = Interrupted(tmp_path / mode)
            sink.cluster, sink.mode = own_cluster, mode
            async with asyncio.timeout(50):
                await _patiently_finished(db, sink)
            assert set(arrived(sink.path)) == set(keys)
            assert sum(arrived(sink.path).values()) <= len(keys) + 1
            before = len(ran)
            async with asyncio.timeout(30):
                while len(ran) < before + 3:
                    await asyncio.sleep(0.05)
    finally:
        await jobs.stop()
        db.close()


async def _more(db: Database, clock: FixedClock) -> list[str]:
    anna = await db.run(person, "anna", now=clock.now())
    keys = [f"second {each}" for each in range(MESSAGES)]
    await db.run(deliveries.enqueue, [delivery(anna, key) for key in keys], now=clock.now())
    return keys


async def _patiently_finished(db: Database, channel: FileChannel) -> None:
    task = asyncio.create_task(worker(db, channel).run())
    left = 1
    while left:
        await asyncio.sleep(0.05)
        with suppress(Exception):  # it is away
            left = await db.read(deliveries.waiting)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


# --- 12 -------------------------------------------------------------------------------------------


class Watching(FileChannel):
    """While a message is on its way for long, nobody of ours holds a transaction open."""

    db: Database
    seen: list[Any]

    async def send(self, to: Recipient, reply: Reply, *, key: str) -> Outcome:
        if self.sent == 5:
            await asyncio.sleep(1.2)
            self.seen = await asyncio.to_thread(_open_transactions, self.db)
        return await FileChannel.send(self, to, reply, key=key)


def _open_transactions(db: Database) -> list[Any]:
    if db.sqlite:  # whoever wants to write gets the lock at once
        with closing(sqlite3.connect(str(db.url.database), isolation_level=None, timeout=1.0)) as beside:
            beside.execute("BEGIN IMMEDIATE")
            beside.execute("ROLLBACK")
        return []
    query = (
        "SELECT application_name, query FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND application_name <> 'holder' AND now() - xact_start > interval '1 second'"
    )
    return list(db.look(lambda tx: tx.execute(text(query)).all()))


@pytest.mark.anyio
async def test_fault_12_no_transaction_is_open_while_we_send_and_a_held_snapshot_stops_nothing(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    keys = await asyncio.to_thread(_put, db, clock, 200)
    with closing(_holder(db)) as holder:
        assert holder.execute("SELECT count(*) FROM deliveries").fetchone() == (200,)
        sink = Watching(tmp_path / "arrived")
        sink.db, sink.seen = db, ["nobody looked"]
        await finished(db, sink)
        assert holder.execute("SELECT count(*) FROM deliveries WHERE state = 'queued'").fetchone() == (200,)
    assert sink.seen == []
    assert set(arrived(sink.path)) == set(keys)
    assert set(db.look(lambda tx: tx.execute(select(table.c.state)).scalars())) == {"sent"}


def _holder(db: Database) -> Any:
    """Somebody with a snapshot from before: a report, a backup, a replica that lags."""
    if db.sqlite:
        connection = sqlite3.connect(str(db.url.database), isolation_level=None)
        connection.execute("BEGIN")
        return connection
    opened = psycopg.connect(url(db).replace("+psycopg", ""), application_name="holder")
    opened.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    return opened
