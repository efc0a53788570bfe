"""Programs of the staff: a token of a lead's opens the cases of one unit, as long as it holds."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from tests.common import complaints as net
from tests.integration.complaints.test_filing import STORY, Citizen

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.complaints.logic import roles
from ckanext.complaints.model import cases
from ckanext.opengov.shared import audit

PAGE = "/dashboard/complaints/programs/"
SOON = (date.today() + timedelta(days=30)).isoformat()  # noqa: DTZ011


@pytest.fixture
def units(portal):
    root, units = net.answering(portal, "ministry", "general", "oversight")
    net.coordinated_by(root, units["oversight"])
    net.category("roads", routes={None: root})
    _org, local = net.answering(portal, "local", "general", parent=root)
    return {**units, "local": local["general"]}


@pytest.fixture
def filed(portal, units):
    citizen = Citizen(portal)
    citizen.file()
    return citizen.receipt()


@pytest.fixture
def lead(portal, clock, units):
    return net.officer(portal, clock, "nour", (units["general"], "lead"))


def made(person, unit_id, **changed):
    given = {"unit_id": unit_id, "name": "Registre du bureau", "ends_on": SOON, **changed}
    return person.act("complaint_program_create", **given)


@pytest.fixture
def token(lead, units):
    return made(lead, units["general"])["token"]


@pytest.fixture
def call(portal):
    client = portal.client.flask_app.test_client(use_cookies=False)

    def call(name, token=None, headers=None, **given):
        headers = {**({"X-Complaints-Token": token} if token else {}), **(headers or {})}
        answer = client.post(f"/complaints/api/staff/{name}", json=given, headers=headers)
        model.Session.remove()
        assert "no-store" in answer.headers["Cache-Control"]
        return answer.status_code, answer.json

    return call


def ok(answer):
    status, told = answer
    assert status == 200, told
    return told["result"]


def test_a_program_answers_a_complaint(portal, units, filed, lead, token, call):
    reference = filed[0]
    listed = ok(call("list", token))
    assert [each["number"] for each in listed["results"]] == [reference]
    shown = ok(call("show", token, reference=reference))
    assert shown["conversation"][0]["happened"] == STORY
    assert ok(call("claim", token, reference=reference))["is_mine"]
    assert ok(call("note", token, reference=reference, text="Entre nous."))
    assert ok(call("question", token, reference=reference, text="Toute la rue ?"))
    case = cases.by_reference(model.Session, reference)
    assert case.state == "waiting-citizen"
    query, number = audit.of_subject(f"complaint:{case.id}")
    rows = model.Session.execute(query.order_by(number)).scalars().all()
    steps = [(row.step, row.actor_id) for row in rows]
    assert steps.count(("program", lead.id)) == 3
    assert len({row.details["program"] for row in rows if row.step == "program"}) == 1
    model.Session.remove()
    citizen = Citizen(portal)
    citizen.send("/complaints/track", reference=reference, secret=filed[1])
    page = citizen.get("/complaints/case").text
    assert "Toute la rue ?" in page
    assert "Entre nous" not in page
    citizen.send("/complaints/case/reply", on="/complaints/case", text="Oui, toute la rue.")
    answer = {"outcome": "granted", "text": "Réparé le 3 décembre."}
    assert call("answer", token, reference=reference, version=1, **answer)[0] == 422
    assert ok(call("answer", token, reference=reference, **answer))["state"] == "answered"


def test_it_knows_of_no_other_units_cases(portal, clock, units, filed, call):
    other = net.officer(portal, clock, "hedi", (units["local"], "lead"))
    token = made(other, units["local"])["token"]
    assert ok(call("list", token))["results"] == []
    for name in ("show", "claim", "note", "answer"):
        given = {"reference": filed[0], "text": "Curieux.", "outcome": "granted"}
        assert call(name, token, **given)[0] == 404


def test_it_does_nothing_of_a_leads(units, filed, token, call):
    for name in ("extend", "assign", "duplicate", "create", "admit"):
        status, _told = call(name, token, reference=filed[0])
        assert status in (404, 405)
    assert call("note", token, reference=filed[0], text="x" * 6000)[0] == 422


def test_it_is_refused_once_revoked(lead, units, token, call):
    [row] = lead.ok("complaint_program_list")["results"]
    assert (row["state"], row["name"], row["last_used_at"]) == (
        "active",
        "Registre du bureau",
        None,
    )
    assert "token" not in row
    ok(call("list", token))
    assert lead.ok("complaint_program_list")["results"][0]["last_used_at"]
    before = net.row_of("complaints_program", id=row["id"])
    lead.ok("complaint_program_revoke", id=row["id"])
    assert call("list", token)[0] == 401
    net.sql("DELETE FROM complaints_program")
    net.put_row("complaints_program", before)
    assert call("list", token)[0] == 401, "put back from a backup"
    assert lead.ok("complaint_program_list")["results"][0]["state"] == "ended"


def test_it_is_refused_once_expired(lead, units, token, call, monkeypatch):
    later = datetime.now(UTC) + timedelta(days=31)
    monkeypatch.setattr("ckanext.complaints.logic.action.programs.cases.now", lambda _s: later)
    assert call("list", token)[0] == 401


def test_it_ends_with_its_maker_and_another_admission_brings_it_not_back(units, lead, token, call):
    ok(call("list", token))
    net.dismiss(lead.id, units["general"])
    assert call("list", token)[0] == 401
    net.appoint(lead.id, units["general"], "lead")
    assert call("list", token)[0] == 401


def test_it_ends_with_its_unit(units, lead, token, call):
    net.change_network("UPDATE complaints_unit SET active = false WHERE kind = 'general'")
    assert call("list", token)[0] == 401


def test_whoever_writes_to_the_database_makes_none_and_stretches_none(lead, units, token, call):
    changes = (
        "ends_on = ends_on + 300",
        f"unit_id = '{units['oversight']}'",
        "serial = serial + 1",
        "name = 'x'",
    )
    for change in changes:
        [row] = lead.ok("complaint_program_list")["results"]
        before = net.row_of("complaints_program", id=row["id"])
        net.sql(f"UPDATE complaints_program SET {change}")
        assert call("list", token)[0] == 401, change
        net.sql("DELETE FROM complaints_program")
        net.put_row("complaints_program", before)
        ok(call("list", token))


def test_nothing_else_opens_these_addresses(filed, lead, token, call):
    net.sql("UPDATE \"user\" SET sysadmin = true WHERE name = 'nour'")
    context = {"user": "nour", "ignore_auth": True}
    given = {"user": "nour", "name": "mine"}
    made = tk.get_action("api_token_create")(context, given)["token"]
    model.Session.remove()
    for headers in ({"Authorization": made}, {"Authorization": f"Bearer {token}"}, {}):
        assert call("show", None, headers, reference=filed[0])[0] == 401
    assert call("show", made, reference=filed[0])[0] == 401
    assert call("show", token[:-1], reference=filed[0])[0] == 401
    answer = lead.client.post("/complaints/api/staff/list", json={})
    model.Session.remove()
    assert answer.status_code == 401


def test_a_token_opens_nothing_elsewhere(portal, token):
    client = portal.client.flask_app.test_client(use_cookies=False)
    for name in ("complaint_list", "complaint_program_list", "complaint_program_call"):
        for header in ("Authorization", "X-Complaints-Token"):
            given = {"call": "list", "token": token, "given": {}, "complaints_program": token}
            answer = client.post(f"/api/3/action/{name}", json=given, headers={header: token})
            model.Session.remove()
            assert answer.status_code in (403, 404), name


def test_no_input_makes_a_caller_a_program(portal, clock, units):
    nobody = net.officer(portal, clock, "walid")
    held = {"user_id": nobody.id, "unit_id": units["general"], "role": "handler"}
    with nobody.inside() as context:
        context[roles.PROGRAM] = {"id": "x", "held": held}
        assert not roles.actor(context).is_staff


def test_leads_alone_make_them_in_a_browser_with_a_second_factor(portal, clock, units, lead):
    handler = net.officer(portal, clock, "amel", (units["general"], "handler"))
    sysadmin = net.officer(portal, clock, "admin")
    net.sql("UPDATE \"user\" SET sysadmin = true WHERE name = 'admin'")
    for person in (handler, sysadmin, net.without_second_factor(lead)):
        with pytest.raises(tk.NotAuthorized):
            made(person, units["general"])
        assert person.call("complaint_program_list")[0] == 403


def test_a_lead_makes_none_for_another_unit_nor_for_longer_than_a_year(units, lead):
    with pytest.raises(tk.NotAuthorized):
        made(lead, units["local"])
    for day in ("2020-01-01", (date.today() + timedelta(days=370)).isoformat()):  # noqa: DTZ011
        with pytest.raises(tk.ValidationError) as error:
            made(lead, units["general"], ends_on=day)
        assert error.value.error_dict["__codes"] == {"ends_on": ["ends-too-late"]}


def test_the_page_shows_a_token_once_and_ends_it(lead, units, call):
    page = lead.get(PAGE).text
    id = re.search(r'name="id" value="([^"]+)"', page)[1]
    given = {"id": id, "unit_id": units["general"], "name": "Registre", "ends_on": SOON}
    shown = lead.send(PAGE, **given)
    token = re.search(r"ogcp_[\w-]+", shown.text)[0]
    assert "no-store" in shown.headers["Cache-Control"]
    ok(call("list", token))
    again = lead.send(PAGE, **given)
    assert (again.status_code, "ogcp_" in again.text) == (422, False)
    assert "ogcp_" not in lead.get(PAGE).text
    assert lead.send(PAGE, f"{PAGE}revoke", id=id).status_code == 302
    assert call("list", token)[0] == 401
