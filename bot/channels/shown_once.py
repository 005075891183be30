"""Which messages a provider has taken, by our key: a try that is repeated after a crash shows nothing twice."""

from datetime import datetime

import structlog
from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.db.engine import Database
from bot.db.models import sent_messages

log = structlog.get_logger()


def known(tx: Connection, channel: str, key: str) -> bool:
    """Has it been taken?"""
    here = (sent_messages.c.channel == channel) & (sent_messages.c.key == key)
    return tx.execute(select(sent_messages.c.key).where(here)).first() is not None


def note(tx: Connection, channel: str, key: str, address: str, *, now: datetime) -> None:
    """It has."""
    insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    values = {"channel": channel, "key": key, "address": address, "at": now}
    tx.execute(insert(sent_messages).values(**values).on_conflict_do_nothing())


async def remember(db: Database, channel: str, key: str, address: str, *, now: datetime) -> None:
    """`note`, which may fail: the provider has the message all the same, and it must not be sent again for that."""
    try:
        await db.run(note, channel, key, address, now=now)
    except Exception:
        log.exception("sent_but_not_noted", channel=channel, key=key)
