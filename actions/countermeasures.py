"""What to do about a measure: steps for where it stands, like cases, who can help; asked in a short dialogue."""

import re
from typing import Any, cast

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.entries import case_button, footer, next_steps, show, show_article, thumbs, topic
from actions.paths import show_path
from actions.turn import Turn, payload, turn
from bot import demo
from bot.messages import Button
from knowledge.answer import Found
from knowledge.article import Article
from knowledge.countermeasure import Countermeasure, State
from knowledge.expert import Expert
from knowledge.library import ARTICLES
from knowledge.response import Response, state_of
from nlu import markets
from nlu.edits import EditKind, edit

DECLINED = "__declined__"
SLOTS = ("situation", "place", "goods")
PLACES = ("US", "EU", "JP", "KR")
BLANK = re.compile(r"\{\w+\}")
QUESTION = 500  # characters of the first message that are kept


class Respond(Action):
    """An article on just this, or the dialogue: state, market, product."""

    def name(self) -> str:
        return "action_respond"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        asked = [SlotSet("last_question", now.text), SlotSet("response_about", now.text[:QUESTION])]
        said = _said(now)
        path = None if "situation" in said else now.services.advice.paths.wanted(now.text)
        if path:
            await show_path(now, path.article, path.others)
            return asked
        special = _special(now, said)
        if special:
            _show_special(now, special)
            return asked
        if tracker.active_loop:  # a question in the middle of something else gets what can be said at once
            await _show(now, now.text, said)
            return asked
        empty = {name: said.get(name) for name in SLOTS}
        slots = [SlotSet(name, value) for name, value in empty.items()]
        return [*asked, *slots, SlotSet("form_outcome", None), FollowupAction("response_form")]


def _show_special(now: Turn, found: Found) -> None:
    if isinstance(found.entry, Countermeasure):
        show_measure(now, found.entry)
    else:
        show_article(now, cast(Article, found.entry), also=found.also)


def _special(now: Turn, said: dict[str, Any]) -> Found | None:
    """An article on the very market or authority; any entry that covers it, when it is not said where things stand."""
    if now.text.startswith("/"):
        return None
    advice = now.services.advice
    special = advice.special(now.text, language=now.language, today=now.today)
    return special or (None if "situation" in said else advice.guidance(now.text))


def _said(now: Turn) -> dict[str, Any]:
    """What the message says of state, market and product; a button says it in its own words."""
    pressed = [str(value) for value in now.entities("field") if str(value) in [state.value for state in State]]
    state = pressed[0] if pressed else None if now.text.startswith("/") else state_of(now.text)
    values = {"situation": state, "place": now.entities("market"), "goods": now.entities("product")}
    named = {"situation": values["situation"], "place": _first(values["place"]), "goods": _first(values["goods"])}
    return {name: str(value) for name, value in named.items() if value}


def _first(values: Any) -> Any:
    return values[0] if values else None


class ValidateResponse(Action):
    """State, market and product, each by button or in words; what is not to be told is left open."""

    def name(self) -> str:
        return "validate_response_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        asked = tracker.get_slot("requested_slot")
        if asked not in SLOTS:
            return []
        if now.intent not in (
            "ask_countermeasure",
            "affirm",
            "deny",
            "go_back",
            "nlu_fallback",
            "search_notifications",
        ):
            return []  # a question in between: it is answered, and this one is asked again
        said = {name: value for name, value in _said(now).items() if not tracker.get_slot(name)}
        if asked not in said:
            said |= _answer(now, asked)
        return [SlotSet(name, value) for name, value in said.items()]


def _answer(now: Turn, asked: str) -> dict[str, str]:
    """What stands for the slot that was asked for: a refusal, or a product in a word that we do not know."""
    declined = edit(now.text).kind is EditKind.DECLINE or now.intent in ("deny", "go_back")
    if declined or "skip" in now.entities("field"):
        return {asked: DECLINED if asked != "situation" else State.IN_FORCE}
    if asked == "goods" and now.text.strip() and not now.text.startswith("/"):
        return {asked: now.text.strip()[:60]}
    return {}


class AskSituation(Action):
    def name(self) -> str:
        return "action_ask_response_form_situation"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        now.say("library.ask_situation", buttons=[_state_button(now, state) for state in State])
        return []


def _state_button(now: Turn, state: State) -> Button:
    return Button(now.said(f"library.state_{state}"), payload("ask_countermeasure", field=state.value))


class AskPlace(Action):
    """First what helps in this state anywhere; then the question that makes it more exact."""

    def name(self) -> str:
        return "action_ask_response_form_place"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        if "situation" in _said(now):  # said just now: not when the question is asked again
            about = str(tracker.get_slot("response_about") or "")
            await _show(now, about, {"situation": str(tracker.get_slot("situation"))})
        now.say("library.ask_place", buttons=[*(_place_button(now, code) for code in PLACES), _skip(now)])
        return []


def _place_button(now: Turn, code: str) -> Button:
    return Button(markets.name(code, now.language), payload("ask_countermeasure", market=code))


class AskGoods(Action):
    def name(self) -> str:
        return "action_ask_response_form_goods"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        now.say("library.ask_goods", buttons=[_skip(now)])
        return []


def _skip(now: Turn) -> Button:
    return now.button("library.skip", "ask_countermeasure", field="skip")


