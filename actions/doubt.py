"""Not sure which of two tasks is meant: both offered as buttons, in plain words, with the names that were said."""

from collections.abc import Mapping, Sequence
from typing import Any

from actions.turn import Turn
from bot.messages import Button

# What can be begun by a button; questions cannot (they have been tried on the base by then), nor a yes or a stop.
OFFERED = frozenset({
    "search_notifications", "show_notification", "subscribe", "list_subscriptions", "unsubscribe", "give_feedback",
    "ask_countermeasure", "set_digest", "broadcast_notice", "export_data", "delete_my_data", "help",
    "resume", "show_again", "link_account", "survey_progress", "calendar_file", "enrol", "pause_alerts",
    "list_feedback", "withdraw_feedback", "amend_feedback", "withdraw_consent",
})  # fmt: skip
LIKELY = 0.12  # of what is less probable than this nobody thinks
OVERRULED = 0.4  # this likely a task must have been to be offered beside a guess
MOST = 2
NOTHING_SAID = 1.0  # how sure one is that a message without a letter means nothing
USUAL = ("search_notifications", "subscribe")  # what is mostly wanted of goods and markets
NAMES = ("symbol", "product", "hs_code", "market", "date", "notification_type")


def tasks(ranked: Sequence[Mapping[str, Any]]) -> list[str]:
    """The likeliest tasks, best first; none when the doubt is not between tasks."""
    likely = [
        str(one["name"]) for one in ranked if float(one["confidence"]) >= LIKELY and one["name"] != "nlu_fallback"
    ]
    return [name for name in likely[: MOST + 1] if name in OFFERED][:MOST]


def may_ask(ranked: Sequence[Mapping[str, Any]]) -> bool:
    """Whether it may be a question: then the base is asked before anything is offered."""
    return any(one["name"] == "ask_question" and float(one["confidence"]) >= LIKELY for one in ranked)


def choices(now: Turn) -> list[Button]:
    """Buttons for the tasks that a message not understood may have meant; none while a form runs."""
    if now.intent != "nlu_fallback" or now.confidence == NOTHING_SAID or now.tracker.active_loop_name:
        return []
    named = {name: values for name in NAMES if (values := now.entities(name))}
    likely = tasks(ranking(now))
    usual = USUAL if likely and {"product", "hs_code", "market"} & named.keys() else ()
    wanted = list(dict.fromkeys([*likely, *usual]))[:MOST]
    return [now.button(f"choice.{task}", task, **named) for task in wanted]


def overruled(now: Turn) -> list[Button]:
    """The task that the message looked like before it was taken for a question."""
    likely = [one for one in ranking(now) if one["name"] != now.intent and float(one["confidence"]) >= OVERRULED]
    return [now.button(f"choice.{task}", task) for task in tasks(likely)[:1]]


def ranking(now: Turn) -> Sequence[Mapping[str, Any]]:
    """All that the message may have meant, best first."""
    found: Sequence[Mapping[str, Any]] = now.tracker.latest_message.get("intent_ranking") or ()
    return found
