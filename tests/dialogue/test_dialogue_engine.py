"""What the engine promises besides its events: void turns, untouched trackers, short calls, steady speed."""

import asyncio
import copy
import json
import time
from typing import Any

import pytest

from bot.dialogue.engine import EmbeddedEngine
from bot.dialogue.events import ActionFailed, UnsupportedEvent
from bot.dialogue.tracker import Tracker
from tests.dialogue.desk import Desk, assistant, lines, message, run_action

Answer = tuple[list[dict[str, Any]], list[dict[str, Any]]]


def test_a_failing_validation_makes_the_turn_void() -> None:
    desk = Desk(strict=False)
    desk.say("Hello", "greet")
    before = desk.tracker.snapshot()
    with pytest.raises(ActionFailed) as caught:
        desk.say("Can I borrow a book?", "borrow", ("branch", "ghost"))
    assert caught.value.action == "validate_borrow_form"
    assert isinstance(caught.value.cause, LookupError)
    assert desk.tracker.snapshot() == before


def test_rasa_submits_the_form_whose_validation_failed() -> None:
    result = Desk(strict=True).say("Can I borrow a book?", "borrow", ("branch", "ghost"))
    assert "action action_lend (RulePolicy 1.0 rule)" in lines(result.events)
    assert result.messages == []


@pytest.mark.parametrize("strict", [True, False])
def test_a_failing_extraction(strict: bool) -> None:
    async def broken(call: dict[str, Any]) -> Answer:
        if call["next_action"] == "action_guess":
            raise OSError("away")
        return await run_action(call)

    desk = Desk("bicycles", strict=strict, run=broken)
    if strict:
        assert desk.say("How much?", "price").messages[-1] == {"text": "Sunny."}
    else:
        with pytest.raises(ActionFailed, match="action_guess"):
            desk.say("How much?", "price")


def test_a_reminder_is_refused_and_not_dropped() -> None:
    async def remind(call: dict[str, Any]) -> Answer:
        return [{"event": "reminder", "intent": "greet", "date_time": "2026-01-01T00:00:00"}], []

    desk = Desk(strict=False, run=remind)
    with pytest.raises(ActionFailed) as caught:
        desk.say("When are you open?", "ask_hours")
    assert isinstance(caught.value.cause, UnsupportedEvent)


def test_the_given_tracker_is_left_alone() -> None:
    desk = Desk()
    desk.say("Can I borrow a book?", "borrow")
    before = copy.deepcopy(desk.tracker.snapshot())
    turn = {"say": "Emma", "intent": "recommend", "entities": [["title", "Emma"]]}
    asyncio.run(desk.engine.turn(desk.tracker, message(turn, "2")))
    assert desk.tracker.snapshot() == before


def test_the_same_turn_again_gives_the_same() -> None:
    desk = Desk()
    desk.say("Can I borrow a book?", "borrow")
    said = message({"say": "Emma", "intent": "recommend", "entities": [["title", "Emma"]]}, "2")
    first = asyncio.run(desk.engine.turn(desk.tracker, said))
    again = asyncio.run(desk.engine.turn(desk.tracker, said))
    assert first == again


def test_a_call_carries_this_turn_only() -> None:
    calls: list[dict[str, Any]] = []

    async def noting(call: dict[str, Any]) -> Answer:
        calls.append(copy.deepcopy(call))
        return await run_action(call)

    desk = Desk(run=noting)
    for _ in range(5):
        desk.say("When are you open?", "ask_hours")
    desk.say("Can I borrow a book?", "borrow", ("title", "Emma"))
    call = calls[-1]
    assert (call["next_action"], call["sender_id"], call["version"]) == ("validate_borrow_form", "reader-1", "3.6.21")
    assert lines(call["tracker"]["events"]) == [
        "user Can I borrow a book? (borrow 0.9)",
        'slot last_title = "Emma"',
        'slot title = "Emma"',
        "user_featurization",
        "active_loop borrow_form",
        'slot last_title = "Emma"',
        'slot title = "Emma"',
        "slot requested_slot = null",
        "action borrow_form (None None)",
        'slot title = "Emma"',
    ]
    assert call["tracker"]["active_loop"]["name"] == "borrow_form"
    assert call["tracker"]["latest_message"]["entities"] == [{"entity": "title", "value": "Emma"}]
    assert call["domain"]["forms"]["borrow_form"]["required_slots"] == ["title", "branch", "days", "card", "agreed"]
    assert json.dumps(call)


def test_events_have_the_time_of_the_message() -> None:
    desk = Desk()
    result = desk.say("Hello", "greet", at=1234.5)
    assert {event["timestamp"] for event in result.events} == {1234.5}
    assert desk.tracker.current_state()["latest_event_time"] == 1234.5


def test_an_action_that_rejects_by_event_is_not_recorded_as_run() -> None:
    async def refuse(call: dict[str, Any]) -> Answer:
        if call["next_action"] == "validate_borrow_form":
            return [{"event": "action_execution_rejected", "name": "borrow_form"}], []
        return await run_action(call)

    desk = Desk(run=refuse)
    events = lines(desk.say("Can I borrow a book?", "borrow").events)
    assert "action borrow_form (RulePolicy 1.0 rule)" not in events
    assert "action_execution_rejected borrow_form (None None)" in events


def test_an_unknown_followup_is_passed_over() -> None:
    async def follow(call: dict[str, Any]) -> Answer:
        return [{"event": "followup", "name": "action_nowhere"}], []

    events = lines(Desk(run=follow).say("When are you open?", "ask_hours").events)
    assert events[-2:] == ["followup action_nowhere", "action action_listen (RulePolicy 1.0 rule)"]


def test_a_turn_costs_the_same_after_a_thousand() -> None:
    """0.8 ms is the budget for a form turn with validation; a loaded machine gets four times that."""

    async def accept(call: dict[str, Any]) -> Answer:
        return [event for event in call["tracker"]["events"] if event["event"] == "slot"][-1:], []

    engine = EmbeddedEngine(assistant("library"), accept)
    tracker = Tracker("reader-1", engine.assistant.domain)
    costs = []
    for number in range(1000):
        turn = message({"say": f"Emma {number}", "intent": "borrow", "entities": [["title", f"Emma {number}"]]}, "1")
        start = time.process_time()
        result = asyncio.run(engine.turn(tracker, turn)) if number == 0 else _run(engine, tracker, turn)
        for event in result.events:
            tracker.apply(event)
        costs.append(time.process_time() - start)
    late = sorted(costs[-200:])[100]
    assert late < 0.0032
    assert late < 3 * sorted(costs[:200])[100]
    assert len(json.dumps(tracker.snapshot())) < 20_000


def _run(engine: EmbeddedEngine, tracker: Tracker, turn: Any) -> Any:
    """Drives the coroutine by hand: nothing in it waits, and a new event loop would cost more than the turn."""
    running = engine.turn(tracker, turn)
    try:
        running.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("the turn waited")
