"""The inbox: messages stay, and go by mail alone or together, as their readers wish."""

import sqlalchemy as sa
from alembic import op

revision = "opengov_007"
down_revision = "opengov_006"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "opengov_reader",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("frequency", sa.Text, nullable=False),
        sa.Column("language", sa.Text),
        sa.Column("signed_in_with", sa.Text),
    )
    op.create_table(
        "opengov_mail",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("recipient_id", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False, index=True),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
    )
    # Each message was a mail of its own: jobs that wait find it under the same id.
    op.execute(
        "INSERT INTO opengov_mail (id, recipient_id, state, attempts, created_at)"
        " SELECT id, recipient_id, state, attempts, created_at FROM opengov_outbox"
    )
    op.add_column(
        "opengov_outbox", sa.Column("way", sa.Text, nullable=False, server_default="mail")
    )
    op.alter_column("opengov_outbox", "way", server_default=None)
    op.add_column("opengov_outbox", sa.Column("mail_id", sa.Text))
    op.add_column("opengov_outbox", sa.Column("read_at", MOMENT))
    # What was told before there was an inbox is no news.
    op.execute(
        "UPDATE opengov_outbox SET mail_id = id,"
        " read_at = CASE WHEN state <> 'queued' THEN created_at END"
    )
    op.drop_column("opengov_outbox", "state")
    op.drop_column("opengov_outbox", "attempts")
    op.create_index("ix_opengov_outbox_mail", "opengov_outbox", ["mail_id"])
    op.create_index(
        "ix_opengov_outbox_inbox", "opengov_outbox", ["recipient_id", "created_at", "id"]
    )
    op.create_index(
        "ix_opengov_outbox_unread",
        "opengov_outbox",
        ["recipient_id"],
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.create_index(
        "ix_opengov_outbox_digest",
        "opengov_outbox",
        ["recipient_id", "created_at"],
        postgresql_where=sa.text("way = 'digest' AND mail_id IS NULL AND read_at IS NULL"),
    )


def downgrade() -> None:
    op.add_column("opengov_outbox", sa.Column("state", sa.Text))
    op.add_column("opengov_outbox", sa.Column("attempts", sa.Integer))
    op.execute(
        "UPDATE opengov_outbox SET state = 'sent', attempts = 0 WHERE mail_id IS NULL;"
        "UPDATE opengov_outbox SET state = mail.state, attempts = mail.attempts"
        " FROM opengov_mail mail WHERE mail.id = mail_id;"
        "UPDATE opengov_outbox SET state = 'sent' WHERE state = 'needless'"
    )
    for column in ("state", "attempts"):
        op.alter_column("opengov_outbox", column, nullable=False)
    for name in ("digest", "unread", "inbox", "mail"):
        op.drop_index(f"ix_opengov_outbox_{name}", "opengov_outbox")
    op.create_index("ix_opengov_outbox_state", "opengov_outbox", ["state"])
    for column in ("read_at", "mail_id", "way"):
        op.drop_column("opengov_outbox", column)
    op.drop_table("opengov_mail")
    op.drop_table("opengov_reader")
