"""Sending a notice: its audience chunk by chunk into the outbox, so that a kill loses and doubles nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, exists, or_, select, update

from bot import audience, authority
from bot.alerts.reach import reach
from bot.audience import Meant
from bot.authority import Deed
from bot.db.engine import Database
from bot.db.models import deliveries, members, notice_mutes, notices, receipts
from bot.deliveries import NewDelivery, enqueue
from bot.deliveries import State as Delivery
from bot.errors import BadInput, NotAllowed
from bot.notices import groups
from bot.notices.notice import UNDER_WAY, Notice, State, by_id, read
from bot.ports import Clock

KIND = "notice"
ROWS_AT_ONCE = 150  # deliveries in one transaction: it holds the writer for some 30 ms
PRIORITY = 6  # an alert goes first
CANCELLED, UNSUBSCRIBED = "cancelled", "unsubscribed"


@dataclass(frozen=True, slots=True)
class Part:
    """Some of a notice's readers, written in one transaction, and where its cursor goes from where."""

    notice: Notice
    meant: tuple[Meant, ...]
    old: int
    new: int
    last: bool


def plan(tx: Connection, *, now: datetime, chunk: int = 500, only: int | None = None) -> list[Part]:
    """The next readers of the notice that is furthest (or `only` of this one); [] when none is due.

    Reads only, so that nobody waits for it.
    """
    due = or_(notices.c.state == State.SENDING, and_(notices.c.state == State.SCHEDULED, notices.c.send_at <= now))
    if only is not None:
        due = and_(due, notices.c.id == only)
    row = tx.execute(select(notices).where(due).order_by(notices.c.cursor.desc(), notices.c.id).limit(1)).first()
    return list(_parts(tx, read(row), now, chunk)) if row else []


def write(tx: Connection, part: Part, *, now: datetime) -> int:
    """Write the deliveries of a part and move the cursor; returns how many are new.

    After a kill the same part is planned again, and unique keys keep it single. A notice that another process has
    moved, or that was cancelled meanwhile, is left alone.
    """
    if not _take(tx, part, now):
        return 0
    rows = [*_rows(tx, part), *(_group_rows(tx, part.notice) if part.last else ())]
    return max(0, enqueue(tx, rows, now=now))


def run(db: Database, clock: Clock, *, chunk: int = 500) -> int:
    """Everything that is due, then what was cancelled; other writers get their turn between two parts."""
    written = 0
    while parts := db.look(plan, now=clock.now(), chunk=chunk):
        for part in parts:
            written += db.now(write, part, now=clock.now())
    while db.now(sweep, now=clock.now()):
        pass
    return written


def sweep(tx: Connection, *, now: datetime, notice_id: int | None = None, most: int = 500) -> int:
    """Mark some of what waits of cancelled notices as skipped; the worker would skip it too. Returns how many."""
    stopped = select(notices.c.id).where(notices.c.state == State.CANCELLED)
    if notice_id is not None:
        stopped = stopped.where(notices.c.id == notice_id)
    waiting = (
        select(deliveries.c.id)
        .where(deliveries.c.state.in_((Delivery.HELD, Delivery.QUEUED)), deliveries.c.notice_id.in_(stopped))
        .limit(most).with_for_update(skip_locked=True)
    )  # fmt: skip
    ids = list(tx.execute(waiting).scalars())
    values = {"state": Delivery.SKIPPED, "reason": CANCELLED, "settled_at": now}
    if ids:
        tx.execute(update(deliveries).where(deliveries.c.id.in_(ids)).values(**values))
    return len(ids)


def remind(tx: Connection, by: int, notice_id: int, *, now: datetime) -> Notice:
    """A new round to those who got it and have not read it (not confirmed it, where that is asked for).

    Raises NotAllowed; BadInput when it has not been sent, or everybody has read it.
    """
    found = by_id(tx, notice_id)
    if not authority.may(tx, by, Deed.WRITE_NOTICE, found.organisation_id):
        raise NotAllowed("notice.not_yours", number=found.number)
    if found.state is not State.SENT:
        raise BadInput(f"notice.is_{found.state}", number=found.number)
    if not tx.execute(_silent(found, 0).limit(1)).first():
        raise BadInput("notice.all_read", number=found.number)
    sent = (notices.c.id == found.id) & (notices.c.state == State.SENT) & (notices.c.round == found.round)
    values = {"state": State.SENDING, "round": found.round + 1, "cursor": 0, "updated_at": now}
    row = tx.execute(update(notices).where(sent).values(**values).returning(notices)).first()
    if row is None:
        raise BadInput("notice.is_sending", number=found.number)
    authority.record(tx, by, "remind_notice", allowed=True, now=now, subject=f"notice {found.id}")
    return read(row)


