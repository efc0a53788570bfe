"""The slow queue of floods, and the programs of the staff."""

from alembic import op

revision = "complaints_006"
down_revision = "complaints_005"
branch_labels = None
depends_on = None

UP = """
DROP INDEX complaints_case_work;
CREATE INDEX complaints_case_work ON complaints_case (owner_unit_id, answer_due, id)
    WHERE state IN ('received', 'registered', 'in-progress', 'waiting-citizen') AND NOT is_slow;
CREATE INDEX complaints_case_slow ON complaints_case (owner_unit_id, answer_due, id)
    WHERE state IN ('received', 'registered', 'in-progress', 'waiting-citizen') AND is_slow;

CREATE TABLE complaints_program (
    id text PRIMARY KEY,
    unit_id text NOT NULL REFERENCES complaints_unit,
    user_id text NOT NULL,
    name text NOT NULL,
    hash bytea NOT NULL UNIQUE,
    made_at timestamptz NOT NULL,
    ends_on date NOT NULL,
    member_since timestamptz NOT NULL,
    serial bigint NOT NULL,
    revoked_at timestamptz,
    last_used_at timestamptz,
    key_id text NOT NULL,
    mac text NOT NULL
);
CREATE INDEX complaints_program_of ON complaints_program (unit_id, made_at, id);
"""
DOWN = """
DROP TABLE complaints_program;
DROP INDEX complaints_case_slow;
DROP INDEX complaints_case_work;
CREATE INDEX complaints_case_work ON complaints_case (owner_unit_id, answer_due, id)
    WHERE state IN ('received', 'registered', 'in-progress', 'waiting-citizen');
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
