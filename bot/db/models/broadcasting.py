"""What associations and the centre broadcast, and who read it."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint, false, text

from bot.db.models.columns import Id, Json, Time, id_, metadata, ref

notices = Table(
    "notices",
    metadata,
    id_(),
    ref("organisations"),  # in whose name
    Column("title_zh", Text),
    Column("title_en", Text),
    Column("body_zh", Text),
    Column("body_en", Text),
    Column("file", Json),
    Column("audience", Json, nullable=False),  # organisations, regions, products, hs_codes, markets, languages
    Column("acknowledge", Boolean, nullable=False, default=False),  # the reader is asked to confirm
    Column("state", String(16), nullable=False, default="draft"),
    # draft | waiting (for the second person) | scheduled | sending | sent | cancelled | refused
    Column("reason", Text),  # why it was refused or cancelled
    Column("send_at", Time),
    Column("round", Integer, nullable=False, default=0, server_default=text("0")),  # 0: the notice, then its reminders
    Column("cursor", Id, nullable=False, default=0),  # the last member who was looked at in this round
    Column("key", String(200), nullable=False, unique=True),
    Column("author_id", Id, ForeignKey("members.id", ondelete="SET NULL")),
    Column("approved_by", Id, ForeignKey("members.id", ondelete="SET NULL")),
    Column("approved_at", Time),
    Column("created_at", Time, nullable=False),
    Column("updated_at", Time, nullable=False),
    Column("sent_at", Time),
    Column("demo", Boolean, nullable=False, default=False, server_default=false()),
    Index("ix_notices_state", "state", "send_at"),
)

receipts = Table(
    # A member who opened a notice or confirmed having read it.
    "receipts",
    metadata,
    id_(),
    ref("notices"),
    ref("members"),
    Column("read_at", Time),
    Column("acknowledged_at", Time),
    UniqueConstraint("notice_id", "member_id"),
)

notice_mutes = Table(
    # A member who wants no more notices of this organisation.
    "notice_mutes",
    metadata,
    id_(),
    ref("members"),
    ref("organisations"),
    Column("created_at", Time, nullable=False),
    UniqueConstraint("member_id", "organisation_id"),
)
