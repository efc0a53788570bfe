"""Findings that a second person let pass."""

import sqlalchemy as sa
from alembic import op

revision = "opengov_011"
down_revision = "opengov_010"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "opengov_waiver",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("package_id", sa.Text, nullable=False),
        sa.Column("resource_id", sa.Text, nullable=False, index=True),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("field", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("waived_by", sa.Text, nullable=False),
        sa.Column("waived_at", MOMENT, nullable=False),
        sa.Column("revoked_by", sa.Text),
        sa.Column("revoked_at", MOMENT),
    )
    op.create_index(
        "opengov_waiver_in_force",
        "opengov_waiver",
        ["resource_id", "fingerprint", "code", "field"],
        unique=True,
        postgresql_where=sa.text("revoked_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("opengov_waiver")
