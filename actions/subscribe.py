"""The registration dialogue: start, questions, what was said, the end."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import Connection

from actions.lists import line
from actions.notifications import show
from actions.search import remember
from actions.turn import Turn, payload, turn
from bot import interests, registration
from bot.interests import Interest, Registration
from bot.matching import Match
from bot.messages import Button
from bot.notifications import Criteria, Notification
from bot.registration import LISTS, Change, Done, Said
from bot.timing import INSTANT
from nlu import hs, markets

SLOTS = (*LISTS, "until", "confirm")
SHOWN_NOW = 3
FEEDBACK = "feedback_form"
USUAL_MARKETS = ("EU", "US", "JP", "KR")


class Start(Action):
    """A new registration begins empty; what this very message names is taken in by the form."""

    def name(self) -> str:
        return "action_subscribe_start"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        emptied = (SlotSet(slot, None) for slot in (*SLOTS, "form_outcome", "draft", "offered"))
        feedback = (tracker.active_loop or {}).get("name") == FEEDBACK
        return [*emptied, SlotSet("left_form", FEEDBACK if feedback else None)]


class Validate(Action):
    """What the message does to the form. Nothing = it was not for the form, which then lets the rules answer."""

    def name(self) -> str:
        return "validate_subscribe_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        said = _said(now)
        if said.asked and now.entities("symbol") and not said.values(*LISTS):
            await show(now, str(now.entities("symbol")[0]))  # an excursion, and then the question again
            return [SlotSet(said.asked, None)]
        current = {slot: tracker.get_slot(slot) for slot in (*SLOTS, "offered")}
        filled = registration.fill(current, said)
        _acknowledge(now, said, {**current, **filled.slots}, filled.changes)
        for note in filled.notes:
            values = dict(note.values)
            if values.get("guess"):
                values["guess"] = markets.name(values["guess"], now.language)
            now.say(note.key, **values)
        return [SlotSet(slot, value) for slot, value in filled.slots.items()]


def _acknowledge(now: Turn, said: Said, after: Mapping[str, Any], changes: Sequence[Change]) -> None:
    """Say what changed. What was merely taken in is not repeated when the summary shows it at once."""
    summary_next = said.asked != "confirm" and all(after[slot] for slot in LISTS)
    states = _by_state([one for one in changes if not (summary_next and one.done is Done.NOTED)])
    if states:
        lines = [now.said(f"subscribe.{state}", values=_listed(now, its)) for state, its in states.items()]
        now.show("\n".join(lines))


def _by_state(changes: Sequence[Change]) -> dict[Done, list[Change]]:
    return {
        state: [one for one in changes if one.done is state] for state in Done if state in {c.done for c in changes}
    }


def _listed(now: Turn, changes: Sequence[Change]) -> str:
    """ "Bluetooth speakers, power banks; European Union"."""
    ordered = sorted(changes, key=lambda one: SLOTS.index(one.slot))
    return now.said("subscribe.between").join(_values(now, one) for one in ordered)


def _values(now: Turn, change: Change) -> str:
    if change.slot == "until":
        return now.said("subscribe.until_day", date=change.values[0])
    return shown(now, change.slot, list(change.values))


def _said(now: Turn) -> Said:
    asked = now.tracker.get_slot("requested_slot")
    intent = "subscribe" if now.intent == "affirm" and not now.agrees else now.intent
    return Said(now.text, intent, now.tracker.latest_message.get("entities") or (), asked, now.today)


class AskProduct(Action):
    def name(self) -> str:
        return "action_ask_subscribe_form_product"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn(tracker, dispatcher).say("subscribe.ask_product")
        return []


class AskHsCode(Action):
    """Offers the codes that the products' words point to; a button says the code as a person would type it."""

    def name(self) -> str:
        return "action_ask_subscribe_form_hs_code"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        offered = registration.offered({slot: tracker.get_slot(slot) for slot in ("product", "offered")}, "hs_code")
        buttons = [Button(hs.display(code), hs.display(code)) for code in offered]
        skip = Button(now.said("subscribe.skip"), now.said("subscribe.skip"))
        again = tracker.get_slot("offered") and offered  # which of them was just asked in a note of its own
        key = "ask_hs_code_again" if again else "ask_hs_code_offered" if offered else "ask_hs_code"
        now.say(f"subscribe.{key}", buttons=[*buttons, skip])
        return []


class AskMarket(Action):
    def name(self) -> str:
        return "action_ask_subscribe_form_market"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        guess = registration.offered({"offered": tracker.get_slot("offered")}, "market")
        names = [markets.name(code, now.language) for code in dict.fromkeys((*guess, *USUAL_MARKETS))]
        words = [*names, now.said("subscribe.all_markets")]
        now.say("subscribe.ask_market", buttons=[Button(word, word) for word in words])
        return []


