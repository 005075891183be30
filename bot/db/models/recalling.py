"""Recalls of goods on foreign markets and refusals at their borders, as their authorities published them."""

from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from bot.db.models.columns import Id, Json, Time, id_, metadata

recalls = Table(
    "recalls",
    metadata,
    id_(),
    Column("source", String(32), nullable=False),  # whose number it is: safety_gate, cpsc, fda_refusals ...
    Column("number", String(120), nullable=False),
    Column("kind", String(16), nullable=False),  # recall | refusal
    Column("date", Date, nullable=False, index=True),
    Column("market", String(8), nullable=False),
    Column("origins", String(200), nullable=False),  # |CN|VN|; | alone = not stated
    Column("product", Text, nullable=False),
    Column("record", Json, nullable=False),  # the whole normalised record
    Column("digest", String(64), nullable=False),  # SHA-256 of the record: equal = unchanged
    Column("version", Integer, nullable=False),
    Column("alike", String(64), nullable=False),  # the same goods refused on the same day are told once
    Column("state", String(16), nullable=False),  # open | done | skipped
    Column("reason", String(64)),  # why nobody is told: historic, other_origin
    Column("cursor", Id, nullable=False, default=0),  # the last interest that was looked at
    Column("demo", Boolean, nullable=False, default=False),
    Column("created_at", Time, nullable=False),
    Column("updated_at", Time, nullable=False),
    Column("done_at", Time),
    UniqueConstraint("source", "number"),
    Index("ix_recalls_state", "state"),
)

recall_versions = Table(
    # What its authority said before it changed it.
    "recall_versions",
    metadata,
    Column("recall_id", Id, ForeignKey("recalls.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("record", Json, nullable=False),
    Column("until", Time, nullable=False),
)
