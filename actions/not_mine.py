""" "Not mine": nothing more about it comes, and the interest that brought it learns what to leave out, if told why."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import Connection

from actions.notifications import last_symbol
from actions.recalls import numbers
from actions.subscribe import number
from actions.turn import Turn, payload, turn
from actions.wanted import left_out, named_as
from bot import alerts, interests, recalls
from bot.interests import Interest
from bot.matching import Wrong, lesson
from bot.messages import Button
from bot.notifications.prepared import notice_of

ONLY = re.compile(r"只(?:做|有|出|卖|生产|关心)|\b(?:only|just)\b", re.IGNORECASE)  # what is theirs, not what is not
OF_GOODS = (Wrong.PRODUCT, Wrong.MARKET)  # what can be wrong about a recall
SAYS = {
    Wrong.KIND: r"这(?:类|种)(?:通报|文件)|补遗|勘误|\b(?:addend|corrigend|this (?:kind|type|sort))",
    Wrong.MARKET: r"市场|出口|\b(?:market|countr|export)",
    Wrong.PRODUCT: r"产品|不(?:做|生产|卖)|没有这类|\b(?:products?|goods|make|sell|produce)\b",
}


@dataclass(frozen=True, slots=True)
class Learnt:
    """The interest that brought it, what it leaves out from now on, and the kind of the notification."""

    one: Interest | None = None
    value: str | None = None
    kind: str | None = None


class NotMine(Action):
    """Told without a reason it asks for one; told a reason, or pressed, it learns and can be undone."""

    def name(self) -> str:
        return "action_not_mine"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        if now.entities("undo"):
            await _undo(now)
            return []
        abroad = next(iter(numbers(now)), None)
        if abroad is not None:
            await _of_recall(now, abroad)
            return []
        named = [str(value) for value in now.entities("symbol")]
        symbol = named[0] if named else await now.services.db.read(last_symbol, now.member_id)
        if symbol is None:
            now.say("find.no_alert_yet")
            return []
        wrong = _wrong(now)
        _tell(now, symbol, wrong, await now.services.db.run(_learn, now, symbol, wrong))
        return []


def _wrong(now: Turn) -> Wrong | None:
    """What the member says is wrong about it: pressed, by what they name, or in other words."""
    pressed = [str(value) for value in now.entities("wrong")]
    if pressed:
        return next((wrong for wrong in Wrong if wrong in pressed), None)
    if now.text.startswith("/") or ONLY.search(now.text):
        return None
    for wrong, name in ((Wrong.MARKET, "market"), (Wrong.PRODUCT, "product"), (Wrong.PRODUCT, "hs_code")):
        if now.entities(name):
            return wrong
    return next((wrong for wrong, pattern in SAYS.items() if re.search(pattern, now.text, re.IGNORECASE)), None)


def _learn(tx: Connection, now: Turn, symbol: str, wrong: Wrong | None) -> Learnt:
    """Mute the family, and leave out what was wrong."""
    alerts.mute(tx, now.member_id, symbol, now=now.now)
    row = alerts.brought_by(tx, now.member_id, symbol)
    one = interests.by_id(tx, row.interest_id) if row and row.interest_id else None
    if row is None or one is None or one.state != "active" or one.member_id != now.member_id:
        return Learnt()
    found = notice_of(tx, row.notification_id)
    said = [str(value) for name in ("product", "hs_code", "market") for value in now.entities(name)]
    value = lesson(one.profile, found, wrong, named=said) if wrong else None
    if value:
        interests.leave_out(tx, one.id, value)
    return Learnt(one, value, lesson(one.profile, found, Wrong.KIND))


async def _of_recall(now: Turn, recall_id: int) -> None:
    """A recall is told once, so nothing has to be muted: only what is wrong about it can be learnt."""
    wrong = _wrong(now)
    learnt = await now.services.db.run(_learn_of_recall, now, recall_id, wrong)
    one, mine = learnt.one, {"recall": str(recall_id)}
    off = now.button("recall.button.recalls_off", "ask_recalls", field="recalls_off")
    if one is None:
        now.say("recall.not_mine_plain", number=recalls.number(recall_id), buttons=[off])
        return
    called = {"number": number(one.id), "products": named_as(now, one)}
    if learnt.value:
        undo = now.button("lesson.undo", "not_mine", interest=str(one.id), undo=learnt.value)
        now.say("lesson.learnt", **called, value=left_out(now, learnt.value), buttons=[undo])
    elif wrong:
        end = Button(now.said("lesson.end", number=number(one.id)), payload("unsubscribe", interest=str(one.id)))
        now.say("recall.its_own", **called, buttons=[end, off])
    else:
        why = [Button(now.said(f"lesson.wrong_{one}"), payload("not_mine", **mine, wrong=str(one))) for one in OF_GOODS]
        now.say("recall.not_mine", number=recalls.number(recall_id), buttons=[*why, off])


def _learn_of_recall(tx: Connection, now: Turn, recall_id: int, wrong: Wrong | None) -> Learnt:
    """Leave out of the interest that brought it what was wrong."""
    row, about = recalls.last_sent(tx, now.member_id, recall_id=recall_id), recalls.by_id(tx, recall_id)
    one = interests.by_id(tx, row.interest_id) if row and row.interest_id else None
    if about is None or one is None or one.state != "active" or one.member_id != now.member_id:
        return Learnt()
    said = [str(value) for name in ("product", "hs_code", "market") for value in now.entities(name)]
    value = lesson(one.profile, recalls.noticed(about.record), wrong, named=said) if wrong else None
    if value:
        interests.leave_out(tx, one.id, value)
    return Learnt(one, value)


def _tell(now: Turn, symbol: str, wrong: Wrong | None, learnt: Learnt) -> None:
    after_all = now.button("find.unmute", "follow", symbol=symbol)
    one, value = learnt.one, learnt.value
    if one is None:
        now.say("find.muted", symbol=symbol, buttons=[after_all])
        return
    called = {"number": number(one.id), "products": named_as(now, one)}
    if value:
        undo = now.button("lesson.undo", "not_mine", symbol=symbol, interest=str(one.id), undo=value)
        now.say("lesson.learnt", **called, value=left_out(now, value), buttons=[undo])
    elif wrong:
        end = Button(now.said("lesson.end", number=number(one.id)), payload("unsubscribe", interest=str(one.id)))
        now.say("lesson.its_own", **called, buttons=[end, after_all])
    else:
        now.say("lesson.why", symbol=symbol, buttons=[*_whys(now, symbol, learnt.kind), after_all])


def _whys(now: Turn, symbol: str, kind: str | None) -> Iterator[Button]:
    """What may be wrong; of its kind only where leaving that out leaves something."""
    for wrong in Wrong:
        if wrong is not Wrong.KIND or kind:
            title = now.said(f"lesson.wrong_{wrong}", kind=left_out(now, kind or ""))
            yield Button(title, payload("not_mine", symbol=symbol, wrong=str(wrong)))


async def _undo(now: Turn) -> None:
    """Take back what was learnt, and the mute that came with it."""
    value, symbols = str(now.entities("undo")[0]), [str(one) for one in now.entities("symbol")]
    ids = [int(one) for one in map(str, now.entities("interest")) if one.isdecimal() and len(one) < 10]
    one = await now.services.db.run(_take_back, now, ids, value, symbols) if ids else None
    if one is None:
        now.say("lesson.nothing_to_undo", value=left_out(now, value))
    else:
        now.say("lesson.undone", number=number(one.id), products=named_as(now, one), value=left_out(now, value))


def _take_back(tx: Connection, now: Turn, ids: list[int], value: str, symbols: list[str]) -> Interest | None:
    mine = next((one for one in interests.active(tx, now.member_id) if one.id in ids), None)
    for symbol in symbols if mine else ():
        alerts.follow(tx, now.member_id, symbol, now=now.now)
    return interests.take_back(tx, mine.id, value) if mine else None
