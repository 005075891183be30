"""Answers from the base, with source and date; where it is silent, the nearest topics and a person."""

import re
from typing import Any
from zoneinfo import ZoneInfo

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.people import CODE as ONE_TIME_CODE
from actions.people import use_code
from actions.turn import Turn, payload, turn
from bot import tickets
from bot.messages import Button
from bot.tickets import Kind, Ticket
from knowledge.answer import Caveat, Found, NotFound, Reason, caveats
from knowledge.article import Article
from knowledge.entry import Source
from nlu import hs

SOURCES = 2
SURE = 0.9  # so probably must an article cover what does not even look like our subject
CODE = re.compile(r"(?:\bhs(?:\s*codes?)?|编码|税号)[^\d]{0,4}(\d[\d. ]{0,13}\d)", re.IGNORECASE)
LONGEST_QUESTION = 2000
SHORT_FEEDBACK = 14  # characters: "I have feedback" says only that there is some
CAVEATS = (Caveat.LAPSED, Caveat.NOT_YET, Caveat.UNVERIFIED, Caveat.STALE)


class Answer(Action):
    """A question: the article that covers it; else the truth, the nearest topics and a ticket."""

    def name(self) -> str:
        return "action_answer"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        found = ask(now)
        if isinstance(found, Found):
            show_article(now, found.article, also=found.also)
        elif found.reason is Reason.TOO_LITTLE:
            now.say("answer.too_little")
        else:
            ticket = await hand_over(now, Kind.UNANSWERED, now.text)
            _not_in_base(now, found, ticket)
        return [SlotSet("last_question", now.text[:LONGEST_QUESTION])]


def ask(now: Turn) -> Found | NotFound:
    return now.services.library.answer(now.text, language=now.language, today=now.today)


def show_article(now: Turn, article: Article, *, also: tuple[Article, ...] = (), details: bool = False) -> None:
    language = now.language
    title, text = article.title[language], article.answer[language]
    more = article.details[language] if article.details else ""
    lines = [title, text, *([more] if details and more else [])]
    told = caveats(article, now.today)
    lines += [now.said(f"answer.{caveat}", date=_date_of(article, caveat)) for caveat in CAVEATS if caveat in told]
    lines.append(_sources(now, article, everything=details))
    buttons = [now.button("answer.more", "show_article", article=article.id)] if more and not details else []
    near = [*also, *(now.services.library.articles[key] for key in article.related[:2])]
    buttons += [topic(now, one) for one in dict.fromkeys(near) if one.id != article.id]
    now.show("\n".join(line for line in lines if line), buttons=buttons)


def _date_of(article: Article, caveat: Caveat) -> str:
    day = {
        Caveat.LAPSED: article.valid_until,
        Caveat.NOT_YET: article.valid_from,
        Caveat.STALE: article.next_check,
    }.get(caveat)
    return day.isoformat() if day else ""


def _sources(now: Turn, article: Article, *, everything: bool) -> str:
    shown = article.sources if everything else article.sources[:SOURCES]
    lines = [_source(now, one) for one in shown]
    if article.checked_on:
        lines.append(now.said("answer.checked_on", date=article.checked_on.isoformat()))
    return "\n".join(lines)


def _source(now: Turn, one: Source) -> str:
    """A source that was not opened says so: its address is where to look, not what was read."""
    key = "answer.source" if one.opened else "answer.source_unread"
    return now.said(key, issuer=one.issuer[now.language], title=one.title[now.language], url=one.url)


def topic(now: Turn, article: Article) -> Button:
    return Button(article.title[now.language], payload("show_article", article=article.id))


def _not_in_base(now: Turn, found: NotFound, ticket: Ticket) -> None:
    key = "answer.other_market" if found.reason is Reason.OTHER_MARKET else "answer.not_in_base"
    lines = [now.said(key), handed_over(now, ticket)]
    if found.nearest:
        lines.append(now.said("answer.nearest"))
    now.show("\n".join(lines), buttons=[*(topic(now, article) for article in found.nearest), *_watch(now)])


def _watch(now: Turn) -> list[Button]:
    """Whoever names a product may want to be told what comes."""
    named = {name: now.entities(name) for name in ("product", "hs_code", "market") if now.entities(name)}
    return [now.button("find.watch", "subscribe", **named)] if "product" in named or "hs_code" in named else []


class ShowArticle(Action):
    """A button: the whole article."""

    def name(self) -> str:
        return "action_show_article"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        article = now.services.library.articles.get(str((now.entities("article") or [""])[0]))
        if article is None:
            now.say("answer.no_such_article")
        else:
            show_article(now, article, details=True)
        return []


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
        found = ask(now) if now.text.strip() else None
        if isinstance(found, Found) and (now.intent != "out_of_scope" or found.confidence >= SURE):
            show_article(now, found.article, also=found.also)
            return []
        key = "answer.out_of_scope" if now.intent == "out_of_scope" else "answer.not_understood"
        person = now.button("answer.to_person", "contact_expert")
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
        question = (before or now.said("answer.no_question")) if pressed else _with(before, now.text)
        ticket = await hand_over(now, Kind.PERSON, question)
        now.show(handed_over(now, ticket) + _ways(now))
        return [SlotSet("last_question", None)]


def _with(before: str | None, text: str) -> str:
    return f"{before}\n{text}" if before and before != text else text


def _ways(now: Turn) -> str:
    desk = now.services.settings.desk
    ways = now.said("notification.comma").join(way for way in (desk.phone, desk.email) if way)
    return "\n" + now.said("answer.other_ways", ways=ways) if ways else ""


class GiveFeedback(Action):
    """What an enterprise says of a measure goes to the centre as it was said."""

    def name(self) -> str:
        return "action_give_feedback"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        if now.text.startswith("/") or (len(now.text) < SHORT_FEEDBACK and not now.tracker.latest_message["entities"]):
            now.say("answer.feedback_how")
            return []
        ticket = await hand_over(now, Kind.FEEDBACK, now.text)
        now.say("answer.feedback_taken", number=ticket.number, time=_when(now, ticket))
        return []


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
        desk=now.services.settings.desk,
    )


def handed_over(now: Turn, ticket: Ticket) -> str:
    desk = now.services.settings.desk
    centre = desk.name_en if now.language == "en" else desk.name_zh
    return now.said("answer.handed_over", centre=centre, number=ticket.number, time=_when(now, ticket))


def _when(now: Turn, ticket: Ticket) -> str:
    local = ticket.due_at.astimezone(ZoneInfo(now.services.settings.desk.time_zone))
    return local.strftime("%Y-%m-%d %H:%M")
