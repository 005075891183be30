"""The actions of the two small test assistants, written with rasa-sdk as an assistant's are."""

from typing import Any

from rasa_sdk import Action, FormValidationAction, Tracker, ValidationAction
from rasa_sdk.events import (
    ActionExecuted,
    FollowupAction,
    ReminderScheduled,
    SessionStarted,
    SlotSet,
)
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import ActionExecutionRejection

Events = list[dict[str, Any]]


class _Says(Action):
    """An action that says one sentence."""

    action = ""
    text = ""

    def name(self) -> str:
        return self.action

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        dispatcher.utter_message(text=self.text)
        return []


class OpeningHours(_Says):
    action, text = "action_opening_hours", "Nine to five."


class Wave(_Says):
    action, text = "action_wave", "(waves)"


class AskDays(Action):
    def name(self) -> str:
        return "action_ask_days"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        dispatcher.utter_message(text="For how many days?", buttons=[{"title": "A week", "payload": "7"}])
        return []


class Lend(Action):
    def name(self) -> str:
        return "action_lend"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        if tracker.get_slot("agreed"):
            dispatcher.utter_message(response="utter_lent", due="Friday")
        return [SlotSet("agreed", None), SlotSet("days", None)]


class Advise(Action):
    def name(self) -> str:
        return "action_advise"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        return []


class CallLibrarian(Action):
    def name(self) -> str:
        return "action_call_librarian"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        dispatcher.utter_message(text="I am calling someone.")
        return [FollowupAction("action_wave")]


class Break(Action):
    def name(self) -> str:
        return "action_break"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        raise RuntimeError("out of paper")


class Remind(Action):
    def name(self) -> str:
        return "action_remind"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        from datetime import datetime

        return [ReminderScheduled("greet", datetime(2026, 1, 1))]


class ValidateBorrow(FormValidationAction):
    """Short loans need no card; "soon" is no number of days; the ghost branch breaks everything."""

    def name(self) -> str:
        return "validate_borrow_form"

    async def required_slots(
        self, domain_slots: list[str], dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[str]:
        return [name for name in domain_slots if name != "card" or tracker.get_slot("days") != 1]

    def validate_days(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        if str(value).isdigit():
            return {"days": int(value)}
        dispatcher.utter_message(text="A number, please.")
        return {"days": None}

    async def validate_branch(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        if value == "ghost":
            raise LookupError("no such branch")
        return {"branch": value}

    def validate_title(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        return {"title": value}

    def validate_card(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        return {"card": value}

    def validate_agreed(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        return {"agreed": value}


class Guess(Action):
    """Fills the slot `guessed` from the length of the message."""

    def name(self) -> str:
        return "action_guess"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        return [SlotSet("guessed", "long")] if len(tracker.latest_message["text"]) > 20 else []


class ValidateMappings(ValidationAction):
    """The wish for a tandem is refused at once, whatever form is open."""

    def validate_wishes(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        if "tandem" in value:
            dispatcher.utter_message(text="No tandems.")
        return {"wishes": [item for item in value if item != "tandem"] or None}

    def validate_mood(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        return {"mood": value}

    def validate_guessed(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        return {"guessed": value}


class Refuse(Action):
    def name(self) -> str:
        return "action_refuse"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        raise ActionExecutionRejection("action_refuse")


class Loop(Action):
    def name(self) -> str:
        return "action_loop"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        return [FollowupAction("action_loop")]


class Greeting(Action):
    """A session start that keeps nothing and says a word."""

    def name(self) -> str:
        return "action_session_start"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        dispatcher.utter_message(text="Bicycles here.")
        return [SessionStarted(), ActionExecuted("action_listen")]
