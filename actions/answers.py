"""Answers from the base, with source and date; where it is silent, the nearest topics and a person."""

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import Connection

from actions import going_on
from actions.addresses import CODE as ONE_TIME_CODE
from actions.addresses import use_code
from actions.cases import show_cases
from actions.countermeasures import show_measure
from actions.doubt import choices, may_ask, overruled, ranking
from actions.entries import PATH, footer, next_steps, show, show_article, thumbs
from actions.entries import topic as topic_button
from actions.lists import dues, line
from actions.paths import show_path
from actions.sheets import show_composed
from actions.terms import show_term
from actions.turn import Turn, payload, turn
from actions.writing import show_written, written
from bot import ratings, tickets
from bot.messages import Button
from bot.ratings import Verdict
from bot.tickets import Desk, Kind, Ticket
from knowledge.advice import Composed, Definition, Doubt, Reply
from knowledge.answer import Found, NotFound, Reason
from knowledge.article import Article
from knowledge.case import Case
from knowledge.countermeasure import Countermeasure
from knowledge.entry import Entry
from knowledge.glossary import Term
from knowledge.paths import PathView
from knowledge.question import take_apart
from nlu import followup, hs

CODE = re.compile(r"(?:\bhs(?:\s*codes?)?|编码|税号)[^\d]{0,4}(\d[\d. ]{0,13}\d)", re.IGNORECASE)
LONGEST_QUESTION = 2000
MOST_NOTIFICATIONS = 3


class Answer(Action):
    """A question: what the base has on it; else the truth, the nearest topics and a ticket."""

    def name(self) -> str:
        return "action_answer"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        said = going_on.read(now, tracker.get_slot("topic") or {})
        settled = _settled(now, said)
        if settled is None:
            going_on.ask_back(now, said.topic)
            return [SlotSet("last_question", now.text)]
        asked, reply = settled
        told = await tell(now, reply, asked)
        if not told and isinstance(reply, NotFound) and not await _from_notifications(now, reply, asked):
            await _not_told(now, reply)
        declined = isinstance(reply, NotFound) and reply.reason is Reason.DECLINED
        return [SlotSet("last_question", now.text)] if declined else _remembered(asked)


def _settled(now: Turn, said: going_on.Said) -> tuple[str, Reply] | None:
    """The question in full and what the base says to it; None when it must be asked back what it is about."""
    asked = going_on.question(now, said)
    reply = ask(now, asked)
    if not going_on.leaves_open(said, asked, reply):
        return asked, reply
    within = _within(now, said.topic)
    return (asked, reply) if going_on.stands_alone(said, reply, within and within[1]) else within


def _within(now: Turn, topic: Mapping[str, Any]) -> tuple[str, Reply] | None:
    """The question about what was spoken of: its products and markets first, then the words of the question before.

    None when nothing new is found so. A question without a word of its own ("how long?") is answered by a sheet only.
    """
    before = str(topic["question"])
    names = followup.names_of(before, now=now.local)
    telling = bool(take_apart(now.text).telling)
    for said in dict.fromkeys(part for part in (names, before if telling else "") if part):
        question = f"{said} {followup.about(now.text)}"
        reply = ask(now, question)
        if going_on.is_new(reply, topic) and (isinstance(reply, Composed) or telling):
            return question, reply
    return None


def _remembered(asked: str, reply: Reply | None = None) -> list[EventType]:
    asked = asked[:LONGEST_QUESTION]
    entry = {"entry": reply.entry.key} if isinstance(reply, Found) else {}
    topic = {"kind": followup.QUESTION, "question": asked, **entry}
    return [SlotSet("last_question", asked), SlotSet("topic", topic)]


def ask(now: Turn, question: str, *, doubt: Doubt = Doubt.NONE) -> Reply:
    return now.services.advice.reply(question, language=now.language, today=now.today, doubt=doubt)


async def tell(now: Turn, reply: Reply, asked: str) -> bool:
    """Say what was found; False when nothing was."""
    match reply:
        case Found(torn=True):
            _ask_which(now, reply)
        case Found():
            if text := await written(now, asked, reply):
                show_written(now, text, reply)
            else:
                show_entry(now, reply.entry, also=reply.also)
        case Composed():
            show_composed(now, reply)
        case Definition():
            show_term(now, reply.term)
        case PathView():
            await show_path(now, reply.article, reply.others)
        case _:
            return False
    return True


async def answer_besides(now: Turn) -> None:
    """What the base has, for sure or perhaps, on what the search for notifications did not find."""
    reply = ask(now, now.text)
    if isinstance(reply, NotFound) and reply.perhaps is not None:
        _guess(now, reply.perhaps)
    else:
        await tell(now, reply, now.text)


