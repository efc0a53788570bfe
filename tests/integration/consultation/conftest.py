"""A consultation and its people, for all tests of consultations."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model

TITLES = {"ar": "مشروع أمر يتعلّق بالنقل", "fr": "Projet de décret sur les transports"}


def at(days):
    return f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"


def fields(body, **changed):
    return {
        "name": "transport",
        "title_translated": TITLES,
        "owner_org": body["id"],
        "kind": "regulation",
        "opens_at": at(1),
        "closes_at": at(31),
        "response_due_at": at(60),
        **changed,
    }


def published(portal, draft):
    portal.ok("amel", "consultation_submit_review", id=draft["id"])
    return portal.ok("sami", "consultation_publish", id=draft["id"])


def shift(draft, **moments):
    """Move a consultation's dates in the database, as if the time had passed."""
    with model.ensure_engine().begin() as connection:
        for name, days in moments.items():
            moment = {"at": datetime.now(UTC) + timedelta(days=days), "id": draft["id"]}
            update = f"UPDATE consultation SET {name} = :at WHERE id = :id"
            connection.execute(sa.text(update), moment)


@pytest.fixture(autouse=True)
def _in_no_time(monkeypatch):
    """Let tests fill in forms faster than people."""
    monkeypatch.setitem(tk.config, "ckanext.consultation.form_seconds", 0)


@pytest.fixture
def body(portal):
    return portal.body(amel="editor", sami="admin", nour="admin")


@pytest.fixture
def draft(portal, body):
    return portal.ok("amel", "consultation_create", **fields(body))


@pytest.fixture
def is_open(portal, body):
    """A consultation that is open, whose comments are public at once."""
    settings = {"moderation": "post"}
    draft = portal.ok("amel", "consultation_create", **fields(body, settings=settings))
    published(portal, draft)
    shift(draft, opens_at=-1)
    for name in ("rim", "ali"):
        portal.user(name)
    return draft
