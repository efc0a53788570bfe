"""Files on their way: sent in pieces, gone on with after a cut."""

import sqlalchemy as sa
from alembic import op

revision = "opengov_005"
down_revision = "opengov_004"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "opengov_upload",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("package_id", sa.Text, nullable=False),
        sa.Column("user_id", sa.Text, nullable=False, index=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("received", sa.BigInteger, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False, index=True),
    )


def downgrade() -> None:
    op.drop_table("opengov_upload")
