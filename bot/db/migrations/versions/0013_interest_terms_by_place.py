"""The terms of interests by place, so that those of other markets are not even read; they are made anew."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _again(sa.Column("place", sa.SmallInteger(), autoincrement=False, nullable=False), in_key=True)


def downgrade() -> None:
    _again(sa.Column("reach", sa.BigInteger(), nullable=False), in_key=False)


def _again(where: sa.Column[int], *, in_key: bool) -> None:
    """Nothing is lost with the table: what it holds is made from the interests before the next alert goes out."""
    op.drop_table("interest_terms")
    term = sa.String(length=48).with_variant(sa.String(length=48, collation="C"), "postgresql")
    key = ("term", "place", "interest_id") if in_key else ("term", "interest_id")
    op.create_table(
        "interest_terms",
        sa.Column("term", term, nullable=False),
        where,
        sa.Column("interest_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["interest_id"], ["interests.id"], name=op.f("fk_interest_terms_interest_id_interests"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(*key, name=op.f("pk_interest_terms")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_interest_terms_interest_id"), "interest_terms", ["interest_id"], unique=False)
    op.execute("UPDATE interests SET indexed = NULL")
