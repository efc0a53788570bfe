"""The pages on which stewards and leads run the network, without a script."""

from __future__ import annotations

import pytest
from tests.common.complaints import (
    TEXTS,
    Officer,
    answering,
    appoint,
    category,
    form,
    officer,
    policy,
    row_of,
    without_second_factor,
)

from ckanext.complaints.logic import of_cases

HOME = "/dashboard/complaints/network"
NAMES = {f"label_translated-{lang}": text for lang, text in TEXTS.items()}


def page(person, path):
    answer = person.get(f"{HOME}{path}")
    assert answer.status_code == 200, (path, answer.status_code, answer.text[-2000:])
    return answer.text


def send(person, path, status=302, to=None, **fields):
    answer = person.send(f"{HOME}{path}", to and f"{HOME}{to}", **fields)
    assert answer.status_code == status, (path, answer.status_code, answer.text[-3000:])
    return answer


def test_the_pages_are_for_who_works_in_the_network(portal, clock, local, steward, handler):
    citizen = officer(portal, clock, "ali")
    for path in ("/", "/categories", "/policies", "/calendar"):
        assert portal.client.flask_app.test_client().get(HOME + path).status_code == 302
        page(steward, path)
        page(handler, path)
        assert citizen.get(HOME + path).status_code == 404


def test_who_came_without_the_second_step_is_told_how(portal, clock, steward):
    without_second_factor(steward)

    answer = steward.get(f"{HOME}/")
    assert answer.status_code in (302, 403)
    if answer.status_code == 403:
        assert "Set up the second step" in answer.text


def test_a_new_member_is_told_to_set_up_the_second_step(portal, clock, local):
    new = Officer(portal, clock, "new")
    new.sign_in()
    appoint(new.id, local["general"], "handler")

    answer = new.get(f"{HOME}/")

    assert answer.status_code == 403
    assert "/user/two-factor" in answer.text
    assert "Network of complaints" in new.get("/dashboard/datasets").text


def test_only_stewards_reach_the_forms(local, lead, handler):
    paths = ["/body/new", f"/body/{local['org']}", "/unit/new?org=meteo", "/category/new"]
    paths += ["/policy/new", f"/unit/{local['general']}/edit", f"/unit/{local['general']}/close"]
    category()
    for path in [*paths, "/category/roads", "/category/roads/questions", "/policy/standard"]:
        for person in (lead, handler):
            assert person.get(HOME + path).status_code == 403, path


@pytest.mark.parametrize("lang", ["ar", "fr", "en"])
def test_every_page_speaks_every_language(portal, local, steward, lang):
    form(category(), {"id": "place", "kind": "text", "label": TEXTS})
    unit = f"/unit/{local['general']}"
    paths = ["/", "/body/new", f"/body/{local['org']}", "/unit/new?org=meteo", unit]
    paths += [f"{unit}/edit", f"{unit}/close", "/categories", "/category/new", "/category/roads"]
    paths += ["/category/roads/questions", "/policies", "/policy/new?like=standard"]
    for path in [*paths, "/policy/standard", "/calendar"]:
        answer = steward.client.get(f"/{lang}{HOME}{path}")
        assert answer.status_code == 200, path
        if path == unit:
            assert TEXTS[lang] in answer.text
        assert "onclick" not in answer.text
        assert "<script>" not in answer.text


def test_a_missing_thing_is_not_found(steward):
    for path in ("/body/x", "/unit/x", "/unit/new?org=x", "/category/x", "/policy/x"):
        assert steward.get(HOME + path).status_code == 404, path


def test_a_body_enters_with_its_unit_and_its_people(portal, clock, steward, top):
    portal.body("ports")
    officer(portal, clock, "amel")

    told = send(steward, "/body/new", 422, org="ports", intake_open="true", parent="")
    assert told.text.count("Nobody would get the complaints") == 2
    send(steward, "/body/new", org="ports", parent=top["org"], coordinator_unit_id=top["general"])
    assert "ports" in page(steward, "/")
    made = send(steward, "/unit/new?org=ports", kind="general", **NAMES)
    unit = made.location.split("/unit/")[1].split("?")[0]
    wrong = send(steward, f"/unit/{unit}", 422, f"/unit/{unit}/admit", user="nobody", role="lead")
    assert wrong.text.count("There is no account of this name.") == 2
    send(steward, f"/unit/{unit}", to=f"/unit/{unit}/admit", user="amel", role="lead")

    shown = page(steward, f"/unit/{unit}?done=admitted&user=amel&role=lead")
    assert "amel has this role now: Lead." in shown
    assert "Is set up" in shown


