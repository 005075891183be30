"""Cases: like ones found, and one told in its five fields."""

from collections.abc import Sequence
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.entries import case_button, footer, measure_button, next_steps, related, show, thumbs, topic
from actions.turn import Turn, turn
from knowledge.answer import MOST_NEAREST
from knowledge.case import Case
from nlu import markets

MOST = 4


class AskCase(Action):
    """Cases that are like what is asked about; the first is told in short."""

    def name(self) -> str:
        return "action_ask_case"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        responses = now.services.advice.responses
        if found := responses.fitting(now.text, limit=MOST):
            show_cases(now, found)
        else:
            _show_nearest(now, responses.like(now.text, limit=MOST_NEAREST))
        return [SlotSet("last_question", now.text)]


def _show_nearest(now: Turn, found: Sequence[Case]) -> None:
    """None is like it, and that is said; the nearest ones by their names."""
    key = "library.no_case_nearest" if found else "library.no_case"
    now.say(key, buttons=[*(case_button(now, case) for case in found), *next_steps(now)])


def show_cases(now: Turn, found: Sequence[Case]) -> None:
    """The first in short, the others as buttons."""
    first, *others = found
    lines = [first.title[now.language], *_short(now, first), *footer(now, first)]
    buttons = [now.button("answer.more", "show_case", article=first.id)]
    buttons += [case_button(now, case) for case in others]
    show(now, lines, [*buttons, *next_steps(now, first), *thumbs(now, first.id)])


def _short(now: Turn, case: Case) -> list[str]:
    """Cause, result and what to learn: enough to see whether it is like one's own."""
    labelled = [("cause", case.cause), ("result", case.result)]
    lines = [_labelled(now, name, text[now.language]) for name, text in labelled]
    return [*lines, _labelled(now, "lessons", now.said("library.semicolon").join(case.lessons[now.language]))]


def _labelled(now: Turn, name: str, text: str) -> str:
    return now.said("library.line", label=now.said(f"library.case_{name}"), text=text)


class ShowCase(Action):
    """A button: the whole case."""

    def name(self) -> str:
        return "action_show_case"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        case = now.services.advice.responses.cases.entries.get(str((now.entities("article") or [""])[0]))
        if case is None:
            now.say("answer.no_such_article")
        else:
            _show_whole(now, case)
        return []


def _show_whole(now: Turn, case: Case) -> None:
    language = now.language
    places = now.said("notification.comma").join(markets.name(code, language) for code in case.markets)
    about = now.said("library.case_about", market=places, measure=case.measure[language]) if places else ""
    lines = [case.title[language], about]
    lines += [_labelled(now, name, getattr(case, name)[language]) for name in ("background", "cause")]
    lines.append(now.said("library.block", label=now.said("library.case_course")))
    lines += [now.said("library.event", date=event.date, text=event.text[language]) for event in case.course]
    lines += [_labelled(now, name, getattr(case, name)[language]) for name in ("result", "after_effects")]
    lines += [_labelled(now, "lessons", now.said("library.semicolon").join(case.lessons[language]))]
    known = now.services.advice.responses.measures.entries
    used = [measure_button(now, known[key]) for key in case.countermeasures[:2] if key in known]
    show(now, [*lines, *footer(now, case, everything=True)], [*used, *(topic(now, one) for one in related(now, case))])
