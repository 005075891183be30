"""The feedback dialogue: start, what was said, the questions, the review page, the receipt."""

from dataclasses import dataclass
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import Connection

from actions.feedback_recall import of_recall
from actions.feedback_shown import about, acknowledge, summary, tell
from actions.recalls import numbers
from actions.turn import Turn, payload, turn
from bot import alerts, feedback, notifications
from bot.feedback import AMOUNTS, CORE, DECLINED, Feedback, Filled, Named, Origin, Said, money, wording
from bot.feedback.said import OPENING
from bot.messages import Button
from bot.notifications import Criteria

FORM = "feedback_form"
FOUND = 3  # notifications that words may mean
TELLING = 10  # Chinese characters: a shorter start ("give feedback") tells nothing that must be kept
KEPT = 500  # characters of the first message


@dataclass(frozen=True, slots=True)
class Heard:
    """A message with what the database knows of it, and the feedback that it belongs to."""

    said: Said
    one: Feedback | None


async def hear(now: Turn, asked: str | None) -> Heard:
    return await now.services.db.read(_hear, now, asked)


def _hear(tx: Connection, now: Turn, asked: str | None) -> Heard:
    intent = "give_feedback" if now.intent == "affirm" and not now.agrees else now.intent
    entities = now.tracker.latest_message.get("entities") or ()
    last = alerts.last_sent(tx, now.member_id)
    said = Said(
        now.text, intent, entities, asked,
        symbols=tuple(_named(tx, str(symbol)) for symbol in now.entities("symbol")),
        last_alert=str(last.symbol) if last else None,
        found=_found(tx, now) if asked == "notification" else (),
        language=now.language,
    )  # fmt: skip
    own = now.tracker.get_slot("feedback_id")
    return Heard(said, feedback.load(tx, int(own), now.member_id) if own else None)


def _named(tx: Connection, typed: str) -> Named:
    found = notifications.by_symbol(tx, typed)
    return Named(found.symbol, found.symbol) if found else Named(typed, None, tuple(notifications.nearest(tx, typed)))


def _found(tx: Connection, now: Turn) -> tuple[str, ...]:
    """The notifications that "the EU one on power banks" may mean."""
    products, markets = tuple(map(str, now.entities("product"))), tuple(map(str, now.entities("market")))
    if not products and not markets:
        return ()
    found, _ = notifications.search(tx, Criteria(products=products, markets=markets), limit=FOUND)
    return tuple(one.symbol for one in found)


def origin(now: Turn) -> Origin:
    return Origin(now.channel, now.address, now.language)


# --- the start -----------------------------------------------------------------------------------


class Start(Action):
    """ "Give feedback", said or pressed under an alert. "Not affected" is a whole feedback by itself."""

    def name(self) -> str:
        return "action_feedback_start"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        heard = await hear(now, None)
        affected = _affected(now)
        symbol = _symbol(heard.said, affected)
        if affected in ("none", "unknown") and symbol:
            one = await now.services.db.run(_tap, now, symbol, affected)
            _thank(now, one, affected)
            running = (tracker.active_loop or {}).get("name") == FORM  # another feedback goes on being answered
            own = tracker.get_slot("feedback_id") if running else one.id
            return [SlotSet("feedback_id", own), SlotSet("feedback_heard", now.inbox_id)]
        abroad = next(iter(numbers(now)), None) if now.text.startswith("/") else None
        return [*_leave_registration(tracker), *(await _begin(now, heard.said, affected, symbol, abroad))]


def _affected(now: Turn) -> str | None:
    """What the button, or a sentence that says nothing else, tells of being affected."""
    pressed = [str(value) for value in now.entities("affected")]
    if pressed:
        return pressed[0] if pressed[0] in alerts.AFFECTED.values() else None
    kinds = (("none", wording.NOT_AFFECTED), ("unknown", wording.UNSURE_AFFECTED), ("yes", wording.AFFECTED))
    return next((value for value, pattern in kinds if pattern.match(now.text)), None)


def _symbol(said: Said, affected: str | None) -> str | None:
    """The stored notification that is meant; "not affected" without one means the last alert."""
    if said.symbols:
        return said.symbols[0].known
    return said.last_alert if affected else None


