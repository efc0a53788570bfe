"""Guests: what they wrote until they confirm their address, and the keys of their browsers."""

from alembic import op

revision = "consultation_006"
down_revision = "consultation_005"
branch_labels = None
depends_on = None

CHANGES = """
ALTER TABLE consultation_participant ADD COLUMN correspondent_id text;

CREATE TABLE consultation_guest_draft (
    id text PRIMARY KEY,
    consultation_id text NOT NULL REFERENCES consultation ON DELETE CASCADE,
    email_hmac bytea NOT NULL,
    correspondent_id text NOT NULL,
    token_hash bytea NOT NULL UNIQUE,
    purpose text NOT NULL CHECK (purpose IN ('comment', 'vote', 'return')),
    content jsonb NOT NULL,
    client_token uuid NOT NULL,
    is_trapped boolean NOT NULL,
    written_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    UNIQUE (consultation_id, email_hmac, client_token)
);
CREATE INDEX consultation_guest_draft_until ON consultation_guest_draft (expires_at);

CREATE TABLE consultation_guest_key (
    hash bytea PRIMARY KEY,
    consultation_id text NOT NULL,
    participant_id text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    FOREIGN KEY (consultation_id, participant_id)
        REFERENCES consultation_participant (consultation_id, id) ON DELETE CASCADE
);
CREATE INDEX consultation_guest_key_of ON consultation_guest_key (participant_id);
CREATE INDEX consultation_guest_key_until ON consultation_guest_key (expires_at);
"""
BACK = """
DROP TABLE consultation_guest_key;
DROP TABLE consultation_guest_draft;
ALTER TABLE consultation_participant DROP COLUMN correspondent_id;
"""


def upgrade() -> None:
    op.execute(CHANGES)


def downgrade() -> None:
    op.execute(BACK)
