"""The conversation that the README prints, typed into the real service: each reply is there, alert included."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Condition, Thread

import pytest

from bot.app import App
from tests.service import PROJECT, prototype

__all__ = ["prototype"]

READMES = {"en": PROJECT / "README.md", "zh": PROJECT / "README.zh.md"}
BLOCK = re.compile(r"^```text\n(.*?)^```", re.DOTALL | re.MULTILINE)
TYPED = re.compile(r"^(?:you|您)> (.+)$", re.MULTILINE)
ELIDED = re.compile(r"^…$", re.MULTILINE)
SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Turn:
    """What is typed ("" for the alert, which comes unasked) and the pieces of reply that must appear in this order."""

    typed: str
    replies: tuple[str, ...]


def turns(readme: Path) -> list[Turn]:
    """The two blocks of a README: the conversation, and the alert."""
    conversation, alert = (match[1] for match in BLOCK.finditer(readme.read_text("utf-8")))
    before, *parts = TYPED.split(conversation)
    assert not before.strip()
    asked = [Turn(typed, pieces(reply)) for typed, reply in zip(parts[::2], parts[1::2], strict=True)]
    return [*asked, Turn("", pieces(alert))]


def pieces(text: str) -> tuple[str, ...]:
    """The text between elisions, without the blanks and line ends that only the page's width asks for."""
    return tuple(found for part in ELIDED.split(text) if (found := tight(part)))


def tight(text: str) -> str:
    return re.sub(r"\s+", "", text)


@dataclass(slots=True)
class Terminal:
    """`fengsui chat` as a person sees it: type a line, wait until something is shown."""

    process: "subprocess.Popen[str]"
    _shown: str = ""
    _seen: int = 0
    _news: Condition = field(default_factory=Condition)

    def listen(self) -> None:
        assert self.process.stdout is not None
        while character := self.process.stdout.read(1):
            with self._news:
                self._shown += character if not character.isspace() else ""
                self._news.notify_all()

    def type(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def shows(self, piece: str) -> None:
        """Wait until `piece` is shown after everything that was waited for before."""
        with self._news:
            came = self._news.wait_for(lambda: piece in self._shown[self._seen :], SECONDS)
            assert came, f"not shown: {piece}\nbut: {self._shown[self._seen :]}"
            self._seen = self._shown.index(piece, self._seen) + len(piece)


def environment(data: Path, language: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FENGSUI_")}
    tongue = {"en": "C.UTF-8", "zh": "zh_CN.UTF-8"}[language]
    clock = {"FENGSUI_CLOCK": "2026-11-22T09:00:00Z", "FENGSUI_DATA": str(data), "FENGSUI_WEB__PORT": "0"}
    return {**kept, **clock, "LC_ALL": tongue, "PYTHONUTF8": "1"}


def fengsui(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "bot", *arguments]


@contextmanager
def running(command: list[str], env: dict[str, str]) -> Iterator["subprocess.Popen[str]"]:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    process = subprocess.Popen(command, env=env, cwd=PROJECT, text=True, encoding="utf-8", bufsize=1, **pipes)
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=SECONDS)


@contextmanager
def chatting(env: dict[str, str]) -> Iterator[Terminal]:
    with running(fengsui("chat"), env) as process:
        terminal = Terminal(process)
        listener = Thread(target=terminal.listen)
        listener.start()
        try:
            yield terminal
        finally:
            process.terminate()
            listener.join(SECONDS)


def until_up(process: "subprocess.Popen[str]") -> None:
    assert process.stdout is not None
    start = time.monotonic()
    while "http://" not in process.stdout.readline():
        assert process.poll() is None, "the service did not start"
        assert time.monotonic() - start < SECONDS


@pytest.fixture
def data(prototype: App, tmp_path: Path) -> Path:
    """A data folder with nothing but the trained model."""
    shutil.copytree(prototype.services.settings.data / "model", tmp_path / "model")
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_conversation_of_the_readme_works_as_printed(language: str, data: Path) -> None:
    env = environment(data, language)
    with running(fengsui("up", "--demo"), env) as service:
        until_up(service)
        with chatting(env) as terminal:
            for turn in turns(READMES[language]):
                if turn.typed:
                    terminal.type(turn.typed)
                else:
                    subprocess.run(fengsui("demo", "--new"), env=env, cwd=PROJECT, check=True, capture_output=True)
                for piece in turn.replies:
                    terminal.shows(piece)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_readme_goes_from_question_to_alert(language: str) -> None:
    typed = [turn.typed for turn in turns(READMES[language])]
    assert len(typed) >= 5
    assert typed[-1] == ""
    assert all(turn.replies for turn in turns(READMES[language]))
