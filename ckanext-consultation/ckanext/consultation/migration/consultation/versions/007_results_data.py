"""The results of a consultation as a dataset: who asked for it, and what became of that."""

from alembic import op

revision = "consultation_007"
down_revision = "consultation_006"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE consultation_export (
    consultation_id text PRIMARY KEY REFERENCES consultation ON DELETE CASCADE,
    asked_by text,
    license_id text NOT NULL,
    asked_at timestamptz NOT NULL,
    finished_at timestamptz,
    error jsonb,
    files jsonb NOT NULL DEFAULT '{}',
    figures jsonb NOT NULL DEFAULT '{}'
);
-- The page of every dataset asks whether it comes from a consultation.
CREATE UNIQUE INDEX consultation_dataset ON consultation (dataset_id)
    WHERE dataset_id IS NOT NULL;
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("DROP INDEX consultation_dataset")
    op.execute("DROP TABLE consultation_export")
