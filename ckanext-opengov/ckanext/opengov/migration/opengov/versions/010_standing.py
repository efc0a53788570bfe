"""Standing approvals, the rows that came by them, and whose turn a job is."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "opengov_010"
down_revision = "opengov_009"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "opengov_standing",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("package_id", sa.Text, nullable=False, index=True),
        sa.Column("resource_id", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("mode", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("most_rows", sa.Integer, nullable=False),
        sa.Column("most_rows_a_day", sa.Integer, nullable=False),
        sa.Column("terms", sa.Text, nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("decided_by", sa.Text),
        sa.Column("decided_at", MOMENT),
        sa.Column("until", sa.Date),
        sa.Column("ended_by", sa.Text),
        sa.Column("ended_at", MOMENT),
        sa.Column("end_code", sa.Text),
        sa.Column("end_reason", sa.Text),
    )
    op.create_index(
        "opengov_standing_open",
        "opengov_standing",
        ["resource_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('requested', 'granted')"),
    )
    op.create_table(
        "opengov_standing_use",
        sa.Column("standing_id", sa.Text, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("calls", sa.Integer, nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
    )
    op.create_table(
        "opengov_upsert",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("resource_id", sa.Text, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("standing_id", sa.Text, nullable=False),
        sa.Column("user_id", sa.Text),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("client_token", sa.Text),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("records", JSONB),
        sa.Column("answer", JSONB, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("sha256", sa.Text),
        sa.Column("version", sa.Integer),
        sa.UniqueConstraint("resource_id", "number"),
        sa.UniqueConstraint("resource_id", "client_token"),
    )
    op.create_index(
        "opengov_upsert_waiting",
        "opengov_upsert",
        ["resource_id", "number"],
        postgresql_where=sa.text("records IS NOT NULL"),
    )
    op.add_column("opengov_job", sa.Column("party", sa.Text, nullable=False, server_default=""))
    op.add_column(
        "opengov_job", sa.Column("weight", sa.BigInteger, nullable=False, server_default="0")
    )
    op.add_column("opengov_job", sa.Column("started_at", MOMENT))
    op.create_index("opengov_job_turns", "opengov_job", ["queue", "party", "started_at"])


def downgrade() -> None:
    op.drop_index("opengov_job_turns", "opengov_job")
    op.drop_column("opengov_job", "started_at")
    op.drop_column("opengov_job", "weight")
    op.drop_column("opengov_job", "party")
    op.drop_table("opengov_upsert")
    op.drop_table("opengov_standing_use")
    op.drop_table("opengov_standing")
