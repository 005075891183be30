"""The outbox: every message that is not an answer leaves here. Enqueue, hold, claim, settle, rescue.

At least once: a row is claimed under a lease with a fencing token, sent, and settled by that token only.
A worker that slept past its lease cannot settle what another one has taken over.
"""

import secrets
import time as machine
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, and_, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.db.engine import AnyRow
from bot.db.models import addresses, deliveries, groups, members
from bot.ports import Gone, Moved, Outcome, Sent
from bot.retry import LONGEST_WAIT, Done, GiveUp, Retry, decide
from bot.timing import Quiet, Rhythm, when


class State(StrEnum):
    HELD = "held"  # for its reader's hours: quiet ones, or that of a digest
    QUEUED = "queued"
    LEASED = "leased"
    SENT = "sent"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"
    FAILED = "failed"


OPEN = (State.HELD, State.QUEUED, State.LEASED)
DIGEST = "digest"  # a message that several deliveries point to: they are settled with it
SUSPECT = 3  # tries that no worker has survived: from then on it is taken alone
LONGEST = 1.25 * LONGEST_WAIT  # a retry waits no longer by itself
SLICE = 500  # SQLite takes some thousand parameters at most
LATEST = "latest"  # in the payload: it is of no use after that, whatever hours its reader chooses meanwhile
HELD_KINDS = (
    "alert",
    "maybe",
    "recall",
    "survey",
    "notice",
)  # what was asked for, answers and codes know no quiet hours


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """One message to one address. `key` makes it unique for ever; `skipped` stores it unsent with that reason."""

    key: str
    member_id: int
    channel: str
    address: str
    kind: str = "alert"
    payload: Mapping[str, Any] | None = None
    alert_id: int | None = None
    interest_id: int | None = None
    survey_id: int | None = None
    notice_id: int | None = None
    recall_id: int | None = None
    priority: int = 5
    skipped: str | None = None
    rhythm: Rhythm | None = None  # of an alert that may be collected
    latest: datetime | None = None  # it is of no use after that
    instead_of: int | None = None  # the delivery to another address that failed


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery under our lease."""

    id: int
    token: str
    row: AnyRow
    suspect: bool = False  # several workers have died while they had it


def enqueue(tx: Connection, rows: Sequence[NewDelivery], *, now: datetime) -> int:
    """Write the rows whose key is new; returns how many. The same key is never written twice.

    What falls into its reader's quiet hours, or belongs to a digest, is held until then.
    """
    if not rows:
        return 0
    hours = hours_of(tx, {item.member_id for item in rows if _may_wait(item)})
    insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    statement = insert(deliveries).on_conflict_do_nothing(index_elements=["key"]).returning(deliveries.c.id)
    return len(tx.execute(statement, [_row(item, now, hours) for item in rows]).all())


@dataclass(frozen=True, slots=True)
class Hours:
    """When a member wants messages: where they are, quiet hours, and the hour they chose for digests."""

    zone: ZoneInfo
    quiet: Quiet | None
    at: time | None
    weekday: int | None
    frequency: str

    def moment(self, now: datetime, *, rhythm: Rhythm | None = None, latest: datetime | None = None) -> datetime:
        """When it may go what is written now, in a rhythm that the member's own hour overrules."""
        weekday = rhythm.weekday if rhythm and self.weekday is None else self.weekday
        mine = rhythm and Rhythm(rhythm.frequency, self.at or rhythm.at, weekday or 0)
        return when(now, zone=self.zone, rhythm=mine, quiet=self.quiet, latest=latest)


def hours_of(tx: Connection, member_ids: Iterable[int]) -> dict[int, Hours]:
    """By member. Raises no error for a stored value that is odd: it was checked when it was chosen."""
    ids = sorted(member_ids)
    columns = (members.c.id, members.c.time_zone, members.c.frequency, members.c.digest_at, members.c.digest_weekday,
               members.c.quiet_from, members.c.quiet_until)  # fmt: skip
    found: dict[int, Hours] = {}
    for start in range(0, len(ids), SLICE):
        for row in tx.execute(select(*columns).where(members.c.id.in_(ids[start : start + SLICE]))):
            found[row.id] = _hours(row)
    return found


