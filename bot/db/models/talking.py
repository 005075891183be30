"""What is said: inbox, conversations and their events, what the web shows, tickets."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from bot.db.models.columns import Id, Json, Time, id_, metadata, ref

inbox = Table(
    "inbox",
    metadata,
    id_(),
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
    id_(),
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
    id_(),
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

answer_ratings = Table(
    # What a member thought of an answer: with the question, for the editors.
    "answer_ratings",
    metadata,
    id_(),
    ref("members"),
    Column("question", Text, nullable=False),
    Column("language", String(8), nullable=False),
    Column("entry", String(100), nullable=False),  # the id of what was shown
    Column("verdict", String(16), nullable=False),  # useful | not_asked
    Column("state", String(16), nullable=False, default="open"),  # open | done: an editor has dealt with it
    Column("key", String(200), nullable=False, unique=True),
    Column("created_at", Time, nullable=False),
    Index("ix_answer_ratings_state", "state", "verdict"),
)

tickets = Table(
    "tickets",
    metadata,
    id_(),
    ref("members"),
    Column("channel", String(32), nullable=False),
    Column("address", String(200), nullable=False),
    Column("kind", String(16), nullable=False),  # unanswered | person | feedback | erase
    Column("question", Text, nullable=False),
    Column("language", String(8), nullable=False),
    Column("state", String(16), nullable=False, default="open"),  # open | answered | closed
    Column("key", String(200), nullable=False, unique=True),  # the same turn makes the same ticket
    Column("assignee_id", Id, ForeignKey("members.id", ondelete="SET NULL")),
    Column("rating", Integer),  # 1 helped | 0 did not help, by who asked
    Column("article", String(120)),  # id of the draft article that was made of it
    Column("created_at", Time, nullable=False),
    Column("due_at", Time, nullable=False),
    Column("answered_at", Time),
    Column("closed_at", Time),
    Index("ix_tickets_state", "state", "due_at"),
)

ticket_messages = Table(
    # What was said about a ticket after its question: answers of staff, follow-ups of who asked, notes among staff.
    "ticket_messages",
    metadata,
    id_(),
    ref("tickets"),
    Column("author_id", Id, ForeignKey("members.id", ondelete="SET NULL")),
    Column("kind", String(16), nullable=False),  # answer | follow_up | note
    Column("text", Text, nullable=False),
    Column("key", String(200), nullable=False, unique=True),
    Column("at", Time, nullable=False),
    Index("ix_ticket_messages_ticket", "ticket_id", "id"),
)

writings = Table(
    # What became of each draft of the writer: shown, or why the curated text stood in its place. No text, no member.
    "writings",
    metadata,
    id_(),
    Column("at", Time, nullable=False),
    Column("language", String(8), nullable=False),
    Column("entries", Json, nullable=False),  # the ids of the articles
    Column("state", String(32), nullable=False),  # shown, a flaw of knowledge/grounding.py, or what the endpoint did
    Column("detail", String(200), nullable=False),
    Column("milliseconds", Integer, nullable=False),
    Index("ix_writings_at", "at"),
)
