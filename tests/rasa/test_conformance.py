"""The strict transcripts on a real Rasa: what our engine is held to is what Rasa does."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.rasa.record import play, scripts
from tests.rasa.server import RASA, Rasa, rasa

pytestmark = [pytest.mark.rasa, pytest.mark.skipif(not RASA.exists(), reason="NO RASA: run `make rasa` first")]


@pytest.fixture(scope="module", params=["library", "bicycles"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Rasa]]:
    with rasa(request.param, tmp_path_factory.mktemp("rasa")) as running:
        yield request.param, running


def test_every_event_and_reply_is_rasas(server: tuple[str, Rasa]) -> None:
    name, running = server
    differing = [path.name for path in scripts(name) if not _same(running, path)]
    assert differing == []


def _same(running: Rasa, path: Path) -> bool:
    script = yaml.safe_load(path.read_text("utf-8"))
    return play(running, script, path.stem) == [(turn["events"], turn["replies"]) for turn in script["turns"]]


def test_most_transcripts_can_be_played() -> None:
    assert len(scripts("library")) + len(scripts("bicycles")) >= 28
