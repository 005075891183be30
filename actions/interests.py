"""What a member follows: the list, ending some of it, and a pause."""

import re
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import Connection, select

from actions.notifications import until
from actions.subscribe import number, shown
from actions.turn import Turn, turn
from bot import interests, members
from bot.db.models import members as member_table
from bot.interests import Interest
from bot.matching.profile import market_codes
from bot.messages import Button

PAUSE_DAYS = 7
ALL = re.compile(r"全部|所有|都(?:取消|退|不要)|一个不留|\b(?:all|everything|every)\b", re.IGNORECASE)
NUMBER = re.compile(r"\bI-?0*(\d{1,9})\b|(?:编号|第|number|no\.?|#)\s*0*(\d{1,9})", re.IGNORECASE)


class ListSubscriptions(Action):
    def name(self) -> str:
        return "action_list_subscriptions"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        mine, paused = await now.services.db.read(_mine, now)
        if not mine:
            now.say("interest.none", buttons=[now.button("interest.start", "subscribe")])
            return []
        lines = [now.said("interest.head", n=len(mine)), *(described(now, one) for one in mine)]
        if paused:
            lines.append(now.said("interest.paused_until", date=paused.isoformat()))
        now.show("\n".join(lines), buttons=[now.button("interest.start", "subscribe")])
        return []


def _mine(tx: Connection, now: Turn) -> tuple[list[Interest], Any]:
    paused = tx.execute(select(member_table.c.paused_until).where(member_table.c.id == now.member_id)).scalar()
    zone = ZoneInfo(now.services.settings.desk.time_zone)
    return interests.active(tx, now.member_id), paused.astimezone(zone).date() if paused and paused > now.now else None


def described(now: Turn, one: Interest) -> str:
    wanted = one.wanted
    return now.said(
        "interest.line",
        number=number(one.id),
        products=shown(now, "product", list(wanted.products)),
        hs_codes=shown(now, "hs_code", list(wanted.hs_codes)),
        markets=shown(now, "market", list(wanted.markets)),
    )


class Unsubscribe(Action):
    """End the interests that are meant; ask which when it is not clear. A button or "I-12" names one."""

    def name(self) -> str:
        return "action_unsubscribe"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        mine, _ = await now.services.db.read(_mine, now)
        meant = _meant(now, mine)
        if not mine:
            now.say("interest.none_to_end")
        elif not meant:
            now.say("interest.which", buttons=_choices(now, mine))
        else:
            await now.services.db.run(_end, now, meant)
            lines = "\n".join(described(now, one) for one in meant)
            now.say("interest.ended", n=len(meant), lines=lines)
        return []


def _meant(now: Turn, mine: list[Interest]) -> list[Interest]:
    chosen = {int(value) for value in now.entities("interest") if str(value).isdecimal()}
    chosen |= {int(found[1] or found[2]) for found in NUMBER.finditer(now.text)} if not chosen else set()
    if chosen:
        return [one for one in mine if one.id in chosen]
    if ALL.search(now.text) and not now.text.startswith("/"):
        return mine
    named = [one for one in mine if _is_named(now, one)]
    asked = any(now.entities(name) for name in ("product", "hs_code", "market"))
    return named if asked else mine if len(mine) == 1 else []


def _is_named(now: Turn, one: Interest) -> bool:
    """Every kind of thing that the message names is in this interest."""
    words = {word.casefold() for word in map(str, now.entities("product"))}
    codes = set(map(str, now.entities("hs_code")))
    markets = {code for value in map(str, now.entities("market")) for code in market_codes(value)}
    own_words = {word.casefold() for word in one.wanted.products}
    by_word = not words or any(a in b or b in a for a in words for b in own_words)
    by_code = not codes or any(a.startswith(b) or b.startswith(a) for a in codes for b in one.wanted.hs_codes)
    return by_word and by_code and (not markets or bool(markets & set(one.wanted.markets)))


def _choices(now: Turn, mine: list[Interest]) -> list[Button]:
    from actions.turn import payload

    def title(one: Interest) -> str:
        label = shown(now, "product", list(one.wanted.products))[:20]
        return f"{number(one.id)} {label}"

    return [Button(title(one), payload("unsubscribe", interest=str(one.id))) for one in mine[:10]]


def _end(tx: Connection, now: Turn, meant: list[Interest]) -> None:
    for one in meant:
        interests.end(tx, one.id, now=now.now)


class PauseAlerts(Action):
    """No alerts until a day; alerts of that time are kept in the log as skipped."""

    def name(self) -> str:
        return "action_pause_alerts"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        last = until(now, PAUSE_DAYS)
        zone = ZoneInfo(now.services.settings.desk.time_zone)
        moment = datetime.combine(last, time(), zone)
        await now.services.db.run(members.pause, now.member_id, moment)
        now.say("interest.paused", date=last.isoformat(), buttons=[now.button("interest.unpause", "resume")])
        return []


class ResumeAlerts(Action):
    """ "Continue" with nothing to continue in the dialogue: end a pause, if there is one."""

    def name(self) -> str:
        return "action_resume_alerts"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        _, paused = await now.services.db.read(_mine, now)
        if paused:
            await now.services.db.run(members.pause, now.member_id, None)
        now.say("subscribe.unpaused" if paused else "subscribe.nothing_to_resume")
        return []