def _tap(tx: Connection, now: Turn, symbol: str, affected: str) -> Feedback:
    product = alerts.product_of(tx, now.member_id, symbol)
    here = origin(now)
    return feedback.tap(tx, now.member_id, symbol, affected, product=product, origin=here, key=now.key, now=now.now)


def _thank(now: Turn, one: Feedback, affected: str) -> None:
    form = Button(now.said("feedback.tell_more"), payload("give_feedback", symbol=one.symbol, affected="yes"))
    buttons = [form, now.button("feedback.see_details", "show_notification", symbol=one.symbol)]
    shown = buttons if affected == "unknown" else []
    now.say(f"feedback.tapped_{affected}", number=one.number, symbol=one.symbol, buttons=shown)


async def _begin(
    now: Turn, said: Said, affected: str | None, symbol: str | None, abroad: int | None
) -> list[EventType]:  # fmt: skip
    filled = feedback.fill({}, said)
    if abroad is not None:
        await now.services.db.read(of_recall, now, filled, abroad)
    if symbol and not filled.answers.get("notification"):
        filled.take("notification", symbol)
    if _tells_a_story(said):
        filled.words[OPENING] = said.text[:KEPT]
    one = await now.services.db.run(_draft, now, filled, affected) if affected or _tells(filled) else None
    _introduce(now, one, filled)
    return started(now, one, filled)


def _tells_a_story(said: Said) -> bool:
    """Besides what it names, does the first message say something that must be kept?"""
    rest = said.text
    for entity in sorted(said.entities, key=lambda one: -one["start"]):
        rest = rest[: entity["start"]] + rest[entity["end"] :]
    short = TELLING if said.language == "zh" else 3 * TELLING
    return not said.pressed and len(rest.strip()) > short and not wording.START.match(said.text)


def _tells(filled: Filled) -> bool:
    return any(value is not None for value in filled.answers.values()) or OPENING in filled.words


def _draft(tx: Connection, now: Turn, filled: Filled, affected: str | None) -> Feedback:
    symbol = filled.answers.get("notification")
    product = alerts.product_of(tx, now.member_id, symbol) if symbol and symbol != DECLINED else None
    if product and affected and not filled.answers.get("product"):
        filled.take("product", product, told=True)
    here = origin(now)
    return feedback.begin(tx, now.member_id, filled, origin=here, key=now.key, now=now.now, affected=affected)


def _introduce(now: Turn, one: Feedback | None, filled: Filled) -> None:
    """What was taken from the first message, or where a draft stands that is gone on with."""
    if one and set(one.working.answers) - set(filled.answers):
        now.say("feedback.resumed", about=about(now, one), n=len(one.working.answers))
        return
    now.say("feedback.begun")
    taken = [slot for slot in CORE if filled.answers.get(slot) is not None]
    acknowledge(now, one, taken, "feedback.noted")
    tell(now, filled)


def started(now: Turn, one: Feedback | None, filled: Filled | None = None) -> list[EventType]:
    """The slots of a form that begins, or goes on, with these answers."""
    answers = one.working.answers if one else {}
    slots = [SlotSet(slot, answers.get(slot)) for slot in CORE]
    empty = [SlotSet(slot, None) for slot in ("confirm", "form_outcome", "left_form", "requested_slot")]
    offered = SlotSet("offered", dict(filled.offered) or None if filled else None)
    begun = [SlotSet("feedback_id", one.id if one else None), SlotSet("feedback_heard", now.inbox_id)]
    return [*slots, *empty, offered, *begun, FollowupAction(FORM)]


def _leave_registration(tracker: Tracker) -> list[EventType]:
    """A registration under way is kept for "continue": the two forms share slots."""
    if (tracker.active_loop or {}).get("name") != "subscribe_form":
        return []
    draft = {slot: tracker.get_slot(slot) for slot in ("product", "hs_code", "market", "until")}
    kept = {slot: value for slot, value in draft.items() if value}
    return [SlotSet("draft", kept or None)]


# --- what was said -------------------------------------------------------------------------------


