"""The tracker against a naive one that keeps every event, as random conversations go; and its snapshots."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.dialogue.domain import Domain
from bot.dialogue.events import Event, make, slot
from bot.dialogue.history import KEPT_TURNS, advance, initial
from bot.dialogue.tracker import Tracker
from tests.dialogue.desk import Desk, assistant

DOMAIN: Domain = assistant("library").domain
SLOTS = ("title", "branch", "tone", "requested_slot", "unknown")
ACTIONS = ("action_listen", "borrow_form", "advice_form", "utter_hello", "action_default_fallback")


def said(text: str) -> Event:
    parse = {"text": text, "intent": {"name": text, "confidence": 1.0}, "entities": []}
    return make("user", text=text, parse_data=parse, input_channel="web", message_id=text)


# Applied by the million: events are shared, nobody may change them.
EVENTS: tuple[Event, ...] = (
    *(make("action", name=name) for name in ACTIONS),
    *(slot(name, value) for name in SLOTS for value in (None, "x", "y")),
    *(said(text) for text in ("greet", "borrow", "nlu_fallback")),
    *(make("action_execution_rejected", name=name) for name in ("borrow_form", "action_wave")),
    *(make(kind) for kind in ("pause", "resume", "reset_slots", "rewind", "restart", "session_started")),
    make("followup", name="utter_hello"),
    make("loop_interrupted", is_interrupted=True),
    make("user_featurization"),
    make("bot", text="hello"),
    make("active_loop", name=None),
)
# A form is activated right after its first run; Rasa, too, knows a loop by its activation only.
STARTS: tuple[tuple[Event, ...], ...] = tuple(
    (make("action", name=name), make("active_loop", name=name)) for name in ("borrow_form", "advice_form")
)
TURN: tuple[Event, ...] = (make("action", name="action_listen"), said("greet"))
steps = st.one_of(st.sampled_from(EVENTS).map(lambda event: (event,)), st.sampled_from(STARTS), st.just(TURN))
conversations = st.lists(steps, max_size=30).map(lambda found: [event for part in found for event in part])


class Naive:
    """Every event is kept, and what still counts is worked out anew each time, word for word as Rasa's rule goes."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.state = initial(DOMAIN)

    def apply(self, event: Event) -> None:
        if event["event"] in ("restart", "session_started"):
            self.events = []
        self.events.append(event)
        if event["event"] != "rewind":
            self.state = advance(self.state, event, DOMAIN)
            return
        self.state = initial(DOMAIN)
        for counted in self.counting():
            self.state = advance(self.state, counted, DOMAIN)

    def counting(self) -> list[Event]:
        found: list[Event] = []
        loops: set[str] = set()
        for event in self.events:
            kind = event["event"]
            if kind == "active_loop" and event["name"]:
                loops.add(event["name"])
            if kind == "rewind":
                for wanted in ("user", "action"):
                    while found and found.pop()["event"] != wanted:
                        pass
            elif kind == "action" and event["name"] in loops and self.continues(found, event["name"]):
                place = max(i for i, e in enumerate(found) if e["event"] == "action" and e["name"] == event["name"])
                found[place + 1 :] = [e for e in found[place + 1 :] if e["event"] not in ("action", "user")]
            elif kind not in ("restart", "session_started"):
                found.append(event)
        return found

    def continues(self, found: list[Event], loop: str) -> bool:
        after = None
        for event in reversed(found):
            if event["event"] == "active_loop" and event["name"] is None:
                return False
            if event["event"] == "action_execution_rejected" and event["name"] == loop:
                return False
            if event["event"] == "user" and after is not None and after != loop:
                return False
            if event["event"] == "action":
                if event["name"] == loop:
                    return True
                after = event["name"]
        return False


def state_of(tracker: Tracker | Naive) -> Any:
    return tracker.state


def everything(tracker: Tracker) -> Any:
    """All that a continuing conversation can depend on."""
    history = tracker.history
    times = (tracker.latest_event_time, tracker.latest_user_time, tracker.latest_input_channel)
    return tracker.state, history.base, history.entries, history.loops, tracker.recent_intents, times


def users(events: list[Event]) -> int:
    return sum(event["event"] == "user" for event in events)


