"""Which action comes next, and why: the decisions of Rasa's RulePolicy, as a function of the conversation."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.dialogue.assistant import Assistant
from bot.dialogue.events import LISTEN, SESSION_START
from bot.dialogue.rules import Step, steps
from bot.dialogue.tracker import Tracker

_RULE_POLICY = "RulePolicy"
_DEFAULTS = {"restart": "action_restart", "back": "action_back", "session_start": SESSION_START}


@dataclass(frozen=True, slots=True)
class Prediction:
    """`hidden`: comes from a rule (Rasa's hide_rule_turn). `returning`: the loop comes back from an excursion."""

    action: str
    policy: str | None = _RULE_POLICY
    confidence: float | None = 1.0
    hidden: bool = True
    returning: bool = False


def predict(assistant: Assistant, tracker: Tracker, *, strict: bool, rewound: bool = False) -> Prediction:
    """The next action. `rewound`: this turn took the user's message back, so a form must repeat its question.

    `strict`: as Rasa does it, which then says nothing.
    """
    followup = tracker.followup_action
    if followup in assistant.domain.action_names:
        return Prediction(str(followup), "followup_action", hidden=False)
    found = _default(tracker) or _loop(assistant, tracker, rewound and not strict) or _rule(assistant, tracker)
    if found is None:
        return _fallback(assistant, tracker, strict)
    if found.action == tracker.last_rejected():
        return _instead(found, assistant, tracker, strict)
    return found


def _default(tracker: Tracker) -> Prediction | None:
    """restart, back and session_start overrule everything."""
    action = _DEFAULTS.get(tracker.intent or "") if tracker.latest_action_name == LISTEN else None
    return Prediction(action) if action else None


def _loop(assistant: Assistant, tracker: Tracker, ask_again: bool) -> Prediction | None:
    """A loop that did not decline goes before any rule: it runs, and then waits."""
    loop = tracker.active_loop
    if not loop or loop["rejected"]:
        return None
    if tracker.latest_action_name == loop["name"]:
        return Prediction(loop["name"] if ask_again and loop["name"] in assistant.domain.forms else LISTEN)
    if tracker.latest_action_name is None:
        return None
    return Prediction(loop["name"], hidden=loop["name"] in assistant.domain.forms)


def _rule(assistant: Assistant, tracker: Tracker) -> Prediction | None:
    seen = steps(tracker.history, assistant.rules)
    best = assistant.rules.patterns.best(seen)
    loop = tracker.active_loop_name
    if loop and best and best.action == LISTEN and not best.steps[-1].active_loop:
        # A general rule is done inside a loop: back to the loop, unless a rule of the loop forbids it.
        return None if assistant.rules.keeps_out.best(seen) else Prediction(loop)
    if best is None:
        return None
    return Prediction(best.action, returning=bool(loop) and _was_interrupted(assistant, seen))


def _was_interrupted(assistant: Assistant, seen: list[Step]) -> bool:
    return assistant.rules.interrupted.best(seen) is not None


def _fallback(assistant: Assistant, tracker: Tracker, strict: bool) -> Prediction:
    """No rule fits. Rasa says that it did not understand even after an action that has answered; we then just go on."""
    policy = assistant.policy
    if not strict and tracker.latest_action_name != LISTEN:
        return Prediction(tracker.active_loop_name or LISTEN, hidden=False)
    if not policy.enabled:
        return Prediction(LISTEN, confidence=0.0, hidden=False)
    return Prediction(policy.action, confidence=policy.threshold, hidden=False)


def _instead(found: Prediction, assistant: Assistant, tracker: Tracker, strict: bool) -> Prediction:
    """The action has just declined: a form repeats its question, else nothing was understood.

    Rasa does not repeat the question: what is left of the rule's prediction is the core fallback, or silence.
    """
    if strict:
        left = _fallback(assistant, tracker, strict)
        return replace(found, action=left.action, confidence=left.confidence)
    if tracker.active_loop_name in assistant.domain.forms:
        return replace(found, action=str(tracker.active_loop_name), returning=True)
    return _fallback(assistant, tracker, strict)
