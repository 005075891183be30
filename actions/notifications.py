"""Finding and showing notifications, and what a member says to an alert."""

import re
from datetime import date, timedelta
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import Connection, select

from actions.lists import line
from actions.turn import Turn, payload, turn
from bot import alerts, notifications
from bot.db.engine import AnyRow
from bot.db.models import deliveries
from bot.messages import Button
from bot.notifications import Criteria, Notification
from nlu import hs, symbols

PAGE = 5
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
TEXT_KEYS = ("title", "title_zh", "products", "products_en", "description", "description_zh")
HAN, LATIN = re.compile(r"[\u3400-\u9fff]{2,}"), re.compile(r"[a-z]{4,}")
NEAR = 30  # documents looked at in a search by words
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
        impossible = [code for code in map(str, now.entities("hs_code")) if _impossible(code)]
        if impossible:
            problem = hs.check(impossible[0])
            now.say(f"hs.{problem.kind}" if problem else "hs.not_digits", code=impossible[0], options="")
            return []
        page = int((now.entities("page") or [0])[0])
        wanted = criteria(now)
        found, total = await now.services.db.read(_search, now, wanted, page)
        _show(now, wanted, found, total, page)
        return []


def _impossible(code: str) -> bool:
    problem = hs.check(code)
    return problem is not None and not problem.is_warning


def criteria(now: Turn) -> Criteria:
    kinds = [str(kind) for kind in now.entities("notification_type")]
    dates = [date.fromisoformat(str(value)) for value in now.entities("date")]
    past = [day for day in dates if day <= now.today]
    return Criteria(
        hs_codes=[str(code) for code in now.entities("hs_code")],
        markets=[str(code) for code in now.entities("market")],
        products=[str(word) for word in now.entities("product")],
        agreement=next((kind.upper() for kind in kinds if kind in ("tbt", "sps")), None),
        types=[kind for kind in kinds if kind in TYPES],
        open_on=now.today if OPEN.search(now.text) or now.entities("field") == ["open"] else None,
        since=min(past) if past else None,
    )


def _search(tx: Connection, now: Turn, wanted: Criteria, page: int) -> tuple[list[Notification], int]:
    words = free_words(now, wanted)
    if words:
        near = now.services.search.find(tx, words, limit=NEAR)
        found = [one for one in near if _speaks_of(one, words)][:PAGE]
        return found, len(found)
    return notifications.search(tx, wanted, limit=PAGE, offset=page * PAGE)


def _speaks_of(one: Notification, words: str) -> bool:
    """Two letters of Chinese or a word of English are there as they were typed: a single sign in common is chance."""
    record = one.record
    text = " ".join(str(record.get(key) or "") for key in TEXT_KEYS).casefold()
    return any(piece in text for piece in _pieces(words.casefold()))


def _pieces(words: str) -> list[str]:
    runs = HAN.findall(words)
    return [run[at : at + 2] for run in runs for at in range(len(run) - 1)] + LATIN.findall(words)


def free_words(now: Turn, wanted: Criteria) -> str:
    """What the message looks for when it names nothing that we know; empty when it only asks for what is new."""
    named = any((wanted.hs_codes, wanted.markets, wanted.products, wanted.types, wanted.agreement, wanted.since))
    return (
        "" if named or wanted.open_on or now.text.startswith("/") else ASKING.sub(" ", now.text).strip(" ,，.。?？!！")
    )


def _show(now: Turn, wanted: Criteria, found: list[Notification], total: int, page: int) -> None:
    words = free_words(now, wanted)
    about = now.said("find.words", words=words[:TITLE_WORDS]) if words else _about(now, wanted)
    if not found:
        named = wanted.products or wanted.hs_codes or wanted.markets
        buttons = [now.button("find.watch", "subscribe", **_entities(wanted))] if named else []
        now.say("find.none" if named else "find.none_plain", about=about, buttons=buttons)
        return
    lines = [now.said("find.head", n=total, about=about, first=page * PAGE + 1, last=page * PAGE + len(found))]
    lines += [line(now, one) for one in found]
    buttons = [Button(one.symbol, payload("show_notification", symbol=one.symbol)) for one in found]
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
    from nlu import markets

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


class ShowNotification(Action):
    def name(self) -> str:
        return "action_show_notification"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        named = now.entities("symbol")
        if named:
            await show(now, str(named[0]))
        else:
            now.say("find.which_symbol")
        return []


async def show(now: Turn, symbol: str) -> None:
    """The card of one notification, or that it is not in the base and where it may be."""
    found, family = await now.services.db.read(_with_family, symbol)
    if found is None:
        parsed = symbols.parse(symbol)
        now.say("find.unknown_symbol", symbol=str(parsed or symbol))
        return
    text = notifications.card(found, now.language, now.today, now.services.texts, family=family)
    buttons = [now.button("find.follow", "follow", symbol=found.symbol)]
    newest = family[-1] if family else found
    if newest.symbol != found.symbol:
        buttons.append(Button(newest.symbol, payload("show_notification", symbol=newest.symbol)))
    now.show(text, buttons=buttons)


def _with_family(tx: Connection, symbol: str) -> tuple[Notification | None, list[Notification]]:
    found = notifications.by_symbol(tx, symbol)
    return found, notifications.family(tx, found.symbol) if found else []


class Follow(Action):
    """The button under a card: later parts of this family come to the member."""

    def name(self) -> str:
        return "action_follow"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        for symbol in map(str, now.entities("symbol")[:1]):
            await now.services.db.run(alerts.follow, now.member_id, symbol, now=now.now)
            now.say("find.followed", symbol=symbol)
        return []


class NotMine(Action):
    """ "Not mine": nothing more of this family comes, even when an interest matches."""

    def name(self) -> str:
        return "action_not_mine"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        named = [str(value) for value in now.entities("symbol")]
        symbol = named[0] if named else await now.services.db.read(_last_symbol, now.member_id)
        if symbol is None:
            now.say("find.no_alert_yet")
            return []
        await now.services.db.run(alerts.mute, now.member_id, symbol, now=now.now)
        now.say("find.muted", symbol=symbol, buttons=[now.button("find.unmute", "follow", symbol=symbol)])
        return []


class ShowAgain(Action):
    """The newest alert once more, written as of today."""

    def name(self) -> str:
        return "action_show_again"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        reply = await now.services.db.read(_again, now)
        if reply is None:
            now.say("find.no_alert_yet")
        else:
            now.show(reply.text, buttons=reply.buttons)
        return []


def _again(tx: Connection, now: Turn) -> Any:
    row = _last_alert(tx, now.member_id)
    if row is None:
        return None
    return alerts.render(tx, row, texts=now.services.texts, language=now.language, today=now.today)


def _last_alert(tx: Connection, member_id: int) -> AnyRow | None:
    mine = (deliveries.c.member_id == member_id) & (deliveries.c.kind == "alert") & (deliveries.c.state == "sent")
    return tx.execute(select(deliveries).where(mine).order_by(deliveries.c.id.desc()).limit(1)).first()


def _last_symbol(tx: Connection, member_id: int) -> str | None:
    from bot.db.models import alerts as table
    from bot.db.models import notifications as documents

    row = _last_alert(tx, member_id)
    if row is None:
        return None
    query = select(documents.c.symbol).join(table, table.c.notification_id == documents.c.id)
    return tx.execute(query.where(table.c.id == row.alert_id)).scalar()


def until(now: Turn, default_days: int) -> date:
    """The day that the message names, else so many days from today."""
    named = [date.fromisoformat(str(value)) for value in now.entities("date")]
    return next((day for day in named if day > now.today), now.today + timedelta(days=default_days))
