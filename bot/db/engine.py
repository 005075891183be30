"""One way into the database: `await db.run(f, ...)` runs `f(tx, ...)` in a thread, in one transaction."""

import asyncio
import json
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, Row, create_engine, event, pool
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import OperationalError

from bot.db.writer import Writer

P = ParamSpec("P")
T = TypeVar("T")

AnyRow = Row[*tuple[Any, ...]]  # a row of whatever columns

BUSY_SECONDS = 30


class Database:
    """SQLite: one writer thread and one reader thread. PostgreSQL: a pool of both. Same functions on either."""

    trouble: str | None = None  # why the last write came to nothing: a full disk, a lost connection

    def __init__(self, url: str, *, threads: int = 8) -> None:
        self.url: URL = make_url(url)
        self.sqlite = self.url.get_backend_name() == "sqlite"
        self._engine = _sqlite(self.url, write=True) if self.sqlite else _postgresql(self.url, threads)
        self._reader = _sqlite(self.url, write=False) if self.sqlite else self._engine
        self._writer = Writer(self._engine.begin) if self.sqlite else None
        self._threads = ThreadPoolExecutor(1 if self.sqlite else threads, "db")

    async def run(self, f: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `f` in a write transaction: committed when it returns, rolled back when it raises.

        On SQLite it may be run a second time when it shared its transaction with one that failed.
        """
        try:
            result = await self._run(f, *args, **kwargs)
        except OperationalError as error:
            self.trouble = str(error.orig)
            raise
        self.trouble = None
        return result

    async def _run(self, f: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        if self._writer is not None:
            return await asyncio.wrap_future(self._writer.submit(lambda tx: f(tx, *args, **kwargs)))
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: self.now(f, *args, **kwargs))

    async def read(self, f: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `f` in a read transaction that never waits for writers."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: self.look(f, *args, **kwargs))

    def now(self, f: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """`run` for code without an event loop (commands, tests)."""
        if self._writer is not None:
            result: T = self._writer.submit(lambda tx: f(tx, *args, **kwargs)).result()
            return result
        with self._engine.begin() as tx:
            return f(tx, *args, **kwargs)

    def look(self, f: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """`read` for code without an event loop."""
        with self._reader.begin() as tx:
            return f(tx, *args, **kwargs)

    @property
    def engine(self) -> Engine:
        """The writing engine: for migrations only."""
        return self._engine

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._threads.shutdown()
        self._engine.dispose()
        self._reader.dispose()


def _sqlite(url: URL, *, write: bool) -> Engine:
    # isolation_level=None: we say BEGIN ourselves, so that a writer takes its lock at once (BEGIN IMMEDIATE)
    # and never has to be turned away half way through.
    engine = create_engine(
        url,
        poolclass=pool.QueuePool,
        pool_size=1,
        max_overflow=4,
        connect_args={"isolation_level": None, "check_same_thread": False, "timeout": BUSY_SECONDS},
        json_serializer=dumps,
        json_deserializer=loads,
    )
    event.listen(engine, "connect", _pragmas)
    begin = "BEGIN IMMEDIATE" if write else "BEGIN"
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def _pragmas(connection: sqlite3.Connection, _record: object) -> None:
    # FULL: a commit that was answered survives a power cut, not only a crash of the process.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_SECONDS * 1000}"):
        connection.execute(f"PRAGMA {pragma}")


def _postgresql(url: URL, threads: int) -> Engine:
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    return create_engine(
        url,
        pool_size=threads,
        max_overflow=threads,
        pool_pre_ping=True,
        json_serializer=dumps,
        json_deserializer=loads,
        connect_args={"options": "-c timezone=utc -c lock_timeout=30s"},
    )


def dumps(value: Any) -> str:
    """JSON as we store it: compact, Chinese readable."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain)


def loads(text: str | bytes) -> Any:
    """What `dumps` wrote; most lists are empty, and reading a thousand rows is mostly this."""
    return [] if text == "[]" else json.loads(text)


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value)
