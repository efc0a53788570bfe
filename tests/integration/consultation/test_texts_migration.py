"""The tables of texts can be taken back and made again, with texts and comments in them."""

import subprocess
import sys
from pathlib import Path

import sqlalchemy as sa
from tests.integration.consultation.drafts import ARABIC, DOGS, FIRST, comment, next_version, opened
from tests.integration.consultation.test_texts_versions import CHANGED
from tests.integration.shared.test_migrations import copy  # noqa: F401 - a fixture

SAID = "SELECT number, heading, body FROM consultation_node ORDER BY version_id, position"


def migrate(ini, *arguments):
    ckan = Path(sys.executable).with_name("ckan")
    command = [ckan, "-c", ini, "db", *arguments, "-p", "consultation"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_step_is_undone_and_done_again(portal, request):
    body = portal.body("transport", amel="editor", sami="admin")
    _draft, document = opened(portal, body, FIRST, ("ar", ARABIC))
    comment(portal, DOGS, "On dogs")
    next_version(portal, document, CHANGED["split"])
    engine, ini = request.getfixturevalue("copy")

    def rows(query):
        with engine.connect() as connection:
            return connection.execute(sa.text(query)).all()

    texts, anchors = rows(SAID), rows("SELECT seq, state FROM consultation_anchor ORDER BY state")
    migrate(ini, "downgrade", "-v", "consultation_002")
    assert "Article 2" in {row.number for row in rows(SAID)}
    migrate(ini, "upgrade")

    after = rows(SAID)
    assert [(row.heading, row.body) for row in after] == [(row.heading, row.body) for row in texts]
    assert any(row.number == {"fr": "Article 2"} for row in after)
    kept = rows("SELECT seq, state FROM consultation_anchor ORDER BY state")
    assert [tuple(row) for row in kept] == [tuple(row) for row in anchors if row.state == "same"]
