"""All tables. Times are aware UTC, states are words, lists and documents are JSON."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    types,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Time(types.TypeDecorator[datetime]):
    """An aware UTC moment; SQLite forgets zones, so it is stored naive there and given its zone back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Json = JSON().with_variant(JSONB(), "postgresql")
# SQLite counts up by itself only for a plain INTEGER key.
Id = BigInteger().with_variant(Integer(), "sqlite")


def _id() -> Column[int]:
    return Column("id", Id, primary_key=True, autoincrement=True)


def _ref(target: str, *, nullable: bool = False, name: str | None = None) -> Column[Any]:
    column = name or f"{target.removesuffix('s')}_id"
    return Column(column, Id, ForeignKey(f"{target}.id", ondelete="CASCADE"), nullable=nullable)


# --- people -------------------------------------------------------------------------------------

organisations = Table(
    "organisations",
    metadata,
    _id(),
    Column("kind", String(16), nullable=False),  # centre | bureau | association | enterprise
    Column("code", String(64), nullable=False, unique=True),  # short name that commands and imports use
    Column("name_zh", String(200), nullable=False),
    Column("name_en", String(200), nullable=False),
    Column("parent_id", Id, ForeignKey("organisations.id", ondelete="SET NULL"), index=True),
    Column("demo", Boolean, nullable=False, default=False),
    Column("created_at", Time, nullable=False),
)

affiliations = Table(
    "affiliations",
    metadata,
    Column("enterprise_id", Id, ForeignKey("organisations.id", ondelete="CASCADE"), primary_key=True),
    Column("association_id", Id, ForeignKey("organisations.id", ondelete="CASCADE"), primary_key=True, index=True),
)

members = Table(
    "members",
    metadata,
    _id(),
    Column("name", String(200)),
    Column("language", String(8)),  # the member's own choice; null = the language of each message
    Column("time_zone", String(64), nullable=False, default="Asia/Shanghai"),
    Column("state", String(16), nullable=False, default="active"),  # active | erased
    Column("privacy_shown_at", Time),
    Column("consented_at", Time),
    Column("paused_until", Time),
    Column("demo", Boolean, nullable=False, default=False),
    Column("created_at", Time, nullable=False),
)

addresses = Table(
    "addresses",
    metadata,
    _id(),
    _ref("members"),
    Column("channel", String(32), nullable=False),
    Column("address", String(200), nullable=False),
    Column("state", String(16), nullable=False, default="active"),  # active | gone
    Column("reason", Text),
    Column("created_at", Time, nullable=False),
    UniqueConstraint("channel", "address"),
    Index("ix_addresses_member", "member_id"),
)

roles = Table(
    "roles",
    metadata,
    _id(),
    _ref("members"),
    _ref("organisations"),
    Column("role", String(32), nullable=False),  # enterprise | secretary | officer | analyst | administrator
    Column("granted_at", Time, nullable=False),
    Column("granted_by", Id, ForeignKey("members.id", ondelete="SET NULL")),
    UniqueConstraint("member_id", "organisation_id", "role"),
    Index("ix_roles_organisation", "organisation_id"),
)

codes = Table(
    "codes",
    metadata,
    _id(),
    Column("hash", String(64), nullable=False, unique=True),  # SHA-256; the code itself is never stored
    Column("purpose", String(16), nullable=False),  # invite | link | enter
    _ref("members", nullable=True),
    _ref("organisations", nullable=True),
    Column("role", String(32)),
    Column("uses_left", Integer, nullable=False, default=1),
    Column("expires_at", Time, nullable=False),
    Column("created_at", Time, nullable=False),
    Column("created_by", Id, ForeignKey("members.id", ondelete="SET NULL")),
)

enrolments = Table(
    "enrolments",
    metadata,
    _id(),
    _ref("members"),
    _ref("organisations"),
    Column("state", String(16), nullable=False, default="asked"),  # asked | approved | refused
    Column("note", Text),
    Column("asked_at", Time, nullable=False),
    Column("decided_at", Time),
    Column("decided_by", Id, ForeignKey("members.id", ondelete="SET NULL")),
    Index("ix_enrolments_open", "organisation_id", "state"),
)

