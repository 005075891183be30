"""Foreign recalls and refusals at the border: what happened to goods like one's own on the markets one sells to."""

from bot.recalls.record import Kind, Record, normalise, origins
from bot.recalls.store import Interesting, Recall, State, Stored, by_id, export_rows, upsert, versions

__all__ = [
    "Interesting", "Kind", "Recall", "Record", "State", "Stored", "by_id", "export_rows", "normalise", "origins",
    "upsert", "versions",
]  # fmt: skip
