"""Runs the test assistants: their actions through rasa-sdk's executor in process, their events as short lines."""

import asyncio
import inspect
import json
from functools import cache
from pathlib import Path
from typing import Any

from rasa_sdk import Action
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection as Declined

from bot.dialogue.assistant import Assistant
from bot.dialogue.engine import EmbeddedEngine, TurnResult, UserMessage
from bot.dialogue.events import ActionExecutionRejection, Event
from bot.dialogue.tracker import Tracker
from tests.dialogue import actions

BOTS = Path(__file__).parent / "bots"


@cache
def assistant(name: str) -> Assistant:
    folder = BOTS / name
    domain = folder / "domain" if (folder / "domain").is_dir() else folder / "domain.yml"
    return Assistant.load(config=folder / "config.yml", domain=domain, rules=folder / "rules.yml")


@cache
def executor() -> ActionExecutor:
    found = ActionExecutor()
    for _, action in inspect.getmembers(actions, inspect.isclass):
        if issubclass(action, Action) and action.__module__ == actions.__name__ and action.__name__[0] != "_":
            found.register_action(action)
    return found


async def run_action(call: dict[str, Any]) -> tuple[list[Event], list[dict[str, Any]]]:
    try:
        result = await executor().run(call)
    except Declined as declined:
        raise ActionExecutionRejection(str(declined)) from declined
    assert result is not None
    return result.events, result.responses


class Desk:
    """A conversation with a test assistant; every event it has had stands in `events`."""

    def __init__(self, name: str = "library", *, strict: bool = True, run: Any = run_action) -> None:
        self.assistant = assistant(name)
        self.engine = EmbeddedEngine(self.assistant, run, strict_rasa=strict)
        self.tracker = Tracker("reader-1", self.assistant.domain)
        self.events: list[Event] = []
        self.said = 0

    def hear(self, turn: dict[str, Any]) -> TurnResult:
        """`turn`: say, intent, and optionally entities [[name, value]], guesses, channel, metadata, at (seconds)."""
        self.said += 1
        result = asyncio.run(self.engine.turn(self.tracker, message(turn, str(self.said))))
        self.append(result.events)
        return result

    def say(self, text: str, intent: str, *entities: tuple[str, Any], **more: Any) -> TurnResult:
        return self.hear({"say": text, "intent": intent, "entities": entities, **more})

    def append(self, events: list[Event]) -> None:
        for event in events:
            self.tracker.apply(event)
        self.events += events


def message(turn: dict[str, Any], number: str) -> UserMessage:
    # A payload is read by nobody's guess; as the interpreter does, and as Rasa does before it asks one.
    intent = {"name": turn["intent"], "confidence": 1.0 if turn["say"].startswith("/") else 0.9}
    ranking = [intent, *({"name": name, "confidence": 0.1} for name in turn.get("guesses", ()))]
    entities = [{"entity": name, "value": value} for name, value in turn.get("entities", ())]
    return UserMessage(
        text=turn["say"],
        parse={"text": turn["say"], "intent": intent, "entities": entities, "intent_ranking": ranking},
        input_channel=turn.get("channel", "rest"),
        message_id=number,
        metadata=turn.get("metadata") or {},
        timestamp=turn.get("at"),
    )


def lines(events: list[Event]) -> list[str]:
    """Each event on one line, with every field that means something."""
    return [f"{event['event']} {_about(event)}".strip() for event in events]


def _about(event: Event) -> str:
    kind = event["event"]
    if kind == "action":
        hidden = " rule" if event["hide_rule_turn"] else ""
        return f"{event['name']} ({event['policy']} {event['confidence']}{hidden})"
    if kind == "action_execution_rejected":
        return f"{event['name']} ({event['policy']} {event['confidence']})"
    if kind == "slot":
        return f"{event['name']} = {_json(event['value'])}"
    if kind == "user":
        return (
            f"{event['text']} ({event['parse_data']['intent']['name']} {event['parse_data']['intent']['confidence']})"
        )
    if kind == "bot":
        data = {key: value for key, value in event["data"].items() if value}
        return " ".join([str(event["text"]), *(_json(part) for part in (data, event["metadata"]) if part)])
    return str(event.get("name", event.get("is_interrupted", "")))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
