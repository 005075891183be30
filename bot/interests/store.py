"""Interests as rows: kept, changed, ended, found for a notification, and matched with what is open now."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    insert,
    literal,
    or_,
    select,
    update,
)  # fmt: skip

from bot.db.engine import loads
from bot.db.models import alerts, deliveries, follows, interests, members, notification_terms, notifications
from bot.errors import BadInput
from bot.interests import index
from bot.matching import Match, Profile, match, profile
from bot.matching.profile import market_codes
from bot.matching.terms import Net
from bot.notifications import Notification
from bot.notifications.prepared import heads, prepared, stored, warm
from bot.notifications.record import to_hs
from bot.timing import INSTANT
from nlu.normalize import fold

ENDED = "ended"  # of a family that is followed no longer, because the interest that it came by has ended
LISTS = ("products", "hs_codes", "ics_codes", "markets", "keywords", "negatives", "kinds")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an interest asks for; every list may be empty, but not all of them."""

    products: tuple[str, ...] = ()
    hs_codes: tuple[str, ...] = ()
    ics_codes: tuple[str, ...] = ()
    markets: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    negatives: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()  # tbt, sps or a type; none = all
    until: date | None = None
    frequency: str = "instant"

    @classmethod
    def of(cls, **values: Any) -> "Wanted":
        """Clean values: no blanks, none twice, codes as digits, markets canonical. "__declined__" is no value."""
        lists = {key: _clean(values.get(key) or ()) for key in LISTS}
        lists["hs_codes"] = tuple(to_hs(lists["hs_codes"]))
        lists["markets"] = tuple(dict.fromkeys(code for name in lists["markets"] for code in market_codes(name)))
        lists["kinds"] = tuple(kind.lower() for kind in lists["kinds"])
        return cls(**lists, until=values.get("until"), frequency=values.get("frequency") or INSTANT)

    def lists(self) -> dict[str, list[str]]:
        return {key: list(getattr(self, key)) for key in LISTS}

    @property
    def profile(self) -> Profile:
        return _profile(self)

    @property
    def is_empty(self) -> bool:
        return not any(getattr(self, key) for key in LISTS if key not in ("negatives", "kinds"))


@lru_cache(maxsize=10_000)  # each import matches with the same interests again
def _profile(wanted: Wanted) -> Profile:
    return profile(wanted.lists())


@dataclass(frozen=True, slots=True)
class Interest:
    """A stored interest."""

    id: int
    member_id: int
    organisation_id: int | None
    wanted: Wanted
    state: str
    created_at: datetime
    profile: Profile = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Asking:
    """Of a stored interest what matching needs; `asks` holds its lists as they are stored, alike where they are."""

    id: int
    member_id: int
    frequency: str
    asks: str

    @property
    def profile(self) -> Profile:
        return _profile_of(self.asks)

    def lists(self) -> dict[str, list[str]]:
        return dict(zip(LISTS, loads(self.asks), strict=True))


@lru_cache(maxsize=10_000)
def _profile_of(asks: str) -> Profile:
    return profile(dict(zip(LISTS, loads(asks), strict=True)))


@dataclass(frozen=True, slots=True)
class Registration:
    """What registering did: `new` is False when an equal active interest was there already."""

    interest: Interest
    new: bool


_SELECTED = select(interests)
_MEMBER = interests.c.member_id
_BY_KEY = _SELECTED.where(interests.c.key == bindparam("key"))
_MINE = _SELECTED.where(interests.c.member_id == bindparam("member"), interests.c.state == "active").order_by(
    interests.c.id
)
_FREQUENCY = select(members.c.frequency).where(members.c.id == bindparam("member"))


def _asks() -> ColumnElement[str]:
    """All lists of an interest as one JSON text: a thousand rows are read in a third of the time."""
    text: ColumnElement[str] = literal("[", Text)
    for place, key in enumerate(LISTS):
        text = text + (literal(",", Text) if place else literal("", Text)) + cast(interests.c[key], Text)
    return text + literal("]", Text)


# "Not ended" and not "active": for that SQLite would rather read all there are by an index than those of these ids.
_LIVING = (
    select(interests.c.id, interests.c.member_id, interests.c.frequency, _asks().label("asks"))
    .join(members, members.c.id == interests.c.member_id)
    .where(
        interests.c.state != ENDED, members.c.state == "active",
        or_(interests.c.until.is_(None), interests.c.until >= bindparam("today")),
    )
    .order_by(interests.c.id)
)  # fmt: skip
_AFTER = _LIVING.where(interests.c.id > bindparam("after")).limit(bindparam("chunk"))
_OF_THESE = _LIVING.where(interests.c.id.in_(bindparam("ids", expanding=True)))


