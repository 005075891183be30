"""The events of a conversation as Rasa writes them: plain dicts with the same keys."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Event = dict[str, Any]

LISTEN = "action_listen"
SESSION_START = "action_session_start"
DEFAULT_FALLBACK = "action_default_fallback"
TWO_STAGE_FALLBACK = "action_two_stage_fallback"
REQUESTED_SLOT = "requested_slot"
SESSION_METADATA = "session_started_metadata"
NLU_FALLBACK = "nlu_fallback"
OUT_OF_SCOPE = "out_of_scope"

# The fields of each event that an action may return, with their defaults. What is not here is refused:
# reminders, because our own scheduler sends what is due; undo, export and the rest, because nothing uses them.
_FIELDS: dict[str, dict[str, Any]] = {
    "action": {"name": None, "policy": None, "confidence": None, "action_text": None, "hide_rule_turn": False},
    "action_execution_rejected": {"name": None, "policy": None, "confidence": None},
    "active_loop": {"name": None},
    "bot": {"metadata": {}, "text": None, "data": {}},
    "followup": {"name": None},
    "loop_interrupted": {"is_interrupted": False},
    "pause": {},
    "reset_slots": {},
    "restart": {},
    "resume": {},
    "rewind": {},
    "session_started": {},
    "slot": {"name": None, "value": None},
    "user": {"text": None, "parse_data": {}, "input_channel": None, "message_id": None, "metadata": {}},
    "user_featurization": {"use_text_for_featurization": False},
}


class UnsupportedEvent(Exception):
    """An action returned an event that this engine does not carry out."""


class ActionFailed(Exception):
    """A custom action raised: the turn is void, nothing of it may be stored. `action`: its name; `cause`."""

    def __init__(self, action: str, cause: Exception) -> None:
        super().__init__(f"{action}: {cause!r}")
        self.action = action
        self.cause = cause


class ActionExecutionRejection(Exception):
    """Raised by the injected runner when an action declines to run, so that another one is predicted."""


def make(kind: str, **fields: Any) -> Event:
    """An event with all its fields, in Rasa's spelling. `timestamp` is filled in when it is recorded."""
    return {"event": kind, "timestamp": None, **_FIELDS[kind], **fields}


def slot(name: str, value: Any) -> Event:
    return {"event": "slot", "timestamp": None, "name": name, "value": value}


def normalise(event: Event) -> Event:
    """An event as an action returned it, with exactly the fields of its kind.

    Raises UnsupportedEvent, so that a reminder or an undo is never dropped silently.
    """
    kind = str(event.get("event"))
    fields = _FIELDS.get(kind)
    if fields is None:
        raise UnsupportedEvent(f"event {kind!r} is not supported")
    result = {"event": kind, "timestamp": None, **{key: event.get(key, default) for key, default in fields.items()}}
    if event.get("metadata"):
        result["metadata"] = event["metadata"]
    return result


def of_kind(events: Iterable[Event], kind: str) -> list[Event]:
    return [event for event in events if event["event"] == kind]


def has(events: Iterable[Event], kind: str) -> bool:
    return any(event["event"] == kind for event in events)
