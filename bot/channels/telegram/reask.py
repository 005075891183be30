"""After an outage: a press that nobody heard is gone for good, so open questions with buttons are asked again, once."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, select

from bot import inbox
from bot.channels.telegram import watch
from bot.channels.telegram.updates import CHANNEL
from bot.db.engine import AnyRow
from bot.db.models import conversations, keyboards
from bot.deliveries import NewDelivery, enqueue
from bot.i18n import Texts
from bot.messages import Reply
from bot.worker import Renderer

KIND = "ask_again"
RECENT = timedelta(days=7)  # an older question has been left alone on purpose
PRIORITY = 3


def ask_again(tx: Connection, *, now: datetime) -> int:
    """Put the open questions into the outbox; returns how many. Asking again is not repeated for the same question."""
    gaps = watch.unasked(tx)
    if not gaps:
        return 0
    watch.asked_again(tx, gaps, now=now)
    return enqueue(tx, [_delivery(row) for row in _open_questions(tx, now)], now=now)


def _open_questions(tx: Connection, now: datetime) -> list[AnyRow]:
    """Buttons that the dialogue still waits for; those that were sent as a repetition are not repeated once more."""
    same = and_(conversations.c.channel == keyboards.c.channel, conversations.c.sender == keyboards.c.address)
    current = and_(keyboards.c.question == conversations.c.version, keyboards.c.state == "open")
    query = (
        select(keyboards.c.key, keyboards.c.address, keyboards.c.question, conversations.c.member_id)
        .select_from(keyboards.join(conversations, same))
        .where(current, keyboards.c.channel == CHANNEL, keyboards.c.created_at > now - RECENT)
        .where(keyboards.c.key.startswith("turn:"))
    )
    return list(tx.execute(query.order_by(keyboards.c.id)).all())


def _delivery(row: AnyRow) -> NewDelivery:
    return NewDelivery(
        key=f"again:{row.key}", member_id=row.member_id, channel=CHANNEL, address=row.address, kind=KIND,
        payload={"key": row.key, "question": row.question}, priority=PRIORITY,
    )  # fmt: skip


def renderer(texts: Texts) -> Renderer:
    """The question as it was asked, unless it has been answered meanwhile."""

    def render(tx: Connection, row: AnyRow, *, language: str, now: datetime) -> Reply | None:
        here = and_(conversations.c.channel == CHANNEL, conversations.c.sender == row.address)
        version = tx.execute(select(conversations.c.version).where(here)).scalar()
        if version != row.payload["question"]:
            return None
        asked = _asked(tx, row.payload["key"])
        text = f"{texts('telegram.asked_again', language)}\n\n{asked.text}"
        return Reply(text, asked.buttons, custom={"question": version})

    return render


def _asked(tx: Connection, key: Any) -> Reply:
    """`turn:12:0#1` is the first reply to message 12 of the inbox."""
    _, inbox_id, place = str(key).partition("#")[0].split(":")
    return inbox.find(tx, int(inbox_id)).replies[int(place)]
