"""Changes to published datasets, and reports that are named by what they are about."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "opengov_002"
down_revision = "opengov_001"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "opengov_revision",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("package_id", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("changes", JSONB, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("publish_at", MOMENT),
        sa.Column("published_at", MOMENT),
        sa.Column("reason", sa.Text),
        sa.UniqueConstraint("package_id", "number"),
    )
    op.create_index(
        "ix_opengov_revision_open",
        "opengov_revision",
        ["package_id"],
        unique=True,
        postgresql_where=sa.text("state NOT IN ('published', 'discarded')"),
    )
    op.create_index(
        "ix_opengov_revision_waiting",
        "opengov_revision",
        ["state", "changed_at"],
        postgresql_where=sa.text("state IN ('submitted', 'scheduled')"),
    )
    op.create_table(
        "opengov_revision_file",
        sa.Column("revision_id", sa.Text, primary_key=True),
        sa.Column("resource_id", sa.Text, primary_key=True),
        sa.Column("sha256", sa.Text, nullable=False, index=True),
        sa.Column("size", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_opengov_revision_file_resource", "opengov_revision_file", ["resource_id"])
    op.add_column(
        "opengov_contributor",
        sa.Column("number", sa.Integer, nullable=False, server_default="1"),
    )
    _rekey("opengov_contributor", "package_id", "number", "user_id")
    _rekey("opengov_check", "resource_id", "fingerprint")


def downgrade() -> None:
    op.execute(
        "DELETE FROM opengov_check older USING opengov_check newer"
        " WHERE older.resource_id = newer.resource_id AND older.fingerprint <> newer.fingerprint"
        " AND (older.checked_at, older.fingerprint) < (newer.checked_at, newer.fingerprint)"
    )
    _rekey("opengov_check", "resource_id")
    op.execute("DELETE FROM opengov_contributor WHERE number > 1")
    _rekey("opengov_contributor", "package_id", "user_id")
    op.drop_column("opengov_contributor", "number")
    op.drop_table("opengov_revision_file")
    op.drop_table("opengov_revision")


def _rekey(table: str, *columns: str) -> None:
    """Give the table another primary key."""
    op.drop_constraint(f"{table}_pkey", table, type_="primary")
    op.create_primary_key(f"{table}_pkey", table, list(columns))
