"""What is followed is narrowed or widened by saying so: only SPS, 关键词 RoHS, 不要食品; it can be undone by a tap."""

from collections.abc import Sequence
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import Connection

from actions.interests import described, meant
from actions.subscribe import number
from actions.turn import Turn, payload, turn
from actions.wanted import left_out, named_as
from bot import interests
from bot.errors import BadInput
from bot.interests import Interest
from bot.messages import Button
from nlu.normalize import fold
from nlu.refining import How, Refinement, read

UNDO = {
    How.ONLY: How.ALL_KINDS, How.KEYWORD: How.NO_KEYWORD, How.NO_KEYWORD: How.KEYWORD, How.WITHOUT: How.AGAIN,
    How.AGAIN: How.WITHOUT,
}  # fmt: skip
BETWEEN = "|"  # values of a button
SHOWN = 5  # interests that are shown; all are changed


class Refine(Action):
    """All that one follows, or what is named by its number."""

    def name(self) -> str:
        return "action_refine_interest"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        wanted = _wanted(now)
        if wanted is None:
            now.say("interest.not_found")
            return []
        if own := await now.services.db.read(_its_own, now, wanted):
            end = payload("unsubscribe", interest=str(own.id))
            called = {"number": number(own.id), "products": named_as(now, own)}
            now.say("lesson.its_own_word", **called, buttons=[Button(now.said("lesson.end", **called), end)])
            return []
        try:
            mine, changed = await now.services.db.run(_refine, now, wanted)
        except BadInput:
            now.say("refine.last")
            return []
        _tell(now, wanted, mine, changed)
        return []


def _wanted(now: Turn) -> Refinement | None:
    """Pressed, or said."""
    pressed = next((How(name) for name in map(str, now.entities("how")) if name in set(How)), None)
    if pressed is None:
        return read(now.text, now.tracker.latest_message.get("entities") or ())
    values = "".join(str(value) for value in now.entities("undo"))
    return Refinement(pressed, tuple(value for value in values.split(BETWEEN) if value))


def _its_own(tx: Connection, now: Turn, wanted: Refinement) -> Interest | None:
    """The interest that asks for the very thing which is to be left out."""
    values = {fold(value).text for value in wanted.values} if wanted.how is How.WITHOUT else set()
    return next(
        (
            one
            for one in interests.active(tx, now.member_id)
            if values & {fold(word).text for word in (*one.wanted.products, *one.wanted.hs_codes, *one.wanted.markets)}
        ),
        None,
    )


def _refine(tx: Connection, now: Turn, wanted: Refinement) -> tuple[list[Interest], list[Interest]]:
    mine = interests.active(tx, now.member_id)
    named = meant(now, mine, asked=True) if now.entities("interest") else mine
    changed = [interests.refine(tx, one, **after(one, wanted)) for one in named]
    return mine, [one for one in changed if one is not None]


def after(one: Interest, wanted: Refinement) -> dict[str, Sequence[str]]:
    """The lists of the interest as they are to be (pure)."""
    has, said = one.wanted, wanted.values
    match wanted.how:
        case How.ONLY:
            return {"kinds": said}
        case How.ALL_KINDS:
            return {"kinds": ()}
        case How.KEYWORD:
            return {"keywords": (*has.keywords, *said)}
        case How.NO_KEYWORD:
            return {"keywords": _less(has.keywords, said)}
        case How.WITHOUT:
            return {"negatives": (*has.negatives, *said)}
        case How.AGAIN:
            return {"negatives": _less(has.negatives, said)}


def _less(values: Sequence[str], gone: Sequence[str]) -> tuple[str, ...]:
    folded = {fold(value).text for value in gone}
    return tuple(value for value in values if fold(value).text not in folded)


def _tell(now: Turn, wanted: Refinement, mine: Sequence[Interest], changed: Sequence[Interest]) -> None:
    if not mine:
        now.say("interest.none", buttons=[now.button("interest.start", "subscribe")])
    elif not changed:
        now.say("refine.same")
    else:
        shown = (left_out(now, value) if wanted.how is not How.KEYWORD else value for value in wanted.values)
        now.say(
            f"refine.done_{wanted.how}", values=now.said("notification.comma").join(shown),
            lines="\n".join(described(now, one) for one in changed[:SHOWN]), buttons=_undo(now, wanted),
        )  # fmt: skip


def _undo(now: Turn, wanted: Refinement) -> list[Button]:
    if wanted.how not in UNDO:
        return []
    press = payload("refine_interest", how=str(UNDO[wanted.how]), undo=BETWEEN.join(wanted.values))
    return [Button(now.said("refine.undo"), press)]
