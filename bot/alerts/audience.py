"""To whom an alert goes: open alerts matched with interests chunk by chunk, each step one kill-safe transaction."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from bot import interests
from bot.alerts.opening import AlertKind, AlertState, inserting
from bot.alerts.reach import Reach, reach
from bot.db.models import alerts, deliveries, follows, notifications
from bot.deliveries import NewDelivery, enqueue
from bot.interests import Interest
from bot.matching import Match, Notice, match, notice
from bot.notifications import Notification, records_of
from bot.notifications.record import family_of
from bot.notifications.store import SELECTED, read
from nlu import markets, symbols

ALERTS_AT_ONCE = 20  # with a chunk of 500 interests a step holds the writer for some 120 ms
TO_ALL_WHO_HEARD = (AlertKind.CHANGE, AlertKind.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Fanned:
    """What one step did; `more` is False when no alert is open any longer."""

    done: int = 0
    queued: int = 0
    skipped: int = 0
    more: bool = False


@dataclass(frozen=True, slots=True)
class _Open:
    """An open alert with its notification prepared for matching."""

    id: int
    kind: AlertKind
    cursor: int
    detail: Mapping[str, Any]
    about: Notification
    prepared: Notice
    looks_at_interests: bool


@dataclass(slots=True)
class _Batch:
    rows: list[NewDelivery] = field(default_factory=list)
    follows: list[dict[str, Any]] = field(default_factory=list)


_OPEN = (
    select(alerts)
    .where(alerts.c.state == AlertState.OPEN)
    .order_by(alerts.c.cursor.desc(), alerts.c.id)
    .limit(ALERTS_AT_ONCE)
)
_MOVE = update(alerts).where(
    alerts.c.id == bindparam("row_id"), alerts.c.cursor == bindparam("old"), alerts.c.state == AlertState.OPEN
)


def step(tx: Connection, *, now: datetime, chunk: int) -> Fanned:
    """Match some open alerts with the next chunk of interests, write their deliveries and move their cursors.

    All of it is one transaction: after a kill the same chunk is done again, and unique keys keep it single.
    """
    batch = _next_alerts(tx)
    if not batch:
        return Fanned()
    wanted = interests.after(tx, batch[0].cursor, today=now.date(), chunk=chunk)
    last = len(wanted) < chunk
    cursor = wanted[-1].id if wanted else batch[0].cursor
    mine = [one for one in batch if _take(tx, one, cursor, done=last, now=now)]
    to = reach(tx, {interest.member_id for interest in wanted}, {one.about.family for one in mine}, now=now)
    written = _Batch()
    for one in mine:
        _write(written, one, _matched(one, wanted), to, now)
    if last:
        _write_followers(tx, written, mine, now)
    queued = enqueue(tx, written.rows, now=now)
    _follow_all(tx, written.follows)
    skipped = sum(1 for row in written.rows if row.skipped)
    return Fanned(len(mine) if last else 0, max(0, queued - skipped), skipped, more=True)


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
        tx.execute(inserting(tx, follows).on_conflict_do_nothing(index_elements=["member_id", "family"]), list(rows))


def _next_alerts(tx: Connection) -> list[_Open]:
    """Open alerts at one and the same cursor: those that are furthest first, so that each is finished soon."""
    rows = tx.execute(_OPEN).all()
    together = [row for row in rows if row.cursor == rows[0].cursor]
    about = _notifications(tx, {row.notification_id for row in together})
    return [_open(tx, row, about[row.notification_id]) for row in together]


def _notifications(tx: Connection, ids: Iterable[int]) -> dict[int, Notification]:
    found = (read(row) for row in tx.execute(SELECTED.where(notifications.c.id.in_(list(ids)))))
    return {one.id: one for one in found}


def _open(tx: Connection, row: Row[Any], about: Notification) -> _Open:
    above = records_of(tx, about.symbol)[1:] if about.symbol != about.family else []
    prepared = notice(about.record, above=above, also=_joint_markets(about.record))
    kind = AlertKind(row.kind)
    looks = kind is not AlertKind.CHANGE or bool(row.detail.get("widened"))
    return _Open(row.id, kind, row.cursor, row.detail, about, prepared, looks)


def _joint_markets(record: Mapping[str, Any]) -> Iterator[str]:
    for name in record.get("joint", ()):
        symbol = symbols.parse(name)
        code = markets.from_symbol_code(symbol.member) if symbol else None
        if code:
            yield code


def _take(tx: Connection, one: _Open, cursor: int, *, done: bool, now: datetime) -> bool:
    """Move an alert's cursor; False when another process has moved it meanwhile."""
    values: dict[str, Any] = {"cursor": cursor}
    if done:
        values |= {"state": AlertState.DONE, "done_at": now}
    return tx.execute(_MOVE.values(values), {"row_id": one.id, "old": one.cursor}).rowcount == 1


