"""The two-stage fallback: "did you mean ...?", then "please rephrase", then giving up."""

from __future__ import annotations

from typing import Any

from bot.dialogue.events import (
    DEFAULT_FALLBACK,
    LISTEN,
    NLU_FALLBACK,
    OUT_OF_SCOPE,
    TWO_STAGE_FALLBACK,
    Event,
    make,
)
from bot.dialogue.forms import Actions
from bot.dialogue.tracker import REWOUND, Tracker

# Rasa's own words, so that both engines say the same. An assistant for people overrides the action
# action_default_ask_affirmation and asks in the user's language.
_QUESTION, _YES, _NO = "Did you mean '{}'?", "Yes", "No"


async def run(actions: Actions, tracker: Tracker) -> list[Event]:
    """One run of the loop. Any intent but nlu_fallback and out_of_scope counts as what the user meant."""
    events: list[Event] = []
    if tracker.active_loop_name != TWO_STAGE_FALLBACK:
        events = [make("active_loop", name=TWO_STAGE_FALLBACK)]
    failed = _has_failed(tracker)
    clarified = tracker.intent not in (NLU_FALLBACK, OUT_OF_SCOPE)
    if not failed and not clarified:
        affirm = bool(events) or tracker.intent == NLU_FALLBACK
        ask = "action_default_ask_affirmation" if affirm else "action_default_ask_rephrase"
        return events + await actions.run(ask, tracker)
    events.append(make("active_loop", name=None))
    return events + (await actions.run(DEFAULT_FALLBACK, tracker) if failed else _as_if_said_at_first(tracker))


def _has_failed(tracker: Tracker) -> bool:
    """Not understood twice in a row, or the second guess was wrong too."""
    return _last_intents(tracker, 2) == [NLU_FALLBACK, NLU_FALLBACK] or _last_intents(tracker, 3) == [
        OUT_OF_SCOPE,
        NLU_FALLBACK,
        OUT_OF_SCOPE,
    ]


def _last_intents(tracker: Tracker, count: int) -> list[Any]:
    return [intent for intent in tracker.recent_intents[:count] if intent is not REWOUND]


def _as_if_said_at_first(tracker: Tracker) -> list[Event]:
    """Take the misunderstanding back, and say the new message in its place."""
    said = tracker.state.user
    if said is None:
        return []
    parse = said["parse_data"]
    sure = {**parse, "intent": {**parse["intent"], "confidence": 1.0}}
    return [make("rewind"), make("action", name=LISTEN), {**said, "parse_data": sure}]


def ask_affirmation(tracker: Tracker) -> dict[str, Any]:
    """Rasa's default question about the best guess."""
    ranking = tracker.latest_message.get("intent_ranking") or []
    guess = ranking[1]["name"] if tracker.intent == NLU_FALLBACK and len(ranking) > 1 else tracker.intent
    buttons = [{"title": _YES, "payload": f"/{guess}"}, {"title": _NO, "payload": f"/{OUT_OF_SCOPE}"}]
    return {"text": _QUESTION.format(guess), "buttons": buttons, "utter_action": "action_default_ask_affirmation"}
