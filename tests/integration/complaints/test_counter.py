"""A clerk writes down a complaint at the counter or on the telephone."""

from __future__ import annotations

import io
import re

import pytest
from tests.common import complaints as net
from tests.integration.complaints.test_filing import STORY, WISH, Citizen, chosen, ticked
from tests.integration.complaints.test_handling import photograph

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.complaints.model import sealed
from ckanext.complaints.model.cases import Case
from ckanext.complaints.model.catalogue import Category
from ckanext.opengov.shared import audit

PAGE = "/dashboard/complaints/intake/"
RECEIPT = "/dashboard/complaints/intake/receipt"
TOLD = {
    "channel": "phone",
    "consent": "yes",
    "language": "ar",
    "mode": "named",
    "name": "Leïla Ben Salah",
    "phone": "+216 71 000 000",
    "notices": "none",
    "email": "",
    "category": "roads",
    "body": "unknown",
    "happened": STORY,
    "wanted": WISH,
    "region": "",
    "place": "Rue 9",
    "day": "",
    "when": "chaque soir",
}


@pytest.fixture
def units(portal):
    root, units = net.answering(portal, "ministry", "general", "oversight")
    net.coordinated_by(root, units["oversight"])
    net.category("roads", routes={None: root})
    _org, local = net.answering(portal, "local", "general", parent=root)
    return {**units, "local": local["general"]}


@pytest.fixture
def clerk(portal, clock, units):
    return net.officer(portal, clock, "sonia", (units["local"], "clerk"))


def all_cases():
    found = model.Session.query(Case).all()
    model.Session.remove()
    return found


def numbers(page):
    codes = re.findall(r'class="og-secret__code".*?</dd>', page, re.S)
    return tuple("".join(re.findall(r"<span>(\d+)</span>", each)) for each in codes)


def test_a_clerk_files_and_the_citizen_takes_another_code(portal, clock, units, clerk):
    sent = clerk.send(PAGE, **TOLD, send="1")
    assert sent.headers["Location"].endswith("/intake/receipt"), sent.text
    [case] = all_cases()
    assert (case.channel, case.lang, case.mode) == ("phone", "ar", "named")
    slip = clerk.get(RECEIPT)
    assert "no-store" in slip.headers["Cache-Control"]
    reference, secret = numbers(slip.text)
    assert reference == case.reference
    assert 'lang="ar" dir="rtl"' in slip.text
    assert "الرمز السر" in slip.text or "رمز سر" in slip.text
    assert "/ar/complaints/track" in slip.text
    assert secret[:4] not in clerk.get(RECEIPT).text
    assert model.Session.get(sealed.Access, case.id).must_change
    with pytest.raises(tk.NotAuthorized):
        clerk.act("complaint_show", reference=reference)
    citizen = Citizen(portal)
    opened = citizen.send("/complaints/track", reference=reference, secret=secret)
    assert opened.headers["Location"].endswith("/complaints/case/secret")
    fresh = numbers(citizen.send("/complaints/case/secret").text)[1]
    citizen.send("/complaints/track", reference=reference, secret=fresh)
    assert "eau est" in citizen.get("/complaints/case").text
    handler = net.officer(portal, clock, "amel", (units["general"], "handler"))
    shown = handler.act("complaint_show", reference=reference)
    assert shown["channel"] == "phone"
    assert shown["citizen"]["name"] == TOLD["name"]
    assert not shown["timeline"][0]["is_mine"]


def test_the_log_names_the_clerk_and_their_unit(units, clerk):
    clerk.send(PAGE, **TOLD, send="1")
    [case] = all_cases()
    query, number = audit.of_subject(f"complaint:{case.id}")
    first = model.Session.execute(query.order_by(number)).scalars().first()
    assert (first.step, first.actor_id) == ("file", clerk.id)
    assert first.details["unit_id"] == units["local"]


def test_a_double_submit_makes_one_case(clerk):
    page = clerk.get(PAGE).text
    token = re.search(r'name="_csrf_token" value="([^"]+)"', page)[1]
    for _ in range(2):
        data = {**TOLD, "_csrf_token": token, "send": "1"}
        answer = clerk.client.post(f"/en{PAGE}", data=data)
        model.Session.remove()
        assert answer.headers["Location"].endswith("/intake/receipt")
    assert len(all_cases()) == 1
    assert numbers(clerk.get(RECEIPT).text)[1]


def test_two_requests_at_once_make_one_case_too(clerk):
    draft = clerk.act("complaint_intake_begin")["draft"]
    for _ in range(2):
        assert clerk.act("complaint_intake_record", draft=draft, **TOLD) == {"is_filed": True}
    assert len(all_cases()) == 1
    assert clerk.act("complaint_intake_receipt_show", draft=draft)["secret"]
    assert "secret" not in clerk.act("complaint_intake_receipt_show", draft=draft)


