"""What enterprises answer: feedback with its versions and files, the surveys that ask for it, and what comes of it."""

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from bot.db.models.columns import Id, Json, Time, id_, metadata, ref

surveys = Table(
    "surveys",
    metadata,
    id_(),
    ref("organisations"),  # who asks
    Column("notification_id", Id, ForeignKey("notifications.id", ondelete="SET NULL"), index=True),
    Column("family", String(80), index=True),  # of the notification; an addendum to it may move the deadlines
    Column("title_zh", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("audience", Json, nullable=False),  # who is asked: organisations, regions, products, hs_codes, markets ...
    Column("questions", Json, nullable=False),  # beyond the core: [{id, kind, zh, en, options}]
    Column("state", String(16), nullable=False, default="open"),  # open | closed | cancelled
    Column("comment_deadline", Date),  # from which the three below are computed back
    Column("enterprise_due", Date, nullable=False),
    Column("county_due", Date, nullable=False),
    Column("centre_due", Date, nullable=False),
    Column("provisional", Boolean, nullable=False, default=False),  # the calendar does not reach that far
    Column("spans", Json, nullable=False),  # days between the deadlines where they differ from the settings
    Column("cursor", Id, nullable=False, default=0),  # the last member who was looked at while inviting
    Column("invited_all_at", Time),
    Column("moves", Integer, nullable=False, default=0, server_default="0"),  # how often the deadlines moved,
    Column("moves_told", Integer, nullable=False, default=0, server_default="0"),  # and which of them everybody knows
    Column("moved_from", Date),  # the enterprises' deadline before the last move
    Column("moved_at", Time),
    Column("told_at", Time),  # since when everybody knows how it ended
    Column("key", String(200), nullable=False, unique=True),
    Column("opened_by", Id, ForeignKey("members.id", ondelete="SET NULL")),
    Column("opened_at", Time, nullable=False),
    Column("closed_by", Id, ForeignKey("members.id", ondelete="SET NULL")),
    Column("closed_at", Time),
    Column("conclusion", Text),
    Column("demo", Boolean, nullable=False, default=False, server_default=false()),
    Index("ix_surveys_state", "state"),
)

invitations = Table(
    # A member who is asked by a survey; whether they answered is told by their feedback.
    "invitations",
    metadata,
    id_(),
    ref("surveys"),
    Column("member_id", Id, ForeignKey("members.id", ondelete="SET NULL")),  # null: erased, and still counted
    Column("organisation_id", Id, ForeignKey("organisations.id", ondelete="SET NULL")),  # the enterprise
    Column("bureau_id", Id, ForeignKey("organisations.id", ondelete="SET NULL")),  # its county office
    Column("invited_at", Time, nullable=False),
    Column("reminded_at", Time),
    Column("reminders", Integer, nullable=False, default=0),
    Column("answered_at", Time),
    UniqueConstraint("survey_id", "member_id"),
    Index("ix_invitations_bureau", "survey_id", "bureau_id"),
    Index("ix_invitations_enterprise", "survey_id", "organisation_id"),  # has a colleague answered?
)

county_sheets = Table(
    # What a county makes of its enterprises' answers and passes up to the centre.
    "county_sheets",
    metadata,
    id_(),
    ref("surveys"),
    ref("organisations"),
    Column("state", String(16), nullable=False, default="open"),  # open | passed
    Column("opinion", Text),
    Column("figures", Json, nullable=False),  # as they were when the sheet was passed up
    Column("version", Integer, nullable=False, default=0),
    Column("updated_by", Id, ForeignKey("members.id", ondelete="SET NULL")),
    Column("updated_at", Time, nullable=False),
    Column("passed_by", Id, ForeignKey("members.id", ondelete="SET NULL")),
    Column("passed_at", Time),
    UniqueConstraint("survey_id", "organisation_id"),
)

studies = Table(
    # A special study beside the survey, given to somebody (专题研究).
    "studies",
    metadata,
    id_(),
    ref("surveys", nullable=True),
    ref("organisations"),  # who asked for it
    Column("title", Text, nullable=False),
    Column("task", Text, nullable=False),
    Column("assignee_id", Id, ForeignKey("members.id", ondelete="SET NULL"), index=True),
    Column("due", Date, nullable=False),
    Column("state", String(16), nullable=False, default="assigned"),  # assigned | delivered | accepted | returned
    Column("result", Text),
    Column("file", Json),
    Column("created_by", Id, ForeignKey("members.id", ondelete="SET NULL")),
    Column("created_at", Time, nullable=False),
    Column("updated_at", Time, nullable=False),
)

feedback = Table(
    # One notification (or a measure that was not notified) and one product, as one enterprise sees it.
    "feedback",
    metadata,
    id_(),
    Column("member_id", Id, ForeignKey("members.id", ondelete="SET NULL")),  # null: erased, and still counted
    Column("organisation_id", Id, ForeignKey("organisations.id", ondelete="SET NULL"), index=True),
    Column("bureau_id", Id, ForeignKey("organisations.id", ondelete="SET NULL"), index=True),  # its county office
    Column("survey_id", Id, ForeignKey("surveys.id", ondelete="SET NULL"), index=True),
    Column("notification_id", Id, ForeignKey("notifications.id", ondelete="SET NULL"), index=True),
    Column("symbol", String(80)),  # null: a measure that was not notified
    Column("subject", Text),  # of a measure that was not notified, in the enterprise's words
    Column("product", Text),
    Column("affected", String(16)),  # none | minor | serious | lost_market | yes | unknown
    Column("answers", Json, nullable=False),  # the core, by slot; a refused answer is __declined__
    Column("more", Json, nullable=False),  # the second step and the survey's own questions, by id
    Column("consent", String(16)),  # aggregate | anonymous | quote | foreign | withdrawn
    Column("state", String(16), nullable=False, default="draft"),  # draft | submitted | withdrawn
    Column("version", Integer, nullable=False, default=0),  # of what was submitted
    Column("language", String(8), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("address", String(200), nullable=False),
    Column("key", String(200), nullable=False, unique=True),
    Column("created_at", Time, nullable=False),
    Column("updated_at", Time, nullable=False),
    Column("submitted_at", Time),
    Column("withdrawn_at", Time),
    Column("demo", Boolean, nullable=False, default=False, server_default=false()),
    Index("ix_feedback_member", "member_id", "state"),
    Index("ix_feedback_symbol", "symbol", "state"),
)

feedback_versions = Table(
    # What was submitted, amended or withdrawn, each time as it was then.
    "feedback_versions",
    metadata,
    Column("feedback_id", Id, ForeignKey("feedback.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("state", String(16), nullable=False),
    Column("record", Json, nullable=False),
    Column("at", Time, nullable=False),
)

feedback_files = Table(
    "feedback_files",
    metadata,
    id_(),
    ref("feedback"),
    Column("name", String(200), nullable=False),
    Column("media_type", String(100), nullable=False),
    Column("path", String(200), nullable=False),
    Column("size", Integer, nullable=False),
    Column("key", String(200), nullable=False, unique=True),
    Column("at", Time, nullable=False),
    Index("ix_feedback_files_feedback", "feedback_id"),
)

draft_comments = Table(
    # The centre's comment on a notification, drafted from answers; approved by an officer, sent by nobody but them.
    "draft_comments",
    metadata,
    id_(),
    ref("surveys"),
    Column("blocks", Json, nullable=False),  # {block: {zh, en}}, see bot/comments
    Column("state", String(16), nullable=False, default="draft"),  # draft | approved
    Column("version", Integer, nullable=False, default=0),
    Column("edited_by", Id, ForeignKey("members.id", ondelete="SET NULL")),
    Column("edited_at", Time, nullable=False),
    Column("approved_by", Id, ForeignKey("members.id", ondelete="SET NULL")),
    Column("approved_at", Time),
    UniqueConstraint("survey_id"),
)

exchange_rates = Table(
    # What one unit of the currency is in US dollars on that day, as staff entered it with its source.
    "exchange_rates",
    metadata,
    Column("currency", String(3), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("usd", Float, nullable=False),
    Column("source", Text, nullable=False),
    Column("entered_by", Id, ForeignKey("members.id", ondelete="SET NULL")),
    Column("entered_at", Time, nullable=False),
)
