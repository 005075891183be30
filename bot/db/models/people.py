"""Who there is: organisations, members, their addresses, roles, codes, and what was done in whose name."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint, false, true

from bot.db.models.columns import Id, Json, Time, id_, metadata, ref

organisations = Table(
    "organisations",
    metadata,
    id_(),
    Column("kind", String(16), nullable=False),  # centre | bureau | association | enterprise
    Column("code", String(64), nullable=False, unique=True),  # short name that commands and imports use
    Column("name_zh", String(200), nullable=False),
    Column("name_en", String(200), nullable=False),
    Column("parent_id", Id, ForeignKey("organisations.id", ondelete="SET NULL"), index=True),
    Column("second_approval", Boolean, nullable=False, default=False, server_default=false()),  # of its notices
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
    id_(),
    Column("name", String(200)),
    Column("language", String(8)),  # the member's own choice; null = the language of each message
    Column("time_zone", String(64), nullable=False, default="Asia/Shanghai"),
    Column("state", String(16), nullable=False, default="active"),  # active | erased
    Column("privacy_shown_at", Time),
    Column("consented_at", Time),
    Column("paused_until", Time),
    Column("frequency", String(16), nullable=False, default="instant", server_default="instant"),  # of new interests
    Column("digest_at", String(5)),  # HH:MM where the member is, as the next two; null = as the settings say
    Column("digest_weekday", Integer),  # 0 = Monday
    Column("quiet_from", String(5)),
    Column("quiet_until", String(5)),
    Column("looked", Json),  # {since, at, key}: what "new since I last looked" showed last, and in which turn
    Column("recalls", Boolean, nullable=False, default=True, server_default=true()),  # wants to be told of them
    Column("demo", Boolean, nullable=False, default=False),
    Column("created_at", Time, nullable=False),
)

groups = Table(
    # A chat group of an organisation: its notices go there too.
    "groups",
    metadata,
    id_(),
    ref("organisations"),
    Column("channel", String(32), nullable=False),
    Column("address", String(200), nullable=False),
    Column("name", String(200)),
    Column("state", String(16), nullable=False, default="active"),  # active | gone
    Column("added_by", Id, ForeignKey("members.id", ondelete="SET NULL")),
    Column("created_at", Time, nullable=False),
    UniqueConstraint("channel", "address"),
    Index("ix_groups_organisation", "organisation_id"),
)

addresses = Table(
    "addresses",
    metadata,
    id_(),
    ref("members"),
    Column("channel", String(32), nullable=False),
    Column("address", String(200), nullable=False),
    Column("state", String(16), nullable=False, default="active"),  # active | gone
    Column("reason", Text),
    Column("place", Integer),  # in the member's own order, 1 first; null = behind those that have one
    Column("created_at", Time, nullable=False),
    UniqueConstraint("channel", "address"),
    Index("ix_addresses_member", "member_id"),
)

roles = Table(
    "roles",
    metadata,
    id_(),
    ref("members"),
    ref("organisations"),
    Column("role", String(32), nullable=False),  # enterprise | secretary | officer | analyst | administrator
    Column("granted_at", Time, nullable=False),
    Column("granted_by", Id, ForeignKey("members.id", ondelete="SET NULL")),
    UniqueConstraint("member_id", "organisation_id", "role"),
    Index("ix_roles_organisation", "organisation_id"),
)

codes = Table(
    "codes",
    metadata,
    id_(),
    Column("hash", String(64), nullable=False, unique=True),  # SHA-256; the code itself is never stored
    Column("purpose", String(16), nullable=False),  # invite | link | enter | address
    Column("channel", String(32)),  # of the address that is to be confirmed
    Column("address", String(200)),
    ref("members", nullable=True),
    ref("organisations", nullable=True),
    Column("role", String(32)),
    Column("uses_left", Integer, nullable=False, default=1),
    Column("expires_at", Time, nullable=False),
    Column("created_at", Time, nullable=False),
    Column("created_by", Id, ForeignKey("members.id", ondelete="SET NULL")),
)

enrolments = Table(
    "enrolments",
    metadata,
    id_(),
    ref("members"),
    ref("organisations"),
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
    id_(),
    Column("at", Time, nullable=False),
    Column("member_id", Id, ForeignKey("members.id", ondelete="SET NULL")),
    Column("action", String(64), nullable=False),
    Column("subject", String(200)),
    Column("allowed", Boolean, nullable=False),
    Column("detail", Json),
    Index("ix_audit_log_at", "at"),
)

accounts = Table(
    # With which a member of staff enters the console; the password is stored as its argon2 hash.
    "accounts",
    metadata,
    Column("member_id", Id, ForeignKey("members.id", ondelete="CASCADE"), primary_key=True),
    Column("login", String(64), nullable=False, unique=True),
    Column("password", String(200), nullable=False),
    Column("failures", Integer, nullable=False, default=0),  # since the last success
    Column("locked_until", Time),
    Column("created_at", Time, nullable=False),
    Column("changed_at", Time, nullable=False),
)

staff_sessions = Table(
    "staff_sessions",
    metadata,
    Column("hash", String(64), primary_key=True),  # SHA-256 of the cookie's random part
    Column("member_id", Id, ForeignKey("members.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("token", String(64), nullable=False),  # what a form must carry (CSRF)
    Column("by_link", Boolean, nullable=False, default=False, server_default=false()),  # may set a password unasked
    Column("created_at", Time, nullable=False),
    Column("seen_at", Time, nullable=False),
    Column("expires_at", Time, nullable=False),
)

web_sessions = Table(
    "web_sessions",
    metadata,
    Column("hash", String(64), primary_key=True),  # SHA-256 of the cookie's random part
    Column("visitor", String(64), nullable=False, index=True),  # the address on the web channel
    Column("created_at", Time, nullable=False),
    Column("expires_at", Time, nullable=False),
)
