"""The optional second step after a receipt: a few choices, each answer stored at once; it can stop and go on."""

from dataclasses import dataclass
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import Connection

from actions.feedback_shown import about
from actions.turn import Turn, turn
from bot import feedback
from bot.feedback import DECLINED, Feedback, details, wording
from bot.feedback.details import EXTRA, FIELDS, Answered, Option, Question
from bot.messages import Button

FORM = "details_form"
SLOTS = (*FIELDS, EXTRA)
ENDED = [SlotSet("confirm", None), SlotSet("requested_slot", None)]
DONE = "done"  # the slot of the survey's questions when none is open any more


@dataclass(frozen=True, slots=True)
class Step:
    """A feedback in its second step, with what its survey asks besides."""

    one: Feedback
    extra: tuple[Question, ...]

    def open_extra(self) -> Question | None:
        """The first question of the survey that is neither answered nor left out."""
        seen = {*self.one.more, *self.one.skipped}
        return next((question for question in self.extra if question.id not in seen), None)


def _step(tx: Connection, feedback_id: int, member_id: int) -> Step | None:
    one = feedback.load(tx, feedback_id, member_id)
    return Step(one, tuple(details.survey_questions(feedback.questions_of(tx, one)))) if one else None


class AddDetails(Action):
    """The button under the receipt: the step begins, or goes on where it stopped."""

    def name(self) -> str:
        return "action_details_start"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        own = await now.services.db.read(feedback.mine, now.member_id, state="submitted")
        pressed = [int(value) for value in now.entities("feedback") if str(value).isdecimal()]
        one = feedback.meant(own, now.text, pressed) or (own[0] if own and not pressed else None)
        if one is None:
            now.say("feedback.none_yet", buttons=[now.button("feedback.start", "give_feedback")])
            return []
        return await start_details(now, one)


async def start_details(now: Turn, one: Feedback) -> list[EventType]:
    step = await now.services.db.read(_step, one.id, now.member_id)
    assert step is not None
    now.say("details.begun", number=one.number, about=about(now, one))
    empty = [SlotSet(slot, None) for slot in ("requested_slot", "form_outcome", "confirm")]
    begun = [SlotSet("feedback_id", one.id), SlotSet("feedback_heard", now.inbox_id)]
    return [*empty, *_slots(step), *begun, FollowupAction(FORM)]


def _slots(step: Step) -> list[EventType]:
    """What is answered or was left out is not asked again."""
    given = {**step.one.more, "affected": step.one.affected, "consent": step.one.consent}
    given["affected"] = None if given["affected"] == "yes" else given["affected"]  # "yes" says not how much
    values = {name: DECLINED if name in step.one.skipped else given.get(name) for name in FIELDS}
    return [
        *(SlotSet(name, value) for name, value in values.items()),
        SlotSet(EXTRA, None if step.open_extra() else DONE),
    ]


class Validate(Action):
    """One answer: stored at once. "Later" and "that's all" end the step; what was answered stays."""

    def name(self) -> str:
        return "validate_details_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        asked = tracker.get_slot("requested_slot")
        if asked not in SLOTS or tracker.get_slot("feedback_heard") == now.inbox_id:
            return []
        if now.intent not in ("give_feedback", "affirm", "deny", "nlu_fallback", "amend_feedback"):
            return []
        if wording.LATER.match(now.text) or wording.ENOUGH.match(now.text):
            return ENDED
        step = await now.services.db.read(_step, int(tracker.get_slot("feedback_id")), now.member_id)
        if step is None or step.one.state != "submitted":
            now.say("feedback.ended_elsewhere")
            return ENDED
        return await _answer(now, step, str(asked))


