"""Carries out an action by its name: built in, a response, a form, or a custom one through the injected runner."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from bot.dialogue import fallback, forms, responses, slots
from bot.dialogue.domain import DEFAULT_ACTIONS, Domain
from bot.dialogue.events import (
    DEFAULT_FALLBACK,
    LISTEN,
    REQUESTED_SLOT,
    SESSION_START,
    TWO_STAGE_FALLBACK,
    ActionExecutionRejection,
    ActionFailed,
    Event,
    make,
    normalise,
    of_kind,
    slot,
)
from bot.dialogue.tracker import Tracker

_RASA_VERSION = "3.6.21"  # whose protocol an action call follows
_VALIDATE_MAPPINGS = "action_validate_slot_mappings"
_REST_OUTPUT = "collector"  # what Rasa calls the output of its REST channel when it chooses a variation

ActionCall = dict[str, Any]
RunAction = Callable[[ActionCall], Awaitable[tuple[list[Event], list[dict[str, Any]]]]]


@dataclass(frozen=True, slots=True)
class ActionRunner:
    """`run` gives the events of an action. Raises ActionExecutionRejection (it declines) and ActionFailed."""

    domain: Domain
    run_action: RunAction
    strict_rasa: bool

    async def run(self, name: str, tracker: Tracker) -> list[Event]:
        if name in DEFAULT_ACTIONS and name not in self.domain.actions:
            return await self._run_default(name, tracker)
        if name in self.domain.responses and name not in self.domain.forms:
            return self._utter(name, tracker)
        if name in self.domain.forms and name not in self.domain.actions:
            return await forms.run(self, self.domain.forms[name], tracker)
        return await self.run_custom(name, tracker)

    async def run_custom(self, name: str, tracker: Tracker) -> list[Event]:
        """Its responses as bot events, then its own events."""
        call = {
            "next_action": name,
            "sender_id": tracker.sender_id,
            "tracker": tracker.current_state(),
            "version": _RASA_VERSION,
            "domain": self.domain.as_dict,
        }
        try:
            events, answers = await self.run_action(call)
            said = (responses.from_action(self.domain, a, tracker.slots, **self._manner(tracker)) for a in answers)
            return [*(event for event in said if event), *map(normalise, events)]
        except ActionExecutionRejection:
            raise
        except Exception as error:
            raise ActionFailed(name, error) from error

    async def extract(self, tracker: Tracker) -> list[Event]:
        """Slot events for the latest message; validated, with what the validation says, if the domain has one."""
        events: list[Event] = []
        for found in slots.extract(self.domain, tracker):
            events += await self._fill(found, tracker) if isinstance(found, str) else [found]
        if _VALIDATE_MAPPINGS not in self.domain.actions:
            return of_kind(events, "slot")
        candidates = of_kind(events, "slot")
        checked = await self._fill(_VALIDATE_MAPPINGS, tracker.after(candidates))
        names = {event["name"] for event in of_kind(checked, "slot")}
        return checked + [event for event in candidates if event["name"] not in names]

    async def _fill(self, name: str, tracker: Tracker) -> list[Event]:
        """A custom action that may only set slots and speak. Its failure costs Rasa's user the value, ours the turn."""
        try:
            return [e for e in await self.run_custom(name, tracker) if e["event"] in ("slot", "bot")]
        except ActionExecutionRejection:
            return []
        except ActionFailed:
            if self.strict_rasa:
                return []
            raise

    async def _run_default(self, name: str, tracker: Tracker) -> list[Event]:
        if name == TWO_STAGE_FALLBACK:
            return await fallback.run(self, tracker)
        if name == "action_extract_slots":
            return await self.extract(tracker)
        return self._simple(name, tracker)

    def _simple(self, name: str, tracker: Tracker) -> list[Event]:
        match name:
            case "action_restart":
                return [*self._utter("utter_restart", tracker), make("restart")]
            case "action_back":
                return [*self._utter("utter_back", tracker), make("rewind"), make("rewind")]
            case "action_deactivate_loop":
                return [make("active_loop", name=None), slot(REQUESTED_SLOT, None)]
            case "action_default_ask_affirmation":
                return [responses.bot_event(fallback.ask_affirmation(tracker))]
            case "action_default_ask_rephrase":
                return self._utter("utter_ask_rephrase", tracker)
            case _ if name == DEFAULT_FALLBACK:
                return [*self._utter("utter_default", tracker), make("rewind")]
            case _ if name == SESSION_START:
                return [make("session_started"), *self._carried_over(tracker), make("action", name=LISTEN)]
        return []

    def _carried_over(self, tracker: Tracker) -> list[Event]:
        if not self.domain.session.carry_over_slots:
            return []
        start = self.domain.initial_slots
        return [slot(name, value) for name, value in tracker.slots.items() if value != start[name]]

    def _utter(self, name: str, tracker: Tracker) -> list[Event]:
        message = responses.render(self.domain, name, tracker.slots, **self._manner(tracker))
        return [responses.bot_event({**message, "utter_action": name})] if message is not None else []

    def _manner(self, tracker: Tracker) -> dict[str, Any]:
        """How to choose among variations: the channel, and a seed that a repeated turn shares."""
        channel = tracker.latest_input_channel
        if self.strict_rasa and channel == "rest":
            channel = _REST_OUTPUT
        return {"channel": channel, "seed": str((tracker.state.user or {}).get("message_id"))}
