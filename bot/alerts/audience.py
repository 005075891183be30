"""To whom an alert goes: open alerts matched with interests chunk by chunk, and each result written kill-safe.

Whom it surely concerns first; then it is looked through once more for whom it may concern: those have it in a digest.
"""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from bot import interests
from bot.alerts.opening import AlertKind, AlertState, inserting
from bot.alerts.reach import Reach, reach
from bot.db.models import alerts, deliveries, follows, notifications
from bot.deliveries import NewDelivery, enqueue, hours_of
from bot.interests import Asking
from bot.matching import Match, match, maybe
from bot.matching.rules import refused
from bot.matching.terms import net
from bot.notifications import deadline
from bot.notifications.prepared import Prepared, heads, prepared
from bot.notifications.record import family_of
from bot.timing import INSTANT, WEEKLY, Rhythm

ALERTS_AT_ONCE = 20  # planned together: some milliseconds each
ROWS_AT_ONCE = 150  # deliveries in one transaction: it holds the writer for some 30 ms
WORK_OF_ALERT = 4  # moving its cursor and asking for followers costs as much as so many deliveries
URGENT, ROUTINE = 4, 5  # smaller goes first
DAY = timedelta(days=1)
TO_ALL_WHO_HEARD = (AlertKind.CHANGE, AlertKind.WITHDRAWN)
LEFT_OUT = "left_out"  # why a follower does not get a document
MAYBE = "maybe"  # a delivery of what may concern its member; never more than a line of a digest


