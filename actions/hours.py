"""When alerts come, in words: how often, at which hour, and the quiet hours."""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from actions.turn import Turn
from bot.deliveries import Hours
from bot.timing import INSTANT, Rhythm
from nlu import zones


def hours_values(now: Turn, hours: Hours) -> dict[str, str]:
    """The hour and weekday of this member's digests, and where they are."""
    rhythm: Rhythm = now.services.settings.alerts.rhythm
    day = rhythm.weekday if hours.weekday is None else hours.weekday
    at = hours.at or rhythm.at
    return {
        "at": f"{at:%H:%M}",
        "weekday": now.said(f"digest.weekday_{day}"),
        "zone": zones.name(hours.zone.key, now.language),
    }


def rhythm_text(now: Turn, hours: Hours) -> str:
    return now.said(f"digest.often_{hours.frequency}", **hours_values(now, hours))


def zone_text(now: Turn, zone: ZoneInfo) -> str:
    """The name of a zone with its offset today and the time it is there."""
    return now.said(
        "zone.named", name=zones.name(zone.key, now.language), offset=zones.offset(zone.key, now.now),
        time=f"{now.now.astimezone(zone):%H:%M}",
    )  # fmt: skip


def quiet_text(now: Turn, hours: Hours) -> str:
    if hours.quiet is None:
        return now.said("digest.quiet_none")
    start, end = f"{hours.quiet.start:%H:%M}", f"{hours.quiet.end:%H:%M}"
    return now.said("digest.quiet", start=start, end=end, zone=zones.name(hours.zone.key, now.language))


def standing(now: Turn, hours: Hours, mine: Iterable[tuple[str, str]]) -> list[str]:
    """What holds for the alerts of all that is followed, for the list of it: nothing when they come at once.

    `mine`: number and frequency of each interest.
    """
    lines = []
    if hours.frequency != INSTANT:
        lines.append(now.said("digest.standing", often=rhythm_text(now, hours)))
    for number, frequency in mine:
        if frequency != hours.frequency:
            often = now.said(f"digest.often_{frequency}", **hours_values(now, hours))
            lines.append(now.said("digest.standing_one", number=number, often=often))
    lines += [quiet_text(now, hours)] if hours.quiet else []
    desk = now.services.settings.desk.time_zone
    return lines if hours.zone.key == desk else [*lines, now.said("zone.standing", zone=zone_text(now, hours.zone))]
