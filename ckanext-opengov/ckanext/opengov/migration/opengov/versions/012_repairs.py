"""Accepted repairs of files."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "opengov_012"
down_revision = "opengov_011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "opengov_repair",
        sa.Column("resource_id", sa.Text, primary_key=True),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("original_sha256", sa.Text, nullable=False, index=True),
        sa.Column("original_size", sa.BigInteger, nullable=False),
        sa.Column("original", JSONB, nullable=False),
        sa.Column("source", JSONB, nullable=False),
        sa.Column("steps", JSONB, nullable=False),
        sa.Column("wanted", JSONB),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("opengov_repair")
