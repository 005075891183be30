"""Conversations with two small assistants, event by event: strictly as Rasa, and where we differ on purpose."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.dialogue.tracker import Tracker
from tests.dialogue.desk import Desk, lines

FOLDER = Path(__file__).parent / "transcripts"


def transcripts() -> list[Any]:
    return [pytest.param(path, id=f"{path.parent.name}-{path.stem}") for path in sorted(FOLDER.glob("*/*.yml"))]


@pytest.mark.parametrize("path", transcripts())
def test_every_event_and_reply(path: Path) -> None:
    script = yaml.safe_load(path.read_text(encoding="utf-8"))
    desk = Desk(script["assistant"], strict=path.parent.name == "strict")
    for turn in script["turns"]:
        if "apply" in turn:
            desk.append(turn["apply"])
        else:
            result = desk.hear(turn)
            assert lines(result.events) == turn["events"]
            assert result.messages == turn["replies"]


@pytest.mark.parametrize("path", transcripts())
def test_restarting_before_each_turn_changes_nothing(path: Path) -> None:
    script = yaml.safe_load(path.read_text(encoding="utf-8"))
    desk = Desk(script["assistant"], strict=path.parent.name == "strict")
    for turn in script["turns"]:
        desk.tracker = Tracker.restore("reader-1", desk.tracker.snapshot(), desk.assistant.domain)
        if "apply" in turn:
            desk.append(turn["apply"])
        else:
            assert lines(desk.hear(turn).events) == turn["events"]


@pytest.mark.parametrize("path", transcripts())
def test_the_events_alone_give_the_same_tracker(path: Path) -> None:
    script = yaml.safe_load(path.read_text(encoding="utf-8"))
    desk = Desk(script["assistant"], strict=path.parent.name == "strict")
    for turn in script["turns"]:
        if "apply" in turn:
            desk.append(turn["apply"])
        else:
            desk.hear(turn)
    folded = Tracker.fold("reader-1", desk.events, desk.assistant.domain)
    assert folded.snapshot() == desk.tracker.snapshot()
