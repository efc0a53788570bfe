"""Who follows a consultation, and of what they are told; public comments in order of time."""

from alembic import op

revision = "consultation_008"
down_revision = "consultation_007"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE consultation_follow (
    consultation_id text NOT NULL REFERENCES consultation ON DELETE CASCADE,
    recipient_id text NOT NULL,
    created_at timestamptz NOT NULL,
    left_at timestamptz,
    PRIMARY KEY (consultation_id, recipient_id)
);
CREATE INDEX consultation_follow_of ON consultation_follow
    (recipient_id, created_at DESC, consultation_id) WHERE left_at IS NULL;

CREATE TABLE consultation_occasion (
    id text PRIMARY KEY,
    consultation_id text NOT NULL REFERENCES consultation ON DELETE CASCADE,
    kind text NOT NULL,
    subject text NOT NULL,
    at timestamptz NOT NULL,
    told_to text NOT NULL DEFAULT '',
    told_at timestamptz,
    UNIQUE (consultation_id, kind, subject)
);

CREATE INDEX consultation_comment_published ON consultation_comment
    (consultation_id, published_at DESC, id DESC) WHERE state = 'published';
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    op.execute(
        "DROP INDEX consultation_comment_published;"
        "DROP TABLE consultation_occasion; DROP TABLE consultation_follow"
    )
