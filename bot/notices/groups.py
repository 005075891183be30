"""Chat groups of an organisation: its notices go there too. How one is connected, and which a notice reaches."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from bot import authority
from bot.audience import Audience
from bot.authority import Deed
from bot.db.engine import AnyRow
from bot.db.models import groups, members
from bot.notices.notice import Notice


@dataclass(frozen=True, slots=True)
class Group:
    """A connected group. `added_by` receives for it: the deliveries are theirs, and so is the language."""

    id: int
    organisation_id: int
    channel: str
    address: str
    added_by: int


def connect(tx: Connection, by: int, *, organisation_id: int, channel: str, address: str, now: datetime) -> Group:
    """The group gets the organisation's notices from now on, and no other's. Raises NotAllowed."""
    authority.require(tx, by, Deed.WRITE_NOTICE, organisation_id)
    here = (groups.c.channel == channel) & (groups.c.address == address)
    values = {"organisation_id": organisation_id, "added_by": by, "state": "active"}
    row = tx.execute(update(groups).where(here).values(**values).returning(groups)).first()
    if row is None:
        fresh = insert(groups).values(channel=channel, address=address, created_at=now, **values).returning(groups)
        row = tx.execute(fresh).one()
    authority.record(tx, by, "connect_group", allowed=True, now=now, subject=f"organisation {organisation_id}")
    return _read(row)


def disconnect(tx: Connection, by: int, *, channel: str, address: str, now: datetime) -> bool:
    """No more notices there; False when the group was not connected. Raises NotAllowed."""
    found = at(tx, channel, address)
    if found is None:
        return False
    authority.require(tx, by, Deed.WRITE_NOTICE, found.organisation_id)
    tx.execute(update(groups).where(groups.c.id == found.id).values(state="gone"))
    subject = f"organisation {found.organisation_id}"
    authority.record(tx, by, "disconnect_group", allowed=True, now=now, subject=subject)
    return True


def at(tx: Connection, channel: str, address: str) -> Group | None:
    """The group that is connected there."""
    here = (groups.c.channel == channel) & (groups.c.address == address) & (groups.c.state == "active")
    row = tx.execute(select(groups).where(here)).first()
    return _read(row) if row else None


def of(tx: Connection, organisation_id: int) -> list[Group]:
    """The groups that are connected to an organisation."""
    mine = (groups.c.organisation_id == organisation_id) & (groups.c.state == "active")
    return [_read(row) for row in tx.execute(select(groups).where(mine).order_by(groups.c.id))]


def free(tx: Connection, robots: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those of the robots (channel, name) that no organisation has."""
    living = select(groups.c.channel, groups.c.address).where(groups.c.state == "active")
    taken = {(row.channel, row.address) for row in tx.execute(living)}
    return [one for one in robots if one not in taken]


def reached(tx: Connection, found: Notice) -> list[Group]:
    """The groups that a notice goes to: those of its organisation, if it is meant for all of its members.

    A notice for some of them stays with those. A group whose member left is not served: connect it again.
    """
    if replace(found.audience, roles=()) != Audience():
        return []
    living = select(members.c.id).where(members.c.state == "active")
    mine = (groups.c.organisation_id == found.organisation_id) & (groups.c.state == "active")
    rows = tx.execute(select(groups).where(mine, groups.c.added_by.in_(living)).order_by(groups.c.id))
    return [_read(row) for row in rows]


def _read(row: AnyRow) -> Group:
    return Group(row.id, row.organisation_id, row.channel, row.address, row.added_by)