class AskConfirm(Action):
    def name(self) -> str:
        return "action_ask_subscribe_form_confirm"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        buttons = [
            now.button("subscribe.confirm", "affirm"),
            now.button("subscribe.change", "go_back"),
            now.button("subscribe.cancel", "stop"),
        ]
        slots = {slot: tracker.get_slot(slot) for slot in SLOTS}
        now.say("subscribe.ask_confirm", buttons=buttons, summary=summary(now, slots))
        return []


def summary(now: Turn, slots: Mapping[str, Any]) -> str:
    """What is (to be) registered, a line a field."""
    lines = [now.said(f"subscribe.summary_{slot}", values=shown(now, slot, slots.get(slot))) for slot in LISTS]
    if slots.get("until"):
        lines.append(now.said("subscribe.summary_until", values=str(slots["until"])))
    return "\n".join(lines)


def shown(now: Turn, slot: str, value: Any) -> str:
    values = registration.stated(value)
    if not values:
        return now.said(f"subscribe.no_{slot}")
    if slot == "hs_code":
        values = [hs.display(code) for code in values]
    elif slot == "market":
        values = [markets.name(code, now.language) for code in values]
    return now.said("notification.comma").join(values)


class Submit(Action):
    """The form is complete: register, say the number, and show what is open now."""

    def name(self) -> str:
        return "action_subscribe_submit"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        slots = {slot: tracker.get_slot(slot) for slot in SLOTS}
        if not slots["confirm"]:
            return cancelled(now, slots)
        made = await now.services.db.run(_register, now, slots)
        open_now = await now.services.db.read(interests.matching_now, made.interest, today=now.today)
        collected = "_digest" if made.interest.wanted.frequency != INSTANT else ""
        key = f"subscribe.registered{collected}" if made.new else "subscribe.registered_before"
        now.say(key, number=number(made.interest.id), summary=summary(now, slots))
        _show_open(now, open_now)
        _remind_of_feedback(now)
        ended = [SlotSet("form_outcome", "submitted"), SlotSet("draft", None), SlotSet("topic", None)]
        rest = len(open_now) > SHOWN_NOW
        return [*ended, remember(_open_to(now, made.interest), page=-1) if rest else SlotSet("last_search", None)]


def _open_to(now: Turn, made: Interest) -> Criteria:
    """The search that shows all of what is open to a new interest: "more" goes on with it."""
    wanted = made.wanted
    return Criteria(wanted.hs_codes, wanted.markets, wanted.products, open_on=now.today)


Open = list[tuple[Notification, Match]]  # what is open for comment now, and why it concerns the member


def _register(tx: Connection, now: Turn, slots: Mapping[str, Any]) -> Registration:
    until = slots.get("until")
    return interests.register(
        tx,
        now.member_id,
        key=now.key,
        now=now.now,
        products=slots["product"],
        hs_codes=slots["hs_code"],
        markets=slots["market"],
        until=date.fromisoformat(until) if until else None,
    )


def number(interest_id: int) -> str:
    """The number that a member can quote: I-000123."""
    return f"I-{interest_id:06d}"


def _show_open(now: Turn, found: Open) -> None:
    if not found:
        now.say("subscribe.open_none")
        return
    lines = [now.said("subscribe.open_now", n=len(found)), *(line(now, one) for one, _ in found[:SHOWN_NOW])]
    if len(found) > SHOWN_NOW:
        lines.append(now.said("subscribe.open_more", n=len(found) - SHOWN_NOW))
    buttons = [Button(one.symbol, payload("show_notification", symbol=one.symbol)) for one, _ in found[:SHOWN_NOW]]
    now.show("\n".join(lines), buttons=buttons)


def _remind_of_feedback(now: Turn) -> None:
    """A feedback that the registration came into waits for its member."""
    if now.tracker.get_slot("left_form") == FEEDBACK:
        again = now.said("feedback.continue")
        now.say("feedback.still_open", buttons=[Button(again, again)])


class Cancelled(Action):
    """Stopped: nothing is registered, and what was entered is kept for "continue"."""

    def name(self) -> str:
        return "action_form_cancelled"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        return cancelled(now, {slot: tracker.get_slot(slot) for slot in SLOTS})


def cancelled(now: Turn, slots: Mapping[str, Any]) -> list[EventType]:
    draft = {slot: slots[slot] for slot in (*LISTS, "until") if slots.get(slot)}
    now.say("subscribe.cancelled" if draft else "subscribe.cancelled_empty")
    _remind_of_feedback(now)
    return [
        SlotSet("form_outcome", "cancelled"),
        SlotSet("confirm", None),
        SlotSet("draft", draft or None),
        *([SlotSet("left_form", None)] if draft else []),
    ]
