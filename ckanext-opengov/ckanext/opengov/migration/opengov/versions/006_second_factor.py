"""Second factors, and signatures over who gave whom a role."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "opengov_006"
down_revision = "opengov_005"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "opengov_second_factor",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("generation", sa.BigInteger, nullable=False),
        sa.Column("enrolment", sa.Text, nullable=False),
        sa.Column("secret", sa.LargeBinary),
        sa.Column("last_step", sa.BigInteger, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("recovery", JSONB, nullable=False),
        sa.Column("handover", sa.Text),
        sa.Column("handover_until", MOMENT),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("mac", sa.Text, nullable=False),
    )
    op.add_column("opengov_role_event", sa.Column("key_id", sa.Text))
    op.add_column("opengov_role_event", sa.Column("mac", sa.Text))


def downgrade() -> None:
    op.drop_column("opengov_role_event", "mac")
    op.drop_column("opengov_role_event", "key_id")
    op.drop_table("opengov_second_factor")
