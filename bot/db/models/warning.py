"""Notifications and what comes of them: imports, interests, alerts, deliveries."""

from sqlalchemy import Boolean, Column, Date, Float, ForeignKey, Index, Integer, SmallInteger, String, Table, Text

from bot.db.models.columns import Id, Json, Time, id_, metadata, ref

notifications = Table(
    "notifications",
    metadata,
    id_(),
    Column("symbol", String(80), nullable=False, unique=True),
    Column("family", String(80), nullable=False, index=True),
    Column("agreement", String(8), nullable=False),
    Column("type", String(24), nullable=False),
    Column("members", Json, nullable=False),
    Column("date", Date, index=True),
    Column("comment_deadline", Date, index=True),
    Column("title", Text, nullable=False),
    Column("record", Json, nullable=False),  # the whole normalised record
    Column("digest", String(64), nullable=False),  # SHA-256 of the record: equal = unchanged
    Column("state", String(16), nullable=False, default="active"),  # active | withdrawn
    Column("withdrawn_by", String(80)),
    Column("changed_seq", Integer, nullable=False, index=True),
    Column("source", String(200), nullable=False),
    Column("demo", Boolean, nullable=False, default=False),
    Column("created_at", Time, nullable=False),
    Column("updated_at", Time, nullable=False),
)

notification_terms = Table(
    "notification_terms",
    metadata,
    Column("notification_id", Id, ForeignKey("notifications.id", ondelete="CASCADE"), primary_key=True),
    Column("kind", String(8), primary_key=True),  # hs | ics | market
    Column("value", String(32), primary_key=True),
    Index("ix_notification_terms_value", "kind", "value"),
)

notification_texts = Table(
    # Title and summary that staff wrote; an import never overwrites them, and they are shown before its own.
    "notification_texts",
    metadata,
    Column("notification_id", Id, ForeignKey("notifications.id", ondelete="CASCADE"), primary_key=True),
    Column("language", String(8), primary_key=True),
    Column("title", Text),
    Column("summary", Text),
    Column("written_by", Id, ForeignKey("members.id", ondelete="SET NULL")),
    Column("written_at", Time, nullable=False),
)

imports = Table(
    "imports",
    metadata,
    id_(),
    Column("kind", String(32), nullable=False),
    Column("source", String(200), nullable=False),
    Column("started_at", Time, nullable=False),
    Column("ended_at", Time),
    Column("next_row", Integer, nullable=False, default=0),
    Column("counts", Json, nullable=False),
    Column("fingerprint", String(64), index=True),  # of the file's content: the same one goes on where it stopped
    Column("runner", String(32)),  # who reads it now; whoever was overtaken stops
    Column("reason", Text),  # why it ended before its time, as data
)

import_problems = Table(
    "import_problems",
    metadata,
    id_(),
    ref("imports"),
    Column("row", Integer, nullable=False),
    Column("reason", Text, nullable=False),
)

sources = Table(
    # What is asked again and again for what is new: how far it was read, and how the last try ended.
    "sources",
    metadata,
    Column("name", String(64), primary_key=True),  # eping, feed:..., folder
    Column("cursor", Text),  # where to go on: a day
    Column("tried_at", Time),
    Column("succeeded_at", Time),
    Column("next_at", Time),
    Column("failures", Integer, nullable=False, default=0),  # in a row
    Column("reason", Text),  # of the last failure, as data; none after a success
    Column("counts", Json, nullable=False),  # of the last success
)

interests = Table(
    "interests",
    metadata,
    id_(),
    ref("members"),
    Column("organisation_id", Id, ForeignKey("organisations.id", ondelete="SET NULL")),
    Column("products", Json, nullable=False),
    Column("hs_codes", Json, nullable=False),
    Column("ics_codes", Json, nullable=False),
    Column("markets", Json, nullable=False),
    Column("keywords", Json, nullable=False),
    Column("negatives", Json, nullable=False),
    Column("kinds", Json, nullable=False),  # tbt, sps; none = both
    Column("until", Date),
    Column("frequency", String(16), nullable=False, default="instant"),  # instant | daily | weekly
    Column("state", String(16), nullable=False, default="active"),  # active | ended
    Column("key", String(200), nullable=False, unique=True),
    Column("demo", Boolean, nullable=False, default=False),
    Column("created_at", Time, nullable=False),
    Column("ended_at", Time),
    Column("indexed", Integer),  # by which version of the tables its terms were made; none = they are still to be made
    Index("ix_interests_member", "member_id", "state"),
    Index("ix_interests_indexed", "state", "indexed"),
)

