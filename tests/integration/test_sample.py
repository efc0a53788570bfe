"""The sample of a new portal: made once, by its people, and gone on with after an interruption."""

import collections

import pytest
from opengov_stack import sample, site

from ckan import model

from ckanext.opengov.model.revisions import Revision
from ckanext.opengov.shared.audit import AuditRow

STATES = ["draft", "submitted", "returned", "scheduled", "published", "withdrawn"]


class Interrupted(Exception):
    pass


@pytest.fixture
def small(monkeypatch):
    """A sample with one dataset in each state, one of them with a change that waits."""
    whole = sample.read("datasets.yaml")
    by_state = {each.get("state", "published"): each for each in whole["datasets"]}
    by_state["published"] = next(each for each in whole["datasets"] if "revision" in each)
    datasets = list(by_state.values())
    owners = {each["body"] for each in datasets}
    bodies = [each for each in sample.read("bodies.yaml") if each["name"] in owners]
    wanted = {
        "bodies.yaml": bodies,
        "datasets.yaml": {**whole, "datasets": datasets},
        "columns.yaml": sample.read("columns.yaml"),
    }
    monkeypatch.setattr(sample, "read", wanted.__getitem__)


@pytest.fixture
def accounts(portal, tmp_path):
    with portal.client.flask_app.test_request_context():
        assert site.is_new()
        site.make_accounts(tmp_path / "accounts.json")
    model.Session.remove()


def fill(portal):
    with portal.client.flask_app.test_request_context():
        sample.fill()
    model.Session.remove()


def counted():
    """Return how much there is of what the sample makes."""
    session = model.Session
    kinds = (model.Package, model.Resource, model.Group, model.Member, Revision, AuditRow)
    found = {kind.__name__: session.query(kind).count() for kind in kinds}
    session.remove()
    return found


def states(portal):
    with portal.client.flask_app.test_request_context():
        shown = [
            sample.act("package_show", "amel", id=each["name"])
            for each in sample.read("datasets.yaml")["datasets"]
        ]
    model.Session.remove()
    return collections.Counter(each["publication_state"] for each in shown)


def test_a_dataset_stands_in_each_state_and_a_second_time_adds_nothing(portal, accounts, small):
    fill(portal)

    assert states(portal) == dict.fromkeys(STATES, 1)
    before = counted()
    fill(portal)
    assert counted() == before
    with portal.client.flask_app.test_request_context():
        assert not site.is_new()


@pytest.mark.parametrize(
    ("action", "time"),
    [
        ("organization_member_create", 2),
        ("package_patch", 3),
        ("opengov_dataset_publish", 2),
        ("opengov_dataset_submit", len(STATES)),
    ],
)
def test_what_was_interrupted_goes_on(portal, accounts, small, monkeypatch, action, time):
    act, calls = sample.act, []

    def interrupted(called, user, **fields):
        calls.append(called)
        if calls.count(action) == time:
            raise Interrupted
        return act(called, user, **fields)

    with monkeypatch.context() as patched:
        patched.setattr(sample, "act", interrupted)
        with pytest.raises(Interrupted):
            fill(portal)
    model.Session.remove()
    fill(portal)

    assert states(portal) == dict.fromkeys(STATES, 1)
    assert counted()["Package"] == len(STATES)
    with portal.client.flask_app.test_request_context():
        assert sample._state_of_revision("ogp-commitments") == "submitted"


def test_the_people_have_the_roles_that_the_sample_needs(portal, accounts, small):
    fill(portal)
    with portal.client.flask_app.test_request_context():
        asked = {"id": "e-government-unit", "include_users": True}
        shown = sample.act("organization_show", "operator", **asked)

    assert {user["name"]: user["capacity"] for user in shown["users"]} == {
        "amel": "editor",
        "sami": "admin",
    }
    assert [group["name"] for group in shown["groups"]] == ["presidency-of-government"]
