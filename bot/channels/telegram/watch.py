"""How well we hear: when we last did, what waits, which numbers never came, and when we were away."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.channels.telegram.updates import CHANNEL
from bot.db.engine import AnyRow
from bot.db.models import channel_gaps, channel_states, keyboards, sent_messages, telegram_updates

# Telegram keeps a press on a button for 150 s and a message for a day (tdlib/telegram-bot-api, Client.cpp).
OUTAGE_SECONDS = 150
FORGOTTEN_SECONDS = 86_400
WEEK = timedelta(days=7)  # after a week without an update Telegram goes on with any number
SETTLED = timedelta(seconds=200)  # what a webhook has not brought by then does not come any more
LOOKED_BACK = timedelta(hours=1)
KEPT_UPDATES, KEPT_SENT, KEPT_KEYBOARDS = timedelta(days=9), timedelta(days=3), timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Number:
    """An update that came, and when."""

    id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Hole:
    """Updates that never came."""

    first: int
    last: int

    @property
    def missing(self) -> int:
        return self.last - self.first + 1


def holes(numbers: Sequence[Number]) -> Iterator[Hole]:
    """What is missing between these, which are in the order of their numbers; a week of silence explains any jump."""
    for before, after in pairwise(numbers):
        if after.id - before.id > 1 and abs(after.at - before.at) < WEEK:
            yield Hole(before.id + 1, after.id - 1)


def newest(tx: Connection, *, before: datetime | None = None) -> Number | None:
    at, number = telegram_updates.c.received_at, telegram_updates.c.update_id
    query = select(telegram_updates) if before is None else select(telegram_updates).where(at <= before)
    row = tx.execute(query.order_by(at.desc(), number.desc()).limit(1)).first()
    return Number(row.update_id, row.received_at) if row else None


def note_holes(tx: Connection, found: Sequence[Hole], *, now: datetime) -> None:
    for hole in found:
        note(tx, "jump", f"{hole.first}-{hole.last}", now=now, missing=hole.missing)


def settled_holes(tx: Connection, *, now: datetime) -> list[Hole]:
    """With a webhook updates may overtake one another: what has been missing for long is missing."""
    since = now - LOOKED_BACK
    rows = tx.execute(select(telegram_updates).where(telegram_updates.c.received_at > since)).all()
    last = newest(tx, before=since)  # however long ago: what comes after an outage is compared with it
    numbers = sorted([Number(row.update_id, row.received_at) for row in rows] + ([last] if last else []), key=_id)
    old = {one.id for one in numbers if one.at < now - SETTLED}
    return [hole for hole in holes(numbers) if hole.last + 1 in old]


def _id(number: Number) -> int:
    return number.id


def note(
    tx: Connection, kind: str, key: str, *, now: datetime, missing: int = 0, seconds: float = 0.0
) -> None:  # fmt: skip
    """Write a gap down, once."""
    values = {"channel": CHANNEL, "kind": kind, "key": f"{kind}:{key}", "missing": missing, "seconds": seconds}
    tx.execute(_insert(tx, channel_gaps).values(**values, seen_at=now).on_conflict_do_nothing())


def heard(tx: Connection, data: dict[str, Any], *, now: datetime, at: float) -> None:
    """We hear Telegram. A silence before that is an outage, in which presses were lost."""
    row = state(tx)
    if row is not None and at - row.at > OUTAGE_SECONDS:
        note(tx, "outage", f"{row.at:.3f}", now=now, seconds=at - row.at)
    _put(tx, {**(row.data if row else {}), **data, "problem": None}, at)


def trouble(tx: Connection, key: str, values: dict[str, Any], *, at: float) -> None:
    """Something stands in the way; `key` is the sentence that says what."""
    row = state(tx)
    data = {**(row.data if row else {}), "problem": key, "values": values}
    _put(tx, data, row.at if row else at)


def know(tx: Connection, more: dict[str, Any], *, at: float) -> None:
    """Add to what is known, without having heard anything new."""
    row = state(tx)
    _put(tx, {**(row.data if row else {}), **more}, row.at if row else at)


def state(tx: Connection) -> AnyRow | None:
    return tx.execute(select(channel_states).where(channel_states.c.channel == CHANNEL)).first()


def _put(tx: Connection, data: dict[str, Any], at: float) -> None:
    values = {"channel": CHANNEL, "data": data, "at": at}
    tx.execute(
        _insert(tx, channel_states)
        .values(**values)
        .on_conflict_do_update(index_elements=["channel"], set_={"data": data, "at": at})
    )


def _insert(tx: Connection, table: Any) -> Any:
    return (postgresql if tx.dialect.name == "postgresql" else sqlite).insert(table)


def unasked(tx: Connection) -> Sequence[AnyRow]:
    """Outages after which the open questions have not been asked again yet: id, seconds, and when they ended."""
    here = (channel_gaps.c.channel == CHANNEL) & (channel_gaps.c.kind == "outage")
    query = select(channel_gaps.c.id, channel_gaps.c.seconds, channel_gaps.c.seen_at)
    return tx.execute(query.where(here, channel_gaps.c.asked_again_at.is_(None))).all()


def asked_again(tx: Connection, gap_ids: Sequence[int], *, now: datetime) -> None:
    tx.execute(update(channel_gaps).where(channel_gaps.c.id.in_(gap_ids)).values(asked_again_at=now))


def counts(tx: Connection, *, at: float) -> dict[str, float]:
    """For /metrics: seconds since we last heard, updates that wait, updates that never came, outages."""
    row = state(tx)
    if row is None:
        return {}
    jumps = select(func.coalesce(func.sum(channel_gaps.c.missing), 0)).where(channel_gaps.c.kind == "jump")
    outages = select(func.count()).where(channel_gaps.c.kind == "outage")
    return {
        "last_heard_seconds": max(0.0, at - row.at),
        "pending_updates": float(row.data.get("pending") or 0),
        "missing_updates": float(tx.execute(jumps.where(channel_gaps.c.channel == CHANNEL)).scalar_one()),
        "outages": float(tx.execute(outages.where(channel_gaps.c.channel == CHANNEL)).scalar_one()),
        "trouble": float(bool(row.data.get("problem"))),
    }


def forget(tx: Connection, *, now: datetime) -> None:
    """Drop what nobody will ask for any more. The newest update always stays, for the next one to be compared with."""
    last = newest(tx)
    old = telegram_updates.c.received_at < now - KEPT_UPDATES
    tx.execute(delete(telegram_updates).where(old, telegram_updates.c.update_id != (last.id if last else 0)))
    tx.execute(delete(sent_messages).where(sent_messages.c.channel == CHANNEL, sent_messages.c.at < now - KEPT_SENT))
    tx.execute(delete(keyboards).where(keyboards.c.channel == CHANNEL, keyboards.c.created_at < now - KEPT_KEYBOARDS))