class Validate(Action):
    """What the message does to the feedback, stored at once. Nothing = it was not for the form: the rules answer."""

    def name(self) -> str:
        return "validate_feedback_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        asked = tracker.get_slot("requested_slot")
        if asked is None or tracker.get_slot("feedback_heard") == now.inbox_id:
            return []  # the start has taken this message in
        heard = await hear(now, str(asked))
        if tracker.get_slot("feedback_id") and not (heard.one and _is_open(now, heard.one)):
            now.say("feedback.ended_elsewhere")
            return [SlotSet("feedback_id", None), SlotSet("requested_slot", None)]  # the form ends
        if heard.one and _lags(now, heard.one, str(asked)):
            now.say("feedback.went_on")
            return [SlotSet(slot, heard.one.working.answers.get(slot)) for slot in CORE]
        answers = heard.one.working.answers if heard.one else {}
        filled = feedback.fill(answers, heard.said, offered=tracker.get_slot("offered"))
        return [] if filled.empty else await _apply(now, heard.one, filled)


def _is_open(now: Turn, one: Feedback) -> bool:
    """It can be answered; or this very message has submitted it, and is handled once more."""
    return one.editable or one.heard == now.key


def _lags(now: Turn, one: Feedback, asked: str) -> bool:
    """The question was answered elsewhere meanwhile. (Not when this very message did it, and is handled once more.)"""
    return asked in one.working.answers and now.tracker.get_slot(asked) is None and one.heard != now.key


async def _apply(now: Turn, one: Feedback | None, filled: Filled) -> list[EventType]:
    if filled.answers or filled.subject:
        one = await now.services.db.run(_store, now, one, filled)
    before = now.tracker.get_slot
    acknowledge(now, one, [slot for slot in filled.changed if not before(slot)], "feedback.noted")
    acknowledge(now, one, [slot for slot in filled.changed if before(slot)], "feedback.changed")
    tell(now, filled)
    asked = now.tracker.get_slot("requested_slot")
    if filled.later:
        return [SlotSet("confirm", False), SlotSet("requested_slot", None)]
    answers = one.working.answers if one else {}
    slots = {slot: answers.get(slot) for slot in CORE if answers.get(slot) != now.tracker.get_slot(slot)}
    slots |= {str(asked): answers.get(str(asked))} if asked in CORE else {"confirm": filled.confirm}
    slots |= {"offered": _still_offered(now, filled), "feedback_id": one.id if one else None}
    return [SlotSet(slot, value) for slot, value in slots.items()]


def _store(tx: Connection, now: Turn, one: Feedback | None, filled: Filled) -> Feedback | None:
    if one is not None:
        fresh = feedback.load(tx, one.id, now.member_id)
        return (
            feedback.save(tx, feedback.amend(fresh) if one.amending else fresh, filled, now=now.now, key=now.key)
            if fresh
            else None
        )
    if not _tells(filled) and not filled.subject:
        return None
    return feedback.begin(tx, now.member_id, filled, origin=origin(now), key=now.key, now=now.now)


def _still_offered(now: Turn, filled: Filled) -> dict[str, Any] | None:
    before = now.tracker.get_slot("offered") or {}
    kept = {slot: values for slot, values in before.items() if slot not in filled.answers and slot != "subject"}
    return {**kept, **filled.offered} or None


# --- the questions -------------------------------------------------------------------------------


class AskNotification(Action):
    """Offers what a doubtful answer may have meant, else the newest alerts; and the way on without a notification."""

    def name(self) -> str:
        return "action_ask_feedback_form_notification"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        offered = dict(tracker.get_slot("offered") or {})
        key = "ask_notification_again" if "notification" in offered else "ask_notification"
        if "notification" not in offered:
            offered["notification"] = await now.services.db.read(alerts.recent, now.member_id)
        named = [Button(symbol, symbol) for symbol in offered["notification"]]
        none = now.said("feedback.unnotified")
        now.say(f"feedback.{key}", buttons=[*named, Button(none, none)])
        return [SlotSet("offered", offered)]


