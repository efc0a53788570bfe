"""The consultations of the sample: made whole or anew, with dates that fit together."""

import pytest
import sqlalchemy as sa
from opengov_stack import sample, sample_consultations, site

from ckan import model

from ckanext.consultation.model.comments import Comment
from ckanext.consultation.model.consultations import Consultation
from ckanext.consultation.model.moderation import Decision, Item
from ckanext.opengov.shared import audit
from ckanext.opengov.shared.outbox import Message

NAMES = ("single-use-bags", "library-hours")


class Interrupted(Exception):
    pass


@pytest.fixture
def small(portal, tmp_path, monkeypatch):
    """The demo accounts and two of the consultations: one with all steps, one with few."""
    read = sample.read
    whole = read("consultations.yaml")
    chosen = [each for each in whole["consultations"] if each["name"] in NAMES]
    wanted = {"consultations.yaml": {**whole, "consultations": chosen}}
    monkeypatch.setattr(sample, "read", lambda name: wanted.get(name) or read(name))
    with portal.client.flask_app.test_request_context():
        site.make_accounts(tmp_path / "accounts.json", with_citizens=True)
    model.Session.remove()


def fill(portal):
    with portal.client.flask_app.test_request_context():
        sample_consultations.fill()
    model.Session.remove()


def counted():
    found = {kind: model.Session.query(kind).count() for kind in (Consultation, Comment, Decision)}
    model.Session.remove()
    return found


def test_they_have_their_names_and_a_second_time_adds_nothing(portal, small):
    fill(portal)

    before = counted()
    assert before[Consultation] == len(NAMES)
    assert before[Comment] > len(NAMES)
    shown = portal.ok(None, "consultation_show", id="single-use-bags")
    assert (shown["state"], shown["phase"]) == ("results", "closed")
    fill(portal)
    assert counted() == before


@pytest.mark.parametrize(
    ("action", "time"),
    [
        ("consultation_publish", 1),
        ("consultation_comment_vote", 5),
        ("consultation_review_decide", 4),
        ("consultation_results_publish", 1),
    ],
)
def test_what_was_interrupted_is_made_anew(portal, small, monkeypatch, action, time):
    act, calls = sample_consultations.act, []

    def interrupted(called, user, /, **fields):
        calls.append(called)
        if calls.count(action) == time:
            raise Interrupted
        return act(called, user, **fields)

    with monkeypatch.context() as patched:
        patched.setattr(sample_consultations, "act", interrupted)
        with pytest.raises(Interrupted):
            fill(portal)
    model.Session.remove()
    fill(portal)

    names = {row.name for row in model.Session.query(Consultation)}
    assert names == set(NAMES)
    said = portal.ok(None, "consultation_comment_list", consultation_id="single-use-bags")
    texts = [each["body"] for each in said["results"]]
    assert len(texts) == len(set(texts))


def test_its_dates_fit_together(portal, small):
    fill(portal)

    row = model.Session.query(Consultation).filter_by(name="single-use-bags").one()
    said = model.Session.query(Comment).filter_by(consultation_id=row.id).order_by(Comment.seq)
    moments = [each.created_at for each in said]
    assert moments == sorted(moments)
    assert row.created_at < row.published_at < row.opens_at < moments[0]
    assert moments[-1] < row.closes_at < row.answered_at
    assert all(row.opens_at < each.decided_at < row.closes_at for each in decisions(row))
    waits = model.Session.query(Item).filter_by(consultation_id=row.id)
    assert all(each.since < each.look_by for each in waits)
    told = model.Session.query(Message).filter(Message.kind.startswith("consultation"))
    assert all(each.created_at > row.created_at for each in told)


def test_the_log_says_when_things_were_really_done(portal, small):
    fill(portal)

    subjects = model.Session.execute(sa.select(audit.AuditRow.subject).distinct()).scalars().all()
    assert len(subjects) == len(NAMES)
    assert list(audit.verify(model.Session)) == []


def decisions(row):
    return model.Session.query(Decision).filter_by(consultation_id=row.id)