def register(
    tx: Connection, member_id: int, *, key: str, now: datetime, organisation_id: int | None = None,
    demo: bool = False, **values: Any,
) -> Registration:  # fmt: skip
    """Register an interest (keywords as in Wanted.of). The same key, or an equal active interest, is not stored again.
    Its alerts come as often as the member wants them all, unless it says otherwise.

    Raises BadInput when nothing at all is asked for.
    """
    values["frequency"] = values.get("frequency") or tx.execute(_FREQUENCY, {"member": member_id}).scalar()
    wanted = Wanted.of(**values)
    if wanted.is_empty:
        raise BadInput("alert.interest_empty")
    known = tx.execute(_BY_KEY, {"key": key}).first()
    if known:  # the same turn, done again after a crash: it says what it said before
        return Registration(_read(known), new=True)
    same = next((one for one in active(tx, member_id) if _sense(one.wanted) == _sense(wanted)), None)
    if same:
        return Registration(_extend(tx, same, wanted), new=False)
    values = {
        "member_id": member_id, "organisation_id": organisation_id, **wanted.lists(), "until": wanted.until,
        "frequency": wanted.frequency, "state": "active", "key": key, "demo": demo, "created_at": now,
    }  # fmt: skip
    made = _read(tx.execute(insert(interests).values(values).returning(interests)).one())
    index.write(tx, [(made.id, made.profile)])
    return Registration(made, new=True)


def active(tx: Connection, member_id: int) -> list[Interest]:
    """A member's active interests, oldest first (those whose day has passed too: they can be prolonged)."""
    return [_read(row) for row in tx.execute(_MINE, {"member": member_id})]


def by_id(tx: Connection, interest_id: int) -> Interest | None:
    row = tx.execute(_SELECTED.where(interests.c.id == interest_id)).first()
    return _read(row) if row else None


def change(tx: Connection, interest_id: int, **values: Any) -> Interest:
    """Replace the given lists, `until` or `frequency` of an interest. Raises BadInput when nothing would remain."""
    found = tx.execute(_SELECTED.where(interests.c.id == interest_id)).one()
    old = _read(found).wanted
    kept = {**old.lists(), "until": old.until, "frequency": old.frequency}
    wanted = Wanted.of(**{**kept, **values})
    if wanted.is_empty:
        raise BadInput("alert.interest_empty")
    row = {**wanted.lists(), "until": wanted.until, "frequency": wanted.frequency}
    statement = update(interests).where(interests.c.id == interest_id).values(row).returning(interests)
    changed = _read(tx.execute(statement).one())
    if changed.state == "active":
        index.write(tx, [(changed.id, changed.profile)])
    return changed


def refine(tx: Connection, one: Interest, **lists: Iterable[str]) -> Interest | None:
    """Replace some of its lists; None when that says nothing new. Raises BadInput when nothing would remain."""
    values = {key: tuple(values) for key, values in lists.items()}
    changed = replace(one.wanted, **values)  # type: ignore[arg-type]
    return None if _sense(changed) == _sense(one.wanted) else change(tx, one.id, **values)


def leave_out(tx: Connection, interest_id: int, value: str) -> Interest:
    """What falls under this value is not for the interest any more."""
    return change(tx, interest_id, negatives=(*_negatives(tx, interest_id), value))


def take_back(tx: Connection, interest_id: int, value: str) -> Interest | None:
    """The value is left out no more; None when it was not left out."""
    known = _negatives(tx, interest_id)
    kept = [one for one in known if fold(one).text != fold(value).text]
    return change(tx, interest_id, negatives=kept) if len(kept) < len(known) else None


def _negatives(tx: Connection, interest_id: int) -> list[str]:
    return list(tx.execute(select(interests.c.negatives).where(interests.c.id == interest_id)).scalar_one())


def set_frequency(tx: Connection, interest_ids: Iterable[int], frequency: str) -> None:
    """How often alerts come that these interests bring."""
    tx.execute(update(interests).where(interests.c.id.in_(list(interest_ids))).values(frequency=frequency))


def end(tx: Connection, interest_id: int, *, now: datetime) -> bool:
    """End an interest, and with it the families that came by it alone; False when it had ended before."""
    mine = and_(interests.c.id == interest_id, interests.c.state == "active")
    index.drop(tx, [interest_id])
    member_id = tx.execute(
        update(interests).where(mine).values(state="ended", ended_at=now).returning(_MEMBER)
    ).scalar()
    if member_id is None:
        return False
    followed = and_(follows.c.member_id == member_id, follows.c.state == "active")
    others = _came_by(interests.c.member_id == member_id, interests.c.state == "active")
    gone = and_(follows.c.family.in_(_came_by(interests.c.id == interest_id)), follows.c.family.not_in(others))
    tx.execute(update(follows).where(followed, gone).values(state=ENDED))
    return True


def _came_by(*which: ColumnElement[bool]) -> Select[Any]:
    """The families that alerts of these interests were about."""
    joined = (
        deliveries.join(interests, interests.c.id == deliveries.c.interest_id)
        .join(alerts, alerts.c.id == deliveries.c.alert_id)
        .join(notifications, notifications.c.id == alerts.c.notification_id)
    )
    return select(notifications.c.family).select_from(joined).where(*which)