def _matched(one: _Open, wanted: Sequence[Interest]) -> dict[int, tuple[Interest, Match]]:
    """The best match of each member among these interests."""
    best: dict[int, tuple[Interest, Match]] = {}
    for interest in wanted if one.looks_at_interests else ():
        why = match(interest.profile, one.prepared)
        known = best.get(interest.member_id)
        if why and (known is None or why.score > known[1].score):
            best[interest.member_id] = (interest, why)
    return best


def _write(into: _Batch, one: _Open, found: Mapping[int, tuple[Interest, Match]], to: Reach, now: datetime) -> None:
    for member_id, (interest, why) in found.items():
        payload = {"reasons": [reason.to_json() for reason in why.reasons[:3]], "markets": list(why.markets)}
        if interest.wanted.frequency != "instant":
            payload["frequency"] = interest.wanted.frequency
        into.rows.append(_delivery(one, member_id, to, payload, interest.id))
        into.follows.append({"member_id": member_id, "family": one.about.family, "state": "active", "created_at": now})


def _write_followers(tx: Connection, into: _Batch, done: Sequence[_Open], now: datetime) -> None:
    """Those who heard of the family before hear of its later parts, changes and withdrawals."""
    for one in done:
        if one.kind not in TO_ALL_WHO_HEARD and one.about.symbol == one.about.family:
            continue
        members = _followers(tx, one) - {row.member_id for row in into.rows if row.alert_id == one.id}
        to = reach(tx, members, {one.about.family}, now=now)
        into.rows += [_delivery(one, member_id, to, {"followed": True}, None) for member_id in sorted(members)]


def _followers(tx: Connection, one: _Open) -> set[int]:
    following = select(follows.c.member_id).where(follows.c.family == one.about.family, follows.c.state == "active")
    heard = (
        select(deliveries.c.member_id)
        .join(alerts, alerts.c.id == deliveries.c.alert_id)
        .join(notifications, notifications.c.id == alerts.c.notification_id)
        .where(notifications.c.family == one.about.family, alerts.c.id != one.id, deliveries.c.state != "skipped")
    )
    served = select(deliveries.c.member_id).where(deliveries.c.alert_id == one.id)
    return set(tx.execute(following.union(heard)).scalars()) - set(tx.execute(served).scalars())


def _delivery(one: _Open, member_id: int, to: Reach, payload: dict[str, Any], interest_id: int | None) -> NewDelivery:
    address = to.address(member_id)
    channel, name = address or ("none", str(member_id))
    skipped = to.skip_reason(member_id, one.about.family) or (None if address else "no_address")
    return NewDelivery(
        key=f"alert:{one.id}:{channel}:{name}", member_id=member_id, channel=channel, address=name, payload=payload,
        alert_id=one.id, interest_id=interest_id, priority=_priority(one), skipped=skipped,
    )  # fmt: skip


def _priority(one: _Open) -> int:
    return 4 if one.kind is AlertKind.WITHDRAWN or one.about.record["type"] == "emergency" else 5
