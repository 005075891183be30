"""Files with a feedback, such as a photo of a label or a test report: they hang on the one under way, else the last."""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from bot.db.models import feedback_files
from bot.feedback.store import SUBMITTED, Feedback, mine
from bot.messages import Attachment

RECENT = timedelta(days=30)  # a file that comes later is about something else


def attach(tx: Connection, member_id: int, files: Iterable[Attachment], *, key: str, now: datetime) -> Feedback | None:
    """Hang the files on the member's feedback; None when there is none to hang them on. Once for each `key`."""
    one = _belongs_to(tx, member_id, now)
    if one is None:
        return None
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    rows = [_row(one.id, file, key, number, now) for number, file in enumerate(files)]
    tx.execute(dialect.insert(feedback_files).on_conflict_do_nothing(), rows)
    return one


def _belongs_to(tx: Connection, member_id: int, now: datetime) -> Feedback | None:
    own = mine(tx, member_id)
    recent = (one for one in own if one.state == SUBMITTED and now - one.updated_at <= RECENT)
    return next((one for one in own if one.editable), None) or next(recent, None)


def _row(feedback_id: int, file: Attachment, key: str, number: int, now: datetime) -> dict[str, object]:
    return {
        "feedback_id": feedback_id, "name": file.name[:200], "media_type": file.media_type[:100], "path": file.path,
        "size": file.size, "key": hashlib.sha256(f"{key}:{number}".encode()).hexdigest(), "at": now,
    }  # fmt: skip