def _parts(tx: Connection, found: Notice, now: datetime, chunk: int) -> Iterator[Part]:
    meant = _next(tx, found, now, chunk)
    ended = len(meant) < chunk
    old = found.cursor
    for start in range(0, max(len(meant), 1), ROWS_AT_ONCE):
        some = tuple(meant[start : start + ROWS_AT_ONCE])
        new = some[-1].member_id if some else old
        yield Part(found, some, old, new, ended and start + ROWS_AT_ONCE >= len(meant))
        old = new


def _next(tx: Connection, found: Notice, now: datetime, chunk: int) -> list[Meant]:
    if found.round == 0:
        at = found.organisation_id
        return audience.after(tx, found.audience, organisation_id=at, now=now, cursor=found.cursor, chunk=chunk)
    ids = list(tx.execute(_silent(found, found.cursor).limit(chunk)).scalars())
    where = reach(tx, ids, (), now=now).addresses
    return [Meant(one, *where.get(one, (None, None))) for one in ids]


def _silent(found: Notice, cursor: int) -> Any:
    """Who got it (or could not be reached) and has not read it: the ids after the cursor, in order."""
    table = deliveries.c
    tried = or_(
        table.state.in_((Delivery.SENT, Delivery.UNKNOWN, Delivery.FAILED)),
        and_(table.state == Delivery.SKIPPED, table.reason == "no_address"),
    )
    got = exists().where(
        table.notice_id == found.id,
        table.member_id == members.c.id,
        tried,
        table.payload["group"].as_string().is_(None),
    )
    done = receipts.c.acknowledged_at if found.acknowledge else receipts.c.read_at
    read_it = exists().where(receipts.c.notice_id == found.id, receipts.c.member_id == members.c.id, done.is_not(None))
    living = members.c.state == "active"
    return select(members.c.id).where(members.c.id > cursor, living, got, ~read_it).order_by(members.c.id)


def _take(tx: Connection, part: Part, now: datetime) -> bool:
    """Move the cursor; False when another process has, or the notice was stopped or changed."""
    table, about = notices.c, part.notice
    mine = and_(table.id == about.id, table.cursor == part.old, table.round == about.round, table.state.in_(UNDER_WAY))
    values: dict[str, Any] = {"cursor": part.new, "state": State.SENT if part.last else State.SENDING}
    if part.last and about.round == 0:
        values["sent_at"] = now
    return tx.execute(update(notices).where(mine).values(**values)).rowcount == 1


def _rows(tx: Connection, part: Part) -> Iterator[NewDelivery]:
    muted = _muted(tx, part.notice, [one.member_id for one in part.meant])
    for one in part.meant:
        channel, name = one.channel or "none", one.address or str(one.member_id)
        reason = UNSUBSCRIBED if one.member_id in muted else None if one.channel else "no_address"
        yield _row(part.notice, one.member_id, channel, name, {"round": part.notice.round}, reason)


def _row(
    found: Notice, member_id: int, channel: str, address: str, payload: dict[str, Any], skipped: str | None
) -> NewDelivery:  # fmt: skip
    return NewDelivery(
        key=f"notice:{found.id}:{found.round}:{channel}:{address}", member_id=member_id, channel=channel,
        address=address, kind=KIND, payload=payload, notice_id=found.id, priority=PRIORITY, skipped=skipped,
    )  # fmt: skip


def _group_rows(tx: Connection, found: Notice) -> Iterator[NewDelivery]:
    """A group gets the notice once; who has not read it is reminded in person."""
    if found.round == 0:
        for group in groups.reached(tx, found):
            payload = {"round": 0, "group": group.id}
            yield _row(found, group.added_by, group.channel, group.address, payload, None)


def _muted(tx: Connection, found: Notice, ids: Sequence[int]) -> set[int]:
    here = (notice_mutes.c.organisation_id == found.organisation_id) & notice_mutes.c.member_id.in_(ids)
    return set(tx.execute(select(notice_mutes.c.member_id).where(here)).scalars())
