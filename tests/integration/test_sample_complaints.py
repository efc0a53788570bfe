"""The complaints of the sample: made by the site's actions, each at its moment, and once."""

import collections
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from opengov_stack import accounts, codes, sample, sample_complaints, sample_people, site

from ckan import model

from ckanext.complaints.logic import terms
from ckanext.complaints.model import cases, files, signing
from ckanext.complaints.model.cases import Case
from ckanext.complaints.model.referrals import Referral
from ckanext.complaints.model.sealed import Message
from ckanext.opengov.shared import audit

KEYS = ("lamp", "bus-12", "crossing", "crossing-again", "cut", "pothole", "leak", "kiosk")
STATES = {"registered": 2, "in-progress": 3, "appealed": 1, "closed": 3}


class Interrupted(Exception):
    pass


@pytest.fixture
def people(portal, clock, tmp_path, monkeypatch):
    """Some of the cases, told apart by what happens in them; return the file of accounts."""

    def next_step():
        clock.tick()
        return clock.step

    monkeypatch.setattr(codes, "step_now", next_step)
    read = sample.read
    whole = read("complaints.yaml")
    chosen = [each for each in whole["cases"] if each["key"] in KEYS]
    closed = [{**whole["closed"][0], "count": 1}]
    wanted = {"complaints.yaml": {**whole, "cases": chosen, "closed": closed}}
    monkeypatch.setattr(sample, "read", lambda name: wanted.get(name) or read(name))
    with portal.client.flask_app.test_request_context():
        site.make_accounts(tmp_path / "accounts.json")
    model.Session.remove()
    return tmp_path / "accounts.json"


def fill(portal, people):
    with portal.client.flask_app.test_request_context():
        sample_complaints.fill(people, people.with_name("progress"))
    model.Session.remove()


def all_cases():
    return model.Session.query(Case).order_by(Case.received_at).all()


def counted():
    found = {kind: model.Session.query(kind).count() for kind in (Case, Message, Referral)}
    model.Session.remove()
    return found


def test_each_case_tells_one_story_and_a_second_time_adds_nothing(portal, people):
    fill(portal, people)

    assert collections.Counter(each.state for each in all_cases()) == STATES
    check_clock()
    for case in all_cases():
        check_story(case)
    check_late_one()
    check_photograph()
    assert list(audit.verify(model.Session)) == []
    before, known = counted(), accounts.read(people)
    assert [each["title"] for each in known["receipts"]]
    kept = (people, people.with_name("progress"))
    assert {each.stat().st_mode & 0o777 for each in kept} == {0o600}
    fill(portal, people)
    assert counted() == before
    assert accounts.read(people) == known


def check_clock():
    """The clock is everyone's again."""
    assert abs(cases.now(model.Session) - datetime.now(UTC)) < timedelta(minutes=1)
    asked = sa.text("SELECT count(*) FROM pg_namespace WHERE nspname = 'sample_clock'")
    assert model.Session.execute(asked).scalar() == 0


def check_story(case):
    """Dates, history and what was said agree, and all seals hold."""
    session, now = model.Session, datetime.now(UTC)
    signing.check(case)
    assert case.received_on == terms.today(case.received_at)
    said = session.query(Message).filter_by(case_id=case.id).order_by(Message.seq).all()
    for message in said:
        signing.check(message)
    query, number = audit.of_subject(f"complaint:{case.id}")
    steps = [row.at for row in session.execute(query.order_by(number)).scalars()]
    assert steps == sorted(steps)
    assert case.received_at == steps[0] == said[0].at
    assert said[-1].at <= steps[-1] <= now
    if case.answered_on:
        assert case.received_on < case.answered_on <= terms.today(now)


def check_late_one():
    day = terms.today(datetime.now(UTC))
    [late] = [each for each in all_cases() if each.answer_due < day and each.answered_on is None]
    assert late.state == "in-progress"
    assert late.acknowledged_on == late.received_on + timedelta(days=3)


def check_photograph():
    """It has its clean copy."""
    found = model.Session.execute(sa.select(files.FILES.kind, files.FILES.case_id)).all()
    assert {row.kind for row in found} == {files.ORIGINAL, files.CLEAN}
    assert len({row.case_id for row in found}) == 1


@pytest.mark.parametrize(
    ("action", "time"),
    [("complaint_member_admit", 4), ("complaint_assign", 1), ("complaint_referral_accept", 1)],
)
def test_what_was_interrupted_is_made_anew(portal, people, monkeypatch, action, time):
    get_action, calls = sample_people.tk.get_action, []

    def interrupted(name):
        calls.append(name)
        if name == action and calls.count(action) == time:
            raise Interrupted
        return get_action(name)

    with monkeypatch.context() as patched:
        patched.setattr(sample_people.tk, "get_action", interrupted)
        with pytest.raises(Interrupted):
            fill(portal, people)
    model.Session.remove()
    known = accounts.read(people)["accounts"]
    fill(portal, people)

    assert collections.Counter(each.state for each in all_cases()) == STATES
    assert accounts.read(people)["accounts"] == known