@settings(max_examples=400, deadline=None)
@given(conversations.filter(lambda events: users(events) < KEPT_TURNS))
def test_the_short_history_gives_what_the_whole_one_would(events: list[Event]) -> None:
    tracker, naive = Tracker("u", DOMAIN), Naive()
    for event in events:
        tracker.apply(event)
        naive.apply(event)
        assert state_of(tracker) == state_of(naive)


@settings(max_examples=200, deadline=None)
@given(conversations, st.integers(0, 60))
def test_a_fold_is_the_tracker_that_grew(events: list[Event], place: int) -> None:
    grown = Tracker.fold("u", events[:place], DOMAIN).after(events[place:])
    assert grown.snapshot() == Tracker.fold("u", events, DOMAIN).snapshot()


@settings(max_examples=300, deadline=None)
@given(conversations, st.integers(0, 60))
def test_a_restored_tracker_continues_as_if_nothing_had_happened(events: list[Event], place: int) -> None:
    """Stored and read at any event, also between a message and its answer, and followed by rewinds."""
    stored = json.dumps(Tracker.fold("u", events[:place], DOMAIN).snapshot())
    restored = Tracker.restore("u", json.loads(stored), DOMAIN).after([*events[place:], make("rewind")])
    straight = Tracker.fold("u", [*events, make("rewind")], DOMAIN)
    assert everything(restored) == everything(straight)
    assert restored.last_rejected() == straight.last_rejected()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([*EVENTS, *TURN]), min_size=300, max_size=600))
def test_a_long_conversation_stays_small(events: list[Event]) -> None:
    tracker = Tracker.fold("u", events, DOMAIN)
    assert users(tracker.history.entries) <= KEPT_TURNS


def test_rewinds_reach_eight_messages_back_and_then_stop() -> None:
    tracker = Tracker("u", DOMAIN)
    for number in range(20):
        for event in (make("action", name="action_listen"), said(str(number)), slot("title", str(number))):
            tracker.apply(event)
    for back in range(1, 12):
        tracker.apply(make("rewind"))
        assert tracker.slots["title"] == str(max(19 - back, 19 - KEPT_TURNS))


def test_a_snapshot_between_turns_is_small() -> None:
    desk = Desk()
    for _ in range(30):
        desk.say("When are you open?", "ask_hours", guesses=[f"intent_{n}" for n in range(30)])
    snapshot = desk.tracker.snapshot()
    assert snapshot["events"] == []
    assert len(json.dumps(snapshot)) < 10_000


def test_a_slot_that_the_domain_has_lost_is_dropped() -> None:
    tracker = Tracker.fold("u", [slot("title", "Emma")], DOMAIN)
    snapshot = tracker.snapshot()
    snapshot["state"]["slots"]["gone"] = 1
    assert "gone" not in Tracker.restore("u", snapshot, DOMAIN).slots
    assert Tracker.restore("u", snapshot, DOMAIN).slots["tone"] == "plain"


def test_true_is_not_one_in_a_snapshot() -> None:
    tracker = Tracker.fold("u", [slot("member", 0)], DOMAIN)
    assert Tracker.restore("u", tracker.snapshot(), DOMAIN).slots["member"] is not False


def test_the_current_state_has_rasas_keys() -> None:
    desk = Desk()
    assert desk.tracker.current_state() == {
        "sender_id": "reader-1",
        "slots": dict(DOMAIN.initial_slots),
        "latest_message": {"intent": {}, "entities": [], "text": None, "message_id": None, "metadata": {}},
        "latest_event_time": None,
        "followup_action": "action_listen",
        "paused": False,
        "events": [],
        "latest_input_channel": None,
        "active_loop": {},
        "latest_action": {},
        "latest_action_name": None,
    }
    desk.say("Can I borrow a book?", "borrow", channel="web")
    state = desk.tracker.current_state(events=desk.events)
    assert state["active_loop"]["trigger_message"]["text"] == "Can I borrow a book?"
    assert (state["latest_action"], state["latest_action_name"]) == ({"action_name": "action_listen"}, "action_listen")
    assert (state["latest_input_channel"], state["followup_action"]) == ("web", None)
    assert state["events"] == desk.events
