"""Dates that come by themselves: who was reminded, what is kept by order, when to look next."""

from alembic import op

revision = "complaints_004"
down_revision = "complaints_003"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE complaints_reminder (
    case_id text NOT NULL REFERENCES complaints_case ON DELETE CASCADE,
    kind text NOT NULL,
    due_on date NOT NULL,
    told_at timestamptz NOT NULL,
    PRIMARY KEY (case_id, kind, due_on)
);

CREATE TABLE complaints_hold (
    id text PRIMARY KEY,
    case_id text NOT NULL REFERENCES complaints_case ON DELETE CASCADE,
    reason text NOT NULL CHECK (char_length(reason) BETWEEN 1 AND 200),
    set_by text NOT NULL,
    set_at timestamptz NOT NULL,
    ended_by text,
    ended_at timestamptz
);
CREATE UNIQUE INDEX complaints_hold_now ON complaints_hold (case_id) WHERE ended_at IS NULL;
CREATE INDEX complaints_hold_of ON complaints_hold (case_id);

CREATE TABLE complaints_calendar_move (
    id text PRIMARY KEY,
    org_id text,
    asked_at timestamptz NOT NULL,
    last_id text NOT NULL DEFAULT '',
    done_at timestamptz
);
CREATE INDEX complaints_calendar_move_open ON complaints_calendar_move (asked_at, id)
    WHERE done_at IS NULL;

ALTER TABLE complaints_contact ADD COLUMN told_at timestamptz;

ALTER TABLE complaints_case ADD COLUMN look_on date;
UPDATE complaints_case SET look_on = received_on WHERE state NOT IN ('closed', 'purged');

CREATE FUNCTION complaints_look_anew() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.look_on := NEW.received_on;
    RETURN NEW;
END $$;
CREATE TRIGGER complaints_case_look BEFORE INSERT OR UPDATE OF
    state, policy_id, owner_unit_id, received_on, acknowledged_on, answered_on, appealed_on,
    ack_due, answer_due, appeal_until, wait_until, decision_due
    ON complaints_case FOR EACH ROW EXECUTE FUNCTION complaints_look_anew();

CREATE INDEX complaints_case_look ON complaints_case (look_on, id)
    WHERE state NOT IN ('closed', 'purged');
CREATE INDEX complaints_case_open ON complaints_case (id)
    WHERE state NOT IN ('closed', 'purged');
DROP INDEX complaints_case_purge;
CREATE INDEX complaints_case_purge ON complaints_case (purge_on, id)
    WHERE state = 'closed' AND NOT legal_hold;
"""
REVERSE = """
DROP INDEX complaints_case_purge;
CREATE INDEX complaints_case_purge ON complaints_case (purge_on) WHERE NOT legal_hold;
DROP INDEX complaints_case_open;
DROP TRIGGER complaints_case_look ON complaints_case;
DROP FUNCTION complaints_look_anew;
ALTER TABLE complaints_case DROP COLUMN look_on;
ALTER TABLE complaints_contact DROP COLUMN told_at;
DROP TABLE complaints_calendar_move;
DROP TABLE complaints_hold;
DROP TABLE complaints_reminder;
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    op.execute(REVERSE)
