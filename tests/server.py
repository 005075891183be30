"""The service as a process of its own, as people start it: `fengsui up` on a free port, and the other commands."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.app import App

PROJECT = Path(__file__).resolve().parent.parent
CLOCK = "2026-11-22T09:00:00Z"
URL = re.compile(r"http://\S+?:(\d+)")


@dataclass(slots=True)
class House:
    """A data folder with a trained model and a migrated database; commands run on it in processes of their own."""

    data: Path
    env: dict[str, str] = field(default_factory=dict)

    def command(
        self, *words: str, stdin: str | None = None, program: tuple[str, ...] = ("-m", "bot"), **env: str
    ) -> subprocess.CompletedProcess[str]:
        """Run `fengsui WORDS` and wait for its end. Put `--data` among the words yourself where it is needed."""
        return subprocess.run(
            [sys.executable, *program, *words],
            input=stdin, capture_output=True, text=True, timeout=60, check=False,
            cwd=PROJECT, env={**environment(), **self.env, **env},
        )  # fmt: skip

    def run(self, *words: str, **env: str) -> str:
        """`command` on this folder; its output. It must succeed."""
        done = self.command(*words, "--data", str(self.data), **env)
        assert done.returncode == 0, done.stderr
        return done.stdout

    @contextmanager
    def up(
        self, *words: str, port: int = 0, program: tuple[str, ...] = ("-m", "bot"), **env: str
    ) -> Iterator["Server"]:
        server = self.start(*words, port=port, program=program, **env)
        try:
            yield server
        finally:
            server.stop()

    def start(self, *words: str, port: int = 0, program: tuple[str, ...] = ("-m", "bot"), **env: str) -> "Server":
        with (self.data / "log.txt").open("a") as log:
            process = subprocess.Popen(
                [sys.executable, *program, "up", "--data", str(self.data), "--port", str(port), *words],
                stdout=subprocess.PIPE, stderr=log, text=True, cwd=PROJECT, env={**environment(), **self.env, **env},
            )  # fmt: skip
        return Server(process, self.data, _port(process, self.data))


@dataclass(slots=True)
class Server:
    """A running `fengsui up`."""

    process: subprocess.Popen[str]
    data: Path
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def kill(self) -> None:
        """Without any warning."""
        self.process.kill()
        self.gone()

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.gone()

    def gone(self) -> int:
        """Wait for its end; how it ended."""
        status = self.process.wait(60)
        if self.process.stdout:
            self.process.stdout.close()
        return status


def environment() -> Mapping[str, str]:
    """Ours without any setting of the service, in English."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FENGSUI_")}
    return {**kept, "LC_ALL": "C.UTF-8", "PYTHONUNBUFFERED": "1"}


def _port(process: subprocess.Popen[str], data: Path) -> int:
    """The port that it tells when it is ready."""
    assert process.stdout
    for line in process.stdout:
        if found := URL.search(line):
            return int(found[1])
    raise AssertionError(f"it did not start: {(data / 'log.txt').read_text()[-2000:]}")


def furnished(data: Path, *, model: Path, database: Path) -> House:
    """A house at 22 November 2026, 09:00 UTC when a process starts."""
    data.mkdir()
    shutil.copytree(model, data / "model")
    shutil.copyfile(database, data / "fengsui.db")
    return House(data, {"FENGSUI_CLOCK": CLOCK})


@pytest.fixture
def house(prototype: App, sqlite_template: Path, tmp_path: Path) -> House:
    """A folder of this test's own."""
    model = prototype.services.settings.data / "model"
    return furnished(tmp_path / "house", model=model, database=sqlite_template)
