"""Tickets: what the base cannot answer, and what asks for a person. Each has a number and a time to answer by."""

from bot.tickets.answering import (
    answer,
    assign,
    close,
    draft_article,
    follow_up,
    newest_of,
    note,
    rate,
    reopen,
    take,
)
from bot.tickets.duty import tell_overdue
from bot.tickets.opening import open_ticket
from bot.tickets.queue import Detail, Line, Message, counts, detail, export_rows, queue
from bot.tickets.rendering import render
from bot.tickets.ticket import Desk, Kind, State, Ticket, by_id, due, number, numbers

__all__ = [
    "Desk", "Detail", "Kind", "Line", "Message", "State", "Ticket", "answer", "assign", "by_id", "close", "counts",
    "detail", "draft_article", "due", "export_rows", "follow_up", "newest_of", "note", "number", "numbers",
    "open_ticket", "queue", "rate", "render", "reopen", "take", "tell_overdue",
]  # fmt: skip
