"""Rows that were taken and that no file will have: why, as the approval ended."""

import sqlalchemy as sa
from alembic import op

revision = "opengov_015_lost_rows"
down_revision = "opengov_014"
branch_labels = None
depends_on = None

TABLE = "opengov_upsert"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("lost", sa.Text))
    # Until now such batches were told by what they lack: the records, and the file.
    op.execute(
        "UPDATE opengov_upsert u SET lost = COALESCE(s.end_code, 'file-broken')"
        " FROM opengov_standing s WHERE s.id = u.standing_id"
        " AND u.records IS NULL AND u.version IS NULL"
        " AND (u.answer ->> 'inserted')::int + (u.answer ->> 'updated')::int > 0"
    )


def downgrade() -> None:
    op.execute("UPDATE opengov_upsert SET records = NULL WHERE lost IS NOT NULL")
    op.drop_column(TABLE, "lost")
