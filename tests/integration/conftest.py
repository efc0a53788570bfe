"""One CKAN application on real servers for the whole run; every test starts on empty tables."""

from __future__ import annotations

import email
import os
from email.policy import default
from functools import cache
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.common.people import Clock
from tests.common.portal import Portal

from ckan import model
from ckan.cli import load_config
from ckan.config.middleware import make_app
from ckan.lib import search
from ckan.lib.redis import connect_to_redis
from ckan.tests.helpers import CKANTestApp

from ckanext.opengov.shared.domain import totp


@pytest.fixture(scope="session")
def site():
    """The CKAN application, with the plugins of the settings file."""
    return make_app(load_config(os.environ["CKAN_INI"]))


@cache
def superuser():
    """Return an engine on the portal's database, for who may do anything there."""
    address = sa.make_url(os.environ["OPENGOV_POSTGRES"])
    address = address.set(database=model.ensure_engine().url.database)
    return sa.create_engine(address, pool_pre_ping=True)


def empty_tables():
    """Empty every table, as a superuser may: the audit log refuses anyone else.

    Only those with rows are truncated, which makes all files of a table anew.
    """
    with superuser().begin() as connection:
        names = [
            name
            for name in sa.inspect(connection).get_table_names()
            if not name.endswith("alembic_version")
        ]
        has_rows = 'SELECT \'"{0}"\' WHERE EXISTS (SELECT FROM "{0}")'
        full = sa.text(" UNION ALL ".join(map(has_rows.format, names)))
        used = sa.text(
            "SELECT format('%I.%I', schemaname, sequencename) FROM pg_sequences"
            " WHERE last_value IS NOT NULL"
        )
        # No trigger stands in the way of a replica.
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        if tables := ", ".join(connection.execute(full).scalars()):
            connection.execute(sa.text(f"TRUNCATE {tables} CASCADE"))
        for name in connection.execute(used).scalars().all():
            connection.execute(sa.text(f"ALTER SEQUENCE {name} RESTART"))


def emptied(site):
    """Return a portal in which there is nothing yet."""
    model.Session.remove()
    empty_tables()
    search.clear_all()
    connect_to_redis().flushdb()
    return Portal(CKANTestApp(site))


@pytest.fixture
def portal(site):
    """An empty portal."""
    yield emptied(site)
    model.Session.remove()


@pytest.fixture(scope="module")
def shared_portal(site):
    """A portal that is empty when a module begins; what its tests make stays for the next."""
    yield emptied(site)
    model.Session.remove()


@pytest.fixture
def mails():
    """Read the mail that arrived during this test."""
    folder = Path(os.environ["OPENGOV_TEST_MAIL"])
    before = set(folder.glob("*.eml"))

    def read():
        new = sorted(set(folder.glob("*.eml")) - before)
        return [email.message_from_bytes(path.read_bytes(), policy=default) for path in new]

    return read


@pytest.fixture
def clock(monkeypatch):
    """The time in steps of 30 seconds, which stands still."""
    return _stopped(monkeypatch)


@pytest.fixture(scope="module")
def shared_clock():
    """The same for all tests of a module."""
    with pytest.MonkeyPatch.context() as patch:
        yield _stopped(patch)


def _stopped(patch):
    clock = Clock()
    patch.setattr(totp, "step_at", lambda _now: clock.step)
    return clock
