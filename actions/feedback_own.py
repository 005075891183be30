"""A member's own feedback: the list, one in full, changing it, taking it back, and taking back the consent."""

from collections.abc import Sequence
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import Connection

from actions.excursion import leaving, returning
from actions.feedback import go_on, started
from actions.feedback_details import start_details, told
from actions.feedback_shown import about, acknowledge, summary, tell
from actions.turn import Turn, payload, turn
from bot import feedback
from bot.feedback import Feedback, Filled, Said
from bot.messages import Button
from nlu import edits

SHOWN = 10
MORE = ("补充", "完善", "细节", "add", "more", "detail", "supplement", "complete")  # the second step, not a correction


async def _own(now: Turn) -> list[Feedback]:
    return await now.services.db.read(feedback.mine, now.member_id)


def _pressed(now: Turn) -> list[int]:
    return [int(value) for value in now.entities("feedback") if str(value).isdecimal()]


class ListFeedback(Action):
    """All of the member's feedback, a line each; with a number, one in full."""

    def name(self) -> str:
        return "action_list_feedback"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        own = await _own(now)
        wanted = [*_pressed(now), *feedback.numbers(now.text)]
        if not own:
            now.say("feedback.none_yet", buttons=[now.button("feedback.start", "give_feedback")])
        elif not wanted:
            _list(now, own)
        elif one := feedback.meant(own, now.text, wanted):
            await _show(now, one)
        else:
            now.say("feedback.not_yours", number=feedback.number(wanted[0]))
        return []


def _list(now: Turn, own: Sequence[Feedback]) -> None:
    lines = [now.said("feedback.list", n=len(own)), *(_line(now, one) for one in own[:SHOWN])]
    buttons = [Button(one.number, payload("list_feedback", feedback=str(one.id))) for one in own[:SHOWN]]
    now.show("\n".join(lines), buttons=buttons)


def _line(now: Turn, one: Feedback) -> str:
    state = "amending" if one.amending else one.state
    day = one.updated_at.date().isoformat()
    return now.said(f"feedback.list_{state}", number=one.number, about=about(now, one), date=day, version=one.version)


async def _show(now: Turn, one: Feedback) -> None:
    files = await now.services.db.read(_files, one.id)
    lines = [_line(now, one), summary(now, one), *told(now, one)]
    if files:
        lines.append(now.said("feedback.files", names=now.said("notification.comma").join(files)))
    now.show("\n".join(lines), buttons=_deeds(now, one))


def _files(tx: Connection, feedback_id: int) -> list[str]:
    found = feedback.detail(tx, feedback_id)
    return [file.name for file in found.files] if found else []


def _deeds(now: Turn, one: Feedback) -> list[Button]:
    unfinished = (("continue", "resume"), ("drop", "withdraw_feedback"))
    finished = (("change", "amend_feedback"), ("more", "add_details"), ("withdraw", "withdraw_feedback"))
    deeds = unfinished if one.editable else finished
    return [now.button(f"feedback.{key}", intent, feedback=str(one.id)) for key, intent in deeds]


# --- changing it ---------------------------------------------------------------------------------


class Amend(Action):
    """ "Change my feedback": the review page of what was submitted; what the sentence corrects is changed there."""

    def name(self) -> str:
        return "action_feedback_amend"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        own = await _own(now)
        one = feedback.meant(own, now.text, _pressed(now))
        if one is None:
            _which(now, own, "amend_feedback")
            return []
        if now.text.strip() and not _pressed(now) and not _bare(now.text):
            await _show(now, one)  # the number and nothing else
            return []
        if one.state == "submitted" and any(word in now.text.casefold() for word in MORE):
            return await start_details(now, one)
        filled = feedback.fill(one.working.answers, _as_correction(now))
        changed = await now.services.db.run(_change, now, one.id, filled)
        if filled.changed:
            acknowledge(now, changed, filled.changed, "feedback.changed")
        tell(now, filled)
        return started(now, changed, filled) if filled.answers else await go_on(now, changed)


def _as_correction(now: Turn) -> Said:
    """The sentence as it would be understood on the review page, without the number of the feedback."""
    text = "" if now.text.startswith("/") else _bare(now.text)
    return Said(text, "amend_feedback", (), "confirm", language=now.language)


def _bare(text: str) -> str:
    """ "Change the export value in F-000012 to 2 million" -> "change the export value to 2 million"."""
    return " ".join(feedback.without_number(text).split())