@dataclass(frozen=True, slots=True)
class Fanned:
    """What one step did; `more` is False when no alert is open any longer."""

    done: int = 0
    queued: int = 0
    skipped: int = 0
    more: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A member whom an alert concerns, by which interest, and why."""

    member_id: int
    interest_id: int
    frequency: str
    why: Match


@dataclass(frozen=True, slots=True)
class Planned:
    """An open alert matched with a chunk of interests: whom it concerns, and where its cursor goes from where."""

    id: int
    kind: AlertKind
    about: Prepared
    old: int
    new: int
    last: bool
    found: tuple[Found, ...]
    state: AlertState = AlertState.OPEN

    @property
    def sifts(self) -> bool:
        return self.state is AlertState.SIFTING

    @property
    def goes_to_all(self) -> bool:
        """Whether it is the end of what is sent: then those follow who heard of the family before."""
        return self.last and not self.sifts

    @property
    def family(self) -> str:
        return family_of(self.about.symbol)


Plan = tuple[tuple[Planned, ...], ...]  # what is written in one transaction each


@dataclass(frozen=True, slots=True)
class Pace:
    """When digests come unless a member chose, and how few days are left of what does not wait for one."""

    rhythm: Rhythm
    urgent_days: int


PACE = Pace(Rhythm(), urgent_days=7)


@dataclass(slots=True)
class _Batch:
    rows: list[NewDelivery] = field(default_factory=list)
    follows: list[dict[str, Any]] = field(default_factory=list)


_OPEN = (
    select(alerts).where(alerts.c.state == bindparam("state")).order_by(alerts.c.cursor.desc(), alerts.c.id)
)  # fmt: skip
_MOVE = update(alerts).where(
    alerts.c.id == bindparam("row_id"), alerts.c.cursor == bindparam("old"), alerts.c.state == bindparam("was")
)


def plan(tx: Connection, *, now: datetime, chunk: int, most: int = ALERTS_AT_ONCE) -> Plan:
    """Match some open alerts each with the next interests that it can concern; () when no alert is open. Reads only,
    so that nobody waits for it; give each part to `write`."""
    rows = _next_alerts(tx, most)
    about = _about(tx, {row.notification_id for row in rows})
    planned = [_plan(tx, row, about[row.notification_id], today=now.date(), chunk=chunk) for row in rows]
    return tuple(_parts(planned)) if planned else ()


def write(tx: Connection, part: Sequence[Planned], *, now: datetime, pace: Pace = PACE) -> Fanned:
    """Write the deliveries of some planned alerts and move their cursors, in one transaction.

    After a kill the same chunk is planned again, and unique keys keep it single. An alert whose cursor another
    process has moved meanwhile is left to it.
    """
    mine = [one for one in part if _take(tx, one, now=now)]
    members = {found.member_id for one in mine for found in one.found}
    to = reach(tx, members, {one.family for one in mine}, now=now)
    urgent = _urgent(tx, mine, today=now.date(), soon=now.date() + pace.urgent_days * DAY)
    written = _Batch()
    for one in mine:
        if one.sifts:
            _write_maybes(tx, written, one, to, pace.rhythm)
        else:
            _write(written, one, to, now, None if one.id in urgent else pace.rhythm)
    _write_followers(tx, written, [one for one in mine if one.goes_to_all], now, urgent, pace.rhythm)
    queued = enqueue(tx, written.rows, now=now)
    _follow_all(tx, written.follows)
    skipped = sum(1 for row in written.rows if row.skipped)
    return Fanned(sum(one.goes_to_all for one in mine), max(0, queued - skipped), skipped, more=True)


def _urgent(tx: Connection, mine: Sequence[Planned], *, today: date, soon: date) -> set[int]:
    """The alerts that wait for no digest: a withdrawal, an emergency, comments that close within days."""
    families = {one.family for one in mine}
    closing = notifications.c.family.in_(families) & notifications.c.comment_deadline.between(today, soon)
    near = tx.execute(select(notifications.c.family).where(closing).distinct()).scalars().all()
    # What the newest document says counts: an addendum that names another day leaves the old one where it stood.
    pressing = {family for family in near if (day := deadline(tx, family)) and today <= day <= soon}
    return {one.id for one in mine if _is_pressing(one) or one.family in pressing}


def step(tx: Connection, *, now: datetime, chunk: int) -> Fanned:
    """Plan and write at once, for those who have only one transaction."""
    while interests.catch_up(tx):
        pass
    parts = plan(tx, now=now, chunk=chunk, most=20)
    if not parts:
        return Fanned()
    return write(tx, [one for part in parts for one in part], now=now)


def follow(tx: Connection, member_id: int, symbol: str, *, now: datetime) -> None:
    """Later parts of this family go to the member, whatever the interests say; undoes a mute."""
    _set_follow(tx, member_id, symbol, "active", now)


def mute(tx: Connection, member_id: int, symbol: str, *, now: datetime) -> None:
    """ "Not mine": nothing more of this family goes to the member, even when an interest matches."""
    _set_follow(tx, member_id, symbol, "muted", now)


def _set_follow(tx: Connection, member_id: int, symbol: str, state: str, now: datetime) -> None:
    row = {"member_id": member_id, "family": family_of(symbol), "state": state, "created_at": now}
    statement = inserting(tx, follows).on_conflict_do_update(
        index_elements=["member_id", "family"], set_={"state": state}
    )
    tx.execute(statement, row)


def _follow_all(tx: Connection, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        anew = {"index_elements": ["member_id", "family"], "set_": {"state": "active"}}
        ended = follows.c.state == interests.ENDED
        tx.execute(inserting(tx, follows).on_conflict_do_update(**anew, where=ended), list(rows))


def _next_alerts(tx: Connection, most: int) -> list[Row[Any]]:
    """Open alerts, those that are furthest first, so that each is finished soon; then those to be sifted."""
    rows: list[Row[Any]] = []
    for state in (AlertState.OPEN, AlertState.SIFTING):
        rows = rows or list(tx.execute(_OPEN.limit(most), {"state": state}).all())
    return rows


def _about(tx: Connection, ids: Iterable[int]) -> dict[int, Prepared]:
    rows = tx.execute(heads(notifications.c.id.in_(list(ids)))).all()
    return {one.id: one for one in prepared(tx, rows)}


def _plan(tx: Connection, row: Row[Any], about: Prepared, *, today: date, chunk: int) -> Planned:
    kind, state = AlertKind(row.kind), AlertState(row.state)
    if kind is AlertKind.CHANGE and not row.detail.get("widened"):
        return Planned(row.id, kind, about, row.cursor, row.cursor, True, ())
    loose = state is AlertState.SIFTING
    by = net(about.notice, loose=loose)
    wanted, go_on = interests.concerned(tx, by, row.cursor, today=today, chunk=chunk)
    found = tuple(_best(wanted, about, loose=loose))
    return Planned(row.id, kind, about, row.cursor, go_on or row.cursor, go_on is None, found, state)


def _best(wanted: Sequence[Asking], about: Prepared, *, loose: bool) -> Iterator[Found]:
    """The best match of each member among these interests."""
    best: dict[int, tuple[Asking, Match]] = {}
    judge, notice = (maybe if loose else match), about.notice.remembering()
    for one in wanted:
        why = judge(one.profile, notice)
        if why and (one.member_id not in best or why.score > best[one.member_id][1].score):
            best[one.member_id] = (one, why)
    for member_id, (interest, why) in best.items():
        yield Found(member_id, interest.id, interest.frequency, why)


def _parts(planned: Sequence[Planned]) -> Iterator[tuple[Planned, ...]]:
    part: list[Planned] = []
    for one in planned:
        if part and sum(WORK_OF_ALERT + len(other.found) for other in (*part, one)) > ROWS_AT_ONCE:
            yield tuple(part)
            part = []
        part.append(one)
    yield tuple(part)


def _take(tx: Connection, one: Planned, *, now: datetime) -> bool:
    """Move an alert's cursor; False when another process has moved it meanwhile."""
    values: dict[str, Any] = {"cursor": one.new}
    if one.last and one.kind is AlertKind.NEW and not one.sifts:
        values = {"cursor": 0, "state": AlertState.SIFTING}
    elif one.last:
        values |= {"state": AlertState.DONE, "done_at": now}
    return tx.execute(_MOVE.values(values), {"row_id": one.id, "old": one.old, "was": one.state}).rowcount == 1


