"""Where datasets stand, their files and checks, jobs, and the audit log."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "opengov_001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)

# A log that its own application can rewrite proves nothing.
APPEND_ONLY = """
CREATE FUNCTION opengov_audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'opengov_audit is append-only';
END $$;
CREATE TRIGGER opengov_audit_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON opengov_audit
    FOR EACH STATEMENT EXECUTE FUNCTION opengov_audit_append_only();
"""


def upgrade() -> None:
    op.create_table(
        "opengov_publication",
        sa.Column("package_id", sa.Text, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("publish_at", MOMENT),
        sa.Column("published_at", MOMENT),
        sa.Column("withdrawn_at", MOMENT),
        sa.Column("reason", sa.Text),
    )
    op.create_index(
        "ix_opengov_publication_waiting", "opengov_publication", ["state", "changed_at"]
    )
    op.create_table(
        "opengov_contributor",
        sa.Column("package_id", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Text, primary_key=True),
    )
    op.create_table(
        "opengov_role_event",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("group_id", sa.Text, nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("maker_id", sa.Text),
        sa.Column("by_operator", sa.Boolean, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
    )
    op.create_index("ix_opengov_role_event_group", "opengov_role_event", ["group_id", "id"])
    op.create_table(
        "opengov_resource_file",
        sa.Column("resource_id", sa.Text, primary_key=True),
        sa.Column("sha256", sa.Text, nullable=False, index=True),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("stored_at", MOMENT, nullable=False),
    )
    op.create_table(
        "opengov_check",
        sa.Column("resource_id", sa.Text, primary_key=True),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("blocking", sa.Integer, nullable=False),
        sa.Column("report", JSONB, nullable=False),
        sa.Column("checked_at", MOMENT, nullable=False),
    )
    op.create_table(
        "opengov_job",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("queue", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("progress", sa.Float, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("run_at", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
    )
    op.create_index("ix_opengov_job_subject", "opengov_job", ["subject", "kind", "created_at"])
    op.create_index(
        "ix_opengov_job_unfinished",
        "opengov_job",
        ["run_at"],
        postgresql_where=sa.text("status IN ('queued', 'running')"),
    )
    op.create_table(
        "opengov_audit",
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("actor_id", sa.Text),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("details", JSONB, nullable=False),
        sa.Column("previous_hash", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
    )
    op.execute(APPEND_ONLY)


def downgrade() -> None:
    op.drop_table("opengov_audit")
    op.execute("DROP FUNCTION opengov_audit_append_only()")
    for table in ("job", "check", "resource_file", "role_event", "contributor", "publication"):
        op.drop_table(f"opengov_{table}")
