"""Versions of schemas that are no longer proposed, and what is to be declared instead."""

import sqlalchemy as sa
from alembic import op

revision = "opengov_014"
down_revision = "opengov_013"
branch_labels = None
depends_on = None

TABLE = "opengov_schema_version"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("deprecated_at", sa.DateTime(timezone=True)))
    op.add_column(TABLE, sa.Column("successor", sa.Text))
    op.create_check_constraint(
        "opengov_schema_version_successor", TABLE, "successor IS NULL OR deprecated_at IS NOT NULL"
    )


def downgrade() -> None:
    op.drop_constraint("opengov_schema_version_successor", TABLE)
    op.drop_column(TABLE, "successor")
    op.drop_column(TABLE, "deprecated_at")