def _hours(row: AnyRow) -> Hours:
    bounds = row.quiet_from, row.quiet_until
    quiet = Quiet(*map(time.fromisoformat, bounds)) if all(bounds) else None
    at = time.fromisoformat(row.digest_at) if row.digest_at else None
    return Hours(ZoneInfo(row.time_zone), quiet, at, row.digest_weekday, row.frequency)


def latest_of(row: AnyRow) -> datetime | None:
    """After which moment a stored delivery is of no use."""
    return datetime.fromisoformat(row.payload[LATEST]) if LATEST in (row.payload or {}) else None


def _may_wait(item: NewDelivery) -> bool:
    return item.skipped is None and item.kind in HELD_KINDS


def _due(item: NewDelivery, now: datetime, hours: Mapping[int, Hours]) -> datetime | None:
    """Until when it is held; None = it goes at once."""
    mine = hours.get(item.member_id) if _may_wait(item) else None
    moment = mine.moment(now, rhythm=item.rhythm, latest=item.latest) if mine else now
    return moment if moment > now else None


def _row(item: NewDelivery, now: datetime, hours: Mapping[int, Hours]) -> dict[str, Any]:
    due = _due(item, now, hours)
    return {
        "key": item.key,
        "member_id": item.member_id,
        "channel": item.channel,
        "address": item.address,
        "kind": item.kind,
        "payload": dict(item.payload or {}) | ({LATEST: item.latest.isoformat()} if item.latest else {}),
        "alert_id": item.alert_id,
        "interest_id": item.interest_id,
        "survey_id": item.survey_id,
        "notice_id": item.notice_id,
        "recall_id": item.recall_id,
        "instead_of": item.instead_of,
        "priority": item.priority,
        "attempts": 0,
        "next_at": machine.time(),
        "state": State.SKIPPED if item.skipped else State.HELD if due else State.QUEUED,
        "due_at": due,
        "reason": item.skipped,
        "created_at": now,
        "settled_at": now if item.skipped else None,
    }


def claim(
    tx: Connection,
    *,
    channels: Sequence[str],
    limit: int,
    lease_seconds: float,
    at: float | None = None,
    address: str | None = None,
    held: Sequence[int] = (),
) -> list[Claimed]:
    """Take up to `limit` due rows of these channels, most urgent first; living leases are respected. What the caller
    has `held` all along stays with it, even if its lease is over.

    A row that several workers died with is taken alone, so that it drags nothing else along; `park` ends it.
    """
    moment = machine.time() if at is None else at
    found = [row for channel in channels for row in _due_rows(tx, channel, address, moment, limit, held)]
    found.sort(key=lambda row: (row.priority, row.next_at, row.id))
    taken = _together(found[: max(0, limit)])
    if not taken:
        return []
    ids = [row.id for row in taken]
    token = secrets.token_hex(8)
    values = {"state": State.LEASED, "lease_until": moment + lease_seconds, "lease_token": token}
    leased = update(deliveries).where(deliveries.c.id.in_(ids)).values(**values, attempts=deliveries.c.attempts + 1)
    rows = tx.execute(leased.returning(deliveries)).all()
    order = {row_id: place for place, row_id in enumerate(ids)}
    suspect = _is_suspect(taken[0])
    return [Claimed(row.id, token, row, suspect) for row in sorted(rows, key=lambda row: order[row.id])]


_ORDER = (deliveries.c.priority, deliveries.c.next_at, deliveries.c.id)
_OF_CHANNEL = (
    select(*_ORDER, deliveries.c.state, deliveries.c.attempts)
    .where(deliveries.c.channel == bindparam("channel"))
    .order_by(*_ORDER).limit(bindparam("limit")).with_for_update(skip_locked=True)
)  # fmt: skip
# Two queries with one channel each: so the index gives them in order, and nothing is sorted however many wait.
_QUEUED = _OF_CHANNEL.where(deliveries.c.state == State.QUEUED, deliveries.c.next_at <= bindparam("moment"))
_LAPSED = _OF_CHANNEL.where(deliveries.c.state == State.LEASED, deliveries.c.lease_until <= bindparam("moment"))


def _due_rows(
    tx: Connection, channel: str, address: str | None, moment: float, limit: int, held: Sequence[int]
) -> list[AnyRow]:
    values = {"channel": channel, "moment": moment, "limit": limit}
    queued, lapsed = _QUEUED, _LAPSED.where(deliveries.c.id.not_in(held)) if held else _LAPSED
    if address is not None:
        queued, lapsed = (one.where(deliveries.c.address == address) for one in (queued, lapsed))
    return [row for query in (queued, lapsed) for row in tx.execute(query, values)]


