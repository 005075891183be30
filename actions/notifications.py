"""Showing notifications, and what a member says to an alert."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import Connection

from actions.recalls import shown
from actions.timeline import FIELD, show_timeline
from actions.turn import Turn, payload, turn
from bot import alerts, interests, notifications, recalls, surveys
from bot.messages import Button
from bot.notifications import Notification
from nlu import followup, refining, symbols
from nlu.normalize import fold

ALERT = re.compile(r"(?<![a-z0-9])A-0*(\d{1,9})(?!\d)", re.IGNORECASE)
LONGEST = 10  # digits of a number that a row can have


class ShowNotification(Action):
    def name(self) -> str:
        return "action_show_notification"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        topic = tracker.get_slot("topic") or {}
        named = [*map(str, now.entities("symbol")), *await _pointed(now, topic)]
        if not named:
            now.say("find.which_symbol", buttons=[_card(symbol) for symbol in topic.get("symbols", ())])
            return []
        await (show_timeline if FIELD in now.entities("field") else show)(now, named[0])
        return [SlotSet("topic", {**topic, "kind": followup.NOTIFICATION, "symbols": named[:1]})]


async def _pointed(now: Turn, topic: Mapping[str, Any]) -> list[str]:
    """The notification that is meant without its symbol: one of those shown last, or "it" of the newest alert."""
    if now.text.startswith("/"):
        return []
    meant = followup.pointed(now.text, topic.get("symbols", ()))
    if meant is None and not topic.get("symbols") and followup.asks_when(fold(now.text).text):
        meant = await now.services.db.read(last_symbol, now.member_id)
    return [meant] if meant else []


def _card(symbol: str) -> Button:
    return Button(symbol, payload("show_notification", symbol=symbol))


async def show(now: Turn, symbol: str) -> None:
    """The card of one notification, or that it is not in the base and where it may be."""
    found, family = await now.services.db.read(_with_family, symbol)
    if found is None:
        parsed = symbols.parse(symbol)
        now.say("find.unknown_symbol", symbol=str(parsed or symbol))
        return
    text = notifications.card(found, now.language, now.today, now.services.texts, family=family)
    local = await now.services.db.read(_local, now, found.family)
    text = f"{text}\n{local}" if local else text
    buttons = [now.button("find.follow", "follow", symbol=found.symbol)]
    buttons.append(now.button("timeline.button", "show_notification", symbol=found.symbol, field=FIELD))
    newest = family[-1] if family else found
    if newest.symbol != found.symbol:
        buttons.append(_card(newest.symbol))
    now.show(text, buttons=buttons)


def _local(tx: Connection, now: Turn, family: str) -> str | None:
    """Until when the member is asked to answer a survey about it."""
    texts, language = now.services.texts, now.language
    return surveys.local_line(tx, now.member_id, family, texts=texts, language=language, today=now.today)


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


class ShowAgain(Action):
    """The newest message of alerts once more, an alert that is named, or the next page of a digest, as of today."""

    def name(self) -> str:
        return "action_show_again"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        if refining.asks_why(now.text) and (why := await now.services.db.read(_why, now)):
            now.show(why[0], buttons=why[1])
            return []
        reply = await now.services.db.read(_again, now)
        if reply is None:
            now.say("find.no_alert_yet")
        else:
            now.show(reply.text, buttons=reply.buttons)
        return []


def _why(tx: Connection, now: Turn) -> tuple[str, list[Button]] | None:
    """Why the newest alert was sent, or the one that is named, by which interest, and what can be done about it."""
    named, symbol = _named_alert(now), next(map(str, now.entities("symbol")), None)
    row = alerts.last_sent(tx, now.member_id, alert_id=named, symbol=symbol)
    if row is None:
        called = alerts.number(named) if named else symbol
        return (now.said("alert.never_sent", name=called), []) if called else None
    if named is None and symbol is None and _newer_recall(tx, now, row) is not None:
        return None  # its own message says why
    one = interests.by_id(tx, row.interest_id) if row.interest_id else None
    number = alerts.number(row.alert_id)
    buttons = [
        Button(now.said("alert.button.again"), payload("show_again", alert=str(row.alert_id))),
        Button(now.said("alert.button.not_mine"), payload("not_mine", symbol=row.symbol)),
    ]
    if one is None or not row.payload.get("reasons"):
        return now.said("alert.why_followed", number=number, symbol=row.symbol), buttons
    reason = alerts.why(row.payload, now.language, now.services.texts)
    return now.said("alert.why_sent", number=number, reason=reason, interest=_called(one)), buttons


def _called(one: interests.Interest) -> str:
    """I-000003 (toys): a number, and what it is about."""
    wanted = one.wanted
    words = (*wanted.products, *wanted.hs_codes, *wanted.keywords, *wanted.ics_codes, *wanted.markets)
    return f"I-{one.id:06d} ({', '.join(words[:3])})"


def _again(tx: Connection, now: Turn) -> Any:
    texts, language, today = now.services.texts, now.language, now.today
    named, digest = _named_alert(now), next(iter(_numbers(now, "digest")), None)
    row = alerts.sent(tx, now.member_id, alert_id=named, digest_id=digest)
    if named is None and digest is None and (newer := _newer_recall(tx, now, row)) is not None:
        return shown(tx, now, newer)
    if row is None:
        return None
    if row.digest_id and named is None:
        page = next(iter(_numbers(now, "page")), 0)
        more = partial(recalls.in_digest, texts=texts, language=language, today=today)
        mine = alerts.render_digest(
            tx, row.digest_id, texts=texts, language=language, today=today, page=page, more=more
        )  # fmt: skip
        return mine or alerts.render(tx, row, texts=texts, language=language, today=today)
    local = partial(surveys.local_line, texts=texts, language=language, today=today)
    return alerts.render(tx, row, texts=texts, language=language, today=today, local=local)


def _newer_recall(tx: Connection, now: Turn, alert: Any) -> int | None:
    """The recall that came to the member after their newest alert."""
    row = recalls.last_sent(tx, now.member_id)
    return int(row.recall_id) if row is not None and (alert is None or row.id > alert.id) else None


def _named_alert(now: Turn) -> int | None:
    found = ALERT.search(now.text)
    return int(found[1]) if found else next(iter(_numbers(now, "alert")), None)


def _numbers(now: Turn, name: str) -> list[int]:
    return [int(value) for value in map(str, now.entities(name)) if value.isdecimal() and len(value) < LONGEST]


def last_symbol(tx: Connection, member_id: int) -> str | None:
    row = alerts.last_sent(tx, member_id)
    return None if row is None else str(row.symbol)


def until(now: Turn, default_days: int) -> date:
    """The day that the message names, else so many days from today."""
    named = [date.fromisoformat(str(value)) for value in now.entities("date")]
    return next((day for day in named if day > now.today), now.today + timedelta(days=default_days))
