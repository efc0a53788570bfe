"""What decides where complaints go and what files are is signed: who writes past us moves none."""

from __future__ import annotations

import io

import pytest
from click.testing import CliRunner
from tests.common import complaints as net
from tests.integration.complaints.test_filing import Citizen
from tests.integration.complaints.test_referrals import Net
from werkzeug.exceptions import ServiceUnavailable

from ckan import model

from ckanext.complaints.cli import complaints
from ckanext.opengov.shared.keyring import Unreadable


@pytest.fixture
def bodies(portal, clock):
    return Net(portal, clock)


@pytest.fixture
def citizen(portal, bodies):
    return Citizen(portal)


@pytest.fixture
def filed(citizen):
    sent = [(io.BytesIO(f"Facture {n}.\n".encode()), f"{n}.txt") for n in (1, 2)]
    citizen.file(files={"files": sent})
    return citizen.receipt()[0]


@pytest.fixture
def command(portal):
    def call(*arguments):
        with portal.client.flask_app.test_request_context():
            done = CliRunner().invoke(complaints, ["network", *arguments])
        model.Session.remove()
        return done

    return call


def shown(bodies, reference):
    return bodies.amel.act("complaint_show", reference=reference)


NETWORK = {
    "its coordinator": "UPDATE complaints_body SET coordinator_unit_id = :power",
    "what stands above": "UPDATE complaints_body SET parent_org_id = NULL",
    "its intake": "UPDATE complaints_body SET intake_open = NOT intake_open",
    "a unit in use": "UPDATE complaints_unit SET active = false WHERE id = :power",
    "another unit": "INSERT INTO complaints_unit SELECT 'x', org_id, 'appeal', labels, active,"
    " created_at, version FROM complaints_unit WHERE id = :power",
    "its signature": "DELETE FROM complaints_seal WHERE about = 'network'",
}


@pytest.mark.parametrize("what", NETWORK)
def test_a_network_that_was_changed_past_us_sends_no_complaint_anywhere(
    bodies, citizen, command, what
):
    assert command("check").exit_code == 0
    assert citizen.send("/complaints/new").status_code == 302
    values = {"power": bodies.units["power"]} if ":power" in NETWORK[what] else {}
    net.sql(NETWORK[what], **values)
    assert citizen.get("/complaints/new/body").status_code == 503
    with pytest.raises(ServiceUnavailable):
        bodies.amel.act("complaint_list")
    assert command("check").exit_code == 1
    assert command("sign", "--yes").exit_code == 0
    assert citizen.get("/complaints/new/body").status_code in (200, 302)
    assert command("check").exit_code == 0
    assert bodies.amel.act("complaint_list")["results"] == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE complaints_route SET org_id = :power",
        "DELETE FROM complaints_route",
        "INSERT INTO complaints_route SELECT 'x', category_id, 'TN-11', :power"
        " FROM complaints_route",
        "DELETE FROM complaints_seal WHERE about <> 'network'",
    ],
)
def test_a_route_that_was_changed_past_us_is_not_taken(bodies, citizen, command, change):
    values = {"power": bodies.orgs["power"]} if ":power" in change else {}
    net.sql(change, **values)
    assert "roads" in command("check").output
    with pytest.raises(ServiceUnavailable):
        bodies.amel.act("complaint_category_list")


def test_who_looks_at_what_they_sign_may_say_no(bodies, command):
    net.sql("UPDATE complaints_body SET coordinator_unit_id = :it", it=bodies.units["power"])
    asked = command("sign")
    assert bodies.units["power"] in asked.output
    assert asked.exit_code == 1
    assert command("check").exit_code == 1


@pytest.mark.parametrize(
    "change",
    [
        "scan = 'clean'",
        "message_id = (SELECT id FROM complaints_message WHERE key_kind = 'talk' AND id NOT IN"
        " (SELECT message_id FROM complaints_file) LIMIT 1)",
        "sealed_key = (SELECT max(sealed_key) FROM complaints_file WHERE id <> :id)",
        "mac = NULL",
    ],
)
def test_a_file_that_was_altered_past_us_opens_to_nobody(bodies, filed, change):
    bodies.amel.act("complaint_claim", reference=filed)
    bodies.amel.act("complaint_request_info", reference=filed, text="Quelle rue ?")
    [first, _second] = shown(bodies, filed)["conversation"][0]["files"]
    net.sql(f"UPDATE complaints_file SET {change} WHERE id = :id", id=first["id"])
    with pytest.raises(Unreadable):
        shown(bodies, filed)
    with pytest.raises(Unreadable):
        bodies.amel.act("complaint_evidence_open", reference=filed, file=first["id"])


def test_a_request_is_not_stretched_past_us(bodies, filed):
    bodies.refer(bodies.amel, filed, bodies.units["roads"])
    net.sql("UPDATE complaints_referral SET expires_on = expires_on + 300")
    with pytest.raises(Unreadable):
        shown(bodies, filed)
