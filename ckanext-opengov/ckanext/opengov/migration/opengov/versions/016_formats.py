"""A check is also about the format that a file is said to have."""

from alembic import op

revision = "opengov_016_formats"
down_revision = "opengov_015_lost_rows"
branch_labels = None
depends_on = None


FORMAT = "lower(ltrim(btrim(coalesce(r.format, '')), '.'))"


def upgrade() -> None:
    for table in ("opengov_check", "opengov_waiver"):
        op.execute(
            f"UPDATE {table} c SET fingerprint ="  # noqa: S608 - names of ours
            f" encode(sha256(convert_to({FORMAT} || E'\\n' || c.fingerprint, 'UTF8')), 'hex')"
            " FROM resource r WHERE r.id = c.resource_id AND c.fingerprint NOT LIKE 'first-%'"
        )


def downgrade() -> None:
    # What a fingerprint was made of is lost: the files are checked anew.
    op.execute("DELETE FROM opengov_check")
