"""The network of bodies, their units and members; what people complain about, and the calendar."""

from alembic import op

revision = "complaints_001"
down_revision = None
branch_labels = None
depends_on = None

# No foreign keys to CKAN's own tables: org_id and user_id are plain ids.
TABLES = """
CREATE TABLE complaints_body (
    org_id text PRIMARY KEY,
    parent_org_id text REFERENCES complaints_body CHECK (parent_org_id <> org_id),
    intake_open boolean NOT NULL DEFAULT false,
    coordinator_unit_id text,
    version integer NOT NULL DEFAULT 1 CHECK (version > 0)
);
CREATE INDEX complaints_body_under ON complaints_body (parent_org_id);

CREATE TABLE complaints_unit (
    id text PRIMARY KEY,
    org_id text NOT NULL REFERENCES complaints_body,
    kind text NOT NULL
        CHECK (kind IN ('general', 'integrity', 'oversight', 'appeal', 'custodian')),
    labels jsonb NOT NULL,
    active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL,
    version integer NOT NULL DEFAULT 1 CHECK (version > 0)
);
CREATE UNIQUE INDEX complaints_unit_one ON complaints_unit (org_id, kind)
    WHERE active AND kind IN ('general', 'integrity');
CREATE INDEX complaints_unit_in ON complaints_unit (org_id);
ALTER TABLE complaints_body ADD CONSTRAINT complaints_body_coordinator
    FOREIGN KEY (coordinator_unit_id) REFERENCES complaints_unit;

CREATE TABLE complaints_member (
    unit_id text NOT NULL REFERENCES complaints_unit,
    user_id text NOT NULL,
    role text NOT NULL CHECK (role IN ('handler', 'lead', 'clerk', 'supervisor', 'steward')),
    since timestamptz NOT NULL,
    serial bigint NOT NULL UNIQUE,
    key_id text NOT NULL,
    mac text NOT NULL,
    PRIMARY KEY (unit_id, user_id, role)
);
CREATE INDEX complaints_member_of ON complaints_member (user_id);

CREATE TABLE complaints_policy (
    id text PRIMARY KEY,
    code text NOT NULL UNIQUE CHECK (code ~ '^[a-z0-9][a-z0-9-]{1,59}$'),
    labels jsonb NOT NULL,
    ack_days integer NOT NULL CHECK (ack_days > 0),
    answer_days integer NOT NULL CHECK (answer_days > 0),
    day_type text NOT NULL CHECK (day_type IN ('calendar', 'working')),
    extension_days integer NOT NULL CHECK (extension_days >= 0),
    again_days integer NOT NULL CHECK (again_days > 0),
    appeal_days integer NOT NULL CHECK (appeal_days > 0),
    decision_days integer NOT NULL CHECK (decision_days > 0),
    reopen_days integer NOT NULL CHECK (reopen_days > 0),
    pause_days integer NOT NULL CHECK (pause_days >= 0),
    pause_wait_days integer NOT NULL CHECK (pause_wait_days > 0),
    accept_days integer NOT NULL CHECK (accept_days > 0),
    retention_days integer NOT NULL CHECK (retention_days > 0),
    source jsonb NOT NULL DEFAULT '{}',
    active boolean NOT NULL DEFAULT true,
    version integer NOT NULL DEFAULT 1 CHECK (version > 0)
);

CREATE TABLE complaints_category (
    id text PRIMARY KEY,
    code text NOT NULL UNIQUE CHECK (code ~ '^[a-z0-9][a-z0-9-]{1,59}$'),
    parent_id text REFERENCES complaints_category CHECK (parent_id <> id),
    track text NOT NULL CHECK (track IN ('ordinary', 'corruption')),
    policy_id text NOT NULL REFERENCES complaints_policy,
    labels jsonb NOT NULL,
    active boolean NOT NULL DEFAULT true,
    position integer NOT NULL DEFAULT 0,
    version integer NOT NULL DEFAULT 1 CHECK (version > 0),
    key_id text NOT NULL,
    mac text NOT NULL
);

CREATE TABLE complaints_route (
    id text PRIMARY KEY,
    category_id text NOT NULL REFERENCES complaints_category,
    region text,
    org_id text NOT NULL REFERENCES complaints_body,
    CONSTRAINT complaints_route_one UNIQUE NULLS NOT DISTINCT (category_id, region)
);

CREATE TABLE complaints_form (
    id text PRIMARY KEY,
    category_id text NOT NULL REFERENCES complaints_category,
    org_id text REFERENCES complaints_body,
    version integer NOT NULL CHECK (version > 0),
    questions jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT complaints_form_one UNIQUE NULLS NOT DISTINCT (category_id, org_id, version)
);
CREATE FUNCTION complaints_form_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a form is never changed: complaints answer its questions';
END $$;
CREATE TRIGGER complaints_form_stays BEFORE UPDATE OR DELETE ON complaints_form
    FOR EACH ROW EXECUTE FUNCTION complaints_form_stays();

CREATE TABLE complaints_holiday (
    id text PRIMARY KEY,
    day date NOT NULL,
    org_id text REFERENCES complaints_body,
    labels jsonb NOT NULL,
    source text NOT NULL DEFAULT '',
    added_by text,
    added_at timestamptz NOT NULL,
    CONSTRAINT complaints_holiday_one UNIQUE NULLS NOT DISTINCT (day, org_id)
);
"""
BACK = """
DROP TABLE complaints_holiday, complaints_form, complaints_route, complaints_category,
    complaints_policy, complaints_member;
DROP FUNCTION complaints_form_stays;
ALTER TABLE complaints_body DROP CONSTRAINT complaints_body_coordinator;
DROP TABLE complaints_unit, complaints_body;
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    op.execute(BACK)
