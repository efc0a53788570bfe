"""Participants, their comments and votes, and how these are moderated."""

from alembic import op

revision = "consultation_002"
down_revision = "consultation_001"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE consultation_participant (
    id text PRIMARY KEY,
    consultation_id text NOT NULL REFERENCES consultation ON DELETE CASCADE,
    number integer NOT NULL,
    user_id text,
    email_hmac bytea,
    kind text NOT NULL CHECK (kind IN ('account', 'guest', 'organization')),
    display_name text,
    org_name text,
    may_be_named boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    erased_at timestamptz,
    UNIQUE (consultation_id, id),
    UNIQUE (consultation_id, number),
    CHECK (kind <> 'organization' OR erased_at IS NOT NULL OR org_name IS NOT NULL),
    CHECK (erased_at IS NULL OR num_nonnulls(user_id, email_hmac, display_name, org_name) = 0)
);
CREATE UNIQUE INDEX consultation_participant_user
    ON consultation_participant (consultation_id, user_id) WHERE user_id IS NOT NULL;
CREATE UNIQUE INDEX consultation_participant_mail
    ON consultation_participant (consultation_id, email_hmac) WHERE email_hmac IS NOT NULL;
CREATE INDEX consultation_participant_of ON consultation_participant (user_id)
    WHERE user_id IS NOT NULL;

CREATE TABLE consultation_comment (
    id text PRIMARY KEY,
    seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    consultation_id text NOT NULL REFERENCES consultation ON DELETE RESTRICT,
    participant_id text NOT NULL,
    parent_id text,
    root_id text NOT NULL,
    depth smallint NOT NULL CHECK (depth BETWEEN 0 AND 4),
    version_id text,
    eid text,
    lang text NOT NULL,
    body text NOT NULL CHECK (length(body) <= 40000),
    search_text text NOT NULL,
    position smallint CHECK (position IN (-1, 0, 1)),
    state text NOT NULL CHECK (state IN
        ('pending', 'published', 'hidden', 'rejected', 'withdrawn', 'erased')),
    channel text NOT NULL CHECK (channel IN ('web', 'api')),
    client_token uuid NOT NULL,
    norm_sha256 bytea,
    for_count integer NOT NULL DEFAULT 0 CHECK (for_count >= 0),
    neutral_count integer NOT NULL DEFAULT 0 CHECK (neutral_count >= 0),
    against_count integer NOT NULL DEFAULT 0 CHECK (against_count >= 0),
    reply_count integer NOT NULL DEFAULT 0 CHECK (reply_count >= 0),
    score bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    edited_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    UNIQUE (consultation_id, id),
    UNIQUE (participant_id, client_token),
    FOREIGN KEY (consultation_id, participant_id)
        REFERENCES consultation_participant (consultation_id, id),
    FOREIGN KEY (consultation_id, parent_id) REFERENCES consultation_comment (consultation_id, id),
    FOREIGN KEY (consultation_id, root_id) REFERENCES consultation_comment (consultation_id, id)
        DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (version_id, eid) REFERENCES consultation_node (version_id, eid),
    CHECK ((parent_id IS NULL) = (depth = 0)),
    CHECK (depth > 0 OR root_id = id),
    CHECK ((eid IS NULL) = (version_id IS NULL)),
    CHECK (state <> 'erased' OR (body = '' AND search_text = '' AND norm_sha256 IS NULL))
);
-- What stands in a thread: stones keep their place as long as they have replies.
CREATE INDEX consultation_comment_newest ON consultation_comment (consultation_id, seq DESC)
    WHERE parent_id IS NULL AND state IN ('published', 'hidden', 'withdrawn', 'erased');
CREATE INDEX consultation_comment_best
    ON consultation_comment (consultation_id, score DESC, seq DESC)
    WHERE parent_id IS NULL AND state IN ('published', 'hidden', 'withdrawn', 'erased');
CREATE INDEX consultation_comment_replies ON consultation_comment (parent_id, seq)
    WHERE parent_id IS NOT NULL;
CREATE INDEX consultation_comment_at ON consultation_comment (version_id, eid, seq DESC)
    WHERE eid IS NOT NULL;
CREATE INDEX consultation_comment_same ON consultation_comment (consultation_id, norm_sha256)
    WHERE norm_sha256 IS NOT NULL;
CREATE INDEX consultation_comment_of ON consultation_comment (participant_id, created_at DESC);
CREATE INDEX consultation_comment_words ON consultation_comment
    USING gin (to_tsvector('simple', search_text)) WHERE state = 'published';

