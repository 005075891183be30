"""Writes what a real Rasa does into the strict transcripts: python -m tests.rasa.record (after `make rasa`)."""

import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

from tests.dialogue.desk import lines
from tests.rasa.server import Rasa, rasa

FOLDER = Path(__file__).parents[1] / "dialogue" / "transcripts" / "strict"


def playable(script: dict[str, Any]) -> str | None:
    """Why a transcript cannot be played on a server; None when it can."""
    for turn in script["turns"]:
        if "apply" in turn:
            return "events from outside are applied"
        if "at" in turn:
            return "the clock is set"
        if turn.get("channel", "rest") != "rest":
            return "another channel"
    return None


def scripts(assistant: str) -> list[Path]:
    found = []
    for path in sorted(FOLDER.glob("*.yml")):
        script = yaml.safe_load(path.read_text("utf-8"))
        if script["assistant"] == assistant and playable(script) is None:
            found.append(path)
    return found


def play(server: Rasa, script: dict[str, Any], sender: str) -> list[tuple[list[str], list[dict[str, Any]]]]:
    """(events as lines, replies) of each turn."""
    played, seen = [], 0.0
    for number, turn in enumerate(script["turns"], start=1):
        replies = server.say(sender, turn, number)
        new = [event for event in server.events(sender) if event["timestamp"] > seen]  # a new session hides the old one
        seen = max(event["timestamp"] for event in new)
        played.append((lines(new), replies))
    return played


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        for name in ("library", "bicycles"):
            with rasa(name, Path(folder)) as server:
                for path in scripts(name):
                    _record(server, path)
    return 0


def _record(server: Rasa, path: Path) -> None:
    script = yaml.safe_load(path.read_text("utf-8"))
    played = play(server, script, path.stem)
    if [(turn["events"], turn["replies"]) for turn in script["turns"]] == played:
        return
    for turn, (events, replies) in zip(script["turns"], played, strict=True):
        turn |= {"events": events, "replies": replies}
    path.write_text(yaml.safe_dump(script, allow_unicode=True, sort_keys=False, width=120), "utf-8")
    sys.stdout.write(f"{path.name}: changed\n")


if __name__ == "__main__":
    raise SystemExit(main())