def _write(into: _Batch, one: Planned, to: Reach, now: datetime, rhythm: Rhythm | None) -> None:
    for found in one.found:
        payload = {
            "reasons": [reason.to_json() for reason in found.why.reasons[:3]], "markets": list(found.why.markets)
        }  # fmt: skip
        mine = rhythm and replace(rhythm, frequency=found.frequency)
        into.rows.append(_delivery(one, found.member_id, to, payload, found.interest_id, mine))
        into.follows.append({"member_id": found.member_id, "family": one.family, "state": "active", "created_at": now})


def _write_maybes(tx: Connection, into: _Batch, one: Planned, to: Reach, rhythm: Rhythm) -> None:
    """Whom it may concern and who has not got it anyway: for their digest, once a week unless they have one sooner."""
    served = set(tx.execute(select(deliveries.c.member_id).where(deliveries.c.alert_id == one.id)).scalars())
    for found in one.found:
        if found.member_id not in served:
            payload = {"reasons": [found.why.reasons[0].to_json()], "markets": list(found.why.markets)}
            mine = replace(rhythm, frequency=unsure(found.frequency))
            row = _delivery(one, found.member_id, to, payload, found.interest_id, mine)
            into.rows.append(replace(row, key=f"{MAYBE}:{one.id}:{found.member_id}", kind=MAYBE))


def unsure(frequency: str) -> str:
    """How often that comes which only may concern a member: nobody is interrupted for it."""
    return WEEKLY if frequency == INSTANT else frequency


def _write_followers(
    tx: Connection, into: _Batch, done: Sequence[Planned], now: datetime, urgent: Container[int], rhythm: Rhythm
) -> None:
    """Those who heard of the family before hear of its later parts, changes and withdrawals."""
    for one in done:
        if one.kind not in TO_ALL_WHO_HEARD and one.about.symbol == one.family:
            continue
        members = _followers(tx, one) - {row.member_id for row in into.rows if row.alert_id == one.id}
        to = reach(tx, members, {one.family}, now=now)
        hours = {} if one.id in urgent else hours_of(tx, members)
        spared = _left_out(tx, one)
        for member_id in sorted(members):
            mine = replace(rhythm, frequency=hours[member_id].frequency) if member_id in hours else None
            row = _delivery(one, member_id, to, {"followed": True}, None, mine)
            into.rows.append(replace(row, skipped=row.skipped or LEFT_OUT) if member_id in spared else row)


def _left_out(tx: Connection, one: Planned) -> set[int]:
    """Who heard of the family only by interests that leave this document of it out. That one of them was taken back
    is told all the same."""
    if one.kind is AlertKind.WITHDRAWN:
        return set()
    notice, left_out = one.about.notice.remembering(), dict[int, bool]()
    for wanted in interests.that_brought(tx, one.family):
        left_out[wanted.member_id] = left_out.get(wanted.member_id, True) and bool(refused(wanted.profile, notice))
    return {member_id for member_id, every in left_out.items() if every}


def _followers(tx: Connection, one: Planned) -> set[int]:
    following = select(follows.c.member_id).where(follows.c.family == one.family, follows.c.state == "active")
    heard = (
        select(deliveries.c.member_id)
        .join(alerts, alerts.c.id == deliveries.c.alert_id)
        .join(notifications, notifications.c.id == alerts.c.notification_id)
        .where(
            notifications.c.family == one.family,
            alerts.c.id != one.id,
            deliveries.c.state != "skipped",
            deliveries.c.kind != MAYBE,
        )
    )
    ended = select(follows.c.member_id).where(follows.c.family == one.family, follows.c.state == interests.ENDED)
    served = select(deliveries.c.member_id).where(deliveries.c.alert_id == one.id)
    return set(tx.execute(following.union(heard)).scalars()) - set(tx.execute(served.union(ended)).scalars())


def _delivery(
    one: Planned, member_id: int, to: Reach, payload: dict[str, Any], interest_id: int | None, rhythm: Rhythm | None
) -> NewDelivery:
    """`rhythm` None: it is urgent, goes before the others and waits for no digest."""
    address = to.address(member_id)
    channel, name = address or ("none", str(member_id))
    skipped = to.skip_reason(member_id, one.family) or (None if address else "no_address")
    return NewDelivery(
        key=f"alert:{one.id}:{channel}:{name}", member_id=member_id, channel=channel, address=name, payload=payload,
        alert_id=one.id, interest_id=interest_id, priority=ROUTINE if rhythm else URGENT, skipped=skipped,
        rhythm=rhythm,
    )  # fmt: skip


def _is_pressing(one: Planned) -> bool:
    return one.kind is AlertKind.WITHDRAWN or one.about.notice.type == "emergency"