interest_terms = Table(
    # What an active interest asks for, to be joined with what a notification holds.
    "interest_terms",
    metadata,
    Column("term", String(48).with_variant(String(48, collation="C"), "postgresql"), primary_key=True),
    Column("place", SmallInteger, primary_key=True, autoincrement=False),  # where: a number that few markets share
    Column("interest_id", Id, ForeignKey("interests.id", ondelete="CASCADE"), primary_key=True, index=True),
    sqlite_with_rowid=False,
)

follows = Table(
    # A member who was alerted of (or asked about) a family hears of its later parts.
    "follows",
    metadata,
    Column("member_id", Id, ForeignKey("members.id", ondelete="CASCADE"), primary_key=True),
    Column("family", String(80), primary_key=True, index=True),
    Column("state", String(16), nullable=False, default="active"),  # active | muted
    Column("created_at", Time, nullable=False),
)

alerts = Table(
    "alerts",
    metadata,
    id_(),
    Column("kind", String(16), nullable=False),  # new | change | withdrawn
    ref("notifications"),
    Column("key", String(200), nullable=False, unique=True),  # symbol + digest: the same change alerts once
    Column("detail", Json, nullable=False),
    Column("state", String(16), nullable=False),  # open | done | skipped
    Column("reason", String(64)),  # why it was skipped: historic ...
    Column("cursor", Id, nullable=False, default=0),  # the last interest that was looked at
    Column("created_at", Time, nullable=False),
    Column("done_at", Time),
    Index("ix_alerts_state", "state"),
)

deliveries = Table(
    "deliveries",
    metadata,
    id_(),
    Column("key", String(200), nullable=False, unique=True),
    ref("members"),
    Column("alert_id", Id, ForeignKey("alerts.id", ondelete="CASCADE"), index=True),
    Column("interest_id", Id, ForeignKey("interests.id", ondelete="SET NULL")),
    Column("notice_id", Id, ForeignKey("notices.id", ondelete="CASCADE"), index=True),
    Column("survey_id", Id, ForeignKey("surveys.id", ondelete="CASCADE"), index=True),
    Column("recall_id", Id, ForeignKey("recalls.id", ondelete="CASCADE"), index=True),
    Column("channel", String(32), nullable=False),
    Column("address", String(200), nullable=False),
    Column("kind", String(32), nullable=False),  # which renderer writes it: alert | text | notice | survey ...
    Column("payload", Json, nullable=False),
    Column("priority", Integer, nullable=False, default=5),  # smaller goes first
    Column("state", String(16), nullable=False),  # held | queued | leased | sent | unknown | skipped | failed
    Column("reason", Text),
    Column("attempts", Integer, nullable=False, default=0),
    Column("next_at", Float, nullable=False),  # seconds of the machine's clock, not of the business clock
    Column("lease_until", Float),
    Column("lease_token", String(32)),
    Column("provider_id", String(200)),
    Column("due_at", Time),  # until when it is held: quiet hours, a digest
    Column("digest_id", Id, ForeignKey("deliveries.id", ondelete="SET NULL"), index=True),  # the message it came in
    Column("instead_of", Id, ForeignKey("deliveries.id", ondelete="SET NULL"), index=True),  # the one that failed
    Column("created_at", Time, nullable=False),
    Column("settled_at", Time),
    Index("ix_deliveries_due", "state", "channel", "priority", "next_at"),
    Index("ix_deliveries_held", "state", "due_at"),
    Index("ix_deliveries_member", "member_id", "id"),
)