def _together(rows: Sequence[AnyRow]) -> Sequence[AnyRow]:
    """The first row alone if it may be what its workers died of, else those before the first such row."""
    suspects = [place for place, row in enumerate(rows) if _is_suspect(row)]
    return rows[: max(1, suspects[0])] if suspects else rows


def _is_suspect(row: AnyRow) -> bool:
    return str(row.state) == State.LEASED and int(row.attempts) >= SUSPECT


def park(tx: Connection, *, channels: Sequence[str], max_attempts: int, now: datetime, at: float | None = None) -> int:
    """Give up what no worker has survived in all its tries; staff see it and can put it back. Returns how many."""
    moment = machine.time() if at is None else at
    dead = and_(deliveries.c.state == State.LEASED, deliveries.c.lease_until <= moment,
                deliveries.c.attempts >= max_attempts, deliveries.c.channel.in_(channels))  # fmt: skip
    told = {"state": State.FAILED, "reason": "worker_died", "settled_at": now}
    done = update(deliveries).where(dead).values(lease_token=None, lease_until=None, **told).returning(deliveries)
    rows = tx.execute(done).all()
    for row in rows:
        _settle_its_own(tx, row, told)
    return len(rows)


def set_right(tx: Connection, *, lease_seconds: float, longest: float = LONGEST, at: float | None = None) -> int:
    """The machine's clock may have been put back: no lease lasts longer than one can, no retry waits longer than
    `longest`, and what was never tried waits for nothing. Doing it again changes nothing. Returns how many rows."""
    moment = machine.time() if at is None else at
    latest = moment + lease_seconds
    leased = update(deliveries).where(deliveries.c.state == State.LEASED, deliveries.c.lease_until > latest)
    early = update(deliveries).where(deliveries.c.state == State.QUEUED, deliveries.c.next_at > moment)
    fresh = early.where(deliveries.c.attempts == 0).values(next_at=moment)
    tried = early.where(deliveries.c.next_at > moment + longest).values(next_at=moment)
    return sum(tx.execute(one).rowcount for one in (leased.values(lease_until=latest), fresh, tried))


_OURS = select(deliveries.c.id).where(
    deliveries.c.id == bindparam("row"), deliveries.c.lease_token == bindparam("token")
)
_MINE = update(deliveries).where(deliveries.c.id == bindparam("row"), deliveries.c.lease_token == bindparam("token"))


def is_ours(tx: Connection, claimed: Claimed) -> bool:
    """Is it still under our lease? Who slept past it must not send what another one has taken over."""
    return tx.execute(_OURS, {"row": claimed.id, "token": claimed.token}).first() is not None


def settle(
    tx: Connection,
    claimed: Claimed,
    outcome: Outcome,
    *,
    now: datetime,
    max_attempts: int,
    jitter: float = 0.0,
    at: float | None = None,
) -> State | None:
    """Write what came of the send. None: our lease was lost meanwhile and nothing was changed."""
    moment = machine.time() if at is None else at
    values = _settled(outcome, claimed.row.attempts, moment, now, max_attempts, jitter)
    if isinstance(outcome, Moved):
        values["address"] = outcome.address
    if not tx.execute(_MINE.values(**values), {"row": claimed.id, "token": claimed.token}).rowcount:
        return None
    _settle_its_own(tx, claimed.row, values)
    _note_address(tx, claimed.row, outcome)
    return State(values["state"])


def its_own(row: AnyRow) -> ColumnElement[bool]:
    """The deliveries that are to come in this digest."""
    return and_(deliveries.c.digest_id == row.id, deliveries.c.state == State.HELD)


def _settle_its_own(tx: Connection, row: AnyRow, values: Mapping[str, Any]) -> None:
    """What came in a digest has the digest's fate."""
    if row.kind == DIGEST and "settled_at" in values:
        told = {name: values[name] for name in ("state", "reason", "settled_at", "provider_id") if name in values}
        tx.execute(update(deliveries).where(its_own(row)).values(**told))


