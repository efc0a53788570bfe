"""Fills a site with consultations as large as they get: PostgreSQL makes the rows itself.

5,000 consultations; one with 100,000 comments, of which 10,000 answer one root, and 1,000,000
votes; one with 1,000 comments. Comments are on paragraphs, hidden and answered here and there.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ckan import model
from ckan.cli import load_config
from ckan.config.middleware import make_app
from ckan.tests.helpers import CKANTestApp

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.common.portal import Portal

STATEMENTS = Path(__file__).with_suffix(".sql")
COMMENTS, FEW, REPLIES, VOTES = 100_000, 1_000, 10_000, 1_000_000
SIZES = {
    "consultations": 5_000,
    "people": 10_000,
    "comments": COMMENTS,
    "replies": REPLIES,
    "few": FEW,
    "per_comment": VOTES // COMMENTS,
}
PEOPLE = ("rim", "ali", "zied", "hela", "omar")
LARGE, SMALL = "bench-1", "bench-2"


def fill(ini: str) -> str:
    """Make them all; return the tokens of people who take part."""
    app: Any = make_app(load_config(ini))
    portal = Portal(CKANTestApp(app))
    body = portal.body("bench", amel="editor", sami="admin")
    for name in PEOPLE:
        portal.user(name)
    with model.ensure_engine().connect() as connection:
        # No statement of the last, which no transaction may hold.
        alone = connection.execution_options(isolation_level="AUTOCOMMIT")
        for statement in STATEMENTS.read_text().split("\n\n"):
            asked = sa.text(statement)
            names = asked.compile().params
            values = {"body": body["id"], **SIZES}
            alone.execute(asked, {name: values[name] for name in names})
    return " ".join(portal.tokens[name] for name in PEOPLE)


if __name__ == "__main__":
    print(fill(sys.argv[1]))
