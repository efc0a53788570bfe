"""Rate limits."""

import sqlalchemy as sa
from alembic import op

revision = "opengov_004"
down_revision = "opengov_003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "opengov_limit",
        sa.Column("key", sa.LargeBinary, primary_key=True),
        sa.Column("empty_at", sa.DateTime(timezone=True), nullable=False, index=True),
        # Lost in a crash, and no harm done: a fresh start for everyone.
        prefixes=["UNLOGGED"],
    )


def downgrade() -> None:
    op.drop_table("opengov_limit")
