"""Cases: who may read them, what was said in them, and what citizens carry to come back."""

from alembic import op

revision = "complaints_002"
down_revision = "complaints_001"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE complaints_case (
    id text PRIMARY KEY,
    reference char(9) NOT NULL UNIQUE,
    track text NOT NULL CHECK (track IN ('ordinary', 'corruption')),
    mode text NOT NULL CHECK (mode IN ('named', 'confidential', 'anonymous')),
    channel text NOT NULL CHECK (channel IN ('web', 'api', 'phone', 'counter')),
    lang text NOT NULL,
    category_id text,
    policy_id text NOT NULL,
    form_id text,
    region text,
    owner_unit_id text NOT NULL REFERENCES complaints_unit,
    appeal_unit_id text REFERENCES complaints_unit,
    accused_org_id text,
    state text NOT NULL,
    outcome text,
    standing text,
    received_at timestamptz NOT NULL,
    received_on date NOT NULL,
    acknowledged_on date,
    extended_on date,
    paused_on date,
    resumed_on date,
    answered_on date,
    reopened_on date,
    was_reopened boolean NOT NULL DEFAULT false,
    appealed_on date,
    ack_due date NOT NULL,
    answer_due date NOT NULL,
    reopen_until date,
    appeal_until date,
    wait_until date,
    decision_due date,
    closed_at timestamptz,
    purge_on date,
    dup_of text REFERENCES complaints_case CHECK (dup_of <> id),
    legal_hold boolean NOT NULL DEFAULT false,
    is_slow boolean NOT NULL DEFAULT false,
    epoch integer NOT NULL DEFAULT 1 CHECK (epoch > 0),
    version integer NOT NULL DEFAULT 1 CHECK (version > 0),
    key_id text NOT NULL,
    mac text NOT NULL,
    CONSTRAINT complaints_case_closed
        CHECK ((state IN ('closed', 'purged')) = (outcome IS NOT NULL))
);
CREATE INDEX complaints_case_work ON complaints_case (owner_unit_id, answer_due, id)
    WHERE state NOT IN ('closed', 'purged');
CREATE INDEX complaints_case_of_unit ON complaints_case (owner_unit_id, state, answer_due, id);
CREATE INDEX complaints_case_appeal ON complaints_case (appeal_unit_id, answer_due, id)
    WHERE appeal_unit_id IS NOT NULL;
CREATE INDEX complaints_case_due ON complaints_case (answer_due, id)
    WHERE state NOT IN ('closed', 'purged');
CREATE INDEX complaints_case_received ON complaints_case (category_id, received_on);
CREATE INDEX complaints_case_purge ON complaints_case (purge_on) WHERE NOT legal_hold;

CREATE TABLE complaints_access (
    case_id text PRIMARY KEY REFERENCES complaints_case ON DELETE CASCADE,
    salt bytea NOT NULL,
    kdf jsonb NOT NULL,
    pepper_id text NOT NULL,
    verifier bytea NOT NULL,
    citizen_pk bytea NOT NULL,
    wrapped_sk bytea NOT NULL,
    must_change boolean NOT NULL DEFAULT false,
    changed_at timestamptz NOT NULL,
    key_id text NOT NULL,
    mac text NOT NULL
);

CREATE TABLE complaints_case_key (
    case_id text NOT NULL REFERENCES complaints_case ON DELETE CASCADE,
    epoch integer NOT NULL,
    kind text NOT NULL CHECK (kind IN ('talk', 'staff')),
    pk bytea NOT NULL,
    key_id text NOT NULL,
    mac text NOT NULL,
    PRIMARY KEY (case_id, epoch, kind)
);

