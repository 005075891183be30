"""Commands, most of them in this process (what they load is loaded already), some in one of their own."""

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper

import pytest

from bot import cli, services
from bot.app import App
from tests.server import CLOCK, House, house
from tests.service import prototype

__all__ = ["house", "prototype"]


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended and what it wrote."""

    status: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode()

    @property
    def sentence(self) -> str:
        """What it says to a person who has to mend something: status 2 and one line, no traceback."""
        assert self.status == 2, self.err
        assert self.text == ""
        (line,) = self.err.strip().splitlines()
        return line


Run = Callable[..., Done]


@pytest.fixture
def fengsui(
    house: House,
    prototype: App,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> Iterator[Run]:
    """Run a command line as `fengsui` would, on this test's folder, in English, with the clock at CLOCK."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.setenv(name, "C.UTF-8")

    def run(*words: str, data: bool = True, stdin: str = "", **env: str) -> Done:
        capfdbinary.readouterr()
        with monkeypatch.context() as patch:
            for name in [name for name in os.environ if name.startswith("FENGSUI_")]:
                patch.delenv(name)
            for name, value in {"FENGSUI_CLOCK": CLOCK, **env}.items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", ["fengsui", *words, *(("--data", str(house.data)) if data else ())])
            patch.setattr(sys, "stdin", TextIOWrapper(BytesIO(stdin.encode("utf-8", "surrogatepass")), "utf-8"))
            status = _status()
        out, err = capfdbinary.readouterr()
        return Done(status, out, err.decode())

    yield run
    services.install(prototype.services)


def _status() -> int:
    try:
        cli.main()
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0
