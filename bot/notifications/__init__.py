"""WTO notifications: stored once, looked up by any typed symbol, searched, and shown on a phone."""

from bot.notifications.card import card, clock, day_text
from bot.notifications.nearest import nearest
from bot.notifications.own_words import OwnWords, own_words, write_words
from bot.notifications.record import Record, normalise
from bot.notifications.search import Criteria, search
from bot.notifications.store import (
    Change,
    ChangeKind,
    Moved,
    Notification,
    by_id,
    by_symbol,
    by_symbols,
    changed_since,
    deadline,
    export_rows,
    family,
    records_of,
    take_turn,
    upsert,
)  # fmt: skip

__all__ = [
    "Change",
    "ChangeKind",
    "Criteria",
    "Moved",
    "Notification",
    "OwnWords",
    "Record",
    "by_id",
    "by_symbol",
    "by_symbols",
    "card",
    "changed_since",
    "clock",
    "day_text",
    "deadline",
    "export_rows",
    "family",
    "nearest",
    "normalise",
    "own_words",
    "records_of",
    "search",
    "take_turn",
    "upsert",
    "write_words",
]  # fmt: skip
