"""When one address fails, the message goes to the member's next one, with a row of its own that says so.

Only what was certainly not delivered: a send whose fate is unknown may have arrived, and nobody gets it twice for that.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, select, update

from bot import deliveries
from bot.alerts.reach import order
from bot.db.engine import AnyRow
from bot.db.models import addresses, groups
from bot.db.models import deliveries as table
from bot.deliveries import Claimed, NewDelivery, State, enqueue
from bot.ports import Gone, Outcome

# Other kinds belong to the chat that they were written for: a question asked again, a code for this very address.
GOES_ON = ("alert", "recall", "digest", "survey", "notice", "ticket", "text")
GONE = "address_gone"  # why what was queued for an address that failed meanwhile is not sent there
Place = tuple[str, str]  # channel and address


def settle(
    tx: Connection, claimed: Claimed, outcome: Outcome, *, now: datetime, max_attempts: int, jitter: float = 0.0
) -> State | None:
    """Write what came of the send; what failed for good goes on to the next address, in the same transaction."""
    group = _group(tx, claimed.row) if isinstance(outcome, Gone) else None
    state = deliveries.settle(tx, claimed, outcome, now=now, max_attempts=max_attempts, jitter=jitter)
    if state is State.FAILED and group is not None:
        _tell_who_connected(tx, group, now=now)
    if state is State.FAILED:
        go_on(tx, claimed.row, now=now)
    return state


def _group(tx: Connection, row: AnyRow) -> AnyRow | None:
    """The group that this message was for, if one is connected there."""
    here = (groups.c.channel == row.channel) & (groups.c.address == row.address) & (groups.c.state == "active")
    return tx.execute(select(groups).where(here)).first()


def _tell_who_connected(tx: Connection, group: AnyRow, *, now: datetime) -> None:
    """A group that takes nothing any more is told to the member who connected it: only they can mend that."""
    places = order(tx, group.added_by) if group.added_by else []
    if places:
        key = f"group-lost:{group.id}:{now.isoformat()}"
        told = NewDelivery(key, group.added_by, *places[0], kind="text", payload={"key": "notice.group_lost"})
        enqueue(tx, [told], now=now)


def skip(tx: Connection, claimed: Claimed, reason: str, *, now: datetime) -> None:
    """Do not send after all; what was queued for an address that has failed since goes to the next one."""
    if deliveries.skip(tx, claimed, reason, now=now) and reason == GONE:
        go_on(tx, claimed.row, now=now)


def following(wanted: Sequence[Place], tried: Collection[Place]) -> Place | None:
    """The first of the member's addresses that was not tried yet."""
    return next((one for one in wanted if one not in tried), None)


def go_on(tx: Connection, row: AnyRow, *, now: datetime) -> bool:
    """Queue the message for the member's next address; False when there is none, or it is of no use elsewhere."""
    tried = _tried(tx, row)
    if row.kind not in GOES_ON or not _is_own(tx, row):
        return False
    there = following(order(tx, row.member_id), tried)
    if there is None:
        return False
    again = NewDelivery(
        f"instead:{row.id}", row.member_id, *there, kind=row.kind, payload=row.payload, alert_id=row.alert_id,
        interest_id=row.interest_id, survey_id=row.survey_id, notice_id=row.notice_id, recall_id=row.recall_id,
        priority=row.priority, instead_of=row.id,
    )  # fmt: skip
    enqueue(tx, [again], now=now)
    if row.kind == deliveries.DIGEST:
        _take_along(tx, row, again)
    return True


def _tried(tx: Connection, row: AnyRow) -> set[Place]:
    """Where this message was tried before: the row and those that it stands for."""
    tried, above = {(row.channel, row.address)}, row.instead_of
    while above is not None:
        earlier = tx.execute(select(table.c.channel, table.c.address, table.c.instead_of).where(table.c.id == above))
        one = earlier.one()
        tried.add((one.channel, one.address))
        above = one.instead_of
    return tried


def _is_own(tx: Connection, row: AnyRow) -> bool:
    """Is it the member's own address? A group's message is the group's, and a code is for the address it names."""
    here = (addresses.c.channel == row.channel) & (addresses.c.address == row.address)
    owner = tx.execute(select(addresses.c.member_id).where(here)).scalar()
    return bool(owner == row.member_id)


def _take_along(tx: Connection, digest: AnyRow, again: NewDelivery) -> None:
    """What was to come in the digest comes in the new one, to where that goes."""
    made = tx.execute(select(table.c.id).where(table.c.key == again.key)).scalar_one()
    missed = (table.c.state == State.FAILED) | ((table.c.state == State.SKIPPED) & (table.c.reason == GONE))
    mine = (table.c.digest_id == digest.id) & missed
    there = {"channel": again.channel, "address": again.address}
    held = {"digest_id": made, "state": State.HELD, "settled_at": None, **there}
    tx.execute(update(table).where(mine).values(**held))
