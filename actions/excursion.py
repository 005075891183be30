"""A small form in the middle of a registration: remember that one was running, and go back to it afterwards."""

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, EventType, FollowupAction, SlotSet

LONG_FORMS = ("subscribe_form", "feedback_form", "notice_form")


def leaving(tracker: Tracker) -> list[EventType]:
    """What a small form's start returns: which long form it interrupts, if any."""
    running: dict[str, Any] = tracker.active_loop or {}
    name = running.get("name")
    return [SlotSet("interrupted_form", name if name in LONG_FORMS else None)]


def returning(tracker: Tracker, ended: list[EventType]) -> list[EventType]:
    """What a small form's end returns: its own `ended`, or the interrupted form, which asks its question again."""
    name = tracker.get_slot("interrupted_form")
    if not name:
        return ended
    fresh = [SlotSet(slot, None) for slot in ("confirm", "form_outcome", "interrupted_form")]
    heard = SlotSet("feedback_heard", (tracker.latest_message.get("metadata") or {}).get("inbox_id"))
    return [*fresh, heard, ActiveLoop(None), FollowupAction(name)]