audit_log = Table(
    "audit_log",
    metadata,
    _id(),
    Column("at", Time, nullable=False),
    Column("member_id", Id, ForeignKey("members.id", ondelete="SET NULL")),
    Column("action", String(64), nullable=False),
    Column("subject", String(200)),
    Column("allowed", Boolean, nullable=False),
    Column("detail", Json),
)

web_sessions = Table(
    "web_sessions",
    metadata,
    Column("hash", String(64), primary_key=True),  # SHA-256 of the cookie's random part
    Column("visitor", String(64), nullable=False, index=True),  # the address on the web channel
    Column("created_at", Time, nullable=False),
    Column("expires_at", Time, nullable=False),
)

# --- conversations ------------------------------------------------------------------------------

inbox = Table(
    "inbox",
    metadata,
    _id(),
    Column("channel", String(32), nullable=False),
    Column("sender", String(200), nullable=False),
    Column("key", String(200), nullable=False),
    Column("message", Json, nullable=False),
    Column("received_at", Time, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("handled_at", Time),
    Column("replied_at", Time),
    Column("replies", Json),
    Column("failure", Text),  # why the turn ended without its answer; `reference` is what the person was told
    Column("reference", String(16)),
    UniqueConstraint("channel", "sender", "key"),
    Index("ix_inbox_open", "replied_at", "id"),
)

conversations = Table(
    "conversations",
    metadata,
    _id(),
    Column("channel", String(32), nullable=False),
    Column("sender", String(200), nullable=False),
    Column("member_id", Id, ForeignKey("members.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("language", String(8), nullable=False),
    Column("version", Integer, nullable=False, default=0),  # number of turns: the optimistic lock
    Column("seq", Integer, nullable=False, default=0),  # number of events
    Column("snapshot", Json, nullable=False),
    Column("updated_at", Time, nullable=False),
    UniqueConstraint("channel", "sender"),
)

events = Table(
    "events",
    metadata,
    Column("conversation_id", Id, ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("data", Json, nullable=False),
)

chat_messages = Table(
    # What the web and REST channels show: sending there is inserting a row, an event stream follows `id`.
    "chat_messages",
    metadata,
    _id(),
    Column("channel", String(32), nullable=False),
    Column("address", String(200), nullable=False),
    Column("mine", Boolean, nullable=False),  # written by the person, not by us
    Column("key", String(200), nullable=False),
    Column("body", Json, nullable=False),
    Column("at", Time, nullable=False),
    Column("taken_at", Time),  # REST: handed over with an answer
    UniqueConstraint("channel", "address", "key"),
    Index("ix_chat_messages_feed", "channel", "address", "id"),
)

tickets = Table(
    "tickets",
    metadata,
    _id(),
    _ref("members"),
    Column("channel", String(32), nullable=False),
    Column("address", String(200), nullable=False),
    Column("kind", String(16), nullable=False),  # unanswered | person | feedback | erase
    Column("question", Text, nullable=False),
    Column("language", String(8), nullable=False),
    Column("state", String(16), nullable=False, default="open"),  # open | closed
    Column("key", String(200), nullable=False, unique=True),  # the same turn makes the same ticket
    Column("created_at", Time, nullable=False),
    Column("due_at", Time, nullable=False),
    Index("ix_tickets_state", "state", "due_at"),
)

# --- notifications, interests, alerts ---------------------------------------------------------------

notifications = Table(
    "notifications",
    metadata,
    _id(),
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

imports = Table(
    "imports",
    metadata,
    _id(),
    Column("kind", String(32), nullable=False),
    Column("source", String(200), nullable=False),
    Column("started_at", Time, nullable=False),
    Column("ended_at", Time),
    Column("next_row", Integer, nullable=False, default=0),
    Column("counts", Json, nullable=False),
)

import_problems = Table(
    "import_problems",
    metadata,
    _id(),
    _ref("imports"),
    Column("row", Integer, nullable=False),
    Column("reason", Text, nullable=False),
)

interests = Table(
    "interests",
    metadata,
    _id(),
    _ref("members"),
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
    Index("ix_interests_member", "member_id", "state"),
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
    _id(),
    Column("kind", String(16), nullable=False),  # new | change | withdrawn
    _ref("notifications"),
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
    _id(),
    Column("key", String(200), nullable=False, unique=True),
    _ref("members"),
    Column("alert_id", Id, ForeignKey("alerts.id", ondelete="CASCADE"), index=True),
    Column("interest_id", Id, ForeignKey("interests.id", ondelete="SET NULL")),
    Column("channel", String(32), nullable=False),
    Column("address", String(200), nullable=False),
    Column("kind", String(32), nullable=False),  # which renderer writes it: alert | text
    Column("payload", Json, nullable=False),
    Column("priority", Integer, nullable=False, default=5),  # smaller goes first
    Column("state", String(16), nullable=False),  # queued | leased | sent | unknown | skipped | failed
    Column("reason", Text),
    Column("attempts", Integer, nullable=False, default=0),
    Column("next_at", Float, nullable=False),  # seconds of the machine's clock, not of the business clock
    Column("lease_until", Float),
    Column("lease_token", String(32)),
    Column("provider_id", String(200)),
    Column("created_at", Time, nullable=False),
    Column("settled_at", Time),
    Index("ix_deliveries_due", "state", "channel", "priority", "next_at"),
    Index("ix_deliveries_member", "member_id", "id"),
)

# --- the house ------------------------------------------------------------------------------------

leases = Table(
    "leases",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("holder", String(64), nullable=False),
    Column("until", Float, nullable=False),
)

counters = Table(
    "counters",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Integer, nullable=False),
)

rates = Table(
    # What may be sent how fast, shared by all processes: one GCRA row for a channel, and one for each chat in use.
    "rates",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("due", Float, nullable=False),  # seconds of the machine's clock: when the next one would be exactly on time
    Column("halted_until", Float, nullable=False, default=0.0),  # the provider told us to wait
)

# --- messengers -----------------------------------------------------------------------------------

keyboards = Table(
    # The buttons under one message: what the messenger carries is `token:place`, what it means stays here.
    "keyboards",
    metadata,
    _id(),
    Column("token", String(32), nullable=False, unique=True),
    Column("channel", String(32), nullable=False),
    Column("address", String(200), nullable=False),
    Column("person", String(64)),  # who may press; null = everyone in the group
    Column("key", String(200), nullable=False),  # of the message: turn:12:0, delivery:7
    Column("message_id", BigInteger),  # there; null until it was sent
    Column(
        "question", Integer
    ),  # the conversation's version while the dialogue waits for one of these; null = any time
    Column("buttons", Json, nullable=False),  # [[title, payload], ...]
    Column("state", String(16), nullable=False, default="open"),  # open | closed
    Column("created_at", Time, nullable=False),
    Index("ix_keyboards_open", "channel", "address", "state"),
)

sent_messages = Table(
    # What a messenger has taken, by our key: a message that is sent again after a crash is shown once.
    "sent_messages",
    metadata,
    Column("channel", String(32), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("address", String(200), nullable=False),
    Column("message_id", BigInteger),
    Column("at", Time, nullable=False, index=True),
    Index("ix_sent_messages_address", "channel", "address"),
)

telegram_updates = Table(
    # Every update that was confirmed to Telegram, of whatever kind: the same number is the same update.
    "telegram_updates",
    metadata,
    Column("update_id", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(24), nullable=False),
    Column("problem", Text),  # why it could not be read
    Column("received_at", Time, nullable=False, index=True),
)

channel_gaps = Table(
    # What may have been lost on its way to us: numbers that never came, times in which we did not listen.
    "channel_gaps",
    metadata,
    _id(),
    Column("channel", String(32), nullable=False),
    Column("kind", String(16), nullable=False),  # jump | outage
    Column("key", String(64), nullable=False),
    Column("missing", Integer, nullable=False, default=0),  # updates
    Column("seconds", Float, nullable=False, default=0.0),
    Column("seen_at", Time, nullable=False),
    Column("asked_again_at", Time),  # an outage: open questions were asked again
    UniqueConstraint("channel", "key"),
)

channel_states = Table(
    # How a channel is doing, written by the process that listens and shown by every one.
    "channel_states",
    metadata,
    Column("channel", String(32), primary_key=True),
    Column("data", Json, nullable=False),
    Column("at", Float, nullable=False),  # seconds of the machine's clock: when it last heard from the provider
)