def _asking(slot: str) -> type[Action]:
    """The question for a text or a sum, with its ways out; a sum without a currency is asked for that alone."""

    class Ask(Action):
        def name(self) -> str:
            return f"action_ask_{FORM}_{slot}"

        async def run(
            self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
        ) -> list[EventType]:
            now = turn(tracker, dispatcher)
            choices = (tracker.get_slot("offered") or {}).get(slot) if slot in AMOUNTS else None
            if choices:
                _ask_currency(now, slot, choices)
            else:
                ways = ("feedback.skip", "feedback.unknown") if slot in AMOUNTS else ("feedback.skip",)
                now.say(f"feedback.ask_{slot}", buttons=[Button(now.said(way), now.said(way)) for way in ways])
            return []

    return Ask


def _ask_currency(now: Turn, slot: str, choices: list[dict[str, Any]]) -> None:
    shown = [feedback.amount_text(one, now.language, now.services.texts) for one in choices]
    buttons = [Button(title, money.typed(one)) for title, one in zip(shown, choices, strict=True)]
    now.say("feedback.ask_currency", field=now.said(f"feedback.name_{slot}"), buttons=buttons)


AskProduct = _asking("product")
AskExportValue = _asking("export_value")
AskEstimatedLoss = _asking("estimated_loss")
AskExtraCost = _asking("extra_cost")
AskMeasuresTaken = _asking("measures_taken")
AskComment = _asking("comment")
AskHelpNeeded = _asking("help_needed")
AskContact = _asking("contact")


class AskConfirm(Action):
    """The review page."""

    def name(self) -> str:
        return "action_ask_feedback_form_confirm"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        heard = await hear(now, "confirm")
        later = now.said("feedback.later")
        buttons = [now.button("feedback.submit", "affirm"), Button(later, later), now.button("feedback.cancel", "stop")]
        now.say("feedback.ask_confirm", summary=summary(now, heard.one) if heard.one else "", buttons=buttons)
        return []


# --- the end -------------------------------------------------------------------------------------


class Submit(Action):
    """The form is complete: submit and give the receipt; or it was put off, and the draft stays."""

    def name(self) -> str:
        return "action_feedback_submit"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        own = tracker.get_slot("feedback_id")
        if not tracker.get_slot("confirm") or not own:
            return await left(now)
        one = await now.services.db.run(_submit, now, int(own))
        if one is None:
            return await left(now)
        key = "feedback.submitted" if one.version == 1 else "feedback.amended"
        buttons = [now.button("feedback.more", "add_details", feedback=str(one.id))]
        now.say(key, number=one.number, about=about(now, one), buttons=buttons)
        return [SlotSet("form_outcome", "submitted"), SlotSet("left_form", None), SlotSet("offered", None)]


def _submit(tx: Connection, now: Turn, feedback_id: int) -> Feedback | None:
    one = feedback.load(tx, feedback_id, now.member_id)
    return feedback.submit(tx, one, origin=origin(now), key=now.key, now=now.now) if one else None


class Left(Action):
    """Stopped: nothing is submitted, and what was answered stays as a draft."""

    def name(self) -> str:
        return "action_feedback_left"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        return await left(turn(tracker, dispatcher))


async def left(now: Turn) -> list[EventType]:
    own = now.tracker.get_slot("feedback_id")
    one = await now.services.db.read(feedback.load, int(own), now.member_id) if own else None
    ended = [SlotSet("form_outcome", "cancelled"), SlotSet("confirm", None), SlotSet("offered", None)]
    if one is None:
        now.say("feedback.left_empty")
        return [*ended, SlotSet("left_form", None)]
    if one.editable:
        again = now.said("feedback.continue")
        now.say("feedback.left", about=about(now, one), n=len(one.working.answers), buttons=[Button(again, again)])
    return [*ended, SlotSet("left_form", FORM)]


async def go_on(now: Turn, one: Feedback) -> list[EventType]:
    """The form with what a draft has, on whatever channel it was begun."""
    if one.state == "draft":
        now.say("feedback.resumed", about=about(now, one), n=len(one.working.answers))
    else:
        now.say("feedback.amending", number=one.number)
    return started(now, one)
