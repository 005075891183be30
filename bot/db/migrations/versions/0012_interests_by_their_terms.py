"""What each interest asks for, as terms; they are filled in before the next alert goes out."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "interest_terms",
        sa.Column(
            "term", sa.String(length=48).with_variant(sa.String(length=48, collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("interest_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reach", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["interest_id"], ["interests.id"], name=op.f("fk_interest_terms_interest_id_interests"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("term", "interest_id", name=op.f("pk_interest_terms")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("interest_terms", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_interest_terms_interest_id"), ["interest_id"], unique=False)

    with op.batch_alter_table("interests", schema=None) as batch_op:
        batch_op.add_column(sa.Column("indexed", sa.Integer(), nullable=True))
        batch_op.create_index("ix_interests_indexed", ["state", "indexed"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("interests", schema=None) as batch_op:
        batch_op.drop_index("ix_interests_indexed")
        batch_op.drop_column("indexed")

    with op.batch_alter_table("interest_terms", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_interest_terms_interest_id"))

    op.drop_table("interest_terms")
