"""What an enemy tried: each hole was open once, and is kept shut here."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.common import complaints as net
from tests.integration.complaints.test_filing import Citizen
from tests.integration.complaints.test_referrals import Net, answered_and_appealed
from tests.integration.complaints.test_reminding import notices

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.complaints.logic import of_cases, referring, reminding
from ckanext.complaints.model import cases
from ckanext.opengov.shared.keyring import Unreadable

SHUT = (tk.ObjectNotFound, tk.NotAuthorized, Unreadable)


@pytest.fixture
def bodies(portal, clock):
    return Net(portal, clock)


@pytest.fixture
def citizen(portal, bodies):
    return Citizen(portal)


@pytest.fixture
def filed(citizen):
    citizen.file()
    return citizen.receipt()


def answered(bodies, reference):
    bodies.amel.act("complaint_claim", reference=reference)
    bodies.amel.act("complaint_answer", reference=reference, outcome="refused", text="Non.")


def written(reference, **values):
    """Write to the row of a case past the portal."""
    sets = ", ".join(f"{name} = :{name}" for name in values)
    net.sql(
        f"UPDATE complaints_case SET {sets} WHERE reference = :reference",
        reference=reference,
        **values,
    )


def in_the_worker(portal, work, days=0):
    """Do what a sweep does."""
    with portal.client.flask_app.test_request_context():
        try:
            return work(model.Session, cases.now(model.Session) + timedelta(days=days))
        finally:
            model.Session.rollback()
            model.Session.remove()


def shut(person, reference):
    with pytest.raises(SHUT):
        person.act("complaint_show", reference=reference)


# Whoever writes to the database: what is altered there, the portal does not sign as its own.


def test_a_step_by_date_signs_no_row_that_was_given_to_another_unit(portal, bodies, filed):
    reference = filed[0]
    answered(bodies, reference)
    written(reference, owner_unit_id=bodies.units["power"], appeal_unit_id=bodies.judge)
    in_the_worker(portal, reminding.remind, days=90)
    shut(bodies.nour, reference)


def test_an_appeal_signs_no_row_that_was_given_to_another_unit(bodies, filed, citizen):
    reference, secret = filed
    answered(bodies, reference)
    citizen.send("/complaints/track", reference=reference, secret=secret)
    written(reference, owner_unit_id=bodies.units["power"])
    try:
        citizen.send("/complaints/case/appeal", on="/complaints/case", text="Je conteste.")
    except Unreadable:
        model.Session.remove()
    shut(bodies.nour, reference)


def test_a_unit_that_is_closed_hands_over_no_row_that_was_given_to_it(portal, bodies, filed):
    reference, unit = filed[0], bodies.units["power"]
    written(reference, owner_unit_id=unit)

    def close(session, now):
        of_cases.hand_over(session, unit, bodies.coordinator, bodies.sami.id, now)
        session.commit()

    in_the_worker(portal, close)
    shut(bodies.sami, reference)


def test_a_state_that_was_written_makes_no_judge(portal, bodies, filed):
    reference = filed[0]
    written(reference, state="appealed")
    in_the_worker(portal, referring.sweep)
    shut(bodies.rim, reference)


def test_one_altered_case_does_not_stop_the_sweep_for_the_others(portal, bodies, filed, citizen):
    altered, other = filed[0], Citizen(portal)
    other.file()
    reference = other.receipt()[0]
    for each in (altered, reference):
        asked = bodies.refer(bodies.amel, each, bodies.units["roads"])
        assert asked["state"] == "proposed"
    written(altered, owner_unit_id=bodies.units["power"])
    in_the_worker(portal, referring.sweep, days=30)
    in_the_worker(portal, reminding.remind, days=60)
    rows = {
        each: net.row_of(
            "complaints_referral", case_id=net.row_of("complaints_case", reference=each)["id"]
        )["state"]
        for each in (altered, reference)
    }
    assert rows[reference] == "expired"


# Those who may not know, or may not any more.


def test_a_program_knows_no_more_than_who_made_it(portal, clock, bodies, filed):
    reference = filed[0]
    both = net.officer(
        portal,
        clock,
        "both",
        (bodies.units["water"], "lead"),
        (bodies.units["roads"], "handler"),
    )
    given = {"unit_id": bodies.units["water"], "name": "Registre"}
    ends_on = (cases.now(model.Session) + timedelta(days=9)).date().isoformat()
    token = both.act("complaint_program_create", **given, ends_on=ends_on)["token"]
    bodies.amel.act("complaint_exclude", reference=reference, org_id=bodies.orgs["roads"])
    shut(both, reference)
    assert both.act("complaint_list")["counts"]["all"] == 0
    status, told = called(portal, token, "show", reference=reference)
    assert status == 404, told
    status, told = called(portal, token, "list")
    assert (status, told["result"]["counts"]["all"]) == (200, 0)


def called(portal, token, name, **given):
    client = portal.client.flask_app.test_client(use_cookies=False)
    headers = {"X-Complaints-Token": token}
    answer = client.post(f"/complaints/api/staff/{name}", json=given, headers=headers)
    model.Session.remove()
    return answer.status_code, answer.json


def test_a_program_opens_the_cases_of_its_unit_alone(portal, clock, bodies, filed, citizen):
    """Neither what its unit decides on, nor what it works on for another."""
    reference = filed[0]
    ends_on = (cases.now(model.Session) + timedelta(days=9)).date().isoformat()
    given = {"name": "Registre", "ends_on": ends_on}
    zied = net.officer(portal, clock, "zied", (bodies.units["roads"], "lead"))
    joint = zied.act("complaint_program_create", unit_id=bodies.units["roads"], **given)["token"]
    asked = bodies.refer(bodies.amel, reference, bodies.units["roads"], "joint")
    zied.act("complaint_referral_accept", id=asked["id"])
    assert zied.act("complaint_show", reference=reference)["part"] == "joint"
    assert called(portal, joint, "show", reference=reference)[0] == 404
    # Without a unit for appeals the coordinator, which has programs, decides.
    net.dismiss(bodies.rim.id, bodies.judge)
    token = bodies.sami.act("complaint_program_create", unit_id=bodies.coordinator, **given)[
        "token"
    ]
    answered_and_appealed(bodies, filed, citizen, bodies.amel)
    assert bodies.sami.act("complaint_show", reference=reference)["part"] == "judge"
    assert called(portal, token, "show", reference=reference)[0] == 404
    assert called(portal, token, "list")[1]["result"]["counts"]["all"] == 0


def test_a_former_owner_neither_learns_nor_says_anything_by_the_transfer_it_accepted(bodies, filed):
    reference = filed[0]
    asked = bodies.refer(bodies.amel, reference, bodies.units["roads"])
    bodies.hedi.act("complaint_referral_accept", id=asked["id"])
    second = bodies.refer(bodies.hedi, reference, bodies.units["power"])
    bodies.nour.act("complaint_referral_accept", id=second["id"])
    for action, given in (("show", {}), ("say", {"text": "Psst."})):
        with pytest.raises(SHUT):
            bodies.hedi.act(f"complaint_referral_{action}", id=asked["id"], **given)
    with pytest.raises((tk.ValidationError, *SHUT)):
        bodies.nour.act("complaint_referral_say", id=second["id"], text="À qui ?")


def test_after_an_opinion_nothing_more_is_said(bodies, filed):
    asked = bodies.refer(bodies.amel, filed[0], bodies.units["power"], "opinion")
    bodies.nour.act("complaint_referral_accept", id=asked["id"], text="Oui.")
    with pytest.raises(tk.ValidationError):
        bodies.nour.act("complaint_referral_say", id=asked["id"], text="Et encore.")


def test_nobody_judges_what_they_worked_on_for_another_unit(portal, clock, bodies, filed, citizen):
    reference = filed[0]
    both = net.officer(portal, clock, "both", (bodies.units["roads"], "handler"))
    asked = bodies.refer(bodies.amel, reference, bodies.units["roads"], "joint")
    both.act("complaint_referral_accept", id=asked["id"])
    both.act("complaint_show", reference=reference)
    both.act("complaint_referral_say", id=asked["id"], text="Mon avis.")
    net.appoint(both.id, bodies.judge, "handler")
    net.dismiss(both.id, bodies.units["roads"])
    answered_and_appealed(bodies, filed, citizen, bodies.amel)
    shut(both, reference)
    assert both.act("complaint_list")["counts"]["all"] == 0
    assert bodies.rim.act("complaint_show", reference=reference)["part"] == "judge"


def test_who_may_not_know_of_a_case_is_not_told_that_it_was_left(portal, clock, bodies, filed):
    reference = filed[0]
    helper = net.officer(portal, clock, "helper", (bodies.units["water"], "handler"))
    net.officer(portal, clock, "olfa", (bodies.units["water"], "lead"))
    yara = net.officer(portal, clock, "yara", (bodies.units["water"], "lead"))
    bodies.amel.act("complaint_exclude", reference=reference, user="olfa")
    helper.act("complaint_claim", reference=reference)
    before = len([each for each in notices() if each == ("olfa", "left")])
    yara.ok("complaint_member_remove", unit_id=bodies.units["water"], user="helper", role="handler")
    told = notices()
    assert ("amel", "left") in told
    assert len([each for each in told if each == ("olfa", "left")]) == before


def test_where_the_lead_may_not_know_somebody_else_is_told(portal, clock, bodies, filed):
    """Or the case would be lost by silence."""
    reference = filed[0]
    net.officer(portal, clock, "helper", (bodies.units["power"], "handler"))
    net.officer(portal, clock, "olfa", (bodies.units["power"], "lead"))
    bodies.amel.act("complaint_exclude", reference=reference, user="olfa")
    bodies.refer(bodies.amel, reference, bodies.units["power"])
    told = notices()
    assert ("olfa", "asked") not in told
    assert ("helper", "asked") in told
