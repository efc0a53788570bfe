"""A flood is filed as everything else, and looked at after it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.common import complaints as net
from tests.integration.complaints.test_api import GIVEN

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.complaints.logic import flooding
from ckanext.complaints.model.cases import Case
from ckanext.opengov.shared.domain.moments import utc_now


@pytest.fixture
def units(portal):
    root, units = net.answering(portal, "ministry", "general", "oversight")
    net.coordinated_by(root, units["oversight"])
    for code in ("roads", "water"):
        net.category(code, routes={None: root})
    return units


@pytest.fixture
def file(portal, units):
    client = portal.client.flask_app.test_client(use_cookies=False)

    def file(number, address="198.51.100.1", **changed):
        given = {**GIVEN, "client_token": f"{number:040}", **changed}
        environ = {"REMOTE_ADDR": address}
        answer = client.post("/complaints/api/submit", json=given, environ_overrides=environ)
        model.Session.remove()
        assert answer.status_code == 200, answer.json
        return answer.json["result"]

    return file


@pytest.fixture
def limits(monkeypatch):
    """Set the rates of an hour that does not pass, however long the test takes."""
    of_this_moment, began = flooding.is_slow, utc_now()
    monkeypatch.setattr(flooding, "HOUR", timedelta(days=1000))
    monkeypatch.setattr(
        flooding, "is_slow", lambda complaint, _now: of_this_moment(complaint, began)
    )

    def limits(**most):
        for name, number in most.items():
            monkeypatch.setitem(tk.config, f"ckanext.complaints.flood_{name}", number)

    return limits


def slow():
    found = [case.is_slow for case in model.Session.query(Case).order_by(Case.received_at)]
    model.Session.remove()
    return found


def digits(receipt):
    return receipt["reference"].replace(" ", "").replace("-", "")


def test_a_hundred_from_one_address_are_all_accepted(portal, clock, units, file, limits):
    limits(sender=20, target=100, all=1000)
    receipts = [file(number) for number in range(100)]
    assert len({each["reference"] for each in receipts}) == 100
    assert len({each["answer_due"] for each in receipts}) == 1
    assert slow() == [False] * 20 + [True] * 80
    another = file(100, address="203.0.113.9")
    assert slow()[-1] is False
    handler = net.officer(portal, clock, "amel", (units["general"], "handler"))
    listed = handler.act("complaint_list", limit=100)
    assert listed["counts"] == {"all": 21, "late": 0, "soon": 0, "unassigned": 21, "slow": 80}
    assert digits(another) in [each["number"] for each in listed["results"]]
    waiting = handler.act("complaint_list", queue="slow", limit=100)["results"]
    assert len(waiting) == 80
    assert handler.act("complaint_show", reference=waiting[0]["number"])["ack_due"]


def test_many_senders_at_one_body_slow_no_other_subject(file, limits):
    limits(sender=20, target=2, all=1000)
    for number in range(4):
        file(number, address=f"198.51.100.{number}")
    file(4, address="203.0.113.9", category="water")
    assert slow() == [False, False, True, True, False]


def test_a_flood_of_the_whole_site_is_slow(file, limits):
    limits(sender=20, target=20, all=2)
    for number in range(3):
        file(number, address=f"198.51.100.{number}")
    assert slow() == [False, False, True]


def test_nothing_of_the_address_stays_with_the_case(file):
    file(1)
    row = net.row_of("complaints_case", channel="api")
    assert "198.51" not in str(row)
    with model.ensure_engine().connect() as connection:
        kept = connection.exec_driver_sql("SELECT key FROM opengov_limit").fetchall()
    assert kept
    assert all(b"198.51" not in bytes(each[0]) for each in kept)


@pytest.fixture
def flood(file, limits):
    """One complaint in the worklist, and three that wait; their numbers."""
    limits(sender=1, target=100, all=1000)
    return [digits(file(number)) for number in range(4)]


def test_the_unit_releases_many_at_once(portal, clock, units, flood):
    first, *rest = flood
    handler = net.officer(portal, clock, "amel", (units["general"], "handler"))
    page = handler.get("/dashboard/complaints/slow/").text
    assert all(f'value="{each}"' in page for each in rest)
    assert f'value="{first}"' not in page
    sent = handler.send("/dashboard/complaints/slow/", references=rest[:2], release="1")
    assert sent.status_code == 302
    assert handler.ok("complaint_list")["counts"]["slow"] == 1
    assert handler.ok("complaint_slow_release", references=rest)["released"] == 1
    assert "Nothing waits here." in handler.get("/dashboard/complaints/slow/").text
    none = handler.send("/dashboard/complaints/slow/", release="1")
    assert none.status_code == 422 or "Nothing waits here." in none.text


def test_a_lead_closes_what_repeats_another(portal, clock, units, flood):
    first, *rest = flood
    lead = net.officer(portal, clock, "nour", (units["general"], "lead"))
    handler = net.officer(portal, clock, "amel", (units["general"], "handler"))
    given = {"references": rest, "duplicate_of": first, "reason": "Même texte, envoyé en masse."}
    with pytest.raises(tk.NotAuthorized):
        handler.act("complaint_slow_close", **given)
    assert slow() == [False, True, True, True]
    page = "/dashboard/complaints/slow/"
    wrong = lead.send(page, **{**given, "reason": ""}, close="1")
    assert (wrong.status_code, wrong.text.count(" checked")) == (422, 3)
    assert lead.send(page, **given, close="1").status_code == 302
    for number in rest:
        shown = lead.act("complaint_show", reference=number)
        assert (shown["state"], shown["outcome"]) == ("closed", "duplicate")
        assert shown["conversation"][-1]["text"] == given["reason"]


def test_another_unit_neither_sees_nor_moves_it(portal, clock, units, flood):
    other = net.officer(portal, clock, "sami", (units["oversight"], "handler"))
    assert other.ok("complaint_list", queue="slow")["results"] == []
    assert other.call("complaint_slow_release", references=flood)[0] == 404
    assert slow() == [False, True, True, True]


def test_who_takes_one_has_taken_it_out_of_the_queue(portal, clock, units, flood):
    handler = net.officer(portal, clock, "amel", (units["general"], "handler"))
    handler.act("complaint_claim", reference=flood[3])
    assert slow() == [False, True, True, False]


def test_an_appeal_against_silence_waits_in_no_queue(portal, clock, units, file, limits):
    limits(sender=1, target=100, all=1000)
    file(0)
    receipt = file(1)
    net.sql("UPDATE complaints_case SET answer_due = received_on - 1 WHERE is_slow")
    client = portal.client.flask_app.test_client(use_cookies=False)
    numbers = {name: receipt[name] for name in ("reference", "secret")}
    answer = client.post("/complaints/api/appeal", json=numbers)
    model.Session.remove()
    assert (answer.status_code, answer.json["result"]["state"]) == (200, "appealed")
    assert slow() == [False, False]
