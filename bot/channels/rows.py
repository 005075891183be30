"""Channels whose sending is inserting a row: the web chat's event stream and the REST senders read them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.db.alone import alone
from bot.db.engine import AnyRow, Database
from bot.db.models import chat_messages
from bot.messages import Recipient, Reply
from bot.ports import Clock, Outcome, Sent


class RowChannel:
    """The web chat (`web`) or Rasa's REST senders (`rest`): a message is sent when its row is committed."""

    def __init__(self, name: str, db: Database, clock: Clock) -> None:
        self.name = name
        self._db, self._clock = db, clock

    async def send(self, to: Recipient, reply: Reply, *, key: str) -> Outcome:
        row = await self._db.run(
            put, self.name, to.address, key=key, body=reply.to_json(), mine=False, now=self._clock.now()
        )
        return Sent(str(row) if row else None)

    def shown(self, address: str) -> list[Reply]:
        """What a person at the address has seen."""
        rows = self._db.look(after, self.name, address, row_id=0, limit=1000)
        return [Reply.from_json(row.body) for row in rows if not row.mine]


def put(
    tx: Connection, channel: str, address: str, *, key: str, body: dict[str, Any], mine: bool, now: datetime
) -> int | None:
    """Write one message; None if that key is there already."""
    # Rows of one address become visible in the order of their numbers: a stream that has seen 8 never misses 7.
    alone(tx, f"{channel}:{address}")
    insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    values = {"channel": channel, "address": address, "key": key, "body": body, "mine": mine, "at": now}
    statement = insert(chat_messages).values(**values).on_conflict_do_nothing().returning(chat_messages.c.id)
    return tx.execute(statement).scalar()


def number(tx: Connection, channel: str, address: str, *, key: str) -> int:
    """The row of the message with this key."""
    here = (chat_messages.c.channel == channel) & (chat_messages.c.address == address) & (chat_messages.c.key == key)
    return int(tx.execute(select(chat_messages.c.id).where(here)).scalar_one())


def after(tx: Connection, channel: str, address: str, *, row_id: int, limit: int = 200) -> Sequence[AnyRow]:
    """Messages of this address after the row, oldest first."""
    here = (chat_messages.c.channel == channel) & (chat_messages.c.address == address)
    query = select(chat_messages).where(here, chat_messages.c.id > row_id)
    return tx.execute(query.order_by(chat_messages.c.id).limit(limit)).all()


def before(tx: Connection, channel: str, address: str, *, row_id: int | None, limit: int = 50) -> list[AnyRow]:
    """The newest messages (before the row, if one is given), oldest first."""
    here = (chat_messages.c.channel == channel) & (chat_messages.c.address == address)
    query = select(chat_messages).where(here)
    if row_id is not None:
        query = query.where(chat_messages.c.id < row_id)
    return list(reversed(tx.execute(query.order_by(chat_messages.c.id.desc()).limit(limit)).all()))


def newest(tx: Connection, channel: str) -> int:
    """The number of the channel's newest message: what an event stream compares to see that something came."""
    return int(tx.execute(select(func.max(chat_messages.c.id)).where(chat_messages.c.channel == channel)).scalar() or 0)


def waiting(tx: Connection, channel: str, address: str) -> list[AnyRow]:
    """What was pushed to a sender that cannot be called, and is still to be handed over, oldest first."""
    here = (chat_messages.c.channel == channel) & (chat_messages.c.address == address)
    query = select(chat_messages).where(here, ~chat_messages.c.mine, chat_messages.c.taken_at.is_(None))
    return list(tx.execute(query.order_by(chat_messages.c.id)).all())


def taken(tx: Connection, row_ids: Sequence[int], *, now: datetime) -> None:
    """Those have been handed over."""
    tx.execute(update(chat_messages).where(chat_messages.c.id.in_(row_ids)).values(taken_at=now))
