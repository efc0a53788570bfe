"""Messages are sent after the commit, once, whatever is down meanwhile."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.opengov.shared import jobs, outbox

NOWHERE = "127.0.0.1:9"


@pytest.fixture
def body(portal):
    """A body with an author and a reviewer."""
    made = portal.body(amel="editor", sami="admin")
    # Whoever makes a body is its admin, and would get each message too.
    portal.inside("organization_member_delete", "operator", id=made["id"], username="operator")
    return made


def states():
    """Return the states of all mails."""
    model.Session.remove()
    return [row.state for row in model.Session.query(outbox.Mail)]


def try_again(portal):
    """Let what waits be due, and do it."""
    due = sa.update(jobs.Job).where(jobs.Job.status == "queued").values(run_at=sa.func.now())
    model.Session.execute(due)
    model.Session.commit()
    portal.work()


def test_reviewers_hear_of_a_submission_and_authors_of_the_outcome(portal, body, mails):
    portal.published("amel", "sami", body)
    seen = [(mail["To"].addresses[0].addr_spec, mail["Subject"]) for mail in mails()]
    assert [address for address, _subject in seen] == ["sami@example.org", "amel@example.org"]
    assert all("Rainfall" in subject for _address, subject in seen)


def test_a_message_is_sent_once(portal, body, mails):
    portal.submitted("amel", body)
    portal.work()
    row = model.Session.query(outbox.Mail).one()
    jobs.enqueue(model.Session, outbox.MAIL, row.id, now=row.created_at)
    message_id = f"<{row.id}@test.ckan.net>"
    model.Session.commit()
    portal.work()
    assert [mail["Message-ID"] for mail in mails()] == [message_id]


def test_a_message_waits_for_the_mail_server(portal, body, mails, monkeypatch):
    portal.submitted("amel", body)
    with monkeypatch.context() as away:
        away.setitem(tk.config, "smtp.server", NOWHERE)
        portal.work()
        meanwhile = states(), len(mails())
    try_again(portal)
    assert (meanwhile, states(), len(mails())) == (([outbox.State.QUEUED], 0), ["sent"], 1)


def test_a_message_waits_for_redis(portal, body, mails, monkeypatch):
    dataset = portal.draft("amel", body)
    portal.work()
    tk.get_job_queue(jobs.SHORT).empty()
    with monkeypatch.context() as away:
        away.setitem(tk.config, "ckan.redis.url", "redis://127.0.0.1:9/0")
        away.setattr("ckan.lib.redis._connection_pool", None)
        away.setattr("ckan.lib.jobs._queues", {})
        portal.ok("amel", "opengov_dataset_submit", id=dataset["id"])
    in_redis = tk.get_job_queue(jobs.SHORT).job_ids
    portal.work()
    assert (in_redis, states(), len(mails())) == ([], ["sent"], 1)


def test_who_has_no_active_account_gets_nothing(portal, body, mails):
    portal.submitted("amel", body)
    sami = model.User.get("sami")
    sami.state = "deleted"
    model.Session.commit()
    portal.work()
    assert (states(), mails()) == (["undeliverable"], [])


def test_what_failed_is_sent_again_on_demand(portal, body, mails, monkeypatch):
    monkeypatch.setattr(outbox, "MAX_ATTEMPTS", 1)
    portal.submitted("amel", body)
    with monkeypatch.context() as away:
        away.setitem(tk.config, "smtp.server", NOWHERE)
        portal.work()
    failed = states()
    row = model.Session.query(outbox.Mail).one()
    outbox.retry_failed(model.Session, row.created_at)
    model.Session.commit()
    portal.work()
    assert (failed, states(), len(mails())) == (["failed"], ["sent"], 1)
