"""A PostgreSQL cluster for one test run: made, started and thrown away; it listens on a Unix socket only."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

OWNER = "fengsui"
PREFIX = "fengsui-pg-"
FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=60"
SAFE = "-c max_connections=60"


def _programs() -> Path | None:
    """The folder of initdb and pg_ctl: Debian keeps them out of PATH, a folder for each version."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).parent
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    return found[-1].parent if found else None


def _account() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root: an account that may own the cluster instead."""
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return None


def why_not() -> str | None:
    """Why no cluster can be started here; None if one can."""
    if _programs() is None:
        return "install Debian's postgresql package to run this test"
    if os.getuid() == 0 and _account() is None:
        return "running as root, and there is neither a user postgres nor nobody to run it as"
    return None


def _memory() -> str | None:
    """Where memory is a folder, a database is copied in 20 ms instead of 200. (None: the usual temporary folder.)"""
    shared = Path("/dev/shm")
    return str(shared) if shared.is_dir() and shutil.disk_usage(shared).free > 2e9 else None


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running server; databases are made and dropped by name."""

    folder: Path
    as_user: Mapping[str, Any]
    durable: bool = False

    @classmethod
    @contextmanager
    def running(cls, *, durable: bool = False) -> Iterator["Cluster"]:
        """`durable`: on the disk, and what is committed survives a power cut, as where people use it."""
        _sweep()
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=None if durable else _memory()))
        (folder / "run").write_text(str(os.getpid()))
        account = _account() if os.getuid() == 0 else None
        as_user: dict[str, Any] = {}
        if account:
            os.chown(folder, account.pw_uid, account.pw_gid)
            as_user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        try:
            _call(
                "initdb",
                "-D",
                folder / "data",
                "-U",
                OWNER,
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C",
                "--no-sync",
                **as_user,
            )
            made = cls(folder, as_user, durable)
            made.start()
            try:
                yield made
            finally:
                made.stop()
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def start(self) -> None:
        options = f"-c listen_addresses= -c unix_socket_directories={self.folder} {SAFE if self.durable else FAST}"
        data, log = self.folder / "data", self.folder / "log"
        _call("pg_ctl", "start", "-w", "-D", data, "-l", log, "-o", options, **self.as_user)

    def stop(self, mode: str = "immediate") -> None:
        """`immediate`: as if it had been killed; `fast`: whoever is connected is thrown out."""
        _call("pg_ctl", "stop", "-m", mode, "-D", self.folder / "data", **self.as_user)

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://{OWNER}@/{name}?host={self.folder}"

    def create(self, name: str, *, template: str = "template0") -> None:
        self._do(f'CREATE DATABASE "{name}" TEMPLATE "{template}"', copying=True)

    def drop(self, name: str) -> None:
        self._do(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _do(self, statement: str, *, copying: bool = False) -> None:
        with psycopg.connect(host=str(self.folder), user=OWNER, dbname="postgres", autocommit=True) as connection:
            if copying and connection.info.server_version >= 150000:
                statement += " STRATEGY FILE_COPY"  # twice as fast for a database as small as ours
            connection.execute(statement.encode())


def _sweep() -> None:
    """Stop the servers of test runs that were killed before they could do it themselves."""
    for note in Path(_memory() or tempfile.gettempdir()).glob(f"{PREFIX}*/run"):
        if not Path(f"/proc/{note.read_text()}").exists():
            server = note.parent / "data" / "postmaster.pid"
            if server.exists():
                os.kill(int(server.read_text().split()[0]), signal.SIGQUIT)
            shutil.rmtree(note.parent, ignore_errors=True)


def _call(program: str, *arguments: object, **as_user: Any) -> None:
    """Run it with its own folder as working directory: another user may not be allowed to see ours."""
    folder = _programs()
    assert folder is not None
    words = [str(word) for word in (folder / program, *arguments)]
    # The server must not inherit a pipe of ours, which would never be closed.
    done = subprocess.run(words, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False, **as_user)
    if done.returncode:
        raise RuntimeError(f"{program} failed with {done.returncode}")
