"""What is counted of cases, how citizens rate, and texts that answers begin with."""

from alembic import op

revision = "complaints_005"
down_revision = "complaints_004"
branch_labels = None
depends_on = None

# A tally is counted anew as often as one likes; what was released to everyone stays as it is, and
# holds what everyone is told alone: no small number is in it.
TABLES = """
CREATE INDEX complaints_case_board ON complaints_case (owner_unit_id, state, answer_due, id)
    WHERE track = 'ordinary' AND state NOT IN ('closed', 'purged');

CREATE TABLE complaints_tally (
    holder_id text NOT NULL,
    since date NOT NULL,
    months integer NOT NULL CHECK (months IN (1, 12)),
    received integer NOT NULL CHECK (received >= 0),
    answered integer NOT NULL CHECK (answered >= 0),
    due integer NOT NULL CHECK (due >= 0),
    in_time integer NOT NULL CHECK (in_time BETWEEN 0 AND due),
    median_days integer,
    PRIMARY KEY (holder_id, since, months)
);
CREATE TABLE complaints_tallied (
    id integer PRIMARY KEY CHECK (id = 1),
    at timestamptz NOT NULL
);

CREATE TABLE complaints_survey (
    case_id text PRIMARY KEY REFERENCES complaints_case ON DELETE CASCADE,
    score integer NOT NULL CHECK (score BETWEEN 1 AND 5),
    at timestamptz NOT NULL
);
CREATE INDEX complaints_survey_at ON complaints_survey (at);

CREATE TABLE complaints_release (
    since date PRIMARY KEY CHECK (since = date_trunc('quarter', since)::date),
    at timestamptz NOT NULL,
    totals jsonb NOT NULL
);
CREATE TABLE complaints_figure (
    since date NOT NULL REFERENCES complaints_release,
    org_id text NOT NULL,
    received integer CHECK (received >= 10 AND received % 5 = 0),
    answered integer CHECK (answered >= 10 AND answered % 5 = 0),
    due integer CHECK (due >= 10 AND due % 5 = 0),
    in_time integer CHECK (in_time >= 10 AND in_time % 5 = 0),
    appeals integer CHECK (appeals >= 10 AND appeals % 5 = 0),
    ratings integer CHECK (ratings >= 10 AND ratings % 5 = 0),
    median_days integer CHECK (answered IS NOT NULL OR median_days IS NULL),
    score integer CHECK (ratings IS NOT NULL OR score IS NULL),
    PRIMARY KEY (since, org_id)
);
CREATE FUNCTION complaints_release_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'figures that were released never change: two of them would tell of a few';
END $$;
CREATE TRIGGER complaints_release_stays BEFORE UPDATE OR DELETE ON complaints_release
    FOR EACH ROW EXECUTE FUNCTION complaints_release_stays();
CREATE TRIGGER complaints_figure_stays BEFORE UPDATE OR DELETE ON complaints_figure
    FOR EACH ROW EXECUTE FUNCTION complaints_release_stays();

CREATE TABLE complaints_template (
    id text PRIMARY KEY,
    unit_id text REFERENCES complaints_unit,
    title text NOT NULL,
    texts jsonb NOT NULL,
    updated_at timestamptz NOT NULL,
    version integer NOT NULL DEFAULT 1 CHECK (version > 0)
);
CREATE INDEX complaints_template_of ON complaints_template (unit_id);
"""
BACK = """
DROP TABLE complaints_template, complaints_figure, complaints_release, complaints_survey,
    complaints_tallied, complaints_tally;
DROP FUNCTION complaints_release_stays;
DROP INDEX complaints_case_board;
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    op.execute(BACK)
