"""What moderation keeps: since when a comment is public, why it waits, what was decided."""

from alembic import op

revision = "consultation_004"
down_revision = "consultation_003"
branch_labels = None
depends_on = None

CHANGES = """
-- What was public once keeps its place in the thread, if only as a stone; what never was has none.
ALTER TABLE consultation_comment ADD COLUMN published_at timestamptz;
UPDATE consultation_comment SET published_at = created_at
    WHERE state NOT IN ('pending', 'rejected');
ALTER TABLE consultation_comment ADD CONSTRAINT consultation_comment_dated
    CHECK (state NOT IN ('published', 'hidden') OR published_at IS NOT NULL);
DROP INDEX consultation_comment_newest;
DROP INDEX consultation_comment_best;
CREATE INDEX consultation_comment_newest ON consultation_comment (consultation_id, seq DESC)
    WHERE parent_id IS NULL AND published_at IS NOT NULL;
CREATE INDEX consultation_comment_best
    ON consultation_comment (consultation_id, score DESC, seq DESC)
    WHERE parent_id IS NULL AND published_at IS NOT NULL;

DROP INDEX consultation_review_queue;
ALTER TABLE consultation_review_item DROP COLUMN score;
ALTER TABLE consultation_review_item RENAME COLUMN created_at TO since;
ALTER TABLE consultation_review_item ADD COLUMN look_by timestamptz;
UPDATE consultation_review_item SET look_by = since;
ALTER TABLE consultation_review_item ALTER COLUMN look_by SET NOT NULL;
ALTER TABLE consultation_review_item ADD COLUMN causes text[] NOT NULL DEFAULT '{}';
ALTER TABLE consultation_review_item ADD CONSTRAINT consultation_review_claim
    CHECK ((claimed_by IS NULL) = (claimed_at IS NULL));
CREATE INDEX consultation_review_queue ON consultation_review_item
    (consultation_id, look_by, id) WHERE state = 'pending';

-- A report is a code: a note would be one more text about a person.
ALTER TABLE consultation_report DROP COLUMN note;
ALTER TABLE consultation_report ADD COLUMN outcome text CHECK (outcome IN ('upheld', 'dismissed'));
CREATE INDEX consultation_report_by ON consultation_report (participant_id);

ALTER TABLE consultation_decision DROP COLUMN public_note;
ALTER TABLE consultation_decision ADD COLUMN note_translated jsonb NOT NULL DEFAULT '{}';
ALTER TABLE consultation_decision ADD COLUMN waited_since timestamptz;
UPDATE consultation_decision SET waited_since = decided_at;
ALTER TABLE consultation_decision ALTER COLUMN waited_since SET NOT NULL;
ALTER TABLE consultation_decision ADD CONSTRAINT consultation_decision_known
    CHECK (decision IN ('publish', 'reject', 'hide', 'restore', 'keep'));
ALTER TABLE consultation_decision ADD CONSTRAINT consultation_decision_reasoned
    CHECK (decision NOT IN ('reject', 'hide') OR reason IS NOT NULL);
CREATE INDEX consultation_decision_in ON consultation_decision (consultation_id, decided_at, id);

ALTER TABLE consultation_appeal DROP COLUMN note;
ALTER TABLE consultation_appeal ADD COLUMN note_translated jsonb NOT NULL DEFAULT '{}';
ALTER TABLE consultation_appeal ADD CONSTRAINT consultation_appeal_decided
    CHECK ((state = 'open') = (decided_at IS NULL));
CREATE INDEX consultation_appeal_open ON consultation_appeal (created_at, decision_id)
    WHERE state = 'open';
"""
BACK = """
DROP INDEX consultation_appeal_open;
ALTER TABLE consultation_appeal DROP CONSTRAINT consultation_appeal_decided;
ALTER TABLE consultation_appeal DROP COLUMN note_translated;
ALTER TABLE consultation_appeal ADD COLUMN note text;

DROP INDEX consultation_decision_in;
ALTER TABLE consultation_decision DROP CONSTRAINT consultation_decision_reasoned;
ALTER TABLE consultation_decision DROP CONSTRAINT consultation_decision_known;
ALTER TABLE consultation_decision DROP COLUMN waited_since;
ALTER TABLE consultation_decision DROP COLUMN note_translated;
ALTER TABLE consultation_decision ADD COLUMN public_note text;

DROP INDEX consultation_report_by;
ALTER TABLE consultation_report DROP COLUMN outcome;
ALTER TABLE consultation_report ADD COLUMN note text;

DROP INDEX consultation_review_queue;
ALTER TABLE consultation_review_item DROP CONSTRAINT consultation_review_claim;
ALTER TABLE consultation_review_item DROP COLUMN causes;
ALTER TABLE consultation_review_item DROP COLUMN look_by;
ALTER TABLE consultation_review_item RENAME COLUMN since TO created_at;
ALTER TABLE consultation_review_item ADD COLUMN score real NOT NULL DEFAULT 0;
CREATE INDEX consultation_review_queue ON consultation_review_item
    (consultation_id, score DESC, created_at, id) WHERE state = 'pending';

DROP INDEX consultation_comment_best;
DROP INDEX consultation_comment_newest;
ALTER TABLE consultation_comment DROP COLUMN published_at;
CREATE INDEX consultation_comment_newest ON consultation_comment (consultation_id, seq DESC)
    WHERE parent_id IS NULL AND state IN ('published', 'hidden', 'withdrawn', 'erased');
CREATE INDEX consultation_comment_best
    ON consultation_comment (consultation_id, score DESC, seq DESC)
    WHERE parent_id IS NULL AND state IN ('published', 'hidden', 'withdrawn', 'erased');
"""


def upgrade() -> None:
    op.execute(CHANGES)


def downgrade() -> None:
    op.execute(BACK)
