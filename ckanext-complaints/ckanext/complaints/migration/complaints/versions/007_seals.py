"""Signatures over the network and its routes, and over the rows of files."""

from alembic import op

revision = "complaints_007"
down_revision = "complaints_006"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE complaints_seal (
    about text PRIMARY KEY,
    key_id text NOT NULL,
    mac text NOT NULL
);
ALTER TABLE complaints_file ADD COLUMN key_id text, ADD COLUMN mac text;
"""
DOWN = """
ALTER TABLE complaints_file DROP COLUMN key_id, DROP COLUMN mac;
DROP TABLE complaints_seal;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