CREATE TABLE complaints_grant (
    case_id text NOT NULL,
    epoch integer NOT NULL,
    kind text NOT NULL,
    holder_kind text NOT NULL CHECK (holder_kind IN ('citizen', 'service', 'unit')),
    holder_key_id text NOT NULL,
    state text NOT NULL CHECK (state IN ('active', 'dormant', 'revoked')),
    blob bytea NOT NULL,
    server_share bytea CHECK (server_share IS NULL OR state = 'dormant'),
    reason text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (case_id, epoch, kind, holder_kind, holder_key_id),
    FOREIGN KEY (case_id, epoch, kind) REFERENCES complaints_case_key ON DELETE CASCADE,
    CHECK (holder_kind <> 'citizen' OR kind = 'talk')
);
CREATE INDEX complaints_grant_holder ON complaints_grant (holder_kind, holder_key_id);

CREATE TABLE complaints_message (
    id text PRIMARY KEY,
    case_id text NOT NULL REFERENCES complaints_case ON DELETE CASCADE,
    seq integer NOT NULL,
    kind text NOT NULL,
    key_kind text NOT NULL CHECK (key_kind IN ('talk', 'staff')),
    author text NOT NULL CHECK (author IN ('citizen', 'staff', 'system')),
    user_id text,
    unit_id text,
    epoch integer NOT NULL,
    blob bytea NOT NULL,
    at timestamptz NOT NULL,
    key_id text NOT NULL,
    mac text NOT NULL,
    UNIQUE (case_id, seq)
);

CREATE TABLE complaints_file (
    id text PRIMARY KEY,
    case_id text REFERENCES complaints_case ON DELETE CASCADE,
    draft_id text,
    message_id text REFERENCES complaints_message ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('original', 'clean')),
    parent_id text REFERENCES complaints_file ON DELETE CASCADE,
    storage_key text NOT NULL UNIQUE,
    epoch integer NOT NULL DEFAULT 1,
    sealed_key bytea NOT NULL,
    meta_blob bytea NOT NULL,
    scan text NOT NULL,
    bytes bigint NOT NULL,
    sha256_ct text NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX complaints_file_of ON complaints_file (case_id);
CREATE INDEX complaints_file_draft ON complaints_file (draft_id) WHERE draft_id IS NOT NULL;
CREATE INDEX complaints_file_parent ON complaints_file (parent_id);

CREATE TABLE complaints_identity (
    case_id text PRIMARY KEY REFERENCES complaints_case ON DELETE CASCADE,
    key_id text NOT NULL,
    blob bytea NOT NULL
);

CREATE TABLE complaints_contact (
    case_id text PRIMARY KEY REFERENCES complaints_case ON DELETE CASCADE,
    key_id text NOT NULL,
    blob bytea NOT NULL
);

CREATE TABLE complaints_assignment (
    id text PRIMARY KEY,
    case_id text NOT NULL REFERENCES complaints_case ON DELETE CASCADE,
    user_id text NOT NULL,
    by_user_id text NOT NULL,
    at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE UNIQUE INDEX complaints_assignment_now ON complaints_assignment (case_id)
    WHERE ended_at IS NULL;
CREATE INDEX complaints_assignment_of ON complaints_assignment (user_id) WHERE ended_at IS NULL;

CREATE TABLE complaints_opening (
    id text PRIMARY KEY,
    case_id text NOT NULL REFERENCES complaints_case ON DELETE CASCADE,
    user_id text NOT NULL,
    unit_id text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX complaints_opening_of ON complaints_opening (case_id, at);

CREATE TABLE complaints_draft (
    hash bytea PRIMARY KEY,
    blob bytea NOT NULL,
    case_id text,
    made_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX complaints_draft_until ON complaints_draft (expires_at);

CREATE TABLE complaints_visit (
    hash bytea PRIMARY KEY,
    case_id text NOT NULL REFERENCES complaints_case ON DELETE CASCADE,
    blob bytea NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX complaints_visit_until ON complaints_visit (expires_at);
CREATE INDEX complaints_visit_of ON complaints_visit (case_id);
"""
NAMES = (
    "visit", "draft", "opening", "assignment", "contact", "identity", "file", "message", "grant",
    "case_key", "access", "case",
)  # fmt: skip


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    for name in NAMES:
        op.execute(f"DROP TABLE complaints_{name}")
