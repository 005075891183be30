"""When alerts come: at once, once a day or once a week, and the hours in which none comes."""

from collections.abc import Sequence
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import Connection

from actions.hours import hours_values, quiet_text, rhythm_text
from actions.interests import described, meant
from actions.turn import Turn, turn
from bot import alerts, interests, members
from bot.deliveries import Hours, hours_of
from bot.interests import Interest
from bot.messages import Button
from bot.timing import DAILY, INSTANT, WEEKLY, Quiet
from nlu import zones
from nlu.hours import NIGHT, Choice, choice

CHOICES = ("instant", "daily", "weekly", "night")
SAID = {
    "instant": Choice(INSTANT), "daily": Choice(DAILY), "weekly": Choice(WEEKLY),
    "night": Choice(quiet=NIGHT), "quiet_off": Choice(quiet_off=True),
}  # fmt: skip
NAMES = ("product", "hs_code", "market", "interest")


class SetDigest(Action):
    """How often alerts come, all or those of what is named, and quiet hours; buttons when nothing is said of it."""

    def name(self) -> str:
        return "action_set_digest"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        pressed = next((SAID[name] for name in map(str, now.entities("field")) if name in SAID), None)
        wanted = pressed or choice(now.text)
        if wanted.frequency is None and wanted.quiet is None and not wanted.quiet_off:
            await _ask(now, "digest.not_offered" if wanted.other else "digest.ask")
            return []
        for line in await now.services.db.run(_choose, now, wanted):
            now.show(line, buttons=_undo(now, wanted))
        return []


async def _ask(now: Turn, key: str) -> None:
    hours = await now.services.db.read(_hours, now)
    now.say(key, now=rhythm_text(now, hours), buttons=[_button(now, name) for name in CHOICES])


def _button(now: Turn, name: str) -> Button:
    return now.button(f"digest.button.{name}", "set_digest", field=name)


def _undo(now: Turn, wanted: Choice) -> list[Button]:
    return [_button(now, "quiet_off")] if wanted.quiet else []


def _hours(tx: Connection, now: Turn) -> Hours:
    return hours_of(tx, [now.member_id])[now.member_id]


def _choose(tx: Connection, now: Turn, wanted: Choice) -> list[str]:
    """Store it, let what is held follow, and say what holds now."""
    said = []
    if zone := zones.beside(now.text):
        members.choose_time_zone(tx, now.member_id, zone)
    if wanted.quiet or wanted.quiet_off:
        members.choose_quiet(tx, now.member_id, Quiet(*wanted.quiet) if wanted.quiet else None)
        said.append(quiet_text(now, _hours(tx, now)))
    if wanted.frequency:
        said.append(_often(tx, now, wanted, wanted.frequency))
    alerts.reschedule(tx, now.member_id, now=now.now, rhythm=now.services.settings.alerts.rhythm)
    return said


def _often(tx: Connection, now: Turn, wanted: Choice, frequency: str) -> str:
    mine = interests.active(tx, now.member_id)
    named = meant(now, mine, asked=True) if any(now.entities(name) for name in NAMES) else []
    if named:
        interests.set_frequency(tx, [one.id for one in named], frequency)
        return _chosen_for(tx, now, named, frequency)
    members.choose_rhythm(tx, now.member_id, frequency, at=wanted.at, weekday=wanted.weekday)
    interests.set_frequency(tx, [one.id for one in mine], frequency)
    hours = _hours(tx, now)
    return now.said(f"digest.chosen_{frequency}", **hours_values(now, hours))


def _chosen_for(tx: Connection, now: Turn, named: Sequence[Interest], frequency: str) -> str:
    lines = "\n".join(described(now, one) for one in named)
    often = now.said(f"digest.often_{frequency}", **hours_values(now, _hours(tx, now)))
    return now.said("digest.chosen_for", often=often, lines=lines)
