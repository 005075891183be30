"""The robots of chat groups that carry an organisation's notices: connected here, since a robot hears nobody.

The address and the secret of a robot stand in the settings; here only its name is known.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from starlette.responses import Response

from bot import notices
from bot.authority import Deed
from bot.channels.configured import group_robots
from bot.errors import BadInput
from bot.web.console.gate import form, organisation
from bot.web.console.visit import Visit


def shown(tx: Connection, visit: Visit, organisation_id: int) -> dict[str, Any]:
    """The groups of an organisation, and the robots that carry nobody's notices yet."""
    return {
        "groups": notices.groups.of(tx, organisation_id),
        "robots": notices.groups.free(tx, group_robots(visit.web.services.settings)),
    }


async def connect(visit: Visit) -> Response:
    """The notices of this organisation go to the robot's group from now on."""
    await visit.run(_connect, visit, visit.given("robot"), now=visit.now)
    return _back(visit)


def _connect(tx: Connection, visit: Visit, robot: str, *, now: datetime) -> None:
    free = notices.groups.free(tx, group_robots(visit.web.services.settings))
    chosen = next((one for one in free if ":".join(one) == robot), None)
    if chosen is None:
        raise BadInput("console.organisation.no_robot")
    channel, address = chosen
    place = visit.number("organisation")
    notices.groups.connect(tx, visit.me, organisation_id=place, channel=channel, address=address, now=now)


async def end(visit: Visit) -> Response:
    """No more notices there."""
    await visit.run(_end, visit, visit.given("group"), now=visit.now)
    return _back(visit)


def _end(tx: Connection, visit: Visit, group: str, *, now: datetime) -> None:
    mine = notices.groups.of(tx, visit.number("organisation"))
    found = next((one for one in mine if str(one.id) == group), None)
    if found is None:
        raise BadInput("console.organisation.no_group")
    notices.groups.disconnect(tx, visit.me, channel=found.channel, address=found.address, now=now)


def _back(visit: Visit) -> Response:
    return visit.back(f"/organisations/{visit.number('organisation')}", "organisation_kept")


routes = [
    form("/organisations/{organisation:int}/groups", connect, deed=Deed.GRANT_STAFF, on=organisation),
    form("/organisations/{organisation:int}/groups/end", end, deed=Deed.WRITE_NOTICE, on=organisation),
]
