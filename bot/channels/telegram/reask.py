"""After an outage: what was pressed or written then may be gone, so the open questions are asked again, once."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, select

from bot import conversation
from bot.channels.telegram import watch
from bot.channels.telegram.updates import CHANNEL
from bot.db.engine import AnyRow
from bot.db.models import conversations
from bot.deliveries import NewDelivery, enqueue
from bot.i18n import Texts
from bot.messages import Reply
from bot.worker import Renderer

KIND = "ask_again"
RECENT = timedelta(days=7)  # an older question has been left alone on purpose
PRIORITY = 3
LOOKED_BACK = 60  # events: the question is among the newest


def ask_again(tx: Connection, *, now: datetime) -> int:
    """Put the open questions into the outbox; returns how many. Asking again is not repeated for the same question."""
    gaps = watch.unasked(tx)
    if not gaps:
        return 0
    watch.asked_again(tx, [gap.id for gap in gaps], now=now)
    lost = any(gap.seconds > watch.FORGOTTEN_SECONDS for gap in gaps)
    since = max(gap.seen_at for gap in gaps)
    return enqueue(tx, [_delivery(row, lost=lost) for row in _open_questions(tx, since)], now=now)


def _open_questions(tx: Connection, since: datetime) -> Sequence[AnyRow]:
    """Conversations that waited for an answer when we came back; those that went on since then have got theirs."""
    here, slots = conversations.c, conversations.c.snapshot["state"]["slots"]
    query = select(here.id, here.sender, here.version, here.member_id).where(
        here.channel == CHANNEL,
        here.updated_at > since - RECENT,
        here.updated_at < since,
        slots["requested_slot"].as_string().is_not(None),
    )
    return tx.execute(query.order_by(here.id)).all()


def _delivery(row: AnyRow, *, lost: bool) -> NewDelivery:
    return NewDelivery(
        key=f"again:{row.id}:{row.version}", member_id=row.member_id, channel=CHANNEL, address=row.sender, kind=KIND,
        payload={"question": row.version, "lost": lost}, priority=PRIORITY,
    )  # fmt: skip


def renderer(texts: Texts) -> Renderer:
    """The question as it was asked, unless it has been answered meanwhile."""

    def render(tx: Connection, row: AnyRow, *, language: str, now: datetime) -> Reply | None:
        here = and_(conversations.c.channel == CHANNEL, conversations.c.sender == row.address)
        version = tx.execute(select(conversations.c.version).where(here)).scalar()
        asked = _asked(tx, row.address) if version == row.payload["question"] else None
        if asked is None:
            return None
        text = f"{texts(_why(row.payload, asked), language)}\n\n{asked.text}"
        return Reply(text, asked.buttons, custom={"question": version})

    return render


def _why(payload: dict[str, Any], asked: Reply) -> str:
    """Telegram keeps what is written for a day, and presses on buttons for minutes only."""
    if payload.get("lost"):
        return "telegram.asked_again_lost"
    return "telegram.asked_again_button" if asked.buttons else "telegram.asked_again"


def _asked(tx: Connection, sender: str) -> Reply | None:
    """The last thing that the dialogue said."""
    events = conversation.history(tx, CHANNEL, sender, limit=LOOKED_BACK)
    said = next((one for one in reversed(events) if one["event"] == "bot"), None)
    return Reply.from_json({"text": said["text"], "buttons": said["data"].get("buttons")}) if said else None
