"""Themes of comments, what the body replies, and which paragraphs it changed for it."""

from alembic import op

revision = "consultation_005"
down_revision = "consultation_004"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE consultation_theme (
    id text PRIMARY KEY,
    consultation_id text NOT NULL REFERENCES consultation ON DELETE CASCADE,
    title_translated jsonb NOT NULL,
    summary_translated jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    version integer NOT NULL DEFAULT 1,
    UNIQUE (consultation_id, id)
);
CREATE INDEX consultation_theme_of ON consultation_theme (consultation_id, created_at, id);

CREATE TABLE consultation_theme_comment (
    consultation_id text NOT NULL,
    theme_id text NOT NULL,
    comment_id text NOT NULL,
    seq bigint NOT NULL,
    PRIMARY KEY (theme_id, comment_id),
    FOREIGN KEY (consultation_id, theme_id)
        REFERENCES consultation_theme (consultation_id, id) ON DELETE CASCADE,
    FOREIGN KEY (consultation_id, comment_id)
        REFERENCES consultation_comment (consultation_id, id) ON DELETE CASCADE
);
CREATE INDEX consultation_theme_comments ON consultation_theme_comment (theme_id, seq DESC);
CREATE INDEX consultation_themes_of_comment ON consultation_theme_comment (comment_id);

CREATE TABLE consultation_reply (
    id text PRIMARY KEY,
    consultation_id text NOT NULL REFERENCES consultation ON DELETE CASCADE,
    theme_id text,
    comment_id text,
    decision text NOT NULL CHECK (decision IN ('accepted', 'in-part', 'refused', 'noted')),
    text_translated jsonb NOT NULL,
    written_by text,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    published_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    CHECK (num_nonnulls(theme_id, comment_id) <= 1),
    FOREIGN KEY (consultation_id, theme_id)
        REFERENCES consultation_theme (consultation_id, id) ON DELETE CASCADE,
    FOREIGN KEY (consultation_id, comment_id)
        REFERENCES consultation_comment (consultation_id, id) ON DELETE CASCADE
);
CREATE INDEX consultation_reply_of ON consultation_reply (consultation_id, published_at, id);
CREATE INDEX consultation_reply_to_theme ON consultation_reply (theme_id)
    WHERE theme_id IS NOT NULL;
CREATE INDEX consultation_reply_to_comment ON consultation_reply (comment_id)
    WHERE comment_id IS NOT NULL;

CREATE TABLE consultation_change_link (
    reply_id text NOT NULL REFERENCES consultation_reply ON DELETE CASCADE,
    version_id text NOT NULL,
    eid text NOT NULL,
    change text NOT NULL CHECK (change IN ('added', 'changed', 'deleted')),
    PRIMARY KEY (reply_id, version_id, eid),
    FOREIGN KEY (version_id, eid) REFERENCES consultation_node (version_id, eid) ON DELETE CASCADE
);
CREATE INDEX consultation_change_link_at ON consultation_change_link (version_id, eid);
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    for name in ("change_link", "reply", "theme_comment", "theme"):
        op.execute(f"DROP TABLE consultation_{name}")
