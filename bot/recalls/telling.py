"""To whom a recall goes: open ones matched with interests chunk by chunk, and each result written kill-safe."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select, update

from bot import interests
from bot.alerts.reach import Reach, reach
from bot.db.models import deliveries, members, recalls
from bot.deliveries import NewDelivery, enqueue
from bot.interests import Asking
from bot.matching import Match, match
from bot.matching.terms import net
from bot.recalls.noticed import noticed
from bot.recalls.record import Kind
from bot.recalls.store import Recall, State, read
from bot.timing import Rhythm, at_most_daily

KIND = "recall"  # of a delivery
RECALLS_OFF = "recalls_off"
URGENT, ROUTINE = 4, 5  # smaller goes first
SLICE = 500  # SQLite takes some thousand parameters at most
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Tempo:
    """When digests come, whose goods are told of at once, and how many a day at most."""

    rhythm: Rhythm
    home: str
    instant_a_day: int


@dataclass(frozen=True, slots=True)
class Found:
    """A member whom a recall concerns, by which interest, and why."""

    member_id: int
    interest: Asking
    why: Match


@dataclass(frozen=True, slots=True)
class Planned:
    """An open recall matched with a chunk of interests, and where its cursor goes from where."""

    recall: Recall
    alike: str
    old: int
    new: int
    last: bool
    found: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What one step wrote."""

    done: int = 0
    queued: int = 0
    skipped: int = 0


def plan(tx: Connection, *, now: datetime, chunk: int) -> Planned | None:
    """The next open recall with those of some interests that it concerns. Reads only; give it to `write`."""
    query = select(recalls).where(recalls.c.state == State.OPEN).order_by(recalls.c.cursor.desc(), recalls.c.id)
    row = tx.execute(query.limit(1)).first()
    if row is None:
        return None
    about = noticed(row.record)
    wanted, go_on = interests.concerned(tx, net(about), row.cursor, today=now.date(), chunk=chunk)
    best: dict[int, Found] = {}
    judged = about.remembering()
    for one in wanted:
        why = match(one.profile, judged)
        if why and (one.member_id not in best or why.score > best[one.member_id].why.score):
            best[one.member_id] = Found(one.member_id, one, why)
    return Planned(read(row), row.alike, row.cursor, go_on or row.cursor, go_on is None, tuple(best.values()))


def write(tx: Connection, one: Planned, *, now: datetime, tempo: Tempo) -> Told:
    """Write the deliveries and move the cursor in one transaction. After a kill the same chunk is planned again, and
    unique keys keep it single; a recall whose cursor another process has moved meanwhile is left to it."""
    if not _take(tx, one, now):
        return Told()
    who = sorted({found.member_id for found in one.found})
    to, off = reach(tx, who, (), now=now), _unwilling(tx, who)
    full = _had_enough(tx, who, since=now - DAY, most=tempo.instant_a_day) if _presses(one.recall, tempo) else set(who)
    rows = [_delivery(one, found, to, off, full, tempo) for found in one.found]
    queued = enqueue(tx, rows, now=now)
    skipped = sum(1 for row in rows if row.skipped)
    return Told(int(one.last), max(0, queued - skipped), skipped)


def step(tx: Connection, *, now: datetime, chunk: int, tempo: Tempo) -> Told | None:
    """Plan and write at once, for those who have only one transaction; None when no recall is open any longer."""
    while interests.catch_up(tx):
        pass
    planned = plan(tx, now=now, chunk=chunk)
    return write(tx, planned, now=now, tempo=tempo) if planned else None


def unwanted(tx: Connection, member_id: int) -> str | None:
    """Why a recall must not go to a member any more."""
    wants = tx.execute(select(members.c.recalls).where(members.c.id == member_id)).scalar()
    return None if wants else RECALLS_OFF


def choose(tx: Connection, member_id: int, *, wanted: bool) -> None:
    """Whether a member hears of recalls and refusals."""
    tx.execute(update(members).where(members.c.id == member_id).values(recalls=wanted))


def _presses(one: Recall, tempo: Tempo) -> bool:
    """Goods from home that a border turned back: the next consignment may be on its way."""
    return one.kind is Kind.REFUSAL and tempo.home in one.origin


def _take(tx: Connection, one: Planned, now: datetime) -> bool:
    mine = (recalls.c.id == one.recall.id) & (recalls.c.cursor == one.old) & (recalls.c.state == State.OPEN)
    values: dict[str, Any] = {"state": State.DONE, "done_at": now} if one.last else {"cursor": one.new}
    return tx.execute(update(recalls).where(mine).values(**values)).rowcount == 1


def _unwilling(tx: Connection, who: Sequence[int]) -> set[int]:
    found: set[int] = set()
    for part in _slices(who):
        said = select(members.c.id).where(members.c.id.in_(part), members.c.recalls.is_(False))
        found |= set(tx.execute(said).scalars())
    return found


def _had_enough(tx: Connection, who: Sequence[int], *, since: datetime, most: int) -> set[int]:
    """Who was told of so many at once already."""
    found: set[int] = set()
    for part in _slices(who):
        at_once = (deliveries.c.kind == KIND) & (deliveries.c.priority == URGENT) & (deliveries.c.created_at > since)
        counted = (
            select(deliveries.c.member_id, func.count().label("n"))
            .where(deliveries.c.member_id.in_(part), at_once, deliveries.c.state != "skipped")
            .group_by(deliveries.c.member_id)
        )
        found |= {row.member_id for row in tx.execute(counted) if row.n >= most}
    return set(who) if most == 0 else found


def _slices(who: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(who), SLICE):
        yield who[start : start + SLICE]


def _delivery(
    one: Planned, found: Found, to: Reach, off: Collection[int], full: Collection[int], tempo: Tempo
) -> NewDelivery:  # fmt: skip
    address = to.address(found.member_id)
    channel, name = address or ("none", str(found.member_id))
    skipped = RECALLS_OFF if found.member_id in off else to.skip_reason(found.member_id, "")
    rhythm = replace(tempo.rhythm, frequency=at_most_daily(found.interest.frequency))
    waits = found.member_id in full
    return NewDelivery(
        key=f"recall:{one.alike}:{found.member_id}", member_id=found.member_id, channel=channel, address=name,
        kind=KIND, recall_id=one.recall.id, interest_id=found.interest.id, priority=ROUTINE if waits else URGENT,
        payload={"reasons": [reason.to_json() for reason in found.why.reasons[:3]], "markets": list(found.why.markets)},
        skipped=skipped or (None if address else "no_address"), rhythm=rhythm if waits else None,
    )  # fmt: skip
