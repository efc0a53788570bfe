"""Referrals between units, exclusions of persons and bodies, and links between cases."""

from alembic import op

revision = "complaints_003"
down_revision = "complaints_002"
branch_labels = None
depends_on = None

TABLES = """
ALTER TABLE complaints_case
    ADD COLUMN calendar_org_id text,
    ADD COLUMN excluded text NOT NULL DEFAULT '';
UPDATE complaints_case SET calendar_org_id = complaints_unit.org_id
    FROM complaints_unit WHERE complaints_unit.id = complaints_case.owner_unit_id;
ALTER TABLE complaints_case ALTER COLUMN calendar_org_id SET NOT NULL;
DROP INDEX complaints_case_work, complaints_case_appeal;
CREATE INDEX complaints_case_work ON complaints_case (owner_unit_id, answer_due, id)
    WHERE state IN ('received', 'registered', 'in-progress', 'waiting-citizen');
CREATE INDEX complaints_case_appeal ON complaints_case (appeal_unit_id, decision_due, id)
    WHERE appeal_unit_id IS NOT NULL;
CREATE INDEX complaints_case_unjudged ON complaints_case (id)
    WHERE state = 'appealed' AND appeal_unit_id IS NULL;

CREATE TABLE complaints_referral (
    id text PRIMARY KEY,
    case_id text NOT NULL REFERENCES complaints_case ON DELETE CASCADE,
    from_unit text NOT NULL REFERENCES complaints_unit,
    to_unit text NOT NULL REFERENCES complaints_unit CHECK (to_unit <> from_unit),
    mode text NOT NULL CHECK (mode IN ('transfer', 'joint', 'opinion')),
    state text NOT NULL
        CHECK (state IN ('proposed', 'accepted', 'refused', 'expired', 'withdrawn', 'ended')),
    is_by_coordinator boolean NOT NULL,
    made_at timestamptz NOT NULL,
    made_by text,
    expires_on date NOT NULL,
    decided_at timestamptz,
    key_id text NOT NULL,
    mac text NOT NULL
);
CREATE INDEX complaints_referral_of ON complaints_referral (case_id, made_at);
CREATE INDEX complaints_referral_to ON complaints_referral (to_unit, expires_on, id)
    WHERE state IN ('proposed', 'accepted');
CREATE INDEX complaints_referral_open ON complaints_referral (expires_on)
    WHERE state = 'proposed';
CREATE UNIQUE INDEX complaints_referral_one ON complaints_referral (case_id)
    WHERE mode = 'transfer' AND state = 'proposed';

CREATE TABLE complaints_referral_word (
    id text PRIMARY KEY,
    referral_id text NOT NULL REFERENCES complaints_referral ON DELETE CASCADE,
    unit_id text NOT NULL,
    user_id text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('ask', 'refuse', 'say')),
    at timestamptz NOT NULL,
    service_key_id text NOT NULL,
    blob bytea NOT NULL,
    key_id text NOT NULL,
    mac text NOT NULL
);
CREATE INDEX complaints_referral_word_of ON complaints_referral_word (referral_id, at);

CREATE TABLE complaints_exclusion (
    id text PRIMARY KEY,
    case_id text NOT NULL REFERENCES complaints_case ON DELETE CASCADE,
    org_id text,
    user_id text,
    source text NOT NULL CHECK (source IN ('lead', 'recusal')),
    made_at timestamptz NOT NULL,
    made_by text NOT NULL,
    CHECK ((org_id IS NULL) <> (user_id IS NULL)),
    CONSTRAINT complaints_exclusion_one UNIQUE NULLS NOT DISTINCT (case_id, org_id, user_id)
);

CREATE TABLE complaints_link (
    low_id text NOT NULL REFERENCES complaints_case ON DELETE CASCADE,
    high_id text NOT NULL REFERENCES complaints_case ON DELETE CASCADE,
    made_at timestamptz NOT NULL,
    made_by text NOT NULL,
    PRIMARY KEY (low_id, high_id),
    CHECK (low_id < high_id)
);
CREATE INDEX complaints_link_high ON complaints_link (high_id);
"""
# What the application checks, the database refuses once more: no way of writing gives a case
# to a body or a person that must not know of it.
GUARDS = """
CREATE FUNCTION complaints_refuse_unit(of_case text, of_unit text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        WITH RECURSIVE above(org_id) AS (
            SELECT org_id FROM complaints_unit WHERE id = of_unit
            UNION
            SELECT parent_org_id FROM complaints_body JOIN above USING (org_id)
                WHERE parent_org_id IS NOT NULL
        )
        SELECT 1 FROM complaints_exclusion JOIN above USING (org_id) WHERE case_id = of_case
    ) THEN
        RAISE EXCEPTION 'this unit is excluded from the case' USING ERRCODE = 'check_violation';
    END IF;
END $$;
CREATE FUNCTION complaints_guard_case() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.owner_unit_id <> OLD.owner_unit_id THEN
        PERFORM complaints_refuse_unit(NEW.id, NEW.owner_unit_id);
    END IF;
    IF NEW.appeal_unit_id IS NOT NULL
            AND NEW.appeal_unit_id IS DISTINCT FROM OLD.appeal_unit_id THEN
        PERFORM complaints_refuse_unit(NEW.id, NEW.appeal_unit_id);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER complaints_guard_case BEFORE UPDATE OF owner_unit_id, appeal_unit_id
    ON complaints_case FOR EACH ROW EXECUTE FUNCTION complaints_guard_case();
CREATE FUNCTION complaints_guard_referral() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM complaints_refuse_unit(NEW.case_id, NEW.to_unit);
    RETURN NEW;
END $$;
CREATE TRIGGER complaints_guard_referral BEFORE INSERT ON complaints_referral
    FOR EACH ROW EXECUTE FUNCTION complaints_guard_referral();
CREATE FUNCTION complaints_guard_assignment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM complaints_exclusion
        WHERE case_id = NEW.case_id AND user_id = NEW.user_id
    ) THEN
        RAISE EXCEPTION 'this person is excluded from the case' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER complaints_guard_assignment BEFORE INSERT ON complaints_assignment
    FOR EACH ROW EXECUTE FUNCTION complaints_guard_assignment();
"""
BACK = """
DROP INDEX complaints_case_work, complaints_case_appeal;
CREATE INDEX complaints_case_work ON complaints_case (owner_unit_id, answer_due, id)
    WHERE state NOT IN ('closed', 'purged');
CREATE INDEX complaints_case_appeal ON complaints_case (appeal_unit_id, answer_due, id)
    WHERE appeal_unit_id IS NOT NULL;
DROP TRIGGER complaints_guard_case ON complaints_case;
DROP TRIGGER complaints_guard_assignment ON complaints_assignment;
DROP TABLE complaints_link, complaints_exclusion, complaints_referral_word, complaints_referral;
DROP FUNCTION complaints_guard_case, complaints_guard_referral, complaints_guard_assignment,
    complaints_refuse_unit;
ALTER TABLE complaints_case DROP COLUMN calendar_org_id, DROP COLUMN excluded;
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(GUARDS)


def downgrade() -> None:
    op.execute(BACK)
