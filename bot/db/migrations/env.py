"""Alembic's entry: runs the revisions on the connection that bot.db.migrate hands over."""

from typing import Any, Literal

from alembic import context

from bot.db.models import Json, Time, metadata


def render(kind: str, item: Any, autogen: Any) -> str | Literal[False]:
    """Our own types by what they are in the database: an old revision must not depend on a class of today."""
    if kind == "type" and isinstance(item, Time):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and item is Json:
        autogen.imports.add("from sqlalchemy.dialects import postgresql")
        return "sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite cannot alter a column in place
    compare_type=True,
    render_item=render,
)
with context.begin_transaction():
    context.run_migrations()
