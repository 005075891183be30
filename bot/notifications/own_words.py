"""Title and summary as staff wrote them: kept beside the record, so that no import overwrites them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.db.counters import advance
from bot.db.models import members, notification_texts, notifications
from bot.notifications.store import SEQUENCE


@dataclass(frozen=True, slots=True)
class OwnWords:
    """What staff wrote in one language; either may be missing. `by` is the name of who wrote last."""

    title: str | None
    summary: str | None
    by: str | None
    at: datetime


def own_words(tx: Connection, notification_id: int) -> dict[str, OwnWords]:
    """By language."""
    table = notification_texts.c
    query = select(table.language, table.title, table.summary, members.c.name, table.written_at).select_from(
        notification_texts.outerjoin(members, members.c.id == table.written_by)
    )
    rows = tx.execute(query.where(table.notification_id == notification_id))
    return {row.language: OwnWords(row.title, row.summary, row.name, row.written_at) for row in rows}


def write_words(
    tx: Connection, notification_id: int, language: str, *, title: str, summary: str, by: int, now: datetime
) -> None:
    """Store them; both empty takes them back. What shows or searches notifications sees it as a change."""
    table = notification_texts.c
    mine = (table.notification_id == notification_id) & (table.language == language)
    if not title and not summary:
        tx.execute(delete(notification_texts).where(mine))
    else:
        values = {"title": title or None, "summary": summary or None, "written_by": by, "written_at": now}
        insert = (postgresql if tx.dialect.name == "postgresql" else sqlite).insert(notification_texts)
        fresh = insert.values(notification_id=notification_id, language=language, **values)
        tx.execute(fresh.on_conflict_do_update(index_elements=["notification_id", "language"], set_=values))
    seq = {"changed_seq": advance(tx, SEQUENCE)}
    tx.execute(update(notifications).where(notifications.c.id == notification_id).values(**seq))
