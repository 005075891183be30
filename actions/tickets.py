"""Tickets in the chat: more about one, whether it helped, how it stands; and staff who take and answer them."""

import re
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import Connection

from actions.turn import Turn, safely, turn
from bot import authority, tickets
from bot.authority import Deed
from bot.errors import BadInput
from bot.tickets import Desk, State, Ticket
from bot.tickets.said import Meant, meant

FORM = "ticket_form"
NUMBER = re.compile(
    r"^\W*(?:(?:关于|有关|针对|回复|答复|回答|解答|about|regarding|re|on|concerning|answer|reply(?: to)?|"
    r"respond to)\W*)?"
    r"(?:工单|问题|ticket|question)?\W*t\s?[-–—]?\s?\d{1,9}\s*(?:号|的)?[\s,，:：。.;；\-—]*",
    re.IGNORECASE,
)
ANSWERS = ("about_ticket", "affirm", "deny", "go_back", "greet", "thanks", "more", "nlu_fallback")
QUESTION = 200  # characters of a question that are said again


def _named(now: Turn) -> list[int]:
    pressed = [int(one) for one in now.entities("ticket") if str(one).isdecimal()]
    return pressed or tickets.numbers(now.text)


def _subject(now: Turn) -> str | None:
    return ", ".join(f"ticket {one}" for one in _named(now)) or None


class AboutTicket(Action):
    """By button or in words: a follow-up, a rating, closing, opening again, or how it stands."""

    def name(self) -> str:
        return "action_about_ticket"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        return await safely(now, "see_ticket", _subject(now), _about(now))


async def _about(now: Turn) -> list[EventType]:
    pressed = next(iter(now.entities("field")), None)
    rest = NUMBER.sub("", now.text, count=1) if not now.text.startswith("/") else ""
    what = Meant(str(pressed)) if pressed in list(Meant) else meant(rest)
    if what is Meant.TAKE:
        return await _take(now)
    found = await now.services.db.read(_found, now, what)
    if found is None:
        now.say("ticket.none")
        return []
    match what:
        case Meant.HELPED | Meant.NOT_HELPED:
            return await _rate(now, found, helped=what is Meant.HELPED)
        case Meant.MORE:
            return [SlotSet("ticket", found.id), SlotSet("ticket_more", None), FollowupAction(FORM)]
        case Meant.TEXT:
            await _follow_up(now, found, rest)
        case Meant.CLOSE:
            await now.services.db.run(tickets.close, now.member_id, found.id, now=now.now)
            now.say("ticket.closed", number=found.number)
        case Meant.REOPEN:
            again = await now.services.db.run(tickets.reopen, now.member_id, found.id, now=now.now, desk=_desk(now))
            now.say("ticket.reopened", number=found.number, time=_desk(now).local(again.due_at))
        case _:
            _status(now, found)
    return []


def _found(tx: Connection, now: Turn, what: Meant) -> Ticket | None:
    """The ticket that is named, if it is theirs or theirs to answer; else their newest."""
    named = _named(now)
    if not named:
        rating = what in (Meant.HELPED, Meant.NOT_HELPED)
        return tickets.newest_of(tx, now.member_id, answered=rating) or tickets.newest_of(tx, now.member_id)
    found = tickets.by_id(tx, named[0])
    if found.member_id == now.member_id or authority.may_for(tx, now.member_id, Deed.ANSWER_TICKET, found.member_id):
        return found
    raise BadInput("ticket.unknown", number=found.number)


def _desk(now: Turn) -> Desk:
    return Desk.of(now.services.settings)


async def _take(now: Turn) -> list[EventType]:
    number = next(iter(_named(now)), 0)
    found = await now.services.db.run(tickets.take, now.member_id, number, now=now.now)
    now.say("ticket.taken", number=found.number)
    return []


async def _rate(now: Turn, found: Ticket, *, helped: bool) -> list[EventType]:
    await now.services.db.run(tickets.rate, now.member_id, found.id, helped=helped, now=now.now)
    if helped:
        now.say("ticket.rated_helped", number=found.number)
        return []
    now.say("ticket.rated_not_helped")
    return [SlotSet("ticket", found.id), SlotSet("ticket_more", None), FollowupAction(FORM)]


async def _follow_up(now: Turn, found: Ticket, text: str) -> None:
    again = await now.services.db.run(
        tickets.follow_up, now.member_id, found.id, text=text, key=now.key, now=now.now, desk=_desk(now)
    )
    now.say("ticket.more_taken", number=found.number, time=_desk(now).local(again.due_at))


def _status(now: Turn, found: Ticket) -> None:
    question = " ".join(found.question.split())[:QUESTION]
    buttons = [
        now.button(f"ticket.button_{field}", "about_ticket", ticket=str(found.id), field=field)
        for field in (("helped", "not_helped", "more") if found.state is State.ANSWERED else ("more",))
    ]
    now.say(
        f"ticket.status_{found.state}", number=found.number, question=question, time=_desk(now).local(found.due_at),
        buttons=buttons if found.member_id == now.member_id else (),
    )  # fmt: skip


class ValidateMore(Action):
    """Whatever is written is the follow-up; "no" and "never mind" leave it."""

    def name(self) -> str:
        return "validate_ticket_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        if tracker.get_slot("requested_slot") != "ticket_more" or now.text.startswith("/"):
            return []
        if now.intent not in ANSWERS:
            return []
        return [SlotSet("ticket_more", "__declined__" if now.intent in ("deny", "go_back") else now.text)]


class AskMore(Action):
    def name(self) -> str:
        return "action_ask_ticket_form_ticket_more"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        number = tickets.number(int(tracker.get_slot("ticket")))
        now.say("ticket.ask_more", number=number, buttons=[now.button("ticket.button_leave", "stop")])
        return []


class SubmitMore(Action):
    def name(self) -> str:
        return "action_ticket_submit"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        number, text = tracker.get_slot("ticket"), tracker.get_slot("ticket_more")
        ended: list[EventType] = [SlotSet(slot, None) for slot in ("ticket", "ticket_more")]
        if not number or not text or text == "__declined__":
            now.say("ticket.more_left")
            return [*ended, SlotSet("form_outcome", "cancelled")]
        await safely(now, "see_ticket", _subject(now), _submit(now, int(number), str(text)))
        return [*ended, SlotSet("form_outcome", "submitted")]


async def _submit(now: Turn, number: int, text: str) -> list[EventType]:
    await _follow_up(now, await now.services.db.read(tickets.by_id, number), text)
    return []


class AnswerTicket(Action):
    """ "Answer T-12: ..." from staff goes into the chat of whoever asked."""

    def name(self) -> str:
        return "action_answer_ticket"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        return await safely(now, "answer_ticket", _subject(now), _answer(now))


async def _answer(now: Turn) -> list[EventType]:
    number, text = _named(now)[0], NUMBER.sub("", now.text, count=1)
    found = await now.services.db.run(tickets.answer, now.member_id, number, text=text, key=now.key, now=now.now)
    now.say("ticket.answered", number=found.number)
    return []