def show_entry(now: Turn, entry: Entry, *, also: Sequence[Entry] = (), details: bool = False) -> None:
    """An entry of any kind, each in its own way."""
    match entry:
        case Article():
            show_article(now, entry, also=also, details=details)
        case Case():
            show_cases(now, [entry, *(one for one in also if isinstance(one, Case))])
        case Countermeasure():
            show_measure(now, entry)
        case Term():
            show_term(now, entry)


def _ask_which(now: Turn, found: Found) -> None:
    """Two are as likely: one line of each, and a button."""
    both = (found.entry, *found.also[:1])
    lines = [now.said("answer.which"), *(f"· {entry.title[now.language]}" for entry in both)]
    show(now, lines, [*(topic_button(now, entry) for entry in both), *next_steps(now)])


async def _from_notifications(now: Turn, reply: NotFound, asked: str) -> bool:
    """What the base has nothing on may stand in a notification: then that is shown, and said to be one."""
    named = any(now.entities(name) for name in ("product", "market"))
    if not named or reply.perhaps is not None or reply.reason not in (Reason.NOTHING_NEAR, Reason.NOT_COVERED):
        return False
    found = await now.services.db.read(now.services.search.find, asked, limit=MOST_NOTIFICATIONS)
    if found:
        due = await now.services.db.read(dues, now, found)
        lines = [now.said("answer.in_notifications"), *(line(now, one, due.get(one.family)) for one in found)]
        cards = [Button(one.symbol, payload("show_notification", symbol=one.symbol)) for one in found]
        show(now, lines, [*cards, *_watch(now), now.button("answer.to_person", "contact_expert")])
    return bool(found)


async def _not_told(now: Turn, found: NotFound) -> None:
    """Too little said, a subject of others, a guess that says so, or a ticket."""
    if found.reason is Reason.TOO_LITTLE:
        now.say("answer.too_little")
    elif found.reason is Reason.DECLINED:
        _decline(now, found)
    elif found.reason is Reason.OUTSIDE:
        lines = [now.said("outside.head"), *(now.said(f"outside.{topic}") for topic in found.told)]
        show(
            now, lines, [now.button("answer.what_can_you_do", "help"), now.button("answer.to_person", "contact_expert")]
        )
    elif found.perhaps is not None:
        _guess(now, found.perhaps, tasks=overruled(now))
    else:
        _not_in_base(now, found, await hand_over(now, Kind.UNANSWERED, now.text))


def _decline(now: Turn, found: NotFound) -> None:
    """Why not, and what is proper instead."""
    person = now.button("answer.to_person", "contact_expert")
    proper = [topic_button(now, entry) for entry in found.nearest]
    ways = [*(proper or [now.button("answer.what_can_you_do", "help")]), person]
    now.say(f"declined.{found.told[0]}", buttons=ways)


def _guess(now: Turn, entry: Entry, *, tasks: Sequence[Button] = ()) -> None:
    """The nearest entry, said to be a guess: its short answer, what else may be meant, and a person."""
    lines = [now.said("answer.perhaps"), entry.title[now.language], entry.gist[now.language]]
    whole = Button(now.said("answer.more"), topic_button(now, entry).payload)
    more = [] if isinstance(entry, Article) and not entry.details[now.language] else [whole]
    show(now, [*lines, *footer(now, entry)], [*more, *tasks, *next_steps(now, entry), *thumbs(now, entry.key)])


def _not_in_base(now: Turn, found: NotFound, ticket: Ticket) -> None:
    lines = [_why(now, found), handed_over(now, ticket)]
    if found.nearest:
        lines.append(now.said("answer.nearest"))
    now.show("\n".join(lines), buttons=[*(topic_button(now, entry) for entry in found.nearest), *_watch(now)])


def _why(now: Turn, found: NotFound) -> str:
    if found.reason is Reason.UNKNOWN_NAME:
        return now.said("answer.unknown_name", names=now.said("notification.comma").join(found.told))
    return now.said("answer.other_market" if found.reason is Reason.OTHER_MARKET else "answer.not_in_base")


def _watch(now: Turn) -> list[Button]:
    """Whoever names a product may want to be told what comes."""
    named = {name: now.entities(name) for name in ("product", "hs_code", "market") if now.entities(name)}
    return [now.button("find.watch", "subscribe", **named)] if "product" in named or "hs_code" in named else []


class ShowArticle(Action):
    """A button: the whole article, or another entry by its key."""

    def name(self) -> str:
        return "action_show_article"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        entry = now.services.advice.library.entries.get(str((now.entities("article") or [""])[0]))
        if entry is None:
            now.say("answer.no_such_article")
            return []
        if isinstance(entry, Article) and entry.path and PATH in now.entities("field"):
            await show_path(now, entry)
        else:
            show_entry(now, entry, details=True)
        return [SlotSet("topic", {"kind": followup.QUESTION, "question": entry.title[now.language]})]


