"""What the operator does at the host: first appointments, and what a network begins with."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from tests.common.complaints import officer, policy

from ckan import model

from ckanext.complaints.cli import complaints
from ckanext.complaints.helpers.network import SOURCES
from ckanext.complaints.model import catalogue, members, network


@pytest.fixture
def run(portal):
    """Run a command as in CKAN."""

    def call(*arguments):
        with portal.client.flask_app.test_request_context():
            done = CliRunner().invoke(complaints, arguments, catch_exceptions=False)
        model.Session.remove()
        return done

    return call


def test_the_operator_appoints_the_first_steward(portal, clock, run):
    portal.body("centre")
    rim = officer(portal, clock, "rim")
    asked = ("appoint", "rim", "--body", "centre", "--kind", "oversight", "--role", "steward")

    assert run(*asked).exit_code == 0
    assert "already" in run(*asked).output

    assert rim.ok("complaint_unit_list")["results"][0]["kind"] == "oversight"
    assert rim.call("complaint_category_list", all=True)[0] == 200


def test_an_appointment_uses_the_unit_that_is_there(portal, clock, run):
    portal.body("centre")
    for name in ("rim", "sami"):
        officer(portal, clock, name)
        run("appoint", name, "--body", "centre", "--role", "lead")

    (unit,) = network.whole(model.Session).units.values()
    assert unit.kind == "general"
    assert len(members.members_of(model.Session, [unit.id])) == 2


@pytest.mark.parametrize(
    ("user", "asked"),
    [
        ("nobody", ("--body", "centre", "--role", "lead")),
        ("rim", ("--body", "nowhere", "--role", "lead")),
        ("rim", ("--body", "centre", "--role", "steward")),
        ("rim", ("--body", "centre", "--kind", "oversight", "--role", "handler")),
    ],
)
def test_an_appointment_that_cannot_be_changes_nothing(portal, clock, run, user, asked):
    portal.body("centre")
    officer(portal, clock, "rim")

    done = run("appoint", user, *asked)

    assert done.exit_code == 1
    assert network.whole(model.Session).bodies == {}


def test_defaults_come_once(portal, run):
    first, second = run("defaults"), run("defaults")

    assert first.output == "1 policies, 13 categories, 16 holidays\n"
    assert second.output == "0 policies, 0 categories, 0 holidays\n"
    found = portal.ok(None, "complaint_category_list")["results"]
    assert {each["track"] for each in found} == {"ordinary", "corruption"}
    assert all(set(each["label_translated"]) == {"ar", "fr", "en"} for each in found)


def test_sources_of_the_defaults_are_read_in_every_language(portal, run):
    run("defaults")

    sources = set(catalogue.policy(model.Session, "standard").source.values())
    rows = portal.ok(None, "complaint_holiday_list", year=2027)["results"]
    sources |= {each["source"] for each in rows}
    assert sources
    assert sources <= set(SOURCES)


def test_defaults_leave_what_is_there(run):
    made = policy("standard", answer_days=20)

    run("defaults")

    assert catalogue.policy(model.Session, "standard").answer_days == 20
    assert {row.policy_id for row in catalogue.categories(model.Session)} == {made}
