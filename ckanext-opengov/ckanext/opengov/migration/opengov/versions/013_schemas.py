"""Versions of schemas as they were first used, and which findings block whose files."""

import sqlalchemy as sa
from alembic import op

revision = "opengov_013"
down_revision = "opengov_012"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "opengov_schema_version",
        sa.Column("ref", sa.Text, primary_key=True),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("noted_at", MOMENT, nullable=False),
    )
    op.create_table(
        "opengov_policy",
        sa.Column("body_id", sa.Text, primary_key=True),
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("weight", sa.Text, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.CheckConstraint("weight IN ('ignore', 'warn', 'block')"),
    )


def downgrade() -> None:
    op.drop_table("opengov_policy")
    op.drop_table("opengov_schema_version")