def after(tx: Connection, cursor: int, *, today: date, chunk: int) -> list[Asking]:
    """The next active interests of living members after an id, in order."""
    return [Asking(*row) for row in tx.execute(_AFTER, {"after": cursor, "today": today, "chunk": chunk})]


def concerned(tx: Connection, by: Net, cursor: int, *, today: date, chunk: int) -> tuple[list[Asking], int | None]:
    """The next interests after an id that a notification may concern, and from which id on to go; None = to the end.

    Those are some more than it does concern, and nearly never all there are.
    """
    if by.everything:
        found = after(tx, cursor, today=today, chunk=chunk)
        return found, found[-1].id if len(found) == chunk else None
    ids = index.caught(tx, by, after=cursor, most=chunk)
    rows = tx.execute(_OF_THESE, {"ids": ids, "today": today}) if ids else ()
    return [Asking(*row) for row in rows], ids[-1] if len(ids) == chunk else None


def that_brought(tx: Connection, family: str) -> list[Asking]:
    """The active interests by which members heard of a family."""
    joined = deliveries.join(alerts, alerts.c.id == deliveries.c.alert_id).join(
        notifications, notifications.c.id == alerts.c.notification_id
    )
    came_by = select(deliveries.c.interest_id).select_from(joined).where(notifications.c.family == family)
    living = {"today": date.min}  # what has run out still says what it left out
    return [Asking(*row) for row in tx.execute(_LIVING.where(interests.c.id.in_(came_by)), living)]


def is_behind(tx: Connection) -> bool:
    """Whether some are not indexed."""
    return tx.execute(index.to_write(1)).first() is not None


def catch_up(tx: Connection, *, most: int = 500) -> int:
    """Index some interests that were written without (or before other tables of words); 0 when all are."""
    ids = list(tx.execute(index.to_write(most)).scalars())
    if ids:
        rows = tx.execute(_SELECTED.where(interests.c.id.in_(ids)))
        index.write(tx, [(one.id, one.profile) for one in map(_read, rows)])
    return len(ids)


def matching_now(
    tx: Connection, interest: Interest | Asking, *, today: date, limit: int = 20
) -> list[tuple[Notification, Match]]:
    """What is open for comment today and concerns an interest, the soonest deadline first, joint ones once."""
    query = heads(_open_to(interest, today)).order_by(notifications.c.comment_deadline, notifications.c.id)
    found: dict[str, tuple[int, Match]] = {}
    for one in prepared(tx, tx.execute(query).all()):
        why = match(interest.profile, one.notice)
        if why and one.alike not in found:
            found[one.alike] = (one.id, why)
            if len(found) == limit:
                break
    whole = stored(tx, [row_id for row_id, _ in found.values()])
    return [(whole[row_id], why) for row_id, why in found.values() if row_id in whole]


def prepare_open(tx: Connection, *, today: date, most: int = 50) -> int:
    """Prepare some of what is open for `matching_now`; returns how many, 0 when nothing is left to do."""
    return warm(tx, tx.execute(heads(_still_open(today))).all(), most=most)


def _still_open(today: date) -> ColumnElement[bool]:
    return and_(notifications.c.comment_deadline >= today, notifications.c.state == "active")


def _open_to(interest: Interest | Asking, today: date) -> ColumnElement[bool]:
    """What is open for comment in the interest's markets: the rest need not be looked at."""
    table, terms, reach = notifications.c, notification_terms.c, interest.profile.reach
    still_open = _still_open(today)
    if reach is None:
        return still_open
    theirs = select(terms.notification_id).where(terms.kind == "market", terms.value.in_(sorted(reach)))
    return and_(still_open, table.id.in_(theirs))


def _extend(tx: Connection, known: Interest, wanted: Wanted) -> Interest:
    """The same interest again with a later day, or none, is meant to last longer."""
    old, new = known.wanted.until, wanted.until
    if old is None or (new is not None and new <= old):
        return known
    tx.execute(update(interests).where(interests.c.id == known.id).values(until=new))
    return replace(known, wanted=replace(known.wanted, until=new))


def _sense(wanted: Wanted) -> tuple[frozenset[str], ...]:
    """Two interests are equal when their lists hold the same words, in any order and spelling of case or script."""
    return tuple(frozenset(fold(value).text for value in getattr(wanted, key)) for key in LISTS)


def _clean(values: Any) -> tuple[str, ...]:
    parts: Iterator[str] = (str(value).strip() for value in ([values] if isinstance(values, str) else values))
    return tuple(dict.fromkeys(part for part in parts if part and part != "__declined__"))


def _read(row: Row[Any]) -> Interest:
    lists = {key: tuple(getattr(row, key) or ()) for key in LISTS}
    wanted = Wanted(**lists, until=row.until, frequency=row.frequency)
    return Interest(row.id, row.member_id, row.organisation_id, wanted, row.state, row.created_at, wanted.profile)
