"""A conversation: the state its events add up to, kept small enough to be stored after each turn."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bot.dialogue.domain import Domain
from bot.dialogue.events import LISTEN, Event
from bot.dialogue.history import History, State, advance, initial

_EMPTY_MESSAGE: dict[str, Any] = {"intent": {}, "entities": [], "text": None, "message_id": None, "metadata": {}}
_KEPT_INTENTS = 3  # as far as the two-stage fallback looks back
_KEPT_GUESSES = 3
REWOUND = False  # stands in `recent_intents` for a rewind


class Tracker:
    """Apply events with `apply`; every other method only looks.

    `events` are those since the latest user message. `recent_intents` (newest first) are the intents of the last
    user messages, rewound ones too, with REWOUND where a rewind came between. Slots that the domain does not know
    are ignored.
    """

    __slots__ = (
        "domain",
        "events",
        "history",
        "latest_event_time",
        "latest_input_channel",
        "latest_user_time",
        "recent_intents",
        "sender_id",
        "state",
    )

    def __init__(self, sender_id: str, domain: Domain) -> None:
        self.sender_id = sender_id
        self.domain = domain
        self.state = initial(domain)
        self.history = History(domain, [])
        self.events: list[Event] = []
        self.recent_intents: tuple[str | bool | None, ...] = ()
        self.latest_input_channel: str | None = None
        self.latest_event_time: float | None = None
        self.latest_user_time: float | None = None

    @classmethod
    def fold(cls, sender_id: str, events: Iterable[Event], domain: Domain) -> Tracker:
        """The tracker of a conversation from all its events."""
        tracker = cls(sender_id, domain)
        for event in events:
            tracker.apply(event)
        return tracker

    def copy(self) -> Tracker:
        """An independent one; the events themselves are shared, nobody changes them."""
        twin = Tracker.__new__(Tracker)
        for name in Tracker.__slots__:
            setattr(twin, name, getattr(self, name))
        twin.state, twin.history, twin.events = self.state.copy(), self.history.copy(), self.events[:]
        return twin

    def after(self, events: Iterable[Event]) -> Tracker:
        """A copy to which the events are applied."""
        twin = self.copy()
        for event in events:
            twin.apply(event)
        return twin

    def apply(self, event: Event) -> None:
        kind = event["event"]
        if kind == "user":
            self._hear(event)
        elif kind == "rewind":
            self._remember(REWOUND)
        elif kind in ("restart", "session_started"):
            self.recent_intents = ()
        self.events.append(event)
        self.latest_event_time = event.get("timestamp") or self.latest_event_time
        self.history.append(event)
        self.state = self.history.replay() if kind == "rewind" else advance(self.state, event, self.domain)

    def _hear(self, event: Event) -> None:
        self.events = []
        self._remember(event["parse_data"].get("intent", {}).get("name"))
        self.latest_input_channel = event.get("input_channel")
        self.latest_user_time = event.get("timestamp") or self.latest_user_time

    def _remember(self, intent: str | bool | None) -> None:
        self.recent_intents = (intent, *self.recent_intents)[:_KEPT_INTENTS]

    # What the state says

    @property
    def slots(self) -> dict[str, Any]:
        return self.state.slots

    @property
    def active_loop(self) -> dict[str, Any] | None:
        return self.state.loop

    @property
    def active_loop_name(self) -> str | None:
        return self.state.loop["name"] if self.state.loop else None

    @property
    def latest_message(self) -> dict[str, Any]:
        """The parse data of the latest user message."""
        return self.state.user["parse_data"] if self.state.user else _EMPTY_MESSAGE

    @property
    def intent(self) -> str | None:
        intent: str | None = (self.latest_message.get("intent") or {}).get("name")
        return intent

    @property
    def latest_action_name(self) -> str | None:
        return self.state.action

    @property
    def followup_action(self) -> str | None:
        return self.state.followup

    @property
    def paused(self) -> bool:
        return self.state.paused

    def last_rejected(self) -> str | None:
        """The action that declined to run, if nothing ran since."""
        for event in reversed(self.events):
            if event["event"] == "action":
                return None
            if event["event"] == "action_execution_rejected":
                return str(event["name"])
        return None

    def current_state(self, events: list[Event] | None = None) -> dict[str, Any]:
        """As Rasa shows a tracker; `events`: what to show instead of the recent ones (all, from the store)."""
        return {
            "sender_id": self.sender_id,
            "slots": {**self.slots},
            "latest_message": self.latest_message,
            "latest_event_time": self.latest_event_time,
            "followup_action": self.followup_action,
            "paused": self.paused,
            "events": self.events[:] if events is None else events,
            "latest_input_channel": self.latest_input_channel,
            "active_loop": self.active_loop or {},
            "latest_action": {"action_name": self.latest_action_name} if self.latest_action_name else {},
            "latest_action_name": self.latest_action_name,
        }

    # Storing

    def snapshot(self) -> dict[str, Any]:
        """JSON from which `restore` makes a tracker that continues exactly like this one.

        Between turns (waiting for the user) the recent events are not needed and not in it.
        """
        users = _Users()
        waiting = bool(self.events) and self.latest_action_name == LISTEN and self.events[-1]["event"] == "action"
        base = self.history.base
        return {
            "version": 1,
            "entries": [users.pack(event) for event in self.history.entries],
            "events": [] if waiting else [users.pack(event) for event in self.events],
            "base": users.pack_state(base, self.domain) if base else None,
            "state": users.pack_state(self.state, self.domain),
            "loops": sorted(self.history.loops),
            "recent_intents": list(self.recent_intents),
            "latest_input_channel": self.latest_input_channel,
            "latest_event_time": self.latest_event_time,
            "latest_user_time": self.latest_user_time,
            "users": [event if event is self.state.user else _shortened(event) for event in users.events],
        }

    @classmethod
    def restore(cls, sender_id: str, snapshot: dict[str, Any], domain: Domain) -> Tracker:
        """The tracker of a snapshot. Slots that the domain has lost since are dropped, new ones have their start."""
        tracker = cls(sender_id, domain)
        users = _Users(snapshot["users"])
        base = snapshot["base"]
        tracker.state = users.unpack_state(snapshot["state"], domain)
        tracker.history = History(
            domain,
            [users.unpack(event) for event in snapshot["entries"]],
            frozenset(snapshot["loops"]),
            users.unpack_state(base, domain) if base else None,
        )
        tracker.events = [users.unpack(event) for event in snapshot["events"]]
        tracker.recent_intents = tuple(snapshot["recent_intents"])
        for name in ("latest_input_channel", "latest_event_time", "latest_user_time"):
            setattr(tracker, name, snapshot[name])
        return tracker


def _same(value: Any, other: Any) -> bool:
    return type(value) is type(other) and bool(value == other)  # True and 1 are equal, and not the same


def _shortened(event: Event) -> Event:
    """Of messages before the latest one nobody needs more than the best guesses."""
    parse = event["parse_data"]
    if len(parse.get("intent_ranking") or ()) <= _KEPT_GUESSES:
        return event
    return {**event, "parse_data": {**parse, "intent_ranking": parse["intent_ranking"][:_KEPT_GUESSES]}}


class _Users:
    """The user events of a snapshot: each is written once, however many places refer to it."""

    def __init__(self, events: list[Event] | None = None) -> None:
        self.events: list[Event] = events if events is not None else []

    def _number(self, event: Event | None) -> int | None:
        if event is None:
            return None
        for number, known in enumerate(self.events):
            if known is event:
                return number
        self.events.append(event)
        return len(self.events) - 1

    def pack(self, event: Event) -> Any:
        return self._number(event) if event["event"] == "user" else event

    def unpack(self, packed: Any) -> Event:
        event: Event = self.events[packed] if isinstance(packed, int) else packed
        return event

    def pack_state(self, state: State, domain: Domain) -> dict[str, Any]:
        user = self._number(state.user)
        loop = {**state.loop, "trigger_message": self._trigger(state.loop["trigger_message"])} if state.loop else None
        return {
            "slots": {k: v for k, v in state.slots.items() if not _same(v, domain.initial_slots[k])},
            "loop": loop,
            "user": user,
            "action": state.action,
            "followup": state.followup,
            "paused": state.paused,
        }

    def _trigger(self, message: Any) -> Any:
        """The number of the user event with this parse data, or the data itself if that event is gone."""
        for number, event in enumerate(self.events):
            if event["parse_data"] is message:
                return number
        return message

    def unpack_state(self, packed: dict[str, Any], domain: Domain) -> State:
        slots = {**domain.initial_slots, **{k: v for k, v in packed["slots"].items() if k in domain.initial_slots}}
        loop = packed["loop"]
        if loop and isinstance(loop["trigger_message"], int):
            loop = {**loop, "trigger_message": self.events[loop["trigger_message"]]["parse_data"]}
        user = None if packed["user"] is None else self.events[packed["user"]]
        return State(slots, loop, user, packed["action"], packed["followup"], packed["paused"])
