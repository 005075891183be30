"""Who would get a notification now and why, and what keeps it from the others; nothing is written."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from bot import interests
from bot.alerts.reach import reach
from bot.db.models import notifications
from bot.interests import Interest
from bot.matching import Index, Match, Miss, miss
from bot.matching.notice import Notice
from bot.notifications.prepared import heads, prepared
from bot.notifications.record import family_of

CHUNK = 500
NEAREST = tuple(Miss)  # the later, the nearer to a match


@dataclass(frozen=True, slots=True)
class Getting:
    """A member whom it would reach, by which interest; `held_back` is why it would still not be sent."""

    member_id: int
    interest_id: int
    why: Match
    held_back: str | None = None


@dataclass(slots=True)
class Preview:
    """The best match of each member whom it concerns, and for all others with an interest the nearest miss."""

    getting: dict[int, Getting] = field(default_factory=dict)
    missed: dict[int, Miss] = field(default_factory=dict)


def preview(tx: Connection, notification_id: int, *, now: datetime) -> Preview:
    """Looks at every active interest. Raises LookupError when the notification is not there."""
    about = prepared(tx, tx.execute(heads(notifications.c.id == notification_id)).all())
    if not about:
        raise LookupError(f"notification {notification_id}")
    found, cursor = Preview(), 0
    while wanted := interests.after(tx, cursor, today=now.date(), chunk=CHUNK):
        cursor = wanted[-1].id
        _look(found, wanted, about[0].notice)
    for member_id in found.getting.keys() & found.missed.keys():
        del found.missed[member_id]
    return _held_back(tx, found, family_of(about[0].symbol), now)


def _look(into: Preview, wanted: list[Interest], notice: Notice) -> None:
    matched: Mapping[int, Match] = dict(Index([one.profile for one in wanted]).matches(notice))
    for number, one in enumerate(wanted):
        why = matched.get(number)
        if why is None:
            _near(into.missed, one.member_id, miss(one.profile, notice) or Miss.PRODUCT)
        elif one.member_id not in into.getting or why.score > into.getting[one.member_id].why.score:
            into.getting[one.member_id] = Getting(one.member_id, one.id, why)


def _near(missed: dict[int, Miss], member_id: int, why: Miss) -> None:
    known = missed.get(member_id)
    if known is None or NEAREST.index(why) > NEAREST.index(known):
        missed[member_id] = why


def _held_back(tx: Connection, found: Preview, family: str, now: datetime) -> Preview:
    members: Collection[int] = found.getting.keys()
    to = reach(tx, members, {family}, now=now)
    for member_id in list(members):
        one = found.getting[member_id]
        reason = to.skip_reason(member_id, family) or (None if to.address(member_id) else "no_address")
        found.getting[member_id] = Getting(member_id, one.interest_id, one.why, reason)
    return found