def _change(tx: Connection, now: Turn, feedback_id: int, filled: Filled) -> Feedback:
    one = feedback.load(tx, feedback_id, now.member_id)
    assert one is not None
    return feedback.save(tx, feedback.amend(one), filled, now=now.now, key=now.key)


def _which(now: Turn, own: Sequence[Feedback], intent: str) -> None:
    if not own:
        now.say("feedback.none_yet", buttons=[now.button("feedback.start", "give_feedback")])
        return
    buttons = [Button(f"{one.number} {about(now, one)}", payload(intent, feedback=str(one.id))) for one in own[:SHOWN]]
    now.say("feedback.which", buttons=buttons)


# --- taking it back ------------------------------------------------------------------------------


class WithdrawStart(Action):
    def name(self) -> str:
        return "action_withdraw_start"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        empty = [SlotSet(slot, None) for slot in ("which_feedback", "confirm", "form_outcome")]
        return [*empty, *leaving(tracker)]


class ValidateWithdraw(Action):
    """Which one, and a clear yes. 0 = none of them."""

    def name(self) -> str:
        return "validate_withdraw_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        asked = tracker.get_slot("requested_slot")
        if asked == "confirm":
            return _decided(now)
        if asked and now.intent not in ("withdraw_feedback", "affirm", "deny", "go_back"):
            return []  # a question in between: it is answered, and this one is asked again
        own = await _own(now)
        if not own or (asked and (now.intent == "deny" or edits.edit(now.text).kind is edits.EditKind.DECLINE)):
            return [SlotSet("which_feedback", 0), SlotSet("confirm", False)]
        one = feedback.meant(own, now.text, _pressed(now))
        if one is None and feedback.numbers(now.text):
            now.say("feedback.not_yours", number=feedback.number(feedback.numbers(now.text)[0]))
        return [SlotSet("which_feedback", one.id if one else None)]


def _decided(now: Turn) -> list[EventType]:
    if now.agrees:
        return [SlotSet("confirm", True)]
    return [SlotSet("confirm", False)] if now.intent in ("deny", "go_back") else []


class AskWhichFeedback(Action):
    def name(self) -> str:
        return "action_ask_withdraw_form_which_feedback"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        _which(now, await _own(now), "withdraw_feedback")
        return []


class AskWithdraw(Action):
    def name(self) -> str:
        return "action_ask_withdraw_form_confirm"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        one = await now.services.db.read(feedback.load, int(tracker.get_slot("which_feedback")), now.member_id)
        if one:
            key = "feedback.sure_amendment" if one.amending else f"feedback.sure_{one.state}"
            yes, no = now.button("feedback.yes_withdraw", "affirm"), now.button("feedback.no_withdraw", "deny")
            now.say(key, number=one.number, about=about(now, one), buttons=[yes, no])
        return []


class WithdrawSubmit(Action):
    def name(self) -> str:
        return "action_withdraw_submit"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        which = tracker.get_slot("which_feedback")
        done = await now.services.db.run(_withdraw, now, int(which)) if which and tracker.get_slot("confirm") else None
        if done is None:
            now.say("feedback.none_yet" if which == 0 and not await _own(now) else "feedback.kept")
            return returning(tracker, [SlotSet("form_outcome", "cancelled")])
        key = "kept" if done.state != "withdrawn" else "withdrawn" if done.version else "dropped"
        now.say(f"feedback.{key}", number=done.number, about=about(now, done))
        ended = [SlotSet("form_outcome", "submitted")]
        return ended if done.id == tracker.get_slot("feedback_id") else returning(tracker, ended)


def _withdraw(tx: Connection, now: Turn, feedback_id: int) -> Feedback | None:
    one = feedback.load(tx, feedback_id, now.member_id)
    if one is None:
        return None
    if one.amending:
        return feedback.drop_amendment(tx, one, now=now.now)
    return feedback.withdraw(tx, one, key=now.key, now=now.now)


class WithdrawConsent(Action):
    """At once, for one feedback if a number is named, else for all."""

    def name(self) -> str:
        return "action_withdraw_consent"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        named = [*_pressed(now), *feedback.numbers(now.text)]
        count = await now.services.db.run(_withdraw_consent, now, named[0] if named else None)
        now.say("feedback.consent_withdrawn" if count else "feedback.no_consent", n=count)
        return []


def _withdraw_consent(tx: Connection, now: Turn, feedback_id: int | None) -> int:
    return feedback.withdraw_consent(tx, now.member_id, key=now.key, now=now.now, feedback_id=feedback_id)
