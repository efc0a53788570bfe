"""Texts of consultations: imports, what a person must settle, and where comments stand."""

from alembic import op

revision = "consultation_003"
down_revision = "consultation_002"
branch_labels = None
depends_on = None

CHANGES = """
ALTER TABLE consultation_document
    ADD title_translated jsonb NOT NULL DEFAULT '{}';
ALTER TABLE consultation_document_version
    ADD revision integer NOT NULL DEFAULT 1,
    ADD created_at timestamptz NOT NULL DEFAULT now(),
    ADD carried_at timestamptz;
-- The printed number has a form in each language: "Article 3" is "الفصل 3".
ALTER TABLE consultation_node
    ALTER number DROP DEFAULT,
    ALTER number TYPE jsonb USING CASE number WHEN '' THEN '{}'::jsonb
        ELSE jsonb_build_object('fr', number) END,
    ALTER number SET DEFAULT '{}';
-- What is stored is sure, or a person said so; what is neither is a question.
ALTER TABLE consultation_node_map
    DROP is_sure,
    ADD confirmed_by text,
    ADD confirmed_at timestamptz;
CREATE INDEX consultation_node_map_to ON consultation_node_map (to_version, to_eid);

CREATE TABLE consultation_node_question (
    from_version text NOT NULL,
    from_eid text NOT NULL,
    to_version text NOT NULL REFERENCES consultation_document_version ON DELETE CASCADE,
    relation text NOT NULL CHECK (relation IN
        ('same', 'edited', 'moved', 'split', 'merged', 'deleted')),
    candidates text[] NOT NULL,
    PRIMARY KEY (to_version, from_version, from_eid),
    FOREIGN KEY (from_version, from_eid) REFERENCES consultation_node (version_id, eid)
        ON DELETE CASCADE
);

-- A comment that is ambiguous stands nowhere until a person says where.
DROP INDEX consultation_anchor_at;
ALTER TABLE consultation_anchor
    ADD seq bigint,
    ADD candidates text[] NOT NULL DEFAULT '{}',
    ADD confirmed_at timestamptz,
    DROP CONSTRAINT consultation_anchor_check;
UPDATE consultation_anchor SET eid = NULL WHERE state = 'ambiguous';
UPDATE consultation_anchor a SET seq = c.seq FROM consultation_comment c WHERE c.id = a.comment_id;
ALTER TABLE consultation_anchor
    ALTER seq SET NOT NULL,
    ADD CONSTRAINT consultation_anchor_placed
        CHECK ((state IN ('ambiguous', 'orphaned')) = (eid IS NULL));
CREATE INDEX consultation_anchor_at ON consultation_anchor (version_id, eid, seq);

CREATE TABLE consultation_import (
    id text PRIMARY KEY,
    version_id text NOT NULL REFERENCES consultation_document_version ON DELETE CASCADE,
    language text NOT NULL,
    name text NOT NULL,
    content bytea CHECK (octet_length(content) <= 40000000),
    error jsonb,
    found jsonb NOT NULL DEFAULT '{}',
    other_text jsonb,
    settled jsonb NOT NULL DEFAULT '{}',
    created_by text,
    created_at timestamptz NOT NULL,
    finished_at timestamptz
);
-- Files are packed already: to pack them again costs time and saves nothing.
ALTER TABLE consultation_import ALTER content SET STORAGE EXTERNAL;
CREATE INDEX consultation_import_of ON consultation_import (version_id, created_at);
"""

UNDO = """
DROP TABLE consultation_import;
DROP INDEX consultation_anchor_at;
DELETE FROM consultation_anchor WHERE state = 'ambiguous';
ALTER TABLE consultation_anchor
    DROP CONSTRAINT consultation_anchor_placed,
    DROP seq,
    DROP candidates,
    DROP confirmed_at,
    ADD CONSTRAINT consultation_anchor_check CHECK ((state = 'orphaned') = (eid IS NULL));
CREATE INDEX consultation_anchor_at ON consultation_anchor (version_id, eid);
DROP TABLE consultation_node_question;
DROP INDEX consultation_node_map_to;
ALTER TABLE consultation_node_map
    ADD is_sure boolean NOT NULL DEFAULT true,
    DROP confirmed_by,
    DROP confirmed_at;
ALTER TABLE consultation_node_map ALTER is_sure DROP DEFAULT;
ALTER TABLE consultation_node ADD printed text NOT NULL DEFAULT '';
UPDATE consultation_node n SET printed = coalesce(
    (SELECT each.value FROM jsonb_each_text(n.number) each ORDER BY each.key DESC LIMIT 1), '');
ALTER TABLE consultation_node DROP number;
ALTER TABLE consultation_node RENAME printed TO number;
ALTER TABLE consultation_document_version
    DROP revision,
    DROP created_at,
    DROP carried_at;
ALTER TABLE consultation_document DROP title_translated;
"""


def upgrade() -> None:
    op.execute(CHANGES)


def downgrade() -> None:
    op.execute(UNDO)