CREATE TABLE consultation_comment_revision (
    comment_id text NOT NULL REFERENCES consultation_comment ON DELETE CASCADE,
    version integer NOT NULL,
    body text NOT NULL,
    replaced_at timestamptz NOT NULL,
    PRIMARY KEY (comment_id, version)
);

CREATE TABLE consultation_vote (
    comment_id text NOT NULL,
    participant_id text NOT NULL,
    consultation_id text NOT NULL,
    value smallint NOT NULL CHECK (value IN (-1, 0, 1)),
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (comment_id, participant_id),
    FOREIGN KEY (consultation_id, comment_id)
        REFERENCES consultation_comment (consultation_id, id) ON DELETE CASCADE,
    FOREIGN KEY (consultation_id, participant_id)
        REFERENCES consultation_participant (consultation_id, id) ON DELETE CASCADE
);
CREATE INDEX consultation_vote_of ON consultation_vote (participant_id);

CREATE TABLE consultation_vote_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    comment_id text NOT NULL REFERENCES consultation_comment ON DELETE CASCADE,
    participant_id text NOT NULL REFERENCES consultation_participant ON DELETE CASCADE,
    value smallint NOT NULL CHECK (value IN (-1, 0, 1)),
    at timestamptz NOT NULL
);
CREATE INDEX consultation_vote_event_of ON consultation_vote_event (comment_id, participant_id, id);

CREATE TABLE consultation_anchor (
    comment_id text NOT NULL REFERENCES consultation_comment ON DELETE CASCADE,
    version_id text NOT NULL REFERENCES consultation_document_version ON DELETE CASCADE,
    eid text,
    state text NOT NULL CHECK (state IN ('same', 'edited', 'moved', 'ambiguous', 'orphaned')),
    confirmed_by text,
    PRIMARY KEY (comment_id, version_id),
    CHECK ((state = 'orphaned') = (eid IS NULL)),
    FOREIGN KEY (version_id, eid) REFERENCES consultation_node (version_id, eid)
);
CREATE INDEX consultation_anchor_at ON consultation_anchor (version_id, eid);

CREATE TABLE consultation_minhash_band (
    consultation_id text NOT NULL,
    band smallint NOT NULL,
    key bigint NOT NULL,
    comment_id text NOT NULL REFERENCES consultation_comment ON DELETE CASCADE,
    PRIMARY KEY (consultation_id, band, key, comment_id)
);
CREATE INDEX consultation_minhash_of ON consultation_minhash_band (comment_id);

CREATE TABLE consultation_report (
    comment_id text NOT NULL REFERENCES consultation_comment ON DELETE CASCADE,
    participant_id text NOT NULL REFERENCES consultation_participant ON DELETE CASCADE,
    reason text NOT NULL,
    note text,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (comment_id, participant_id)
);

CREATE TABLE consultation_review_item (
    id text PRIMARY KEY,
    consultation_id text NOT NULL REFERENCES consultation ON DELETE CASCADE,
    comment_id text NOT NULL UNIQUE REFERENCES consultation_comment ON DELETE CASCADE,
    state text NOT NULL CHECK (state IN ('pending', 'decided')),
    score real NOT NULL DEFAULT 0,
    version integer NOT NULL DEFAULT 1,
    claimed_by text,
    claimed_at timestamptz,
    created_at timestamptz NOT NULL
);
CREATE INDEX consultation_review_queue ON consultation_review_item
    (consultation_id, score DESC, created_at, id) WHERE state = 'pending';

CREATE TABLE consultation_decision (
    id text PRIMARY KEY,
    consultation_id text NOT NULL REFERENCES consultation ON DELETE CASCADE,
    comment_id text NOT NULL REFERENCES consultation_comment ON DELETE CASCADE,
    decision text NOT NULL,
    reason text,
    public_note text,
    decided_by text,
    decided_at timestamptz NOT NULL
);
CREATE INDEX consultation_decision_on ON consultation_decision (comment_id, decided_at);

CREATE TABLE consultation_appeal (
    decision_id text PRIMARY KEY REFERENCES consultation_decision ON DELETE CASCADE,
    text text NOT NULL,
    state text NOT NULL CHECK (state IN ('open', 'upheld', 'overturned')),
    created_at timestamptz NOT NULL,
    decided_by text,
    decided_at timestamptz,
    note text
);
"""
NAMES = (
    *("appeal", "decision", "review_item", "report", "minhash_band", "anchor"),
    *("vote_event", "vote", "comment_revision", "comment", "participant"),
)


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    for name in NAMES:
        op.execute(f"DROP TABLE consultation_{name}")