def test_errors_keep_what_was_typed_and_a_file(portal, clock, units, clerk):
    wrong = {**TOLD, "channel": "", "consent": "", "wanted": ""}
    file = (io.BytesIO(photograph()), "rue.jpg")
    answer = clerk.send(PAGE, **wrong, files=file, send="1")
    assert answer.status_code == 422
    for kept in ("eau est coup", "Rue 9", "rue.jpg", "Ben Salah"):
        assert kept in answer.text, kept
    for field in ("channel", "consent", "wanted"):
        assert f'id="e-{field}"' in answer.text
    assert all_cases() == []
    clerk.send(PAGE, **TOLD, send="1")
    reference, _secret = numbers(clerk.get(RECEIPT).text)
    handler = net.officer(portal, clock, "amel", (units["general"], "handler"))
    [said] = handler.act("complaint_show", reference=reference)["conversation"]
    assert [each["name"] for each in said["files"]] == ["rue.jpg"]


def test_where_nobody_takes_it_nothing_is_lost(clerk):
    net.change_network("UPDATE complaints_body SET intake_open = false, coordinator_unit_id = null")
    net.change_network("UPDATE complaints_unit SET active = false WHERE kind = 'oversight'")
    file = (io.BytesIO(photograph()), "rue.jpg")
    answer = clerk.send(PAGE, **TOLD, files=file, send="1")
    assert answer.status_code == 422
    assert "No office can take this complaint" in answer.text
    again = clerk.get(PAGE).text
    assert "Rue 9" in again
    assert "rue.jpg" in again
    assert all_cases() == []


def test_a_session_that_ended_takes_nothing_along(portal, clock, clerk):
    token = re.search(r'name="_csrf_token" value="([^"]+)"', clerk.get(PAGE).text)[1]
    with clerk.client.session_transaction() as kept:
        before = dict(kept)
        kept.clear()
    answer = clerk.client.post(f"/en{PAGE}", data={**TOLD, "_csrf_token": token, "send": "1"})
    model.Session.remove()
    assert "/user/login" in answer.headers["Location"]
    assert all_cases() == []
    with clerk.client.session_transaction() as kept:
        kept.update(before)
    page = clerk.get(PAGE).text
    assert "eau est coup" in page
    assert "Ben Salah" in page


def test_the_next_one_at_the_same_browser_reads_nothing_of_it(portal, clock, units, clerk):
    clerk.send(PAGE, **{**TOLD, "consent": ""}, later="1")
    assert "eau est coup" in clerk.get(PAGE).text
    other = net.officer(portal, clock, "walid", (units["local"], "clerk"))
    with other.client.session_transaction() as kept:
        theirs = dict(kept)
    with clerk.client.session_transaction() as kept:
        kept.clear()
        kept.update(theirs)
    assert "eau est coup" not in clerk.get(PAGE).text


def test_clerks_and_leads_alone_take_complaints(portal, clock, units, clerk):
    handler = net.officer(portal, clock, "amel", (units["general"], "handler"))
    sysadmin = net.officer(portal, clock, "admin")
    net.sql("UPDATE \"user\" SET sysadmin = true WHERE name = 'admin'")
    lead = net.officer(portal, clock, "nour", (units["general"], "lead"))
    assert lead.get(PAGE).status_code == 200
    for person in (handler, sysadmin, net.without_second_factor(clerk)):
        assert person.get(PAGE).status_code in (302, 403)
        for action in ("begin", "draft_show", "record", "receipt_show"):
            with pytest.raises(tk.NotAuthorized):
                person.act(f"complaint_intake_{action}", draft="x")


def test_what_is_typed_goes_through_no_action_api(clerk):
    status, _told = clerk.call("complaint_intake_record", **TOLD)
    assert status == 404


def test_several_answers_are_ticked_at_the_counter_and_come_back(portal, clock, units, clerk):
    found = model.Session.query(Category).filter_by(code="roads").one().id
    net.form(found, net.SEVERAL, net.OFTEN)
    clerk.send(PAGE, **TOLD, look="1")
    given = {"form-means[]": ["bus", "road"], "form-often": "no"}
    clerk.send(PAGE, **TOLD, **given, later="1")
    page = clerk.get(PAGE).text
    assert ticked(page) == ["bus", "road"]
    assert chosen(page, "form-often") == ["no"]
    assert 'id="h-form-means"' in page
    clerk.send(PAGE, **TOLD, **given, send="1")
    reference, _secret = numbers(clerk.get(RECEIPT).text)
    handler = net.officer(portal, clock, "amel", (units["general"], "handler"))
    [said] = handler.act("complaint_show", reference=reference)["conversation"]
    assert said["form"] == {"means": ["bus", "road"], "often": False}


def pressed_by_enter(page, name):
    """Return the first button of the form in which a field stands, as browsers press it."""
    before, _, _ = page.partition(f'name="{name}"')
    form = page[before.rindex("<form") :]
    return re.search(r"<button[^>]*>", form)[0]


def test_enter_in_a_field_keeps_what_was_typed_and_removes_nothing(clerk):
    file = (io.BytesIO(photograph()), "rue.jpg")
    clerk.send(PAGE, **TOLD, files=file, later="1")
    page = clerk.get(PAGE).text
    assert 'name="remove"' in page
    assert 'name="later"' in pressed_by_enter(page, "name")
