"""The tables can be taken back step by step and made again, with data in them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from ckan import model

from ckanext.opengov.shared import audit_roots


@pytest.fixture
def copy(portal, tmp_path):
    """A copy of a database with a published dataset and a root: its engine and settings file."""
    body = portal.body(amel="editor", sami="admin")
    portal.published("amel", "sami", body)
    with portal.client.flask_app.test_request_context():
        audit_roots.make_root(model.Session, datetime.now(UTC))
    model.Session.remove()
    engine = model.ensure_engine()
    url = engine.url.set(database="migrations")
    engine.dispose()
    superuser = sa.create_engine(os.environ["OPENGOV_POSTGRES"], isolation_level="AUTOCOMMIT")
    with superuser.connect() as connection:
        connection.execute(sa.text("DROP DATABASE IF EXISTS migrations"))
        # PostgreSQL copies only a database that nobody is connected to.
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
        connection.execute(sa.text(others), {"name": engine.url.database})
        names = {"template": engine.url.database, "owner": engine.url.username}
        create = 'CREATE DATABASE migrations TEMPLATE "{template}" OWNER "{owner}"'
        connection.execute(sa.text(create.format(**names)))
    superuser.dispose()
    settings = Path(os.environ["CKAN_INI"]).read_text()
    old, new = (each.render_as_string(hide_password=False) for each in (engine.url, url))
    assert f"sqlalchemy.url = {old}" in settings
    ini = tmp_path / "copy.ini"
    ini.write_text(settings.replace(f"sqlalchemy.url = {old}", f"sqlalchemy.url = {new}"))
    of_copy = sa.create_engine(url)
    yield of_copy, ini
    of_copy.dispose()


MIGRATE = """
import json, sys
import sqlalchemy as sa
from ckan import model
from ckan.cli.cli import ckan
ini, kept, *versions = sys.argv[1:]
seen = []
for command in (*(["downgrade", "-v", each] for each in versions), ["upgrade"]):
    ckan.main(["-c", ini, "db", *command, "-p", "opengov"], standalone_mode=False)
    seen.append(sa.inspect(model.ensure_engine()).get_table_names())
with open(kept, "w") as out:
    json.dump(seen, out)
"""
"""CKAN's commands, one after the other: of a process for each, the start would take most time."""


def tables(engine):
    """Return the suite's tables."""
    return suites(sa.inspect(engine).get_table_names())


def suites(names):
    return {name for name in names if name.startswith("opengov_")} - {"opengov_alembic_version"}


def test_every_migration_can_be_undone_and_done_again(copy, tmp_path):
    engine, ini = copy
    whole, kept = tables(engine), tmp_path / "seen.json"
    versions = (*(f"opengov_{number:03}" for number in range(12, 0, -1)), "base")
    command = [sys.executable, "-W", "ignore", "-c", MIGRATE, ini, kept, *versions]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    *seen, again = map(suites, json.loads(kept.read_text()))

    steps = zip([whole, *seen], seen, strict=False)
    assert [before - after for before, after in steps] == [
        {"opengov_policy", "opengov_schema_version"},
        {"opengov_repair"},
        {"opengov_waiver"},
        {"opengov_standing", "opengov_standing_use", "opengov_upsert"},
        {"opengov_correspondent"},
        {"opengov_difference"},
        {"opengov_mail", "opengov_reader"},
        {"opengov_second_factor"},
        {"opengov_upload"},
        {"opengov_limit"},
        {"opengov_audit_head", "opengov_audit_root", "opengov_outbox"},
        {"opengov_revision", "opengov_revision_file"},
        seen[-2],
    ]
    assert seen[-1] == set()
    assert again == tables(engine) == whole