def _settled(
    outcome: Outcome, attempt: int, moment: float, now: datetime, max_attempts: int, jitter: float
) -> dict[str, Any]:
    free = {"lease_token": None, "lease_until": None}
    match decide(outcome, attempt, moment, max_attempts=max_attempts, jitter=jitter):
        case Done():
            number = outcome.provider_id if isinstance(outcome, Sent) else None
            return {**free, "state": State.SENT, "settled_at": now, "provider_id": number, "reason": None}
        case Retry(again):
            return {**free, "state": State.QUEUED, "next_at": again, "reason": _why(outcome)}
        case GiveUp(reason, unknown):
            state = State.UNKNOWN if unknown else State.FAILED
            return {**free, "state": state, "settled_at": now, "reason": reason}


def _why(outcome: Outcome) -> str:
    return str(getattr(outcome, "reason", type(outcome).__name__.lower()))


def _note_address(tx: Connection, row: AnyRow, outcome: Outcome) -> None:
    """An address that is gone takes no more messages until its owner writes again; one that moved is rewritten."""
    here = and_(addresses.c.channel == row.channel, addresses.c.address == row.address)
    group = and_(groups.c.channel == row.channel, groups.c.address == row.address)
    if isinstance(outcome, Gone):
        tx.execute(update(addresses).where(here).values(state="gone", reason=outcome.reason))
        tx.execute(update(groups).where(group).values(state="gone"))
    elif isinstance(outcome, Moved):
        # Its owner may have written from the new one before we heard of it: then there are two, and the old one ends.
        there = and_(addresses.c.channel == row.channel, addresses.c.address == outcome.address)
        known = tx.execute(select(addresses.c.id).where(there)).first()
        ended = {"state": "gone", "reason": "moved"}
        tx.execute(update(addresses).where(here).values(**(ended if known else {"address": outcome.address})))
        other = and_(groups.c.channel == row.channel, groups.c.address == outcome.address)
        if not tx.execute(select(groups.c.id).where(other)).first():
            tx.execute(update(groups).where(group).values(address=outcome.address))


def skip(tx: Connection, claimed: Claimed, reason: str, *, now: datetime) -> bool:
    """Do not send after all, and say why: what was true when it was written may not be true any more.

    False: our lease was lost meanwhile and nothing was changed."""
    told = {"state": State.SKIPPED, "reason": reason, "settled_at": now}
    free = _MINE.values(lease_token=None, lease_until=None, **told)
    if not tx.execute(free, {"row": claimed.id, "token": claimed.token}).rowcount:
        return False
    _settle_its_own(tx, claimed.row, told)
    return True


def leave_out(tx: Connection, row: AnyRow, reason: str, *, now: datetime) -> None:
    """A delivery that is held is not sent after all, and why."""
    held = and_(deliveries.c.id == row.id, deliveries.c.state == State.HELD)
    tx.execute(update(deliveries).where(held).values(state=State.SKIPPED, reason=reason, settled_at=now))


def hold_back(tx: Connection, rows: Sequence[Claimed], *, behind: Claimed, step: float = 1.0) -> None:
    """Give rows back untried, to come after one that must wait; each a little later than the one before it."""
    first = tx.execute(select(deliveries.c.next_at).where(deliveries.c.id == behind.id)).scalar_one()
    free = {"state": State.QUEUED, "lease_token": None, "lease_until": None}
    for place, item in enumerate(rows, start=1):
        mine = and_(deliveries.c.id == item.id, deliveries.c.lease_token == item.token)
        later = {"next_at": first + step * place, "attempts": deliveries.c.attempts - 1}
        tx.execute(update(deliveries).where(mine).values(**free, **later))


def replay(tx: Connection, delivery_id: int) -> bool:
    """Put a failed or unknown delivery back in the queue, with all its tries."""
    ended = and_(deliveries.c.id == delivery_id, deliveries.c.state.in_((State.FAILED, State.UNKNOWN)))
    again = {"attempts": 0, "next_at": machine.time(), "settled_at": None, "reason": "replayed", "provider_id": None}
    if not tx.execute(update(deliveries).where(ended).values(state=State.QUEUED, **again)).rowcount:
        return False
    mine = and_(deliveries.c.digest_id == delivery_id, deliveries.c.state.in_((State.FAILED, State.UNKNOWN)))
    tx.execute(update(deliveries).where(mine).values(state=State.HELD, **again))  # a digest takes its own along
    return True


def waiting(tx: Connection) -> int:
    """How many are still to be sent."""
    from sqlalchemy import func

    return int(tx.execute(select(func.count()).where(deliveries.c.state.in_(OPEN))).scalar_one())
