"""Foreign recalls and refusals at the border: what happened to goods like one's own on the markets one sells to."""

from bot.recalls.noticed import noticed
from bot.recalls.record import Kind, Record, normalise, origins
from bot.recalls.rendering import (
    card,
    in_digest,
    last_sent,
    line,
    number,
    open_button,
    product_of,
    render,
    source_name,
)
from bot.recalls.search import Criteria, Page, newest, search
from bot.recalls.store import Interesting, Recall, State, Stored, by_id, export_rows, upsert, versions
from bot.recalls.telling import KIND, RECALLS_OFF, Tempo, Told, choose, plan, step, unwanted, write

__all__ = [
    "KIND",
    "RECALLS_OFF",
    "Criteria",
    "Interesting",
    "Kind",
    "Page",
    "Recall",
    "Record",
    "State",
    "Stored",
    "Tempo",
    "Told",
    "by_id",
    "card",
    "choose",
    "export_rows",
    "in_digest",
    "last_sent",
    "line",
    "newest",
    "normalise",
    "noticed",
    "number",
    "open_button",
    "origins",
    "plan",
    "product_of",
    "render",
    "search",
    "source_name",
    "step",
    "unwanted",
    "upsert",
    "versions",
    "write",
]  # fmt: skip