class RateAnswer(Action):
    """A button: useful, or not what was asked. Kept with the question; after a bad one a person is offered."""

    def name(self) -> str:
        return "action_rate_answer"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        question, entry, pressed = (next(iter(now.entities(name)), "") for name in ("question", "article", "field"))
        if not question or not entry or pressed not in list(Verdict):
            now.say("answer.no_such_article")
            return []
        await now.services.db.run(_rate, now, str(question), str(entry), Verdict(str(pressed)))
        bad = pressed == Verdict.NOT_ASKED
        now.say(f"library.rated_{pressed}", buttons=[now.button("answer.to_person", "contact_expert")] if bad else [])
        return []


def _rate(tx: Connection, now: Turn, question: str, entry: str, verdict: Verdict) -> None:
    asked = sha256(f"{question}\n{entry}".encode()).hexdigest()[:32]
    ratings.rate(
        tx,
        now.member_id,
        question=question,
        language=now.language,
        entry=entry,
        verdict=verdict,
        key=f"{now.member_id}:{asked}",
        now=now.now,
    )


class Fallback(Action):
    """Not understood, or out of scope: perhaps the base covers it all the same; else say what can be asked."""

    def name(self) -> str:
        return "action_fallback"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        if (typed := ONE_TIME_CODE.fullmatch(now.text.strip())) and now.text.isupper():
            await use_code(now, f"{typed[1]}-{typed[2]}")  # one of letters only looks like words to the interpreter
            return []
        if code := impossible_code(now.text):
            problem = hs.check(code)
            assert problem is not None
            now.say(f"hs.{problem.kind}", code=code, options="")
            return []
        offered = choices(now)
        asks = now.text.strip() and (not offered or may_ask(ranking(now)))
        reply = ask(now, now.text, doubt=Doubt.of(now.intent)) if asks else None
        if reply is not None and await tell(now, reply, now.text):
            return _remembered(now.text, reply)
        if isinstance(reply, NotFound) and reply.reason in (Reason.OUTSIDE, Reason.DECLINED):
            await _not_told(now, reply)
            return []
        if isinstance(reply, NotFound) and reply.perhaps is not None:
            _guess(now, reply.perhaps, tasks=offered)
            return _remembered(now.text)
        person = now.button("answer.to_person", "contact_expert")
        if offered:
            now.say("choice.which", buttons=[*offered, person])
        else:
            key = "answer.out_of_scope" if now.intent == "out_of_scope" else "answer.not_understood"
            now.say(key, buttons=[*_watch(now), now.button("answer.what_can_you_do", "help"), person])
        return [SlotSet("last_question", now.text[:LONGEST_QUESTION])]


def impossible_code(text: str) -> str | None:
    """The digits of a code that is called an HS code and cannot be one."""
    named = CODE.search(text)
    code = hs.digits(named[1]) if named else ""
    problem = hs.check(code) if code else None
    return code if problem and not problem.is_warning else None


class ContactExpert(Action):
    """A person, please: a ticket with what was asked, and when to expect the answer."""

    def name(self) -> str:
        return "action_contact_expert"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        before = tracker.get_slot("last_question")
        pressed = now.text.startswith("/")
        question = _asked_for(now, before) if pressed else _with(before, now.text)
        ticket = await hand_over(now, Kind.PERSON, question)
        now.show(handed_over(now, ticket) + _ways(now))
        return [SlotSet("last_question", None)]


def _asked_for(now: Turn, before: str | None) -> str:
    """What a press is about: the notification that it names, else the question before."""
    named = [str(value) for value in now.entities("symbol")]
    return now.said("answer.about_notification", symbol=named[0]) if named else before or now.said("answer.no_question")


def _with(before: str | None, text: str) -> str:
    return f"{before}\n{text}" if before and before != text else text


def _ways(now: Turn) -> str:
    desk = now.services.settings.desk
    ways = now.said("notification.comma").join(way for way in (desk.phone, desk.email) if way)
    return "\n" + now.said("answer.other_ways", ways=ways) if ways else ""


async def hand_over(now: Turn, kind: Kind, question: str) -> Ticket:
    return await now.services.db.run(
        tickets.open_ticket,
        now.member_id,
        kind=kind,
        question=question[:LONGEST_QUESTION],
        language=now.language,
        channel=now.channel,
        address=now.address,
        key=now.key,
        now=now.now,
        desk=Desk.of(now.services.settings),
    )


def handed_over(now: Turn, ticket: Ticket) -> str:
    desk = now.services.settings.desk
    centre = desk.name_en if now.language == "en" else desk.name_zh
    return now.said("answer.handed_over", centre=centre, number=ticket.number, time=_when(now, ticket))


def _when(now: Turn, ticket: Ticket) -> str:
    local = ticket.due_at.astimezone(ZoneInfo(now.services.settings.desk.time_zone))
    return local.strftime("%Y-%m-%d %H:%M")
