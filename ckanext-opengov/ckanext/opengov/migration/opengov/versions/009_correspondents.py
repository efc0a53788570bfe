"""People without an account whom the suite writes to."""

import sqlalchemy as sa
from alembic import op

revision = "opengov_009"
down_revision = "opengov_008"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "opengov_correspondent",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("address", sa.LargeBinary, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("confirmed_at", MOMENT),
        sa.Column("expires_at", MOMENT, index=True),
        sa.CheckConstraint("(confirmed_at IS NULL) = (expires_at IS NOT NULL)"),
    )


def downgrade() -> None:
    op.drop_table("opengov_correspondent")
