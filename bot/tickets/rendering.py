"""An answer as whoever asked gets it: with the number, what was asked, and what to do next."""

import json
from typing import Any

from sqlalchemy import Connection, select

from bot.db.models import ticket_messages, tickets
from bot.i18n import Texts
from bot.messages import Button, Reply
from bot.tickets.ticket import number

SHOWN = 120  # characters of the question


def render(tx: Connection, row: Any, *, texts: Texts) -> Reply | None:
    """The message of a delivery (payload: ticket, message), in the language of the question; None when it is gone."""
    query = (
        select(ticket_messages.c.text, tickets.c.id, tickets.c.question, tickets.c.language)
        .join(tickets, tickets.c.id == ticket_messages.c.ticket_id)
        .where(ticket_messages.c.id == row.payload["message"])
    )
    found = tx.execute(query).first()
    if found is None:
        return None
    question = " ".join(found.question.split())
    shown = question if len(question) <= SHOWN else question[:SHOWN] + "…"
    text = texts("ticket.answer", found.language, number=number(found.id), question=shown, text=found.text)
    return Reply(text, buttons(found.id, texts, found.language))


def buttons(ticket_id: int, texts: Texts, language: str) -> tuple[Button, ...]:
    return tuple(
        Button(
            texts(f"ticket.button_{field}", language),
            f"/about_ticket{json.dumps({'ticket': str(ticket_id), 'field': field})}",
        )
        for field in ("helped", "not_helped", "more")
    )
