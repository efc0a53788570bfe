"""A secret that a clerk has seen opens nothing but the way to another secret."""

from __future__ import annotations

import re

import pytest
from tests.common import complaints as net
from tests.integration.complaints.test_filing import STORY, Citizen

from ckan import model

from ckanext.complaints.model import cases, sealed, signing
from ckanext.opengov.shared.keyring import Unreadable

STEPS = ("track", "reply", "withdraw", "accept", "reopen", "appeal", "acknowledgement")


@pytest.fixture
def citizen(portal):
    root, units = net.answering(portal, "ministry", "general", "oversight")
    net.coordinated_by(root, units["oversight"])
    net.category("roads", routes={None: root})
    return Citizen(portal)


@pytest.fixture
def temporary(citizen):
    """The two numbers of a case whose secret a clerk has seen."""
    citizen.file()
    receipt = citizen.receipt()
    case = cases.by_reference(model.Session, receipt[0])
    access = model.Session.get(sealed.Access, case.id)
    access.must_change = True
    signing.sign(access)
    model.Session.commit()
    model.Session.remove()
    return receipt


def call(portal, name, **given):
    client = portal.client.flask_app.test_client(use_cookies=False)
    answer = client.post(f"/complaints/api/{name}", json=given)
    model.Session.remove()
    return answer.status_code, answer.json


@pytest.mark.parametrize("step", STEPS)
def test_programs_are_told_to_change_it_first(portal, temporary, step):
    numbers = dict(zip(("reference", "secret"), temporary, strict=True))
    status, told = call(portal, step, **numbers, text="Toujours rien ici.")
    assert status == 409
    assert told["error"]["__codes"] == {"__all__": ["change-secret-first"]}
    assert "eau est" not in str(told)


def test_pages_lead_to_the_change_and_nowhere_else(citizen, temporary):
    reference, secret = temporary
    opened = citizen.send("/complaints/track", reference=reference, secret=secret)
    assert opened.headers["Location"].endswith("/complaints/case/secret")
    asked = ("case", "case/file/x", "case/acknowledgement.json", "case/withdraw/confirm")
    for page in asked:
        answer = citizen.get(f"/complaints/{page}")
        assert (answer.status_code, "eau est" in answer.text) == (302, False), page
        assert answer.headers["Location"].endswith("/complaints/case/secret")
    page = "/complaints/case/secret"
    for step in ("reply", "reopen", "appeal"):
        answer = citizen.send(f"/complaints/case/{step}", on=page, text="Toujours rien ici.")
        assert answer.headers["Location"].endswith(page), step
    answer = citizen.send("/complaints/case/withdraw", on=page, sure="1")
    assert answer.headers["Location"].endswith(page)
    case = cases.by_reference(model.Session, reference)
    assert case.state == "registered"
    assert len(sealed.messages_of(model.Session, case.id)) == 2


def test_with_another_secret_the_citizen_alone_opens_it(portal, citizen, temporary):
    reference, secret = temporary
    citizen.send("/complaints/track", reference=reference, secret=secret)
    changed = citizen.send("/complaints/case/secret").text
    codes = re.findall(r'class="og-secret__code".*?</dd>', changed, re.S)
    fresh = "".join(re.findall(r"<span>(\d+)</span>", codes[1]))
    assert fresh != secret
    again = citizen.send("/complaints/track", reference=reference, secret=secret)
    assert again.status_code == 422
    opened = citizen.send("/complaints/track", reference=reference, secret=fresh)
    assert opened.headers["Location"].endswith("/complaints/case")
    assert STORY[2:] in citizen.get("/complaints/case").text
    status, told = call(portal, "track", reference=reference, secret=fresh)
    assert (status, told["result"]["state"]) == (200, "registered")


def test_a_program_changes_it_too(portal, temporary):
    numbers = dict(zip(("reference", "secret"), temporary, strict=True))
    status, told = call(portal, "secret", **numbers)
    assert status == 200
    assert call(portal, "track", **numbers)[0] == 422
    assert call(portal, "track", **told["result"])[0] == 200


def test_nobody_lifts_it_by_writing_to_the_database(portal, temporary):
    net.sql("UPDATE complaints_access SET must_change = false")
    numbers = dict(zip(("reference", "secret"), temporary, strict=True))
    with pytest.raises(Unreadable):
        call(portal, "track", **numbers)
