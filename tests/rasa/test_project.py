"""This project's own conversations on a real Rasa: the same transcripts as on the embedded engine."""

import asyncio
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot import app as root
from bot.dialogue.engine import TurnResult, UserMessage
from bot.dialogue.events import ActionExecutionRejection
from bot.dialogue.tracker import Tracker
from bot.rasa_server import RasaEngine, UnknownTurn
from bot.settings import Rasa as Settings
from tests.conversations.test_conversations import ALL
from tests.conversations.transcript import Play, Story
from tests.rasa.server import PROJECT, RASA, Prompter, environment, free_port, wait
from tests.service import Service, prototype, service

__all__ = ["prototype", "service"]

pytestmark = [pytest.mark.rasa, pytest.mark.skipif(not RASA.exists(), reason="NO RASA: run `make rasa-setup` first")]

# Where the embedded engine serves people better on purpose (docs/rasa.md), a transcript may differ: its name and why.
DIFFERENT: dict[str, str] = yaml.safe_load((Path(__file__).parent / "different.yml").read_text("utf-8")) or {}


@dataclass(slots=True)
class Bridge(Prompter):
    """What the service's web app does for Rasa, for the engine of the turn under way."""

    engine: RasaEngine | None = None

    def answer(self, path: str, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        assert self.engine
        if path == "/model/parse":
            parse = self.engine.parse_of(asked["metadata"])
            return (200, parse) if parse else (403, {})
        try:
            return 200, asyncio.run(self.engine.act(asked))
        except ActionExecutionRejection as declined:
            return 400, {"error": str(declined), "action_name": asked["next_action"]}
        except UnknownTurn:
            return 403, {}
        except Exception as error:
            return 500, {"error": repr(error), "action_name": asked["next_action"]}


@dataclass(slots=True)
class Turns:
    """An engine for tests that run each turn in an event loop of its own; each story talks under names of its own."""

    url: str
    bridge: Bridge
    run_action: Any
    story: str = ""
    trackers: dict[str, Tracker] = field(default_factory=dict)

    async def turn(self, tracker: Tracker, message: UserMessage) -> TurnResult:
        named = tracker.copy()
        named.sender_id = f"{self.story}:{tracker.sender_id}"
        self.bridge.engine = RasaEngine(Settings(url=self.url, timeout=60), self.run_action)
        try:
            return await self.bridge.engine.turn(named, message)
        finally:
            await self.bridge.engine.close()


@contextmanager
def project_on_rasa(folder: Path) -> Iterator[tuple[str, Bridge]]:
    """This project, trained and served by Rasa as `make rasa` does it."""
    with Bridge().serving() as bridge:
        port = free_port()
        env = {**environment(), "RASA_WORK": str(folder), "RASA_PORT": str(port), "RASA_SERVICE": bridge.url}
        with (folder / "rasa.log").open("wb") as log:
            script = [str(PROJECT / "tools" / "rasa" / "serve.sh")]
            server = subprocess.Popen(script, env=env, stdout=log, stderr=log)
            try:
                yield wait(f"http://127.0.0.1:{port}", server), bridge  # type: ignore[misc]  # a Bridge gives itself
            finally:
                server.terminate()
                server.wait(30)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, prototype: root.App) -> Iterator[Turns]:
    with project_on_rasa(tmp_path_factory.mktemp("project")) as (url, bridge):
        yield Turns(url, bridge, root.action_runner())


@pytest.mark.parametrize(("language", "story"), [(a, c) for a, _, c in ALL], ids=[name for _, name, _ in ALL])
def test_conversation(language: str, story: Story, service: Service, engine: Turns, request: Any) -> None:
    name = request.node.callspec.id
    engine.story = name
    service.app = replace(service.app, conversations=replace(service.app.conversations, engine=engine))
    if name in DIFFERENT:
        with pytest.raises(pytest.fail.Exception):
            Play(service, language).run(story)
    else:
        Play(service, language).run(story)


def test_no_difference_is_listed_that_is_none() -> None:
    assert set(DIFFERENT) <= {name for _, name, _ in ALL}
    assert os.environ.get("FENGSUI_TEST_RASA") or RASA.exists()