class RespondSubmit(Action):
    """State, market and product are known, or left open: what to do."""

    def name(self) -> str:
        return "action_respond_submit"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        known = {name: str(tracker.get_slot(name)) for name in SLOTS if tracker.get_slot(name) not in (None, DECLINED)}
        if now.intent == "stop" or "situation" not in known:
            now.say("library.respond_stopped", buttons=next_steps(now))
        elif len(known) == 1:
            now.say("library.respond_general", buttons=next_steps(now))  # what helps anywhere was shown before
        else:
            await _show(now, str(tracker.get_slot("response_about") or ""), known)
        return [*(SlotSet(name, None) for name in SLOTS), SlotSet("form_outcome", "submitted")]


async def _show(now: Turn, about: str, known: dict[str, str]) -> None:
    place, goods = known.get("place"), known.get("goods", "")
    state = State(known.get("situation") or State.IN_FORCE)
    words = " ".join(part for part in (about if not about.startswith("/") else "", goods) if part)
    samples = await now.services.db.read(demo.loaded)
    response = now.services.advice.responses.to(state, words, market=place, samples=samples)
    if not response.measures:
        _without_measures(now)
        return
    lines = [_head(now, response, place, goods), *_steps(now, response.measures[0])]
    lines += [_also(now, measure) for measure in response.measures[1:]]
    lines.append(_who(now, response.expert) if response.expert else _desk(now))
    show(now, [*lines, *footer(now, response.measures[0])], _buttons(now, response))


def _without_measures(now: Turn) -> None:
    """No countermeasure for this state: an article may still help."""
    library = now.services.advice.library
    found = library.answer(now.text, language=now.language, today=now.today, kinds=ARTICLES)
    if isinstance(found, Found):
        show_article(now, cast(Article, found.entry), also=found.also)
    else:
        now.say("library.no_measure", buttons=next_steps(now))


def _head(now: Turn, response: Response, place: str | None, goods: str) -> str:
    named = [markets.name(place, now.language) if place else "", goods]
    about = now.said("notification.comma").join(part for part in named if part)
    state = now.said(f"library.state_{response.state}")
    return (
        now.said("library.respond_head_about", state=state, about=about)
        if about
        else now.said("library.respond_head", state=state)
    )


def _steps(now: Turn, measure: Countermeasure) -> list[str]:
    """The first countermeasure whole: what it is, who acts, by when, step by step."""
    language = now.language
    actors = now.said("library.then").join(now.said(f"library.actor_{actor}") for actor in measure.actors)
    lines = [measure.title[language], measure.summary[language]]
    lines += [f"{number}. {step}" for number, step in enumerate(measure.steps[language], start=1)]
    lines.append(now.said("library.line", label=now.said("library.who"), text=actors))
    lines.append(now.said("library.line", label=now.said("library.when"), text=measure.deadline[language]))
    return lines


def _also(now: Turn, measure: Countermeasure) -> str:
    return now.said("library.also", title=measure.title[now.language], summary=measure.summary[now.language])


def _who(now: Turn, expert: Expert) -> str:
    """A made-up sample is told as one, never as a person to be reached."""
    key = "library.expert_sample" if expert.sample else "library.expert"
    fields = now.said("notification.comma").join(expert.fields[now.language])
    return now.said(key, name=expert.name[now.language], organisation=expert.organisation[now.language], fields=fields)


def _desk(now: Turn) -> str:
    """Nobody in particular: the desk of the centre, and how to reach it outside the chat."""
    desk = now.services.settings.desk
    ways = now.said("notification.comma").join(way for way in (desk.phone, desk.email) if way)
    name = desk.name_en if now.language == "en" else desk.name_zh
    key = "library.desk_reached" if ways else "library.desk"
    return now.said(key, centre=name, person=now.said("answer.to_person"), ways=ways)


def _buttons(now: Turn, response: Response) -> list[Button]:
    first = response.measures[0]
    whole = now.button("answer.more", "show_countermeasure", article=first.id)
    near = [*(topic(now, one) for one in response.others), *(case_button(now, case) for case in response.cases)]
    return [whole, *near, *next_steps(now), *thumbs(now, first.id)]


class ShowCountermeasure(Action):
    """A button: one countermeasure whole, with what to have at hand, the legal hook and the template."""

    def name(self) -> str:
        return "action_show_countermeasure"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        measures = now.services.advice.responses.measures.entries
        measure = measures.get(str((now.entities("article") or [""])[0]))
        if measure is None:
            now.say("answer.no_such_article")
        else:
            show_measure(now, measure)
        return []


def show_measure(now: Turn, measure: Countermeasure) -> None:
    known = now.services.advice.responses.cases.entries
    cases = [case_button(now, known[key]) for key in measure.cases if key in known]
    lines = [*_steps(now, measure), *_rest(now, measure), *footer(now, measure, everything=True)]
    show(now, lines, [*cases[:2], *next_steps(now, measure), *thumbs(now, measure.key)])


def _rest(now: Turn, measure: Countermeasure) -> list[str]:
    language = now.language
    inputs = now.said("library.semicolon").join(measure.inputs[language])
    lines = [now.said("library.line", label=now.said("library.inputs"), text=inputs)]
    lines += [now.said("library.hook", rule=hook.rule, text=hook.text[language]) for hook in measure.legal_hooks]
    template = BLANK.sub("____", measure.template[language])
    return [*lines, *([now.said("library.template", text=template)] if template else [])]
