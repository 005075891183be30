"""What a member follows: the list, ending some of it, and a pause."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import Connection

from actions.excursion import leaving, returning
from actions.hours import standing
from actions.notifications import until
from actions.subscribe import number, shown
from actions.turn import Turn, payload, turn
from actions.wanted import left_out
from bot import interests, members
from bot.deliveries import hours_of
from bot.interests import Interest
from bot.matching.profile import market_codes
from bot.messages import Button
from bot.registration import words
from nlu.edits import EditKind, edit

PAUSE_DAYS = 7
MOST_BUTTONS = 6
ALL = re.compile(r"全部|所有|都要?(?:取消|退|不要)|一个不留|\b(?:all|everything|every)\b", re.IGNORECASE)
KEEP = re.compile(r"不取消|别取消|不退|都?(?:留着|保留)|\b(?:keep|don'?t|do not|none)\b", re.IGNORECASE)
COMMAND = re.compile(r"^\W*(?:我(?:要|想))?(?:取消(?:关注|订阅)|退订|unsubscribe)\W*$", re.IGNORECASE)
ALL_BUTTON = "all"
EXACT = re.compile(r"(?<![a-z])I-?0*\d{1,9}\b", re.IGNORECASE)
NUMBER = re.compile(
    r"(?<![a-z])I-?0*(\d{1,9})\b|(?:编号|第|number|no\.?|#)\s*0*(\d{1,9})|^\W*0*(\d{1,9})\W*$", re.IGNORECASE
)


class ListSubscriptions(Action):
    def name(self) -> str:
        return "action_list_subscriptions"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        mine, paused = await now.services.db.read(_mine, now)
        hours = (await now.services.db.read(hours_of, [now.member_id]))[now.member_id]
        if not mine:
            now.say("interest.none", buttons=[now.button("interest.start", "subscribe")])
            return []
        lines = [now.said("interest.head", n=len(mine)), *(described(now, one) for one in mine)]
        lines += standing(now, hours, [(number(one.id), one.wanted.frequency) for one in mine])
        if paused:
            lines.append(now.said("interest.paused_until", date=paused.isoformat()))
        resume = [now.button("interest.unpause", "resume")] if paused else []
        again = _take_back_buttons(now, mine)
        now.show("\n".join(lines), buttons=[*resume, *again, now.button("interest.start", "subscribe")])
        return []


def _mine(tx: Connection, now: Turn) -> tuple[list[Interest], Any]:
    paused = members.paused_until(tx, now.member_id)
    zone = ZoneInfo(now.services.settings.desk.time_zone)
    return interests.active(tx, now.member_id), paused.astimezone(zone).date() if paused and paused > now.now else None


def described(now: Turn, one: Interest) -> str:
    wanted = one.wanted
    line = now.said(
        "interest.line",
        number=number(one.id),
        products=shown(now, "product", list(wanted.products)),
        hs_codes=shown(now, "hs_code", list(wanted.hs_codes)),
        markets=shown(now, "market", list(wanted.markets)),
    )
    return line + "".join(_further(now, one))


def _further(now: Turn, one: Interest) -> Iterator[str]:
    """Keywords, limits and what is left out, where there are any."""
    for key in ("keywords", "ics_codes", "kinds", "negatives"):
        if values := [left_out(now, value) if key != "keywords" else value for value in getattr(one.wanted, key)]:
            yield now.said(f"interest.{key}", values=now.said("notification.comma").join(values))


def _take_back_buttons(now: Turn, mine: Iterable[Interest]) -> list[Button]:
    """For the first few things that are left out: a tap and they come again."""
    pairs = [(one, value) for one in mine for value in one.wanted.negatives][:MOST_BUTTONS]
    return [
        Button(
            now.said("interest.again", number=number(one.id), value=left_out(now, value)),
            payload("not_mine", interest=str(one.id), undo=value),
        )
        for one, value in pairs
    ]


class UnsubscribeStart(Action):
    def name(self) -> str:
        return "action_unsubscribe_start"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        return [SlotSet("interest", None), SlotSet("form_outcome", None), *leaving(tracker)]


class ValidateUnsubscribe(Action):
    """Which registrations are meant: by button, number, product, place in the list, or all. [] = none, keep them."""

    def name(self) -> str:
        return "validate_unsubscribe_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        asked = tracker.get_slot("requested_slot") == "interest"
        if asked and now.intent not in ("unsubscribe", "affirm", "deny", "go_back"):
            return []  # a question in between: it is answered, and this one is asked again
        mine, _ = await now.services.db.read(_mine, now)
        keep = not mine or (asked and _keeps(now))
        chosen = [] if keep else meant(now, mine, asked=asked)
        if asked and not chosen and not keep and not COMMAND.match(now.text):
            now.say("interest.not_found")
        return [SlotSet("interest", [one.id for one in chosen] if chosen or keep else None)]


class AskWhich(Action):
    def name(self) -> str:
        return "action_ask_unsubscribe_form_interest"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        mine, _ = await now.services.db.read(_mine, now)
        now.say("interest.which", buttons=_choices(now, mine))
        return []


class UnsubscribeSubmit(Action):
    def name(self) -> str:
        return "action_unsubscribe_submit"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        mine, _ = await now.services.db.read(_mine, now)
        meant = [one for one in mine if one.id in (tracker.get_slot("interest") or ())]
        if meant:
            await now.services.db.run(_end, now, meant)
            now.say("interest.ended", n=len(meant), lines="\n".join(described(now, one) for one in meant))
        else:
            now.say("interest.kept" if mine else "interest.none_to_end")
        outcome = "submitted" if meant else "cancelled"
        return [SlotSet("interest", None), *returning(tracker, [SlotSet("form_outcome", outcome)])]


def _keeps(now: Turn) -> bool:
    declined = edit(now.text).kind is EditKind.DECLINE
    return declined or now.intent in ("deny", "go_back") or bool(KEEP.search(now.text))


def meant(now: Turn, mine: list[Interest], *, asked: bool) -> list[Interest]:
    """Those that the message means; none if it is not clear which."""
    chosen = {str(value) for value in now.entities("interest")}
    if ALL_BUTTON in chosen or (ALL.search(now.text) and not now.text.startswith("/")):
        return mine
    chosen |= {found[1] or found[2] or found[3] for found in NUMBER.finditer(now.text)} if not chosen else set()
    numbers = {int(value) for value in chosen if value and value.isdecimal()}
    if numbers:
        return [one for one in mine if one.id in numbers] or _at_place(now.text, mine, numbers)
    named = [one for one in mine if _is_named(now, one)]
    if any(now.entities(name) for name in ("product", "hs_code", "market")):
        return named
    return (
        _by_words(now.text, mine)
        or words.chosen(now.text, now.intent, mine)
        or (mine if len(mine) == 1 and not asked else [])
    )


def _at_place(text: str, mine: list[Interest], numbers: set[int]) -> list[Interest]:
    """ "The second one", "第2个": a place in the list; a number written I-000002 is none."""
    return [] if EXACT.search(text) else [mine[at - 1] for at in sorted(numbers) if 0 < at <= len(mine)]


def _by_words(text: str, mine: list[Interest]) -> list[Interest]:
    """Products that only these registrations know."""
    plain = text.casefold()
    return [one for one in mine if any(word.casefold() in plain for word in one.wanted.products)]


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
    every = now.button("interest.all", "unsubscribe", interest=ALL_BUTTON)
    return [*(Button(_title(now, one), payload("unsubscribe", interest=str(one.id))) for one in mine[:10]), every]


def _title(now: Turn, one: Interest) -> str:
    named = next((slot for slot in ("product", "hs_code", "market") if _list(one, slot)), "product")
    return f"{number(one.id)} {shown(now, named, _list(one, named))[:20]}"


def _list(one: Interest, slot: str) -> list[str]:
    return list(getattr(one.wanted, f"{slot}s"))


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


async def resume_alerts(now: Turn) -> None:
    """ "Continue" with nothing to continue in the dialogue: end a pause, if there is one."""
    _, paused = await now.services.db.read(_mine, now)
    if paused:
        await now.services.db.run(members.pause, now.member_id, None)
    now.say("subscribe.unpaused" if paused else "subscribe.nothing_to_resume")
