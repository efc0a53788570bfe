"""Answers may begin with a text of the unit, or of all; the form loses nothing that was typed."""

from __future__ import annotations

import html
import re

import pytest
from tests.common import complaints as net
from tests.integration.complaints.test_filing import Citizen

import ckan.plugins.toolkit as tk

DESK = "/dashboard/complaints"
HOME = f"{DESK}/templates"
TEXT = {"fr": "Nous avons transmis <b>votre</b> demande.", "ar": "أحلنا طلبكم."}
GIVEN = {"title": "Demande transmise", "text_translated": TEXT}


@pytest.fixture
def network(portal):
    root, units = net.answering(portal, "ministry", "general", "oversight")
    net.category("roads", routes={None: root})
    _, other = net.answering(portal, "water", "general", parent=root)
    return units, other


@pytest.fixture
def lead(portal, clock, network):
    return net.officer(portal, clock, "nour", (network[0]["general"], "lead"))


@pytest.fixture
def handler(portal, clock, network):
    return net.officer(portal, clock, "amel", (network[0]["general"], "handler"))


@pytest.fixture
def other(portal, clock, network):
    return net.officer(portal, clock, "hedi", (network[1]["general"], "lead"))


@pytest.fixture
def steward(portal, clock, network):
    return net.officer(portal, clock, "rim", (network[0]["oversight"], "steward"))


@pytest.fixture
def made(network, lead):
    return lead.act("complaint_template_create", unit_id=network[0]["general"], **GIVEN)


def titles(person):
    return [each["title"] for each in person.act("complaint_template_list")["results"]]


def test_a_unit_uses_its_own_templates_and_those_for_all(lead, handler, other, steward, made):
    steward.act("complaint_template_create", title="Pour tous", text_translated={"fr": "Bonjour."})
    assert titles(lead) == titles(handler) == ["Demande transmise", "Pour tous"]
    assert titles(other) == titles(steward) == ["Pour tous"]


def test_leads_write_for_their_unit_and_stewards_for_all(network, lead, handler, other, steward):
    unit = network[0]["general"]
    for person, unit_id in ((handler, unit), (other, unit), (steward, unit), (lead, None)):
        with pytest.raises(tk.NotAuthorized):
            person.act("complaint_template_create", unit_id=unit_id, **GIVEN)
    with pytest.raises(tk.ValidationError):
        lead.act("complaint_template_create", unit_id="none", **GIVEN)


def test_who_may_not_change_one_does_not(portal, clock, made, handler, other, steward):
    change = {"id": made["id"], **GIVEN, "title": "Autre"}
    for action in ("complaint_template_update", "complaint_template_delete"):
        for person in (other, steward):
            with pytest.raises(tk.ObjectNotFound):
                person.act(action, **change)
        with pytest.raises(tk.NotAuthorized):
            handler.act(action, **change)
    stranger = net.officer(portal, clock, "ali")
    with pytest.raises(tk.NotAuthorized):
        stranger.act("complaint_template_list")
    assert titles(handler) == ["Demande transmise"]


def test_a_template_has_a_title_and_a_text(lead, network):
    unit = network[0]["general"]
    for wrong in (
        {"title": " "},
        {"title": "x" * 101},
        {"text_translated": {}},
        {"text_translated": {"fr": "x" * 5001}},
        {"text_translated": {"de": "Hallo"}},
    ):
        with pytest.raises(tk.ValidationError):
            lead.act("complaint_template_create", unit_id=unit, **{**GIVEN, **wrong})


def test_two_who_change_one_do_not_write_over_each_other(lead, made):
    change = {"id": made["id"], **GIVEN, "version": made["version"]}
    lead.act("complaint_template_update", **change)
    with pytest.raises(tk.ValidationError):
        lead.act("complaint_template_update", **change)


def test_templates_do_not_come_through_the_action_api(lead, made):
    assert lead.call("complaint_template_list")[0] == 404
    assert lead.call("complaint_template_delete", id=made["id"])[0] == 404
    assert titles(lead) == ["Demande transmise"]


def test_pages_manage_templates(network, lead, handler):
    fields = {"text_translated-fr": "Bonjour.", "text_translated-ar": "", "title": "Salut"}
    sent = lead.send(f"{HOME}/new", unit_id=network[0]["general"], **fields)
    assert sent.status_code == 302, sent.text
    assert "Salut" in lead.get(f"{HOME}/").text
    assert "Write a template" not in handler.get(f"{HOME}/").text
    assert handler.get(f"{HOME}/new").status_code == 404
    [row] = lead.act("complaint_template_list")["results"]
    wrong = lead.send(f"{HOME}/{row['id']}/edit", **{**fields, "title": ""}, version="1")
    assert wrong.status_code == 422
    assert "Bonjour." in wrong.text
    lead.send(f"{HOME}/{row['id']}/edit", **{**fields, "title": "Autre"}, version="1")
    assert titles(lead) == ["Autre"]
    assert handler.get(f"{HOME}/{row['id']}/delete").status_code == 404
    lead.send(f"{HOME}/{row['id']}/delete")
    assert titles(lead) == []


def area(page, step):
    """Return what stands in the text area of a form."""
    found = re.search(rf'<textarea[^>]* id="{step}-text"[^>]*>(.*?)</textarea>', page, re.S)
    return html.unescape(found[1])


@pytest.mark.parametrize("step", ["answer", "ask", "message"])
def test_a_template_comes_below_what_was_typed_and_nothing_is_sent(portal, handler, made, step):
    citizen = Citizen(portal)
    citizen.file()
    reference, _ = citizen.receipt()
    handler.act("complaint_claim", reference=reference)
    before = handler.act("complaint_show", reference=reference)
    typed = "Bonjour,\nj'écris ceci."
    fields = {"text": typed, "outcome": "granted", "template": made["id"], "fill": "1"}
    page = handler.send(f"{DESK}/{reference}", f"{DESK}/{reference}/{step}", **fields)
    assert page.status_code == 200
    language = before["lang"]
    assert area(page.text, step) == f"{typed}\n\n{TEXT.get(language, TEXT['fr'])}"
    assert "<b>votre</b>" not in page.text
    if step == "answer":
        assert '<option value="granted" selected>' in page.text
    nothing = handler.send(
        f"{DESK}/{reference}", f"{DESK}/{reference}/{step}", **{**fields, "template": ""}
    )
    assert nothing.status_code == 422
    assert area(nothing.text, step) == typed
    after = handler.act("complaint_show", reference=reference)
    assert (after["conversation"], after["version"]) == (before["conversation"], before["version"])


def test_another_units_template_fills_nothing(portal, handler, other, network):
    foreign = other.act("complaint_template_create", unit_id=network[1]["general"], **GIVEN)
    citizen = Citizen(portal)
    citizen.file()
    reference, _ = citizen.receipt()
    handler.act("complaint_claim", reference=reference)
    fields = {"text": "Oui.", "template": foreign["id"], "fill": "1"}
    page = handler.send(f"{DESK}/{reference}", f"{DESK}/{reference}/message", **fields)
    assert page.status_code == 422
    assert TEXT["ar"] not in page.text
