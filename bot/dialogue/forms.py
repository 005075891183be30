"""A form: fill from what was said, have it checked, ask for what is missing, end when nothing is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from bot.dialogue.domain import Domain, Form
from bot.dialogue.events import (
    LISTEN,
    REQUESTED_SLOT,
    ActionExecutionRejection,
    Event,
    has,
    make,
    of_kind,
    slot,
)
from bot.dialogue.tracker import Tracker


class Actions(Protocol):
    """What a form needs to have done."""

    @property
    def domain(self) -> Domain: ...

    async def run(self, name: str, tracker: Tracker) -> list[Event]: ...

    async def run_custom(self, name: str, tracker: Tracker) -> list[Event]: ...

    async def extract(self, tracker: Tracker) -> list[Event]: ...


async def run(actions: Actions, form: Form, tracker: Tracker) -> list[Event]:
    """One run of the form's loop. Raises ActionExecutionRejection if the message said nothing for it."""
    events: list[Event] = []
    if tracker.active_loop_name != form.name:
        events = await _activate(actions, form, tracker)
    if not _is_done(events):
        events += await _continue(actions, form, tracker, events)
    if _is_done(events):
        events.append(make("active_loop", name=None))
    return events


def _is_done(events: list[Event]) -> bool:
    """Whether the last word on the asked slot, or on the loop, is "none"."""
    if has(events, "action_execution_rejected"):
        return False
    asked, loops = _requests(events), of_kind(events, "active_loop")
    return bool((asked and asked[-1]["value"] is None) or (loops and loops[-1]["name"] is None))


def _requests(events: Iterable[Event]) -> list[Event]:
    return [event for event in of_kind(events, "slot") if event["name"] == REQUESTED_SLOT]


async def _activate(actions: Actions, form: Form, tracker: Tracker) -> list[Event]:
    """Read the message once more, now inside the form, and check what is already filled."""
    start = make("active_loop", name=form.name)
    inside = tracker.after([start])
    extracted = of_kind(await actions.extract(inside), "slot")
    inside = inside.after(extracted)
    if not _has_validation(actions, form):
        return [start, *extracted]
    filled = {name: value for name in form.required_slots if (value := inside.slots[name]) is not None}
    checked = await _validate(actions, form, inside, filled)
    names = {event["name"] for event in of_kind(checked, "slot")}
    return [start, *checked, *(event for event in extracted if event["name"] not in names)]


async def _continue(actions: Actions, form: Form, tracker: Tracker, so_far: list[Event]) -> list[Event]:
    events: list[Event] = []
    if all(event["event"] == "active_loop" for event in so_far):  # else the activation has checked everything
        events = await _check(actions, form, tracker)
    if has(events, "action_execution_rejected"):
        return events
    return events + await _ask_next(actions, form, tracker, so_far + events)


async def _check(actions: Actions, form: Form, tracker: Tracker) -> list[Event]:
    loop = tracker.active_loop
    answering = tracker.latest_action_name == LISTEN and not (loop and loop["is_interrupted"])
    if loop and not answering:  # back from an excursion: only which slots are needed is asked
        return await _validate(actions, form, tracker, {})
    asked = _asked(form, tracker)
    said = _said(form, tracker, asked)
    events = await _validate(actions, form, tracker, said)
    filled = any(event["name"] != REQUESTED_SLOT for event in of_kind(events, "slot"))
    if asked and not said and not filled and not has(events, "action_execution_rejected"):
        raise ActionExecutionRejection(f"{form.name}: nothing was said for {asked}")
    return events


def _asked(form: Form, tracker: Tracker) -> str | None:
    """The slot being asked for; what another form asked does not count."""
    asked: str | None = tracker.slots[REQUESTED_SLOT] if tracker.active_loop_name == form.name else None
    return asked


def _said(form: Form, tracker: Tracker, asked: str | None) -> dict[str, Any]:
    """Slots of the form that were set since the latest user message."""
    wanted = {*form.required_slots, asked}
    return {event["name"]: event["value"] for event in of_kind(tracker.events, "slot") if event["name"] in wanted}


def _has_validation(actions: Actions, form: Form) -> bool:
    return f"validate_{form.name}" in actions.domain.actions


async def _validate(actions: Actions, form: Form, tracker: Tracker, candidates: dict[str, Any]) -> list[Event]:
    """What the form's validation makes of the candidates; nothing if it has none."""
    if not _has_validation(actions, form):
        return []
    # rasa-sdk takes the slot events that end the tracker's events for the candidates.
    events = [slot(name, value) for name, value in candidates.items()]
    return await actions.run_custom(f"validate_{form.name}", _inside(form, tracker, events))


def _inside(form: Form, tracker: Tracker, events: list[Event]) -> Tracker:
    asked = slot(REQUESTED_SLOT, _asked(form, tracker))
    return tracker.after([asked, make("action", name=form.name), *events])


async def _ask_next(actions: Actions, form: Form, tracker: Tracker, so_far: list[Event]) -> list[Event]:
    if _is_done(so_far):
        return [slot(REQUESTED_SLOT, None)]
    inside = _inside(form, tracker, so_far)
    chosen = next((event["value"] for event in _requests(so_far)), None)  # by the validation
    if chosen:
        return await _ask(actions, form, chosen, inside)
    missing = next((name for name in form.required_slots if inside.slots.get(name) is None), None)
    request = slot(REQUESTED_SLOT, missing)
    return [request, *(await _ask(actions, form, missing, inside))] if missing else [request]


async def _ask(actions: Actions, form: Form, wanted: str, tracker: Tracker) -> list[Event]:
    names = (
        f"action_ask_{form.name}_{wanted}",
        f"utter_ask_{form.name}_{wanted}",
        f"action_ask_{wanted}",
        f"utter_ask_{wanted}",
    )
    name = next((name for name in names if name in actions.domain.action_names), None)
    return await actions.run(name, tracker) if name else []
