"""What changes in a file's rows, coded reasons, and what a change replaced."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "opengov_008"
down_revision = "opengov_007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "opengov_difference",
        sa.Column("revision_id", sa.Text, primary_key=True),
        sa.Column("resource_id", sa.Text, primary_key=True),
        sa.Column("fingerprint", sa.Text, primary_key=True),
        sa.Column("result", JSONB, nullable=False),
        sa.Column("compared_at", sa.DateTime(timezone=True), nullable=False),
    )
    for table in ("opengov_publication", "opengov_revision"):
        op.add_column(table, sa.Column("reasons", JSONB, nullable=False, server_default="[]"))
    op.add_column("opengov_revision", sa.Column("before", JSONB))


def downgrade() -> None:
    op.drop_column("opengov_revision", "before")
    for table in ("opengov_revision", "opengov_publication"):
        op.drop_column(table, "reasons")
    op.drop_table("opengov_difference")
