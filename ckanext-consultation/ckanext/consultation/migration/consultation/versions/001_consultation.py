"""Consultations, their texts in versions, and what is made of each paragraph."""

from alembic import op

revision = "consultation_001"
down_revision = None
branch_labels = None
depends_on = None

# No foreign keys to CKAN's own tables: owner_org and user_id are plain ids.
TABLES = """
CREATE TABLE consultation (
    id text PRIMARY KEY,
    name text NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9_-]{2,100}$'),
    owner_org text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('law', 'regulation', 'plan', 'budget', 'policy', 'other')),
    state text NOT NULL CHECK (state IN
        ('draft', 'in-review', 'published', 'results', 'archived', 'cancelled')),
    title_translated jsonb NOT NULL,
    summary_translated jsonb NOT NULL DEFAULT '{}',
    search_text text NOT NULL,
    primary_lang text NOT NULL,
    opens_at timestamptz,
    closes_at timestamptz,
    response_due_at timestamptz,
    settings jsonb NOT NULL DEFAULT '{}',
    reason text,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    published_at timestamptz,
    answered_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    dataset_id text,
    CONSTRAINT consultation_window CHECK (closes_at > opens_at),
    CONSTRAINT consultation_dated CHECK (state IN ('draft', 'cancelled')
        OR (opens_at IS NOT NULL AND closes_at IS NOT NULL AND response_due_at IS NOT NULL)),
    CONSTRAINT consultation_titled CHECK (title_translated ? primary_lang)
);
CREATE INDEX consultation_by_end ON consultation (closes_at, id)
    WHERE state IN ('published', 'results', 'archived');
CREATE INDEX consultation_by_body ON consultation (owner_org, state, closes_at, id);
CREATE INDEX consultation_due ON consultation (response_due_at, id) WHERE state = 'published';

CREATE TABLE consultation_author (
    consultation_id text NOT NULL REFERENCES consultation ON DELETE CASCADE,
    user_id text NOT NULL,
    PRIMARY KEY (consultation_id, user_id)
);

CREATE TABLE consultation_member (
    consultation_id text NOT NULL REFERENCES consultation ON DELETE CASCADE,
    user_id text NOT NULL,
    role text NOT NULL CHECK (role IN ('moderator', 'analyst', 'responder', 'publisher')),
    PRIMARY KEY (consultation_id, user_id, role)
);

CREATE TABLE consultation_document (
    id text PRIMARY KEY,
    consultation_id text NOT NULL REFERENCES consultation ON DELETE CASCADE,
    position integer NOT NULL,
    UNIQUE (consultation_id, position)
);

CREATE TABLE consultation_document_version (
    id text PRIMARY KEY,
    document_id text NOT NULL REFERENCES consultation_document ON DELETE CASCADE,
    number integer NOT NULL,
    state text NOT NULL CHECK (state IN ('draft', 'published', 'final')),
    published_at timestamptz,
    UNIQUE (document_id, number)
);
CREATE UNIQUE INDEX consultation_one_final ON consultation_document_version (document_id)
    WHERE state = 'final';
CREATE UNIQUE INDEX consultation_one_draft ON consultation_document_version (document_id)
    WHERE state = 'draft';

CREATE TABLE consultation_node (
    version_id text NOT NULL REFERENCES consultation_document_version ON DELETE CASCADE,
    eid text NOT NULL CHECK (eid ~ '^[a-z0-9_]+$'),
    parent_eid text,
    position integer NOT NULL,
    kind text NOT NULL,
    number text NOT NULL DEFAULT '',
    heading jsonb NOT NULL DEFAULT '{}',
    body jsonb NOT NULL DEFAULT '{}',
    body_sha256 bytea NOT NULL,
    PRIMARY KEY (version_id, eid),
    UNIQUE (version_id, position) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (version_id, parent_eid) REFERENCES consultation_node (version_id, eid)
        DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE consultation_node_map (
    from_version text NOT NULL,
    from_eid text NOT NULL,
    to_version text NOT NULL,
    to_eid text,
    relation text NOT NULL CHECK (relation IN
        ('same', 'edited', 'moved', 'split', 'merged', 'deleted')),
    is_sure boolean NOT NULL,
    CHECK ((relation = 'deleted') = (to_eid IS NULL)),
    FOREIGN KEY (from_version, from_eid) REFERENCES consultation_node (version_id, eid)
        ON DELETE CASCADE,
    FOREIGN KEY (to_version, to_eid) REFERENCES consultation_node (version_id, eid)
        ON DELETE CASCADE
);
CREATE UNIQUE INDEX consultation_node_map_key ON consultation_node_map
    (from_version, from_eid, to_version, coalesce(to_eid, ''));
"""
NAMES = ("node_map", "node", "document_version", "document", "member", "author")


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    for name in NAMES:
        op.execute(f"DROP TABLE consultation_{name}")
    op.execute("DROP TABLE consultation")
