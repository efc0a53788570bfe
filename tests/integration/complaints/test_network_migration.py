"""The tables of the network can be taken away and made again, with a network in them."""

import subprocess
import sys
from pathlib import Path

import sqlalchemy as sa
from tests.common.complaints import TEXTS, answering, category, form, officer
from tests.integration.shared.test_migrations import copy  # noqa: F401 - a fixture


def migrate(ini, *arguments):
    ckan = Path(sys.executable).with_name("ckan")
    command = [ckan, "-c", ini, "db", *arguments, "-p", "complaints"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def tables(engine):
    names = sa.inspect(engine).get_table_names()
    return {name for name in names if name.startswith("complaints_")}


def test_the_network_is_undone_and_done_again(portal, clock, request):
    top, units = answering(portal, "centre", "general", "oversight")
    answering(portal, "ports", parent=top, coordinator=units["general"])
    officer(portal, clock, "rim", (units["oversight"], "steward"))
    form(category(), {"id": "place", "kind": "text", "label": TEXTS})
    engine, ini = request.getfixturevalue("copy")
    whole = tables(engine)

    migrate(ini, "downgrade", "-v", "base")
    assert tables(engine) <= {"complaints_alembic_version"}
    migrate(ini, "upgrade")

    assert tables(engine) == whole
    with engine.connect() as connection:
        assert not connection.execute(sa.text("SELECT 1 FROM complaints_member")).first()