async def _answer(now: Turn, step: Step, asked: str) -> list[EventType]:
    question = step.open_extra() if asked == EXTRA else question_of(now, asked, step.one)
    if question is None:
        return [SlotSet(EXTRA, DONE)]
    entities = now.tracker.latest_message.get("entities") or ()
    answered = details.read(question, now.text, now.intent, year=now.today.year, entities=entities)
    if answered.problem:
        now.say(answered.problem)
        return [SlotSet(asked, None)]
    after = await now.services.db.run(_store, now, step.one.id, question.id, answered)
    if asked == EXTRA:
        return [SlotSet(EXTRA, None if Step(after, step.extra).open_extra() else DONE)]
    return [SlotSet(asked, DECLINED if answered.skipped else answered.value)]


def _store(tx: Connection, now: Turn, feedback_id: int, field: str, answered: Answered) -> Feedback:
    one = feedback.load(tx, feedback_id, now.member_id)
    assert one is not None
    if answered.skipped:
        return feedback.skip(tx, one, field, now=now.now)
    return feedback.tell_more(tx, one, field, answered.value, now=now.now)


def question_of(now: Turn, field: str, one: Feedback) -> Question:
    """One of our own questions; the kinds of measure are those of the agreement that the notification is under."""
    ids = details.CHOICES.get(field, ())
    if field == "measure_kind":
        sps, tbt = (bool(one.symbol) and f"/{name}/" in str(one.symbol) for name in ("SPS", "TBT"))
        ids = details.AGRI_FOOD if sps else details.INDUSTRIAL if tbt else details.MEASURE_KINDS
    texts = now.services.texts
    options = tuple(
        Option(key, *(texts(f"details.{field}_{key}", language) for language in ("zh", "en"))) for key in ids
    )
    return Question(field, details.kind_of(field), options)


def _asking(slot: str) -> type[Action]:
    class Ask(Action):
        def name(self) -> str:
            return f"action_ask_{FORM}_{slot}"

        async def run(
            self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
        ) -> list[EventType]:
            now = turn(tracker, dispatcher)
            step = await now.services.db.read(_step, int(tracker.get_slot("feedback_id")), now.member_id)
            if step:
                _ask(now, step, slot)
            return []

    return Ask


def _ask(now: Turn, step: Step, slot: str) -> None:
    question = step.open_extra() if slot == EXTRA else question_of(now, slot, step.one)
    if question is None:
        return
    text = question.asked(now.language) if slot == EXTRA else now.said(f"details.ask_{slot}")
    titles = [option.title(now.language) for option in question.options]
    if question.kind == "yes_no":
        titles = [now.said("details.yes"), now.said("details.no")]
    ways = [now.said("feedback.skip"), now.said("details.enough")]
    now.show(text, buttons=[Button(title, title) for title in (*titles, *ways)])


AskAffected = _asking("affected")
AskClause = _asking("clause")
AskReason = _asking("reason")
AskWantedOutcome = _asking("wanted_outcome")
AskAmountYear = _asking("amount_year")
AskMeasureKind = _asking("measure_kind")
AskConsent = _asking("consent")
AskExtra = _asking(EXTRA)


class Finish(Action):
    """All asked, or enough: what was answered is there; the rest can be added any time."""

    def name(self) -> str:
        return "action_details_done"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        one = await now.services.db.read(feedback.load, int(tracker.get_slot("feedback_id")), now.member_id)
        if one:
            now.show("\n".join([now.said("details.done", number=one.number), *told(now, one)]))
        return [SlotSet("form_outcome", "submitted")]


def told(now: Turn, one: Feedback) -> list[str]:
    """What the second step has, a line each."""
    values = {**one.more, "affected": one.affected, "consent": one.consent}
    return [
        now.said("feedback.line", name=now.said(f"details.name_{field}"), value=_shown(now, field, values[field]))
        for field in FIELDS
        if values.get(field) not in (None, [])
    ]


def _shown(now: Turn, field: str, value: Any) -> str:
    if isinstance(value, list):
        return now.said("notification.comma").join(_shown(now, field, one) for one in value)
    key = f"details.{field}_{value}"
    return now.said(key) if field in details.CHOICES and now.services.texts.has(key) else str(value)
