"""The events that still count: rewound turns are taken out, and the turns of a loop that went well fold into its first.

Rules look at this history, and a rewind rebuilds the state from it. The same list Rasa computes anew from all events
at each step is kept here as it goes, and stays short: only `KEPT_TURNS` user messages back can be rewound.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.dialogue.domain import Domain
from bot.dialogue.events import LISTEN, SESSION_START, Event

KEPT_TURNS = 8
_MARKS = ("user", "action")
_WITHOUT_EFFECT = ("bot", "user_featurization")


@dataclass(slots=True)
class State:
    """What the events so far add up to. `user`: the latest user event; `action`: the latest action's name."""

    slots: dict[str, Any]
    loop: dict[str, Any] | None = None
    user: Event | None = None
    action: str | None = None
    followup: str | None = LISTEN
    paused: bool = False

    def copy(self) -> State:
        return State({**self.slots}, self.loop, self.user, self.action, self.followup, self.paused)


def initial(domain: Domain) -> State:
    return State({**domain.initial_slots})


def advance(state: State, event: Event, domain: Domain) -> State:
    """The state after the event: the same object changed, or a new one when all is forgotten."""
    kind = event["event"]
    if kind == "slot":
        if event["name"] in state.slots:  # a slot that the domain does not know is no slot
            state.slots[event["name"]] = event["value"]
    elif kind == "action":
        _execute(state, event["name"])
    elif kind == "user":
        state.user, state.followup = event, None
    elif kind == "active_loop":
        state.loop = _loop(event["name"], state.user)
    elif kind == "action_execution_rejected":
        if state.loop and state.loop["name"] == event["name"]:
            state.loop = {**state.loop, "rejected": True}
    elif kind == "loop_interrupted":
        state.loop = {**state.loop, "is_interrupted": event["is_interrupted"]} if state.loop else None
    elif kind in ("pause", "resume"):
        state.paused = kind == "pause"
    elif kind == "reset_slots":
        state.slots = {**domain.initial_slots}
    elif kind == "followup":
        state.followup = event["name"]
    elif kind in ("restart", "session_started"):
        state = initial(domain)
        state.followup = SESSION_START if kind == "restart" else LISTEN
    return state


def _execute(state: State, name: str) -> None:
    state.action, state.followup = name, None
    if state.loop:
        rejected = state.loop["rejected"] and state.loop["name"] != name
        state.loop = {**state.loop, "is_interrupted": False, "rejected": rejected}


def _loop(name: str | None, user: Event | None) -> dict[str, Any] | None:
    if name is None:
        return None
    trigger = user["parse_data"] if user else None
    return {"name": name, "is_interrupted": False, "rejected": False, "trigger_message": trigger}


@dataclass(slots=True)
class History:
    """`base`: the state before the first entry, None at the start of a conversation. `loops`: all that ever ran."""

    domain: Domain
    entries: list[Event]
    loops: frozenset[str] = frozenset()
    base: State | None = None

    def copy(self) -> History:
        return History(self.domain, self.entries[:], self.loops, self.base)

    def start(self) -> State:
        """The state before the first entry (yours to change)."""
        return self.base.copy() if self.base else initial(self.domain)

    def replay(self, upto: int | None = None) -> State:
        state = self.start()
        for event in self.entries[:upto]:
            state = advance(state, event, self.domain)
        return state

    def append(self, event: Event) -> None:
        kind = event["event"]
        if kind in ("restart", "session_started"):
            self.entries, self.loops, self.base = [], frozenset(), None
        elif kind == "rewind":
            _drop_through_last(self.entries, "user")
            _drop_through_last(self.entries, "action")
        elif kind == "action" and event["name"] in self.loops and not _starts_anew(self.entries, event["name"]):
            _fold_into_loop(self.entries, event["name"])
        elif kind not in _WITHOUT_EFFECT:
            self._append(event)

    def _append(self, event: Event) -> None:
        kind = event["event"]
        if kind == "slot":
            _forget_overwritten(self.entries, event["name"])
        elif kind == "active_loop" and event["name"]:
            self.loops |= {event["name"]}
        elif kind == "user":
            self._trim()
        self.entries.append(event)

    def _trim(self) -> None:
        """Before another user message: fold what can no longer be rewound into the base."""
        users = [place for place, event in enumerate(self.entries) if event["event"] == "user"]
        if len(users) >= KEPT_TURNS:
            cut = _last_action_before(self.entries, users[-KEPT_TURNS + 1])
            self.base = self.replay(cut)
            del self.entries[:cut]


def _drop_through_last(entries: list[Event], kind: str) -> None:
    while entries and entries.pop()["event"] != kind:
        pass


def _last_action_before(entries: list[Event], place: int) -> int:
    """The action (a listen, as a rule) that goes with the user message at `place`; none lies before another message."""
    for index in range(place - 1, -1, -1):
        if entries[index]["event"] in _MARKS:
            return index if entries[index]["event"] == "action" else place
    return place


def _starts_anew(entries: list[Event], loop: str) -> bool:
    """Whether this run of the loop is its first one, or comes back from an excursion; else it continues the last."""
    following: str | None = None
    for event in reversed(entries):
        kind = event["event"]
        if (kind == "active_loop" and event["name"] is None) or (
            kind == "action_execution_rejected" and event["name"] == loop
        ):
            return True
        if kind == "user" and following not in (None, loop):
            return True
        if kind == "action":
            if event["name"] == loop:
                return False
            following = event["name"]
    return True


def _fold_into_loop(entries: list[Event], loop: str) -> None:
    start = max(i for i, e in enumerate(entries) if e["event"] == "action" and e["name"] == loop) + 1
    kept = [event for event in entries[start:] if event["event"] not in _MARKS]
    last = {event["name"]: place for place, event in enumerate(kept) if event["event"] == "slot"}
    entries[start:] = [e for place, e in enumerate(kept) if e["event"] != "slot" or last[e["name"]] == place]


def _forget_overwritten(entries: list[Event], slot: str) -> None:
    """Of several values of a slot with no action or message in between only the last one counts."""
    for place in range(len(entries) - 1, -1, -1):
        kind = entries[place]["event"]
        if kind in _MARKS or kind == "reset_slots":
            return
        if kind == "slot" and entries[place]["name"] == slot:
            del entries[place]
            return
