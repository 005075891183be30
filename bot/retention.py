"""How long things are kept: what is older than the settings say is deleted, a slice at a time; None keeps it for ever.

Feedback, interests, tickets and notices are no such things: they are kept until their members erase them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Float, Table, and_, cast, delete, select, tuple_

from bot.db.models import (
    audit_log,
    chat_messages,
    conversations,
    deliveries,
    events,
    feedback_files,
    inbox,
    studies,
    writings,
)
from bot.settings import Retention

SLICE = 500  # rows in one transaction
SENT_IN = "in"  # the folder of files that members sent
DRAWN = "pictures"  # that of pictures which the chat has drawn

Keys = tuple[Column[Any], ...]


@dataclass(frozen=True, slots=True)
class Old:
    """Rows of one table that are to go."""

    table: Table
    keys: Keys
    rows: tuple[tuple[Any, ...], ...]


def too_old(tx: Connection, periods: Retention, *, now: datetime, limit: int = SLICE) -> list[Old]:
    """The first slice of each table that is older than its period. It only reads: a long look must not stop writers."""
    found = []
    for table, old in _conditions(periods, now):
        keys = tuple(table.primary_key.columns)
        rows = tuple(tuple(row) for row in tx.execute(select(*keys).where(old).limit(limit)))
        if rows:
            found.append(Old(table, keys, rows))
    return found


def _conditions(periods: Retention, now: datetime) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    talks, came, files, sent, deeds = (
        None if days is None else now - timedelta(days=days)
        for days in (periods.conversations, periods.inbox, periods.files, periods.deliveries, periods.audit)
    )
    has_file, handled = _path().is_not(None), inbox.c.handled_at.is_not(None)
    if talks:  # a conversation stands by its snapshot: what was said long ago can go
        yield events, cast(events.c.data["timestamp"].as_string(), Float) < talks.timestamp()
        yield chat_messages, chat_messages.c.at < talks
        yield conversations, conversations.c.updated_at < talks
    if came:
        yield inbox, and_(handled, inbox.c.received_at < came, ~has_file)
        yield writings, writings.c.at < came
    if files:
        yield inbox, and_(handled, inbox.c.received_at < files, has_file)
    if sent:
        yield deliveries, and_(deliveries.c.settled_at.is_not(None), deliveries.c.settled_at < sent)
    if deeds:
        yield audit_log, audit_log.c.at < deeds


def _path() -> ColumnElement[Any]:
    path: ColumnElement[Any] = inbox.c.message["attachments"][0]["path"].as_string()
    return path


def drop(tx: Connection, old: Old) -> int:
    """Delete these rows; what hangs on them goes with them."""
    return tx.execute(delete(old.table).where(tuple_(*old.keys).in_(old.rows))).rowcount


def needed(tx: Connection) -> set[str]:
    """The members' files that something still shows: a feedback, a study, a message that is kept."""
    kept = set(tx.execute(select(feedback_files.c.path)).scalars())
    kept |= {file["path"] for file in tx.execute(select(studies.c.file)).scalars() if file}
    sent = select(inbox.c.message).where(_path().is_not(None))
    return kept | {file["path"] for message in tx.execute(sent).scalars() for file in message["attachments"]}


def sweep(folder: Path, kept: set[str], *, older_than: float) -> int:
    """Delete members' files below `folder` that nothing shows any more; `older_than`: seconds since 1970."""
    return _sweep(folder, SENT_IN, kept, older_than)


def sweep_drawn(folder: Path, *, older_than: float) -> int:
    """Delete pictures that were last shown before that; who asks again gets them drawn anew."""
    return _sweep(folder, DRAWN, set(), older_than)


def _sweep(folder: Path, part: str, kept: set[str], older_than: float) -> int:
    gone = 0
    for path in list((folder / part).glob("*/*")):
        if str(path.relative_to(folder)) not in kept and path.stat().st_mtime < older_than:
            path.unlink()
            gone += 1
            if not any(path.parent.iterdir()):
                path.parent.rmdir()
    return gone
