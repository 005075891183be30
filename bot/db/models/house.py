"""What keeps the service going: leases, counters, rates."""

from sqlalchemy import Column, Float, Integer, String, Table

from bot.db.models.columns import metadata

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