def test_a_role_is_taken_after_a_question(steward, lead, local):
    unit = f"/unit/{local['general']}"
    asked = f"{unit}/remove?user=nour&role=lead"

    assert "The cases stay with the unit." in page(steward, asked)
    assert row_of("complaints_member", user_id=lead.id)
    send(steward, asked, to=f"{unit}/remove", user="nour", role="lead")

    assert row_of("complaints_member", user_id=lead.id) is None
    assert lead.get(f"{HOME}/").status_code == 404


def test_the_last_lead_goes_when_the_box_is_ticked(
    portal, clock, steward, lead, local, monkeypatch
):
    monkeypatch.setattr(of_cases, "open_cases", lambda _session, _unit_id: 1)
    unit, fields = f"/unit/{local['general']}", {"user": "nour", "role": "lead"}
    asked = f"{unit}/remove?user=nour&role=lead"

    told = send(steward, asked, 422, f"{unit}/remove", **fields)
    assert "First say that its coordinator takes them over." in told.text
    told = send(steward, asked, 422, f"{unit}/remove", coordinator_takes_over="true", **fields)
    assert "No coordinator could take over" in told.text


def test_who_leaves_is_led_out(handler, local):
    unit = f"/unit/{local['general']}"

    answer = send(
        handler,
        f"{unit}/remove?user=amel&role=handler",
        to=f"{unit}/remove",
        user="amel",
        role="handler",
    )

    assert not answer.location.startswith(HOME)
    assert handler.get(f"{HOME}/").status_code == 404


def test_a_handler_sees_their_unit_and_changes_nothing(handler, local, top):
    own = page(handler, f"/unit/{local['general']}")
    other = page(handler, f"/unit/{top['general']}")

    assert "Who works here" in own
    assert "Admit someone" not in own
    assert "Who works here" not in other


def test_a_unit_is_closed_after_a_question(steward, local):
    unit = f"/unit/{local['integrity']}"
    send(steward, f"{unit}/close")
    assert row_of("complaints_unit", id=local["integrity"])["active"] is False
    assert "Open the unit again" in page(steward, unit)
    send(steward, f"{unit}/open")
    assert row_of("complaints_unit", id=local["integrity"])["active"] is True


def test_a_unit_is_called_otherwise(steward, local):
    unit = f"/unit/{local['integrity']}"
    told = send(steward, f"{unit}/edit", 422, version="1")
    assert told.text.count("Fill this in, in at least one language.") == 2
    send(steward, f"{unit}/edit", version="1", **{"label_translated-fr": "Inspection"})
    again = {"label_translated-fr": "Autre", "version": "1"}
    assert "Someone changed this meanwhile." in send(steward, f"{unit}/edit", 422, **again).text


def test_a_category_is_made_and_changed(steward, local, top):
    policy()
    fields = {"code": "roads", "track": "ordinary", "policy": "standard", "active": "true"}
    told = send(steward, "/category/new", 422, **fields)
    assert told.text.count("Fill this in, in at least one language.") == 2
    ways = {"route-region-0": "", "route-org-0": top["org"]}
    ways |= {"route-region-1": "TN-11", "route-org-1": local["org"]}
    send(steward, "/category/new", **fields, **NAMES, **ways)
    assert row_of("complaints_route", region="TN-11")["org_id"] == local["org"]

    shown = page(steward, "/category/roads")
    assert shown.count(f'value="{local["org"]}" selected') == 1
    send(steward, "/category/roads", policy="standard", version="1", position="3", **NAMES)

    row = row_of("complaints_category", code="roads")
    assert (row["active"], row["position"], row["version"]) == (False, 3, 2)
    assert row_of("complaints_route", region="TN-11") is None
    assert "Not in use" in page(steward, "/categories")


def test_categories_say_labels_and_no_codes(steward, local):
    policy("quick", answer_days=5)
    category("roads")

    text = page(steward, "/categories")

    assert TEXTS["en"] in text
    for code in ("standard", "quick", "roads"):
        assert f">{code}<" not in text


