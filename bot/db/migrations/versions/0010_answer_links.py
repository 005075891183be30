"""Links to answer with, the order of a member's addresses, what is sent instead of what failed, codes of addresses."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "answer_links",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("buttons", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Integer(), nullable=True),
        sa.Column("said", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_answer_links_member_id_members"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_links")),
        sa.UniqueConstraint("hash", name=op.f("uq_answer_links_hash")),
    )
    with op.batch_alter_table("answer_links", schema=None) as batch_op:
        batch_op.create_index("ix_answer_links_member", ["member_id"], unique=False)

    with op.batch_alter_table("addresses", schema=None) as batch_op:
        batch_op.add_column(sa.Column("place", sa.Integer(), nullable=True))

    with op.batch_alter_table("codes", schema=None) as batch_op:
        batch_op.add_column(sa.Column("channel", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("address", sa.String(length=200), nullable=True))

    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("instead_of", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.create_index(batch_op.f("ix_deliveries_instead_of"), ["instead_of"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_deliveries_instead_of_deliveries"), "deliveries", ["instead_of"], ["id"], ondelete="SET NULL"
        )


def downgrade() -> None:
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_deliveries_instead_of_deliveries"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_deliveries_instead_of"))
        batch_op.drop_column("instead_of")

    with op.batch_alter_table("codes", schema=None) as batch_op:
        batch_op.drop_column("address")
        batch_op.drop_column("channel")

    with op.batch_alter_table("addresses", schema=None) as batch_op:
        batch_op.drop_column("place")

    with op.batch_alter_table("answer_links", schema=None) as batch_op:
        batch_op.drop_index("ix_answer_links_member")

    op.drop_table("answer_links")
