"""What all tables are made of. Times are aware UTC, states are words, lists and documents are JSON."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    Integer,
    MetaData,
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


def id_() -> Column[int]:
    return Column("id", Id, primary_key=True, autoincrement=True)


def ref(target: str, *, nullable: bool = False, name: str | None = None) -> Column[Any]:
    column = name or f"{target.removesuffix('s')}_id"
    return Column(column, Id, ForeignKey(f"{target}.id", ondelete="CASCADE"), nullable=nullable)
