"""One turn of the embedded engine: a message and a conversation in, new events and messages out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bot.dialogue import responses
from bot.dialogue.actions import ActionRunner, RunAction
from bot.dialogue.assistant import Assistant
from bot.dialogue.events import (
    LISTEN,
    SESSION_METADATA,
    SESSION_START,
    ActionExecutionRejection,
    ActionFailed,
    Event,
    has,
    make,
    slot,
)
from bot.dialogue.policy import Prediction, predict
from bot.dialogue.tracker import Tracker

_MOST_PREDICTIONS = 10  # Rasa's MAX_NUMBER_OF_PREDICTIONS


@dataclass(frozen=True, slots=True)
class UserMessage:
    """What the user said. `parse`: Rasa's parse data; `timestamp`: seconds since 1970 (sessions expire by it)."""

    text: str
    parse: dict[str, Any]
    input_channel: str | None = None
    message_id: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    timestamp: float | None = None


@dataclass(frozen=True, slots=True)
class TurnResult:
    """New events to append, and messages to send in the shape and order of Rasa's REST channel (only keys in use)."""

    events: list[Event]
    messages: list[dict[str, Any]]


class EmbeddedEngine:
    """Runs an assistant. `run_action` gets Rasa's ActionCall and returns (events, responses) as rasa-sdk does.

    It must raise `bot.dialogue.events.ActionExecutionRejection` for an action that declines.
    With `strict_rasa` every event equals Rasa's. Without it the user is served better in these cases:

    - a fallback inside a form, and a message that cannot answer its question, end with the question asked again;
    - an action that declined, with nothing to take its place, ends with the question of the form asked again;
    - an action that raises makes the turn void (ActionFailed) instead of being skipped in silence, so that no form
      is submitted whose validation failed;
    - an action after which no rule says anything is the end of the turn, without "I did not understand";
    - a turn always ends listening, and a conversation whose first events are not a session gets one;
    - responses for the channel in use are found over REST too, and paragraphs stay in one message.
    """

    def __init__(self, assistant: Assistant, run_action: RunAction, *, strict_rasa: bool = False) -> None:
        self.assistant = assistant
        self._actions = ActionRunner(assistant.domain, run_action, strict_rasa)

    async def turn(self, tracker: Tracker, message: UserMessage) -> TurnResult:
        """The given tracker is left as it is: apply the events to it when they are stored.

        Raises ActionFailed (never with `strict_rasa`); then nothing may be stored.
        """
        turn = _Turn(self.assistant, self._actions, tracker.copy(), message.timestamp)
        await turn.begin(message)
        await turn.hear(message)
        await turn.answer()
        return TurnResult(turn.events, turn.messages)


@dataclass(slots=True)
class _Turn:
    """The turn under way. `rewound`: the user's message was taken back and no question asked since."""

    assistant: Assistant
    actions: ActionRunner
    tracker: Tracker
    now: float | None
    events: list[Event] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    rewound: bool = False

    @property
    def strict(self) -> bool:
        return self.actions.strict_rasa

    def record(self, *events: Event) -> None:
        for event in events:
            event["timestamp"] = self.now
            self.tracker.apply(event)
            self.events.append(event)
            if event["event"] == "bot":
                self.messages += responses.messages(event, paragraphs=self.strict)

    async def begin(self, message: UserMessage) -> None:
        """Start a session if there is none, or if the last message is too long ago."""
        if not self._needs_session():
            return
        if message.metadata:
            self.record(slot(SESSION_METADATA, message.metadata))
        await self.run(Prediction(SESSION_START, None, hidden=False))

    def _needs_session(self) -> bool:
        history = self.tracker.history
        fresh = history.base is None and not history.entries
        return fresh or self._has_expired() or (not self.strict and self.tracker.latest_action_name is None)

    def _has_expired(self) -> bool:
        minutes, last = self.assistant.domain.session.expires_after, self.tracker.latest_user_time
        return minutes > 0 and None not in (last, self.now) and (self.now or 0) - (last or 0) > minutes * 60

    async def hear(self, message: UserMessage) -> None:
        about = {"text": message.text, "message_id": message.message_id, "metadata": message.metadata}
        parse = {"intent": {}, "entities": [], **about, **message.parse}
        self.record(make("user", **about, parse_data=parse, input_channel=message.input_channel))
        self.record(*await self.actions.extract(self.tracker))

    async def answer(self) -> None:
        """Act until an action waits for the user. A paused conversation only listens (but it can be restarted)."""
        if self.tracker.paused and self.tracker.intent != "restart":
            return
        for _ in range(_MOST_PREDICTIONS):
            prediction = predict(self.assistant, self.tracker, strict=self.strict, rewound=self.rewound)
            await self.run(prediction)
            if prediction.action in (LISTEN, SESSION_START) or self.tracker.paused:
                break
        if not self.strict and self.tracker.latest_action_name != LISTEN:
            self.record(make("action", name=LISTEN))

    async def run(self, prediction: Prediction) -> None:
        before = self._policy_events(prediction)
        try:
            events = await self.actions.run(prediction.action, self.tracker.after(before) if before else self.tracker)
        except ActionExecutionRejection:
            self.record(make("action_execution_rejected", **_why(prediction)))
            return
        except ActionFailed:
            if not self.strict:
                raise
            events = []
        if not has(events, "action_execution_rejected"):
            self.record(*before, make("action", **_why(prediction), hide_rule_turn=prediction.hidden))
        self.record(*events)
        self.rewound = has(events, "rewind")
        if has(events, "user"):
            self.record(*await self.actions.extract(self.tracker))

    def _policy_events(self, prediction: Prediction) -> list[Event]:
        """What the policy adds to a prediction that follows a user's message."""
        events = [make("loop_interrupted", is_interrupted=True)] if prediction.returning else []
        if prediction.policy == "RulePolicy" and self.tracker.latest_action_name == LISTEN:
            events.append(make("user_featurization"))
        return events


def _why(prediction: Prediction) -> dict[str, Any]:
    return {"name": prediction.action, "policy": prediction.policy, "confidence": prediction.confidence}
