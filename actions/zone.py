"""Where a member is: the time zone by which digests and quiet hours go."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import Connection

from actions.hours import quiet_text, rhythm_text, zone_text
from actions.turn import Turn, payload, turn
from bot import alerts, members
from bot.deliveries import Hours, hours_of
from bot.errors import BadInput
from bot.messages import Button
from bot.timing import INSTANT
from nlu import zones
from nlu.zones import Wish

FIELD = "field"


class SetTimeZone(Action):
    """Take the zone that is named; ask which when a country has several; say the present one when none is named."""

    def name(self) -> str:
        return "action_set_time_zone"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        pressed = next(map(str, now.entities(FIELD)), None)
        wish = Wish(pressed) if pressed else zones.read(now.text, asked=True) or Wish()
        found = (pressed,) if pressed else wish.zones
        if len(found) != 1:
            await _ask(now, wish, found)
            return [SlotSet("topic", {"kind": zones.TOPIC})]
        try:
            now.show(await now.services.db.run(_move, now, found[0]))
        except BadInput as error:
            now.say(error.key, **error.values)
        return [SlotSet("topic", None)]


async def _ask(now: Turn, wish: Wish, found: tuple[str, ...]) -> None:
    mine = (await now.services.db.read(hours_of, [now.member_id]))[now.member_id]
    key = "zone.which" if found else "zone.unknown" if wish.said else "zone.ask"
    now.say(key, said=wish.said, zone=zone_text(now, mine.zone), buttons=[_button(now, zone) for zone in found])


def _button(now: Turn, zone: str) -> Button:
    return Button(zones.name(zone, now.language), payload(zones.INTENT, field=zone))


def _move(tx: Connection, now: Turn, zone: str) -> str:
    """Store it, let what is held follow, and say what holds now."""
    move(tx, now, zone)
    hours = hours_of(tx, [now.member_id])[now.member_id]
    lines = [now.said("zone.chosen", zone=zone_text(now, hours.zone))]
    if zone.startswith("Etc/"):
        lines.append(now.said("zone.no_summer_time"))
    return "\n".join([*lines, *_what_follows(now, hours)])


def move(tx: Connection, now: Turn, zone: str) -> None:
    members.choose_time_zone(tx, now.member_id, zone)
    alerts.reschedule(tx, now.member_id, now=now.now, rhythm=now.services.settings.alerts.rhythm)


def _what_follows(now: Turn, hours: Hours) -> list[str]:
    often = [] if hours.frequency == INSTANT else [now.said("digest.standing", often=rhythm_text(now, hours))]
    return [*often, *([quiet_text(now, hours)] if hours.quiet else [])]