def test_questions_are_asked_from_a_page(portal, steward, local):
    category()
    fields = {"q0-kind": "choice", "q0-label-en": "Which road?", "q0-required": "true"}
    fields |= {"q0-options-en": "A1\nA3", "q0-options-fr": "A1\nA3", "q1-kind": "text"}
    send(steward, "/category/roads/questions", seen="0", **fields)

    (question,) = portal.ok(None, "complaint_form_show", category="roads")["questions"]
    assert question == {
        "id": "question-1",
        "kind": "choice",
        "label": {"en": "Which road?"},
        "required": True,
        "choices": [
            {"code": "choice-1", "label": {"fr": "A1", "en": "A1"}},
            {"code": "choice-2", "label": {"fr": "A3", "en": "A3"}},
        ],
    }
    shown = page(steward, "/category/roads/questions")
    assert "Version 1" in shown
    assert "A1\nA3" in shown
    told = send(steward, "/category/roads/questions", 422, seen="0", **fields)
    assert "Someone changed this meanwhile." in told.text


def test_a_policy_is_made_like_another(steward):
    policy()
    shown = page(steward, "/policy/new?like=standard")
    assert 'name="answer_days" value="30"' in shown
    numbers = {
        name: row_of("complaints_policy", code="standard")[name]
        for name in row_of("complaints_policy", code="standard")
        if name.endswith("_days")
    }
    fields = {**numbers, "code": "slow", "day_type": "working", **NAMES}

    told = send(steward, "/policy/new", 422, **{**fields, "answer_days": "0"})
    assert told.text.count("Give a whole number from 1 to 365.") == 2
    send(steward, "/policy/new", **fields, **{"source-answer_days": "Decree 7"})
    assert "Decree 7" in page(steward, "/policies")
    send(steward, "/policy/slow", version="1", **{"source-answer_days": ""}, **NAMES)
    assert row_of("complaints_policy", code="slow")["active"] is False


def test_the_calendar_of_a_year_is_kept(steward):
    assert "No day is entered" in page(steward, "/calendar?year=2027")
    send(steward, "/calendar?year=2027", verb="import")
    assert page(steward, "/calendar?year=2027").count("Take it out") == 8
    told = send(steward, "/calendar?year=2027", 422, verb="add", day="2027-01-01", **NAMES)
    assert told.text.count("This day is in the calendar already.") == 2
    added = send(steward, "/calendar?year=2027", verb="add", day="2028-03-10", **NAMES)
    assert "year=2028" in added.location

    id_ = row_of("complaints_holiday", day="2028-03-10")["id"]
    assert "It counts as any other day." in page(steward, f"/calendar/{id_}/delete?year=2028")
    send(steward, f"/calendar/{id_}/delete?year=2028")
    assert row_of("complaints_holiday", day="2028-03-10") is None


def test_feasts_of_the_moon_are_expected_until_they_are_confirmed(steward):
    """The feast of three days is confirmed day by day, wherever the moon puts it."""
    calendar = "/calendar?year=2027"
    shown = page(steward, calendar)
    assert "The moon decides" in shown
    assert shown.count("Eid al-Fitr") >= 3
    feast = next(
        each
        for each in steward.ok("complaint_holiday_list", year=2027)["expected"]
        if each["label_translated"]["en"] == "Eid al-Fitr"
    )
    names = {f"label_translated-{lang}": text for lang, text in feast["label_translated"].items()}
    for day in ("2027-03-11", "2027-03-12", "2027-03-13"):
        send(steward, calendar, day=day, source=feast["source"], **names)

    left = steward.ok("complaint_holiday_list", year=2027)["expected"]
    assert {each["label_translated"]["en"] for each in left} == {
        "Eid al-Adha",
        "Hijri New Year",
        "Prophet's Birthday",
    }


def test_a_lead_keeps_the_calendar_of_their_body_alone(lead, local):
    assert "Add a day" not in page(lead, "/calendar?year=2027")
    own = f"/calendar?year=2027&org={local['org']}"
    assert "Add it for this body" in page(lead, own)
    send(lead, own, verb="add", day="2027-05-05", **NAMES)
    assert row_of("complaints_holiday", day="2027-05-05")["org_id"] == local["org"]


def test_a_large_network_is_read_on_one_page(portal, steward, top):
    for number in range(3):
        answering(portal, f"body-{number}", parent=top["org"])

    shown = page(steward, "/")

    assert shown.index("centre") < shown.index("body-0") < shown.index("body-2")
