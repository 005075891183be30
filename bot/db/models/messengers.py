"""What messengers need: buttons, what was sent, updates, gaps."""

from sqlalchemy import BigInteger, Column, Float, Index, Integer, String, Table, Text, UniqueConstraint

from bot.db.models.columns import Json, Time, id_, metadata, ref

keyboards = Table(
    # The buttons under one message: what the messenger carries is `token:place`, what it means stays here.
    "keyboards",
    metadata,
    id_(),
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

answer_links = Table(
    # The buttons of a message to where nobody can press: a link to a page that has them, once.
    "answer_links",
    metadata,
    id_(),
    Column("hash", String(64), nullable=False, unique=True),  # SHA-256 of what the link holds, which is never stored
    ref("members"),
    Column("channel", String(32), nullable=False),
    Column("address", String(200), nullable=False),
    Column("language", String(8), nullable=False),
    Column("text", Text, nullable=False),
    Column("buttons", Json, nullable=False),  # [[title, payload], ...]
    Column("expires_at", Time, nullable=False),
    Column("answered_at", Time),
    Column("answer", Integer),  # the place of the button
    Column("said", Json),  # what was replied: [text, ...]
    Column("created_at", Time, nullable=False),
    Index("ix_answer_links_member", "member_id"),
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
    id_(),
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
