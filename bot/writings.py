"""What became of the writer's drafts: a row for each, with the reason when the curated text stood in its place."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert

from bot.db.models import writings

SHOWN = "shown"
LONGEST_STATE, LONGEST_DETAIL = 32, 200  # as the table has them


def record(
    tx: Connection,
    state: str,
    *,
    entries: Sequence[str],
    language: str,
    milliseconds: int,
    now: datetime,
    detail: str = "",
) -> None:
    """`state` is SHOWN or why not; `detail` the words that stood in no entry."""
    tx.execute(
        insert(writings).values(
            at=now,
            language=language,
            entries=list(entries),
            state=state[:LONGEST_STATE],
            detail=detail[:LONGEST_DETAIL],
            milliseconds=milliseconds,
        )
    )
