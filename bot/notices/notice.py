"""A notice as it is stored: its texts, its audience, its state."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, select

from bot.audience import Audience
from bot.db.engine import AnyRow
from bot.db.models import notices
from bot.errors import BadInput
from bot.messages import Attachment

NUMBER = re.compile(r"(?<![A-Za-z])N\s?[-–—]?\s?0*(\d{1,9})(?![\d/])", re.IGNORECASE)


class State(StrEnum):
    DRAFT = "draft"
    WAITING = "waiting"  # for a second person
    SCHEDULED = "scheduled"
    SENDING = "sending"
    SENT = "sent"  # everything is in the outbox; the report says what became of it
    CANCELLED = "cancelled"
    REFUSED = "refused"


CHANGEABLE = (State.DRAFT, State.REFUSED, State.WAITING, State.SCHEDULED)
UNDER_WAY = (State.SCHEDULED, State.SENDING)
SHOWN = (State.SENDING, State.SENT, State.CANCELLED)  # its readers may look at it again


@dataclass(frozen=True, slots=True)
class Notice:
    """`titles` and `bodies` by language; only what was written is there."""

    id: int
    organisation_id: int
    titles: dict[str, str]
    bodies: dict[str, str]
    audience: Audience
    acknowledge: bool
    file: Attachment | None
    state: State
    reason: str | None
    send_at: datetime | None
    round: int
    cursor: int
    author_id: int | None
    approved_by: int | None
    created_at: datetime
    updated_at: datetime
    sent_at: datetime | None

    @property
    def number(self) -> str:
        return number(self.id)

    @property
    def languages(self) -> tuple[str, ...]:
        """In which it was written, Chinese first."""
        return tuple(language for language in ("zh", "en") if self.titles.get(language))

    def title(self, language: str) -> str:
        """In this language, or in the other one when only that was written."""
        return self.titles.get(language) or next(iter(self.titles.values()), "")

    def body(self, language: str) -> str:
        if self.titles.get(language):
            return self.bodies.get(language, "")
        return next(iter(self.bodies.values()), "")


def number(notice_id: int) -> str:
    """The number that people quote: N-000123."""
    return f"N-{notice_id:06d}"


def numbers(text: str) -> list[int]:
    """The notices that a text names: N-12, n-000012."""
    return list(dict.fromkeys(int(found[1]) for found in NUMBER.finditer(text)))


def read(row: AnyRow) -> Notice:
    pairs = {"titles": (row.title_zh, row.title_en), "bodies": (row.body_zh, row.body_en)}
    texts = {
        name: {language: text for language, text in zip(("zh", "en"), pair, strict=True) if text}
        for name, pair in pairs.items()
    }
    return Notice(
        id=row.id, organisation_id=row.organisation_id, audience=Audience.from_json(row.audience),
        acknowledge=row.acknowledge, file=Attachment(**row.file) if row.file else None, state=State(row.state),
        reason=row.reason, send_at=row.send_at, round=row.round, cursor=row.cursor, author_id=row.author_id,
        approved_by=row.approved_by, created_at=row.created_at, updated_at=row.updated_at, sent_at=row.sent_at,
        **texts,
    )  # fmt: skip


def find(tx: Connection, notice_id: int) -> Notice | None:
    row: Any = tx.execute(select(notices).where(notices.c.id == notice_id)).first()
    return read(row) if row else None


def by_id(tx: Connection, notice_id: int) -> Notice:
    """Raises BadInput for a number that is none."""
    found = find(tx, notice_id)
    if found is None:
        raise BadInput("notice.unknown", number=number(notice_id))
    return found
