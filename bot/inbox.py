"""The durable inbox: every message is committed here before anyone is told that it arrived.

received -> handled (the turn's events are stored, with its replies) -> replied (the channel has the replies).
After a crash, what is not handled is handled again, and what is handled but not replied is sent from the store.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.db.engine import AnyRow
from bot.db.models import inbox
from bot.messages import Inbound, Reply

FIELDS = (
    inbox.c.id,
    inbox.c.message,
    inbox.c.attempts,
    inbox.c.handled_at,
    inbox.c.replied_at,
    inbox.c.replies,
    inbox.c.failure,
    inbox.c.reference,
)
_BY_KEY = select(*FIELDS).where(
    inbox.c.channel == bindparam("channel"), inbox.c.sender == bindparam("sender"), inbox.c.key == bindparam("key")
)
_BY_ID = select(*FIELDS).where(inbox.c.id == bindparam("row"))
_START = update(inbox).where(inbox.c.id == bindparam("row")).values(attempts=inbox.c.attempts + 1)
_HANDLED = update(inbox).where(inbox.c.id == bindparam("row"), inbox.c.handled_at.is_(None))
_REPLIED = update(inbox).where(inbox.c.id == bindparam("row")).values(replied_at=bindparam("at"))
_INSERTS = {
    name: dialect.insert(inbox)
    .on_conflict_do_nothing(index_elements=["channel", "sender", "key"])
    .returning(inbox.c.id)
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}


@dataclass(frozen=True, slots=True)
class Received:
    """A message as it stands in the inbox."""

    id: int
    message: Inbound
    attempts: int
    handled: bool
    replied: bool
    replies: tuple[Reply, ...]
    fresh: bool  # it was written by this very call


def receive(tx: Connection, message: Inbound, *, now: datetime) -> Received:
    """Store the message unless its key is known; either way, return it as it stands."""
    values = {
        "channel": message.channel,
        "sender": message.sender,
        "key": message.key,
        "message": message.to_json(),
        "received_at": now,
        "attempts": 0,
    }
    new_id = tx.execute(_INSERTS[tx.dialect.name], values).scalar()
    if new_id is not None:
        return Received(new_id, message, 0, False, False, (), True)
    key = {"channel": message.channel, "sender": message.sender, "key": message.key}
    return _received(tx.execute(_BY_KEY, key).one())


def find(tx: Connection, inbox_id: int) -> Received:
    return _received(tx.execute(_BY_ID, {"row": inbox_id}).one())


def under_way_before(tx: Connection, received: Received, *, since: datetime) -> bool:
    """Has somebody begun with an earlier message of the same sender and not come to its end, since a moment?"""
    message = received.message
    same = (inbox.c.channel == message.channel) & (inbox.c.sender == message.sender) & (inbox.c.id < received.id)
    begun = same & (inbox.c.attempts > 0) & inbox.c.handled_at.is_(None) & (inbox.c.received_at > since)
    return tx.execute(select(inbox.c.id).where(begun).limit(1)).first() is not None


def known(tx: Connection, message: Inbound) -> Received | None:
    """The message as it stands, if it was received before."""
    key = {"channel": message.channel, "sender": message.sender, "key": message.key}
    row = tx.execute(_BY_KEY, key).first()
    return None if row is None else _received(row)


def newest(tx: Connection, *, channel: str, sender: str) -> Received | None:
    """The last message of this sender that was handled."""
    theirs = (inbox.c.channel == channel) & (inbox.c.sender == sender) & inbox.c.handled_at.is_not(None)
    row = tx.execute(select(*FIELDS).where(theirs).order_by(inbox.c.id.desc()).limit(1)).first()
    return None if row is None else _received(row)


def unanswered(tx: Connection, *, channel: str, sender: str, text: str) -> Received | None:
    """The newest message of this sender, if it says the same and its reply never went out: a client that asks again."""
    newest = (
        select(*FIELDS).where(inbox.c.channel == channel, inbox.c.sender == sender).order_by(inbox.c.id.desc()).limit(1)
    )
    row = tx.execute(newest).first()
    if row is None or row.replied_at is not None or row.message["text"] != text:
        return None
    return _received(row)


def start(tx: Connection, inbox_id: int) -> int:
    """Count one more try at handling; returns its number."""
    return int(tx.execute(_START.returning(inbox.c.attempts), {"row": inbox_id}).scalar_one())


def forgive(tx: Connection, inbox_id: int) -> None:
    """A try that failed through no fault of the message does not count."""
    tx.execute(update(inbox).where(inbox.c.id == inbox_id).values(attempts=0))


def handled(tx: Connection, inbox_id: int, replies: Sequence[Reply], *, now: datetime) -> bool:
    """The turn is done; False when it was done already (by another process)."""
    stored = [reply.to_json() for reply in replies]
    return bool(tx.execute(_HANDLED.values(handled_at=now, replies=stored), {"row": inbox_id}).rowcount)


def failed(
    tx: Connection, inbox_id: int, replies: Sequence[Reply], *, failure: str, reference: str, now: datetime
) -> None:
    """The turn ended without its answer: the person gets an honest sentence with `reference`, staff see `failure`."""
    stored = [reply.to_json() for reply in replies]
    values: dict[str, Any] = {"failure": failure, "reference": reference, "replies": stored, "handled_at": now}
    tx.execute(_HANDLED.values(**values), {"row": inbox_id})


def replied(tx: Connection, inbox_id: int, *, now: datetime) -> None:
    tx.execute(_REPLIED, {"row": inbox_id, "at": now})


def open_rows(tx: Connection, *, channels: Sequence[str], limit: int = 500) -> list[Received]:
    """What a crash left behind on these channels, oldest first."""
    query = select(*FIELDS).where(inbox.c.replied_at.is_(None), inbox.c.channel.in_(channels))
    return [_received(row) for row in tx.execute(query.order_by(inbox.c.id).limit(limit))]


def _received(row: AnyRow) -> Received:
    replies = tuple(Reply.from_json(item) for item in row.replies or ())
    return Received(
        row.id,
        Inbound.from_json(row.message),
        row.attempts,
        row.handled_at is not None,
        row.replied_at is not None,
        replies,
        False,
    )
