"""Who would get a notification now and why, who only in a digest, and what keeps it from the others; nothing is
written."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection

from bot import interests
from bot.alerts.reach import reach
from bot.db.models import notifications
from bot.interests import Asking
from bot.matching import Band, Index, Match, Miss, miss
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


@dataclass(frozen=True, slots=True)
class Missed:
    """What keeps it from a member, at the interest that comes nearest, and the values at which it failed."""

    interest_id: int
    why: Miss
    at: tuple[str, ...]


@dataclass(slots=True)
class Preview:
    """The best match of each member whom it concerns or may concern, and for the others the nearest miss."""

    getting: dict[int, Getting] = field(default_factory=dict)
    maybe: dict[int, Getting] = field(default_factory=dict)
    missed: dict[int, Missed] = field(default_factory=dict)


def preview(tx: Connection, notification_id: int, *, now: datetime) -> Preview:
    """Looks at every active interest. Raises LookupError when the notification is not there."""
    about = prepared(tx, tx.execute(heads(notifications.c.id == notification_id)).all())
    if not about:
        raise LookupError(f"notification {notification_id}")
    found, cursor = Preview(), 0
    while wanted := interests.after(tx, cursor, today=now.date(), chunk=CHUNK):
        cursor = wanted[-1].id
        _look(found, wanted, about[0].notice)
    found.maybe = {who: one for who, one in found.maybe.items() if who not in found.getting}
    found.missed = {who: one for who, one in found.missed.items() if who not in found.getting | found.maybe}
    family = family_of(about[0].symbol)
    found.getting, found.maybe = (_held_back(tx, them, family, now) for them in (found.getting, found.maybe))
    return found


def _look(into: Preview, wanted: list[Asking], notice: Notice) -> None:
    index = Index([one.profile for one in wanted])
    found = dict(index.maybes(notice)) | dict(index.matches(notice))
    for number, one in enumerate(wanted):
        if number in found:
            _best(into.getting if found[number].band is Band.SENT else into.maybe, one, found[number])
        else:
            _near(into.missed, one, notice)


def _best(them: dict[int, Getting], one: Asking, why: Match) -> None:
    if one.member_id not in them or why.score > them[one.member_id].why.score:
        them[one.member_id] = Getting(one.member_id, one.id, why)


def _near(missed: dict[int, Missed], one: Asking, notice: Notice) -> None:
    why, value = miss(one.profile, notice) or (Miss.PRODUCT, "")
    known = missed.get(one.member_id)
    if known is None or NEAREST.index(why) > NEAREST.index(known.why):
        missed[one.member_id] = Missed(one.id, why, _failed_at(why, value, one))


def _failed_at(why: Miss, value: str, one: Asking) -> tuple[str, ...]:
    lists = one.lists()
    products = (*lists["products"], *lists["hs_codes"], *lists["ics_codes"], *lists["keywords"])
    said = {Miss.MARKET: lists["markets"], Miss.KIND: lists["kinds"], Miss.NEGATIVE: (value,), Miss.PRODUCT: products}
    return tuple(said[why])


def _held_back(tx: Connection, them: dict[int, Getting], family: str, now: datetime) -> dict[int, Getting]:
    members: Collection[int] = them.keys()
    to = reach(tx, members, {family}, now=now)
    return {
        who: replace(one, held_back=to.skip_reason(who, family) or (None if to.address(who) else "no_address"))
        for who, one in them.items()
    }
