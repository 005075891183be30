"""Finding notifications: by product, code, market, kind and date, page by page."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import Connection

from actions.answers import answer_besides
from actions.lists import dues, line
from actions.news import asks_for_news, show_news
from actions.notifications import show
from actions.turn import Turn, payload, turn
from bot import notifications
from bot.messages import Button
from bot.notifications import Criteria, Notification
from bot.surveys import Due
from knowledge.asking import wants_an_answer
from nlu import followup, hs, markets
from nlu.entities import extract
from nlu.normalize import fold

PAGE = 5
NAMED = ("hs_code", "market", "product", "notification_type", "date", "field")
OPEN = re.compile(
    r"可以?评议|(?:开放|正在|还在|还能)评议|评议中|征求意见|评议期内|在评议|没截止|未截止|\bopen\b|\bcomment(?:ing|s)?\b",
    re.IGNORECASE,
)
# What is said around the words that are looked for
ASKING = re.compile(
    r"请?(?:帮我|给我|我想|我要|想)?(?:查询?|搜索?|找|看)(?:一下|一查|看|下)?|(?:最近|近期|最新|新|有关|关于|相关)的?"
    r"|通报|有没有|有哪些|有什么|什么|哪些|的|了|吗|呢"
    r"|\b(?:please|can you|could you|find|search|show|look|list|get|give|me|for|up|any|some|all|the|an?|recent|latest"
    r"|new(?:est)?|lately|wto|about|on|of|are|is|there|what|which|notifications?|notices)\b",
    re.IGNORECASE,
)
TITLE_WORDS = 40  # characters of the words that are quoted back
TYPES = ("regular", "addendum", "revision", "corrigendum", "supplement", "emergency")


class SearchNotifications(Action):
    """Notifications by product, code, market, kind and date; words alone ask the full-text index."""

    def name(self) -> str:
        return "action_search_notifications"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        named = now.entities("symbol")
        if named:
            await show(now, str(named[0]))
            return []
        if asks_for_news(now) and not any(now.entities(name) for name in NAMED if name not in ("date", "field")):
            return await show_news(now, tracker)
        impossible = [code for code in map(str, now.entities("hs_code")) if _impossible(code)]
        if impossible:
            problem = hs.check(impossible[0])
            now.say(f"hs.{problem.kind}" if problem else "hs.not_digits", code=impossible[0], options="")
            return []
        wanted = _going_on(now, tracker.get_slot("topic") or {}) or criteria(now)
        return await _look(now, wanted, page=int((now.entities("page") or [0])[0]))


def _going_on(now: Turn, topic: Mapping[str, Any]) -> Criteria | None:
    """ "And for Japan?": what was looked for last, with what is named now."""
    known = fold(now.text)
    if "wanted" not in topic or not followup.goes_on(known, extract(now.text, now=now.local, folded=known)):
        return None
    named = {name: now.entities(name) for name in NAMED if now.entities(name)}
    return _criteria(now, followup.merged(topic["wanted"], named), open_now=False)


class More(Action):
    """The next page of what was looked for last."""

    def name(self) -> str:
        return "action_more"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        last = tracker.get_slot("last_search")
        if not last:
            now.say("find.no_more")
            return []
        return await _look(now, _criteria(now, last["wanted"], open_now=False), page=last["page"] + 1)


async def _look(now: Turn, wanted: Criteria, *, page: int) -> list[EventType]:
    found, total = await now.services.db.read(_search, now, wanted, page)
    _show(now, wanted, found, total, page, await now.services.db.read(dues, now, found))
    if not found and wants_an_answer(now.text):
        await answer_besides(now)
    symbols = [one.symbol for one in found]
    topic = {"kind": followup.SEARCH, "wanted": _entities(wanted), "symbols": symbols}
    page_left = remember(wanted, page=page) if total > (page + 1) * PAGE else SlotSet("last_search", None)
    return [page_left, SlotSet("topic", topic)]


def remember(wanted: Criteria, *, page: int) -> EventType:
    """So that "more" goes on after this page; -1 = from the first."""
    return SlotSet("last_search", {"wanted": _entities(wanted), "page": page})


def _impossible(code: str) -> bool:
    problem = hs.check(code)
    return problem is not None and not problem.is_warning


def criteria(now: Turn) -> Criteria:
    """What the message asks for."""
    named = {
        name: now.entities(name) for name in ("hs_code", "market", "product", "notification_type", "date", "field")
    }
    return _criteria(now, named, open_now=bool(OPEN.search(now.text)))


def _criteria(now: Turn, named: Mapping[str, Sequence[Any]], *, open_now: bool) -> Criteria:
    kinds = [str(kind) for kind in named.get("notification_type", ())]
    past = [day for value in named.get("date", ()) if (day := date.fromisoformat(str(value))) <= now.today]
    return Criteria(
        hs_codes=[str(code) for code in named.get("hs_code", ())],
        markets=[str(code) for code in named.get("market", ())],
        products=[str(word) for word in named.get("product", ())],
        agreement=next((kind.upper() for kind in kinds if kind in ("tbt", "sps")), None),
        types=[kind for kind in kinds if kind in TYPES],
        open_on=now.today if open_now or "open" in named.get("field", ()) else None,
        since=min(past) if past else None,
    )


def _search(tx: Connection, now: Turn, wanted: Criteria, page: int) -> tuple[list[Notification], int]:
    words = free_words(now, wanted)
    if words:
        found = now.services.search.find(tx, words, limit=PAGE)
        return found, len(found)
    return notifications.search(tx, wanted, limit=PAGE, offset=page * PAGE)


def free_words(now: Turn, wanted: Criteria) -> str:
    """What the message looks for when it names nothing that we know; empty when it only asks for what is new."""
    if now.intent == "more":
        return ""
    named = any((wanted.hs_codes, wanted.markets, wanted.products, wanted.types, wanted.agreement, wanted.since))
    return (
        "" if named or wanted.open_on or now.text.startswith("/") else ASKING.sub(" ", now.text).strip(" ,，.。?？!！")
    )


def _show(
    now: Turn, wanted: Criteria, found: list[Notification], total: int, page: int, due: Mapping[str, Due]
) -> None:
    words = free_words(now, wanted)
    about = now.said("find.words", words=words[:TITLE_WORDS]) if words else _about(now, wanted)
    if not found:
        named = wanted.products or wanted.hs_codes or wanted.markets
        buttons = [now.button("find.watch", "subscribe", **_entities(wanted))] if named else []
        now.say("find.none" if named else "find.none_plain", about=about, buttons=buttons)
        return
    lines = [now.said("find.head", n=total, about=about, first=page * PAGE + 1, last=page * PAGE + len(found))]
    lines += [line(now, one, due.get(one.family)) for one in found]
    buttons = [Button(one.symbol, payload("show_notification", symbol=one.symbol)) for one in found]
    if page > 0:
        before = payload("search_notifications", **_entities(wanted), page=page - 1)
        buttons.append(Button(now.said("find.previous"), before))
    if total > (page + 1) * PAGE:
        more = payload("search_notifications", **_entities(wanted), page=page + 1)
        buttons.append(Button(now.said("find.more"), more))
    now.show("\n".join(lines), buttons=buttons)


def _entities(wanted: Criteria) -> dict[str, Any]:
    """The search as a button's payload."""
    kinds = [*wanted.types, *([wanted.agreement.lower()] if wanted.agreement else [])]
    values = {
        "product": list(wanted.products),
        "hs_code": list(wanted.hs_codes),
        "market": list(wanted.markets),
        "notification_type": kinds,
        "field": ["open"] if wanted.open_on else [],
        "date": [wanted.since.isoformat()] if wanted.since else [],
    }
    return {key: value for key, value in values.items() if value}


def _about(now: Turn, wanted: Criteria) -> str:
    """What was looked for, so that a wrong reading is seen at once."""
    parts = [
        *(markets.name(code, now.language) for code in wanted.markets),
        *wanted.products,
        *(f"HS {hs.display(code)}" for code in wanted.hs_codes),
        *(now.said(f"notification.type.{kind}") for kind in wanted.types),
        *([wanted.agreement] if wanted.agreement else []),
        *([now.said("find.open")] if wanted.open_on else []),
        *([now.said("find.since", date=wanted.since.isoformat())] if wanted.since else []),
    ]
    return now.said("notification.comma").join(parts) or now.said("find.everything")
