"""Whoever changes the audit log past its trigger is found out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from ckan import model

from ckanext.opengov.cli import _audit_problems
from ckanext.opengov.shared import audit, audit_roots

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TABLES = ("opengov_audit", "opengov_audit_root", "opengov_audit_head")


@pytest.fixture
def log(portal, tmp_path, monkeypatch):
    """Two subjects with three rows each under two roots, signed with a key of their own."""
    path = tmp_path / "keys" / "audit.pem"
    monkeypatch.setattr(audit_roots, "key_path", lambda: path)
    for day in range(2):
        for subject in ("thing:a", "thing:b"):
            note(subject, day)
        if day:
            note("thing:a", day)
        audit_roots.make_root(model.Session, NOW + timedelta(days=day))
    return path


def note(subject, number=0):
    """Add a row to a chain."""
    audit.record(
        model.Session,
        subject=subject,
        step="edit",
        actor_id="amel",
        at=NOW,
        details={"number": number},
    )
    model.Session.commit()


def forge(*statements):
    """Change the log as the owner of its tables can."""
    with model.ensure_engine().begin() as forger:
        for table in TABLES:
            forger.execute(sa.text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        for statement in statements:
            forger.execute(sa.text(statement))
        for table in TABLES:
            forger.execute(sa.text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))
    model.Session.remove()


def problems():
    """Return the first words of each thing that the check finds."""
    return [sentence.split(",")[0] for sentence in _audit_problems(model.Session)]


def test_an_honest_log_holds_and_may_grow(log):
    note("thing:a")
    note("thing:c")
    assert problems() == []


def test_a_root_counts_subjects_and_entries(log):
    root = audit_roots.newest(model.Session)
    assert (root.number, root.subjects, root.entries) == (2, 2, 5)


def test_the_key_is_made_once_for_its_owner_alone(log):
    assert log.stat().st_mode & 0o777 == 0o600
    log.unlink()
    with pytest.raises(FileNotFoundError):
        audit_roots.make_root(model.Session, NOW)
    assert not log.exists()


def test_an_edited_row_is_found(log):
    forge("UPDATE opengov_audit SET actor_id = 'sami' WHERE subject = 'thing:a' AND seq = 2")
    assert problems() == ["thing:a: row 2 was edited"]


def test_a_deleted_row_is_found(log):
    forge("DELETE FROM opengov_audit WHERE subject = 'thing:a' AND seq = 2")
    assert problems() == ["thing:a: row 3 was edited"]


def test_rows_in_another_order_are_found(log):
    forge(
        "UPDATE opengov_audit SET seq = -seq WHERE subject = 'thing:a' AND seq > 1",
        "UPDATE opengov_audit SET seq = 5 + seq WHERE subject = 'thing:a' AND seq < 0",
    )
    assert "thing:a: row 2 was edited" in problems()


def test_a_cut_tail_is_found(log):
    forge("DELETE FROM opengov_audit WHERE subject = 'thing:a' AND seq = 3")
    assert problems() == ["thing:a: row 3"]


def test_a_subject_deleted_whole_is_found(log):
    forge("DELETE FROM opengov_audit WHERE subject = 'thing:b'")
    assert problems() == ["thing:b: row 1", "thing:b: row 2"]


def test_a_chain_rewritten_soundly_is_found(log):
    forge("DELETE FROM opengov_audit WHERE subject = 'thing:b'")
    note("thing:b", 8)
    note("thing:b", 9)
    assert problems() == ["thing:b: row 1", "thing:b: row 2"]


def test_a_chain_rewritten_with_its_heads_breaks_the_roots(log):
    forge("DELETE FROM opengov_audit WHERE subject = 'thing:b'")
    note("thing:b", 8)
    note("thing:b", 9)
    forge(
        "UPDATE opengov_audit_head SET hash = log.hash FROM opengov_audit log"
        " WHERE log.subject = opengov_audit_head.subject AND log.seq = opengov_audit_head.seq"
    )
    assert problems() == ["Root 1 is missing", "Root 2 is missing"]


def test_a_root_signed_with_another_key_is_found(log):
    log.unlink()
    audit_roots.make_key(log)
    assert problems() == ["Root 1 is missing", "Root 2 is missing"]


def test_a_deleted_root_is_found(log):
    forge("DELETE FROM opengov_audit_root WHERE number = 1")
    assert "Root 1 is missing" in problems()


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("change", ["DELETE FROM {}", "UPDATE {} SET hash = ''", "TRUNCATE {}"])
def test_the_log_is_append_only(log, table, change):
    with pytest.raises(DBAPIError, match="append-only"), model.ensure_engine().begin() as forger:
        forger.execute(sa.text(change.format(table)))


@pytest.mark.parametrize("details", [{"share": 0.5}, {"a": [{"b": 1.0}]}])
def test_floats_are_not_recorded(portal, details):
    with pytest.raises(TypeError, match="floating"):
        audit.record(
            model.Session, subject="thing:a", step="edit", actor_id=None, at=NOW, details=details
        )


def test_a_moment_without_time_zone_is_not_recorded(portal):
    with pytest.raises(ValueError, match="time zone"):
        audit.record(
            model.Session,
            subject="thing:a",
            step="edit",
            actor_id=None,
            at=NOW.replace(tzinfo=None),
        )


def test_the_sweep_signs_once_a_day(log):
    days = [timedelta(days=1, hours=11), timedelta(days=2), timedelta(days=2, hours=3)]
    made = [audit_roots.make_daily_root(model.Session, NOW + day) for day in days]
    assert made == [0, 1, 0]
