"""Who may change the network of bodies, and how it holds together."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa
from tests.common.complaints import (
    POLICY,
    TEXTS,
    Officer,
    answering,
    appoint,
    category,
    dismiss,
    officer,
    policy,
    put_row,
    row_of,
    sql,
    without_second_factor,
)
from tests.common.people import PASSWORD

from ckan import model
from ckan.lib import mailer

from ckanext.complaints.logic import leaving, of_cases
from ckanext.opengov.shared import audit

CODES = "__codes"


def steps(about):
    query = sa.select(audit.AuditRow.step).where(
        audit.AuditRow.subject == f"complaint-network:{about}"
    )
    found = list(model.Session.execute(query.order_by(audit.AuditRow.seq)).scalars())
    model.Session.remove()
    return found


@pytest.fixture
def core(steward, lead, handler):
    return {"steward": steward, "lead": lead, "handler": handler}


@pytest.fixture
def people(portal, clock, top, local, core):
    """Everyone who may or may not change the network, by what they are."""
    supervisor = officer(portal, clock, "sami", (top["oversight"], "supervisor"))
    clerk = officer(portal, clock, "hedi", (local["general"], "clerk"))
    elsewhere = officer(portal, clock, "leila", (top["general"], "lead"))
    root = officer(portal, clock, "root")
    sql("UPDATE \"user\" SET sysadmin = true WHERE name = 'root'")
    others = {
        "supervisor": supervisor,
        "clerk": clerk,
        "lead elsewhere": elsewhere,
        "sysadmin": root,
    }
    outsiders = {"citizen": officer(portal, clock, "ali"), "visitor": Visitor(portal)}
    return {**core, **others, **outsiders, "sysadmin": root}


class Visitor:
    """Nobody in particular."""

    def __init__(self, portal):
        self.portal = portal

    def call(self, action, **data):
        return self.portal.call(None, action, **data)


STAFF = {"steward", "lead", "handler", "supervisor", "clerk", "lead elsewhere"}
EVERYONE = STAFF | {"sysadmin", "citizen", "visitor"}


def attempts(top, local, made):
    """Return each action with what it is called with, and who may."""
    unit, steward = local["general"], {"steward"}
    return {
        "complaint_body_list": ({}, EVERYONE),
        "complaint_category_list": ({}, EVERYONE),
        "complaint_policy_list": ({}, EVERYONE),
        "complaint_form_list": ({"category": made["category"]}, EVERYONE),
        "complaint_holiday_list": ({"year": 2027}, EVERYONE),
        "complaint_unit_list": ({}, STAFF),
        "complaint_member_list": ({"unit_id": unit}, STAFF - {"supervisor", "lead elsewhere"}),
        "complaint_body_update": ({"org": local["org"]}, steward),
        "complaint_unit_create": (
            {"org": local["org"], "kind": "appeal", "label_translated": TEXTS},
            steward,
        ),
        "complaint_unit_update": ({"id": unit}, steward),
        "complaint_category_create": (
            {"track": "ordinary", "policy": "standard", "label_translated": TEXTS},
            steward,
        ),
        "complaint_category_update": ({"id": "roads"}, steward),
        "complaint_form_create": ({"category": "roads", "questions": []}, steward),
        "complaint_policy_create": ({**POLICY, "label_translated": TEXTS}, steward),
        "complaint_policy_update": ({"id": "standard"}, steward),
        "complaint_holiday_import": ({"year": 2027}, steward),
        "complaint_member_admit": ({"unit_id": unit, "role": "handler"}, {"steward", "lead"}),
        "complaint_member_remove": ({"unit_id": unit, "role": "handler"}, {"steward", "lead"}),
    }


def test_each_action_is_for_whom_it_is_for(portal, top, local, people):
    made = {"category": category()}
    portal.user("new")
    for number, (name, (asked, allowed)) in enumerate(attempts(top, local, made).items()):
        for each, person in people.items():
            given = dict(asked)
            if name.endswith(("category_create", "policy_create")):
                given["code"] = f"code-{number}-{len(each)}-{each[0]}"
            if name == "complaint_member_admit":
                given["user"] = "new"
            if name == "complaint_member_remove":
                person_id = model.User.get("new").id
                model.Session.remove()
                if "handler" not in _roles_of(person_id, local["general"]):
                    appoint(person_id, local["general"], "handler")
                given["user"] = "new"
            status, answer = person.call(name, **given)
            expected = 200 if each in allowed else 403
            assert status == expected, (name, each, answer)


def _roles_of(user_id, unit_id):
    row = row_of("complaints_member", user_id=user_id, unit_id=unit_id)
    return {row["role"]} if row else set()


@pytest.mark.parametrize("role", ["lead", "handler", "clerk"])
def test_a_lead_admits_and_removes_whom_they_lead(portal, lead, local, role):
    portal.user("new")
    asked = {"unit_id": local["general"], "user": "new", "role": role}

    admitted, _ = lead.call("complaint_member_admit", **asked)
    appoint(model.User.get("new").id, local["general"], role)
    removed, _ = lead.call("complaint_member_remove", **asked)

    assert admitted == removed == (403 if role == "lead" else 200)


def test_a_lead_has_no_say_in_another_unit(portal, lead, local, top):
    portal.user("new")
    for unit_id in (local["integrity"], top["general"], top["oversight"]):
        asked = {"unit_id": unit_id, "user": "new", "role": "handler"}
        assert lead.call("complaint_member_admit", **asked)[0] == 403
        assert lead.call("complaint_member_list", unit_id=unit_id)[0] == 403


def test_who_was_admitted_works_there_at_once_and_who_was_removed_no_more(
    portal, clock, steward, local
):
    new = officer(portal, clock, "new")
    asked = {"unit_id": local["general"], "user": "new"}
    assert new.call("complaint_unit_list")[0] == 403

    [*found] = steward.ok("complaint_member_admit", **asked, role="handler")["results"]
    assert [(each["name"], each["has_second_factor"]) for each in found] == [("new", True)]
    assert new.call("complaint_unit_list")[0] == 200

    assert steward.ok("complaint_member_remove", **asked)["results"] == []
    assert new.call("complaint_unit_list")[0] == 403
    assert steps(local["general"]) == ["member-admit", "member-remove"]


def test_nobody_admits_themselves(steward, local):
    asked = {"unit_id": local["general"], "user": "rim", "role": "handler"}

    status, error = steward.call("complaint_member_admit", **asked)

    assert status == 409
    assert error[CODES] == {"user": ["not-oneself"]}


def test_everyone_may_leave(handler, local):
    asked = {"unit_id": local["general"], "user": "amel"}

    handler.ok("complaint_member_remove", **asked)

    assert handler.call("complaint_unit_list")[0] == 403


@pytest.mark.parametrize(
    ("kind", "role", "code"),
    [
        ("general", "steward", "role-not-there"),
        ("general", "supervisor", "role-not-there"),
        ("oversight", "handler", "role-not-there"),
        ("general", "king", "unknown-choice"),
    ],
)
def test_a_role_belongs_to_its_kind_of_unit(portal, steward, top, kind, role, code):
    portal.user("new")
    asked = {"unit_id": top[kind], "user": "new", "role": role}

    status, error = steward.call("complaint_member_admit", **asked)

    assert (status, error[CODES]) == (409, {"role": [code]})


def test_stewards_belong_to_the_top(portal, steward, local):
    unit = steward.ok(
        "complaint_unit_create", org=local["org"], kind="oversight", label_translated=TEXTS
    )
    portal.user("new")

    asked = {"unit_id": unit["id"], "user": "new"}
    _, error = steward.call("complaint_member_admit", **asked, role="steward")

    assert error[CODES] == {"__all__": ["stewards-at-the-top"]}
    assert steward.call("complaint_member_admit", **asked, role="supervisor")[0] == 200


def test_the_last_steward_stays(portal, clock, steward, top):
    asked = {"unit_id": top["oversight"], "user": "rim"}

    status, error = steward.call("complaint_member_remove", **asked)
    assert (status, error[CODES]) == (409, {"__all__": ["last-steward"]})

    officer(portal, clock, "new", (top["oversight"], "steward"))
    assert steward.call("complaint_member_remove", **asked)[0] == 200


@pytest.fixture
def _two_open_cases(monkeypatch):
    monkeypatch.setattr(of_cases, "open_cases", lambda _session, _unit_id: 2)


@pytest.mark.usefixtures("_two_open_cases", "lead")
def test_the_last_lead_of_open_cases_goes_when_the_coordinator_takes_over(
    portal, clock, steward, local, top, monkeypatch
):
    handed = []
    monkeypatch.setattr(of_cases, "hand_over", lambda *asked: handed.append(asked[1:4]))
    asked = {"unit_id": local["general"], "user": "nour"}

    _, error = steward.call("complaint_member_remove", **asked)
    assert error[CODES] == {"__all__": ["last-lead"]}
    _, error = steward.call("complaint_member_remove", **asked, coordinator_takes_over=True)
    assert error[CODES] == {"__all__": ["nobody-takes-over"]}
    assert handed == []

    officer(portal, clock, "leila", (top["general"], "lead"))
    steward.ok("complaint_member_remove", **asked, coordinator_takes_over=True)
    assert handed == [(local["general"], top["general"], steward.id)]


@pytest.mark.usefixtures("_two_open_cases", "lead")
def test_one_lead_of_two_goes_without_further_ado(portal, clock, steward, local):
    officer(portal, clock, "leila", (local["general"], "lead"))

    assert steward.call("complaint_member_remove", unit_id=local["general"], user="nour")[0] == 200


@pytest.mark.usefixtures("_two_open_cases")
def test_of_two_leads_removed_at_once_one_stays(portal, clock, core, local, top):
    steward, lead = core["steward"], core["lead"]
    other = officer(portal, clock, "leila", (local["general"], "lead"))
    second = officer(portal, clock, "salma", (top["oversight"], "steward"))
    answers = []

    def remove(person, user):
        asked = {"unit_id": local["general"], "user": user}
        answers.append(person.call("complaint_member_remove", **asked)[0])

    tries = [(steward, lead.name), (second, other.name)]
    for person, _name in tries:
        person.token()
    threads = [threading.Thread(target=remove, args=each) for each in tries]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert sorted(answers) == [200, 409]
    assert len(leaving.leads_of(model.Session, local["general"])) == 1


def test_a_closed_unit_loses_its_people_for_good(steward, handler, local):
    steward.ok("complaint_unit_update", id=local["general"], active=False)
    assert handler.call("complaint_unit_list")[0] == 403

    steward.ok("complaint_unit_update", id=local["general"], active=True)
    assert handler.call("complaint_unit_list")[0] == 403


def test_a_unit_that_others_rely_on_stays_open(steward, local, top):
    _, error = steward.call("complaint_unit_update", id=top["general"], active=False)
    assert error[CODES] == {"__all__": ["still-coordinates"]}
    _, error = steward.call("complaint_unit_update", id=top["oversight"], active=False)
    assert error[CODES] == {"__all__": ["last-steward"]}


def test_a_body_has_one_general_unit_in_use(steward, local):
    asked = {"org": "meteo", "kind": "general", "label_translated": TEXTS}

    _, error = steward.call("complaint_unit_create", **asked)
    assert error[CODES] == {"kind": ["one-is-enough"]}

    steward.ok("complaint_unit_update", id=local["general"], active=False)
    steward.ok("complaint_unit_create", **asked)
    _, error = steward.call("complaint_unit_update", id=local["general"], active=True)
    assert error[CODES] == {"kind": ["one-is-enough"]}


def test_an_organization_enters_the_network_and_finds_its_place(portal, steward, top, local):
    portal.body("ports")

    made = steward.ok("complaint_body_update", org="ports", parent="meteo", intake_open=True)

    assert made["coordinated_by"] == top["general"]
    assert (made["depth"], made["has_general_unit"]) == (2, False)
    listed = portal.ok(None, "complaint_body_list")["results"]
    assert [each["name"] for each in listed] == ["centre", "meteo", "ports"]
    assert "coordinated_by" not in listed[0]
    assert steps(made["org_id"]) == ["body"]


def test_bodies_stand_in_no_circle(portal, steward, top, local):
    sql("DELETE FROM complaints_member")
    _, error = _as_new_steward(portal, steward, top).call(
        "complaint_body_update", org="centre", parent="meteo"
    )
    assert error[CODES] == {"parent": ["in-a-circle"]}


def _as_new_steward(portal, steward, top):
    dismiss(steward.id, top["oversight"])
    appoint(steward.id, top["oversight"], "steward")
    return steward


def test_intake_opens_only_where_somebody_gets_the_complaints(portal, steward):
    portal.body("ports")

    _, error = steward.call("complaint_body_update", org="ports", intake_open=True)

    assert error[CODES] == {"intake_open": ["nobody-there"]}
    names = [each["name"] for each in portal.ok(None, "complaint_body_list")["results"]]
    assert "ports" not in names


def test_the_second_of_two_editors_is_told(steward, local):
    asked = {"org": "meteo", "version": 1}

    assert steward.call("complaint_body_update", **asked)[0] == 200
    _, error = steward.call("complaint_body_update", **asked)

    assert error[CODES] == {"version": ["changed-meanwhile"]}


def test_a_deleted_organization_is_told_to_staff_alone(portal, steward, local):
    sql("UPDATE \"group\" SET state = 'deleted' WHERE name = 'meteo'")

    public = portal.ok(None, "complaint_body_list")["results"]
    staff = steward.ok("complaint_body_list")["results"]

    assert [each["name"] for each in public] == ["centre"]
    assert [each["is_gone"] for each in staff] == [False, True]


def test_a_token_gives_no_power_whoever_it_belongs_to(portal, steward, lead, local):
    portal.user("new")
    asked = {"unit_id": local["general"], "user": "new", "role": "handler"}
    for name in ("rim", "nour"):
        assert portal.call(name, "complaint_member_admit", **asked)[0] == 403
        assert portal.call(name, "complaint_unit_list")[0] == 403
    portal.user("master", sysadmin=True)
    with_token = portal.inside("api_token_create", "master", user="rim", name="stolen")
    portal.tokens["stolen"] = with_token["token"]
    assert portal.call("stolen", "complaint_member_admit", **asked)[0] == 403


def test_a_session_without_the_second_step_gives_no_power(steward, local):
    without_second_factor(steward)

    assert steward.call("complaint_unit_list")[0] in (302, 401, 403)


def test_a_sysadmin_gains_nothing_by_a_new_password(portal, clock, steward, local):
    portal.user("master", sysadmin=True)
    user = model.User.get("rim")
    mailer.create_reset_key(user)
    key = user.reset_key
    model.Session.remove()
    thief = Officer(portal, clock, "rim", "203.0.113.9", is_new=False)
    new = {"password1": "another-horse-battery", "password2": "another-horse-battery"}
    thief.send(f"/user/reset/{steward.id}?key={key}", **new)

    thief.give_password("another-horse-battery")
    thief.give_password(PASSWORD)

    portal.user("new")
    asked = {"unit_id": local["general"], "user": "new", "role": "handler"}
    assert thief.call("complaint_member_admit", **asked)[0] != 200


def test_a_sysadmin_gains_nothing_by_writing_rows(portal, clock, lead, steward, local, top):
    root = officer(portal, clock, "root")
    sql("UPDATE \"user\" SET sysadmin = true WHERE name = 'root'")
    old = row_of("complaints_member", user_id=steward.id)
    for row in (
        {**old, "user_id": root.id, "serial": 7},
        {**row_of("complaints_member", user_id=lead.id), "user_id": root.id, "serial": 8},
    ):
        put_row("complaints_member", row)

    assert root.call("complaint_unit_list")[0] == 403
    listed = steward.ok("complaint_member_list", unit_id=local["general"])["results"]
    assert [each["name"] for each in listed] == ["nour"]


def test_a_steward_of_former_times_gains_nothing_by_the_old_row(portal, clock, steward, top):
    officer(portal, clock, "next", (top["oversight"], "steward"))
    old = row_of("complaints_member", user_id=steward.id)
    steward.ok("complaint_member_remove", unit_id=top["oversight"], user="rim")

    put_row("complaints_member", old)

    assert steward.call("complaint_unit_list")[0] == 403


def test_what_is_wrong_with_a_policy_is_said_at_once(steward):
    asked = {**POLICY, "code": "No!", "label_translated": {}, "answer_days": 0, "day_type": "moon"}

    status, error = steward.call("complaint_policy_create", **asked)

    assert status == 409
    assert error[CODES] == {
        "code": ["not-a-code"],
        "day_type": ["unknown-choice"],
        "label_translated": ["required"],
        "answer_days": ["out-of-range"],
    }


def test_the_numbers_of_a_policy_stay(steward):
    policy()
    changed = steward.ok(
        "complaint_policy_update",
        id="standard",
        answer_days=90,
        source={"answer_days": "Decree 1"},
        version=1,
    )

    assert (changed["answer_days"], changed["source"]) == (30, {"answer_days": "Decree 1"})


def test_a_policy_in_use_stays_in_use(steward):
    category()

    _, error = steward.call("complaint_policy_update", id="standard", active=False)

    assert error[CODES] == {"active": ["policy-in-use"]}


def test_a_category_goes_its_ways(portal, steward, local, top):
    policy()
    made = steward.ok(
        "complaint_category_create",
        code="roads",
        track="ordinary",
        policy="standard",
        label_translated=TEXTS,
        routes=[{"region": "", "org": "centre"}, {"region": "TN-11", "org": "meteo"}],
    )

    assert made["routes"] == [
        {"region": None, "org_id": top["org"]},
        {"region": "TN-11", "org_id": local["org"]},
    ]
    for wrong in ([{"region": "TN-99", "org": "meteo"}], ["meteo"], [{"org": "meteo"}] * 2):
        _, error = steward.call("complaint_category_update", id="roads", routes=wrong)
        assert error[CODES] == {"routes": ["not-routes"]}
    _, error = steward.call("complaint_category_update", id="roads", routes=[{"org": "moon"}])
    assert error[CODES] == {"routes": ["not-in-network"]}


def test_a_category_keeps_its_track(portal, steward):
    category()

    changed = steward.ok("complaint_category_update", id="roads", track="corruption")

    assert changed["track"] == "ordinary"
    sql("UPDATE complaints_category SET track = 'corruption'")
    assert portal.ok(None, "complaint_category_list")["results"] == []


def test_a_category_within_another_is_protected_alike(steward):
    category("inner", parent_id=category())
    asked = {"policy": "standard", "label_translated": TEXTS}

    for parent, track, code in (
        ("roads", "corruption", "other-track"),
        ("inner", "ordinary", "too-deep"),
        ("moon", "ordinary", "no-such-category"),
    ):
        _, error = steward.call(
            "complaint_category_create", code="third", track=track, parent=parent, **asked
        )
        assert error[CODES] == {"parent": [code]}


def test_visitors_see_what_is_in_use(portal, steward, lead):
    category()
    steward.ok("complaint_category_update", id="roads", active=False)

    assert portal.ok(None, "complaint_category_list", all=True)["results"] == []
    assert len(lead.ok("complaint_category_list", all=True)["results"]) == 1


QUESTION = {"id": "place", "kind": "text", "label": {"en": "Where?"}}


def test_a_form_is_never_changed(portal, steward, local):
    category()
    first = steward.ok("complaint_form_create", category="roads", questions=[QUESTION])
    second = steward.ok("complaint_form_create", category="roads", questions=[], seen=1)
    own = steward.ok("complaint_form_create", category="roads", org="meteo", questions=[QUESTION])

    assert (first["version"], second["version"], own["version"]) == (1, 2, 1)
    for statement in ("UPDATE complaints_form SET version = 9", "DELETE FROM complaints_form"):
        with pytest.raises(sa.exc.DBAPIError):
            sql(statement)
    assert portal.ok(None, "complaint_form_show", id=first["id"])["questions"] == [QUESTION]
    assert portal.ok(None, "complaint_form_show", category="roads")["id"] == second["id"]
    assert portal.ok(None, "complaint_form_show", category="roads", org="meteo")["id"] == own["id"]
    listed = portal.ok(None, "complaint_form_list", category="roads")["results"]
    assert [each["id"] for each in listed] == [second["id"], own["id"]]


def test_a_form_written_over_another_is_refused(steward):
    category()
    steward.ok("complaint_form_create", category="roads", questions=[], seen=0)

    _, error = steward.call("complaint_form_create", category="roads", questions=[], seen=0)

    assert error[CODES] == {"version": ["changed-meanwhile"]}


@pytest.mark.parametrize("questions", [None, "x", [1], [QUESTION, QUESTION], [QUESTION] * 31])
def test_what_are_no_questions_is_refused(steward, questions):
    category()

    status, error = steward.call("complaint_form_create", category="roads", questions=questions)

    assert (status, set(error[CODES])) == (409, {"questions"})


def test_a_day_is_in_the_calendar_once(portal, steward, local):
    asked = {"day": "2027-03-10", "label_translated": TEXTS, "source": "JORT"}
    made = steward.ok("complaint_holiday_create", **asked)

    _, error = steward.call("complaint_holiday_create", **asked)
    assert error[CODES] == {"day": ["holiday-known"]}
    steward.ok("complaint_holiday_create", **asked, org="meteo")
    listed = portal.ok(None, "complaint_holiday_list", year=2027)["results"]
    assert [each["id"] for each in listed] == [made["id"]]
    steward.ok("complaint_holiday_delete", id=made["id"])
    assert portal.ok(None, "complaint_holiday_list", year=2027)["results"] == []
    assert len(portal.ok(None, "complaint_holiday_list", year=2027, org="meteo")["results"]) == 1


def test_a_lead_keeps_the_calendar_of_their_body(lead, handler, local):
    asked = {"day": "2027-03-10", "label_translated": TEXTS}

    assert lead.call("complaint_holiday_create", **asked)[0] == 403
    assert lead.call("complaint_holiday_create", **asked, org="centre")[0] == 403
    assert handler.call("complaint_holiday_create", **asked, org="meteo")[0] == 403
    made = lead.ok("complaint_holiday_create", **asked, org="meteo")
    assert handler.call("complaint_holiday_delete", id=made["id"])[0] == 403
    assert lead.call("complaint_holiday_delete", id=made["id"])[0] == 200


def test_the_fixed_holidays_of_a_year_come_once(portal, steward):
    added = steward.ok("complaint_holiday_import", year=2027)["added"]

    assert len(added) == 8
    assert added[0]["day"] == "2027-01-01"
    assert steward.ok("complaint_holiday_import", year=2027)["added"] == []
    assert steward.ok("complaint_holiday_import", year=2020)["added"] == []
    assert steps("calendar") == ["holiday-import"]


@pytest.mark.parametrize("day", ["", "tomorrow", "2027-02-30", "1999-01-01", 7, None])
def test_what_is_no_day_is_refused(steward, day):
    _, error = steward.call("complaint_holiday_create", day=day, label_translated=TEXTS)

    assert error[CODES] == {"day": ["not-a-day"]}


def test_the_network_is_read_with_as_few_statements_however_large(portal, steward, top):
    def statements():
        seen = []
        engine = model.ensure_engine()
        sa.event.listen(engine, "before_cursor_execute", lambda *a: seen.append(a[2]))
        portal.ok(None, "complaint_body_list")
        return len(seen)

    few = statements()
    for number in range(5):
        answering(portal, f"body-{number}", parent=top["org"])
    many = statements()

    assert many <= 2 * few + 1
