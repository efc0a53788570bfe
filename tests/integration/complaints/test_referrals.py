"""Cases go from unit to unit, several work on one, and nobody waits longer for it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.common import complaints as net
from tests.integration.complaints.test_filing import STORY, Citizen

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.complaints.logic import referring
from ckanext.complaints.model import cases, catalogue, referrals, signing
from ckanext.opengov.shared.keyring import Unreadable

WHY = "Cette rue relève de la régie des eaux."


class Net:
    """A ministry that coordinates, and three bodies below it, each with somebody in it."""

    def __init__(self, portal, clock):
        self.root, above = net.answering(portal, "ministry", "general", "appeal")
        self.coordinator, self.judge = above["general"], above["appeal"]
        net.coordinated_by(self.root, self.coordinator)
        self.orgs, self.units = {}, {}
        for name in ("water", "roads", "power"):
            self.orgs[name], units = net.answering(portal, name, "general", parent=self.root)
            self.units[name] = units["general"]
        net.category("roads", routes={None: self.orgs["water"]})
        self.amel = net.officer(portal, clock, "amel", (self.units["water"], "lead"))
        self.hedi = net.officer(portal, clock, "hedi", (self.units["roads"], "handler"))
        self.nour = net.officer(portal, clock, "nour", (self.units["power"], "handler"))
        self.sami = net.officer(portal, clock, "sami", (self.coordinator, "lead"))
        self.rim = net.officer(portal, clock, "rim", (self.judge, "lead"))

    def refer(self, who, reference, unit, mode="transfer"):
        return who.act("complaint_refer", reference=reference, unit_id=unit, mode=mode, text=WHY)


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


def due(reference):
    found = cases.by_reference(model.Session, reference).answer_due
    model.Session.remove()
    return found


def made_earlier(id):
    """Let a request have been made a month ago."""
    row = referrals.find(model.Session, id)
    row.expires_on -= timedelta(days=30)
    signing.sign(row)
    model.Session.commit()
    model.Session.remove()


def swept(days=0):
    session = model.Session
    done = referring.sweep(session, cases.now(session) + timedelta(days=days))
    session.remove()
    return done


def test_a_case_is_passed_on_only_by_being_accepted_and_its_date_stays(bodies, filed, citizen):
    reference, secret = filed
    before = due(reference)
    asked = bodies.refer(bodies.amel, reference, bodies.units["roads"])
    with pytest.raises(tk.ObjectNotFound):
        bodies.hedi.act("complaint_show", reference=reference)
    [row] = bodies.hedi.act("complaint_referral_list")["results"]
    assert (row["id"], row["mode"], row["case"]["number"]) == (asked["id"], "transfer", reference)
    assert WHY not in str(row)
    shown = bodies.hedi.act("complaint_referral_show", id=asked["id"])
    assert shown["words"][0]["text"] == WHY
    assert STORY not in str(shown)
    bodies.hedi.act("complaint_referral_accept", id=asked["id"])
    assert bodies.hedi.act("complaint_show", reference=reference)["state"] == "registered"
    with pytest.raises(tk.ObjectNotFound):
        bodies.amel.act("complaint_show", reference=reference)
    assert bodies.amel.act("complaint_list")["counts"]["all"] == 0
    assert due(reference) == before
    citizen.send("/complaints/track", reference=reference, secret=secret)
    page = citizen.get("/fr/complaints/case").text
    assert WHY not in page
    assert "Acceptée par une autre unité" in page


def test_the_date_is_counted_by_the_calendar_of_the_body_that_got_it_first(bodies, filed):
    reference, before = filed[0], due(filed[0])
    session = model.Session
    values = {"labels": net.TEXTS, "source": "", "added_by": "x", "added_at": cases.now(session)}
    catalogue.add_holiday(session, day=before, org_id=bodies.orgs["roads"], **values)
    session.commit()
    asked = bodies.refer(bodies.amel, reference, bodies.units["roads"])
    bodies.hedi.act("complaint_referral_accept", id=asked["id"])
    bodies.hedi.act("complaint_claim", reference=reference)
    assert due(reference) == before


def test_after_two_refusals_the_coordinator_has_it_and_decides(bodies, filed):
    reference = filed[0]
    for name, who in (("roads", bodies.hedi), ("power", bodies.nour)):
        asked = bodies.refer(bodies.amel, reference, bodies.units[name])
        with pytest.raises(tk.ValidationError):
            who.act("complaint_referral_refuse", id=asked["id"], reason=" ")
        who.act("complaint_referral_refuse", id=asked["id"], reason="Pas nous : la régie.")
    with pytest.raises(tk.ObjectNotFound):
        bodies.amel.act("complaint_show", reference=reference)
    shown = bodies.sami.act("complaint_show", reference=reference)
    assert [each["state"] for each in shown["requests"]] == ["refused", "refused", "accepted"]
    assert "Pas nous" in str(shown["requests"])
    moved = bodies.refer(bodies.sami, reference, bodies.units["roads"])
    assert moved == {"moved": True}
    assert (
        bodies.hedi.act("complaint_show", reference=reference)["unit_id"] == bodies.units["roads"]
    )


def test_a_case_does_not_go_round_in_a_circle(bodies, filed):
    reference = filed[0]
    asked = bodies.refer(bodies.amel, reference, bodies.units["roads"])
    bodies.hedi.act("complaint_referral_accept", id=asked["id"])
    with pytest.raises(tk.ValidationError) as refused:
        bodies.refer(bodies.hedi, reference, bodies.units["water"])
    assert refused.value.error_dict["__codes"] == {"unit_id": ["been-there"]}


def test_silence_is_a_refusal_without_anything_having_run(bodies, filed, clock):
    reference = filed[0]
    asked = bodies.refer(bodies.amel, reference, bodies.units["roads"])
    made_earlier(asked["id"])
    with pytest.raises(tk.ValidationError) as late:
        bodies.hedi.act("complaint_referral_accept", id=asked["id"])
    assert late.value.error_dict["__codes"] == {"__all__": ["referral-expired"]}
    shown = bodies.amel.act("complaint_show", reference=reference)
    assert shown["requests"][0]["state"] == "expired"
    assert swept() == 1
    assert swept() == 0
    again = bodies.refer(bodies.amel, reference, bodies.units["power"])
    made_earlier(again["id"])
    assert swept() == 1
    assert bodies.sami.act("complaint_show", reference=reference)["unit_id"] == bodies.coordinator


def test_who_works_on_it_too_reads_the_conversation_and_nothing_else(bodies, filed, citizen):
    reference = filed[0]
    bodies.amel.act("complaint_note_add", reference=reference, text="Entre nous.")
    asked = bodies.refer(bodies.amel, reference, bodies.units["roads"], "joint")
    with pytest.raises(tk.ObjectNotFound):
        bodies.hedi.act("complaint_show", reference=reference)
    bodies.hedi.act("complaint_referral_accept", id=asked["id"])
    shown = bodies.hedi.act("complaint_show", reference=reference)
    assert shown["conversation"][0]["happened"] == STORY
    assert "Entre nous" not in str(shown)
    bodies.hedi.act("complaint_referral_say", id=asked["id"], text="La rue 9 est coupée.")
    own = bodies.amel.act("complaint_show", reference=reference)
    assert own["requests"][0]["words"][-1]["text"] == "La rue 9 est coupée."
    for action in ("complaint_claim", "complaint_message_add", "complaint_note_add"):
        with pytest.raises(tk.NotAuthorized):
            bodies.hedi.act(action, reference=reference, text="x")
    bodies.amel.act("complaint_referral_end", id=asked["id"])
    with pytest.raises(tk.ObjectNotFound):
        bodies.hedi.act("complaint_show", reference=reference)


def test_a_row_that_was_written_past_the_portal_lets_nobody_read(bodies, filed):
    reference = filed[0]
    asked = bodies.refer(bodies.amel, reference, bodies.units["roads"], "joint")
    net.sql("UPDATE complaints_referral SET state = 'accepted' WHERE id = :id", id=asked["id"])
    with pytest.raises(Unreadable):
        bodies.hedi.act("complaint_show", reference=reference)


def test_an_opinion_opens_nothing(bodies, filed):
    reference = filed[0]
    asked = bodies.refer(bodies.amel, reference, bodies.units["power"], "opinion")
    with pytest.raises(tk.ValidationError):
        bodies.nour.act("complaint_referral_accept", id=asked["id"], text="")
    bodies.nour.act("complaint_referral_accept", id=asked["id"], text="Câble de 1974.")
    with pytest.raises(tk.ObjectNotFound):
        bodies.nour.act("complaint_show", reference=reference)
    shown = bodies.amel.act("complaint_show", reference=reference)
    assert shown["requests"][0]["words"][-1]["text"] == "Câble de 1974."
    assert bodies.nour.act("complaint_referral_list")["results"] == []


def test_what_others_were_asked_ends_with_the_answer(bodies, filed):
    reference = filed[0]
    asked = bodies.refer(bodies.amel, reference, bodies.units["roads"])
    bodies.amel.act("complaint_claim", reference=reference)
    bodies.amel.act("complaint_answer", reference=reference, outcome="granted", text="Réparé.")
    assert bodies.hedi.act("complaint_referral_list")["results"] == []
    with pytest.raises(tk.ObjectNotFound):
        bodies.hedi.act("complaint_referral_accept", id=asked["id"])


def test_nobody_else_sees_a_request(bodies, filed):
    asked = bodies.refer(bodies.amel, filed[0], bodies.units["roads"])
    for action in ("complaint_referral_show", "complaint_referral_accept"):
        with pytest.raises(tk.ObjectNotFound):
            bodies.nour.act(action, id=asked["id"])
    with pytest.raises(tk.NotAuthorized):
        bodies.amel.act("complaint_referral_accept", id=asked["id"])
    bodies.amel.act("complaint_referral_withdraw", id=asked["id"])
    with pytest.raises(tk.ObjectNotFound):
        bodies.hedi.act("complaint_referral_show", id=asked["id"])


def test_an_excluded_person_sees_nothing_and_is_offered_nothing(bodies, portal, clock, filed):
    reference = filed[0]
    leila = net.officer(portal, clock, "leila", (bodies.units["water"], "handler"))
    leila.act("complaint_claim", reference=reference)
    bodies.amel.act("complaint_exclude", reference=reference, user="leila")
    for action in ("complaint_show", "complaint_claim"):
        with pytest.raises(tk.ObjectNotFound):
            leila.act(action, reference=reference)
    listed = leila.act("complaint_list")
    assert (listed["results"], listed["counts"]["all"]) == ([], 0)
    shown = bodies.amel.act("complaint_show", reference=reference)
    assert (shown["assigned_to"], shown["excluded"][0]["name"]) == (None, "leila")
    with pytest.raises(tk.ValidationError):
        bodies.amel.act("complaint_assign", reference=reference, user="leila")
    net.sql("DELETE FROM complaints_exclusion")
    with pytest.raises(Unreadable):
        leila.act("complaint_show", reference=reference)


def test_an_exclusion_is_lifted_by_a_lead_but_a_recusal_is_not(bodies, portal, clock, filed):
    reference = filed[0]
    leila = net.officer(portal, clock, "leila", (bodies.units["water"], "handler"))
    with pytest.raises(tk.NotAuthorized):
        leila.act("complaint_exclude", reference=reference, user="amel")
    shown = bodies.amel.act("complaint_exclude", reference=reference, user="leila")
    [row] = shown["excluded"]
    bodies.amel.act("complaint_exclusion_lift", reference=reference, id=row["id"])
    assert leila.act("complaint_show", reference=reference)["state"] == "registered"
    assert leila.act("complaint_recuse", reference=reference) == {"recused": True}
    with pytest.raises(tk.ObjectNotFound):
        leila.act("complaint_show", reference=reference)
    [row] = bodies.amel.act("complaint_show", reference=reference)["excluded"]
    with pytest.raises(tk.ValidationError):
        bodies.amel.act("complaint_exclusion_lift", reference=reference, id=row["id"])


def test_the_last_one_who_steps_back_leaves_it_to_the_coordinator(bodies, filed):
    reference = filed[0]
    bodies.amel.act("complaint_recuse", reference=reference)
    with pytest.raises(tk.ObjectNotFound):
        bodies.amel.act("complaint_show", reference=reference)
    assert bodies.sami.act("complaint_show", reference=reference)["state"] == "registered"


def test_a_body_that_must_not_know_loses_the_case_and_is_never_asked(bodies, filed):
    reference = filed[0]
    shown = bodies.amel.act("complaint_show", reference=reference)
    assert bodies.units["roads"] in {each["id"] for each in shown["units"]}
    shown = bodies.amel.act("complaint_exclude", reference=reference, org_id=bodies.orgs["roads"])
    assert bodies.units["roads"] not in {each["id"] for each in shown["units"]}
    with pytest.raises(tk.ValidationError) as refused:
        bodies.refer(bodies.amel, reference, bodies.units["roads"])
    assert refused.value.error_dict["__codes"] == {"unit_id": ["unit-not-available"]}
    assert bodies.amel.act(
        "complaint_exclude", reference=reference, org_id=bodies.orgs["water"]
    ) == {"moved": True}
    with pytest.raises(tk.ObjectNotFound):
        bodies.amel.act("complaint_show", reference=reference)
    assert bodies.sami.act("complaint_show", reference=reference)["unit_id"] == bodies.coordinator


def test_an_exclusion_follows_persons_and_the_hierarchy(bodies, portal, clock, filed):
    reference = filed[0]
    two = net.officer(
        portal, clock, "two", (bodies.units["water"], "handler"), (bodies.units["power"], "handler")
    )
    assert two.act("complaint_show", reference=reference)
    bodies.amel.act("complaint_exclude", reference=reference, org_id=bodies.orgs["power"])
    with pytest.raises(tk.ObjectNotFound):
        two.act("complaint_show", reference=reference)
    net.change_network(
        "UPDATE complaints_body SET parent_org_id = :power WHERE org_id = :water",
        power=bodies.orgs["power"],
        water=bodies.orgs["water"],
    )
    with pytest.raises(tk.ObjectNotFound):
        bodies.amel.act("complaint_show", reference=reference)
    assert bodies.amel.act("complaint_list")["results"] == []
    assert swept() == 1
    assert bodies.sami.act("complaint_show", reference=reference)["unit_id"] == bodies.coordinator


def test_the_database_refuses_what_the_application_would_not_do(bodies, filed):
    reference = filed[0]
    bodies.amel.act("complaint_exclude", reference=reference, org_id=bodies.orgs["power"])
    bodies.amel.act("complaint_exclude", reference=reference, user="nour")
    case = net.row_of("complaints_case", reference=reference)
    for statement in (
        "UPDATE complaints_case SET owner_unit_id = :unit",
        "UPDATE complaints_case SET appeal_unit_id = :unit",
        "INSERT INTO complaints_referral SELECT 'x', id, owner_unit_id, :unit, 'joint', 'accepted',"
        " false, now(), NULL, CURRENT_DATE, NULL, '', '' FROM complaints_case",
    ):
        with pytest.raises(Exception, match="excluded from the case"):
            net.sql(statement, unit=bodies.units["power"])
    with pytest.raises(Exception, match="excluded from the case"):
        net.sql(
            "INSERT INTO complaints_assignment VALUES ('x', :id, :user, :user, now(), NULL)",
            id=case["id"],
            user=bodies.nour.id,
        )


def answered_and_appealed(bodies, filed, citizen, who):
    reference, secret = filed
    who.act("complaint_claim", reference=reference)
    who.act("complaint_answer", reference=reference, outcome="refused", text="Non.")
    citizen.send("/complaints/track", reference=reference, secret=secret)
    citizen.send("/complaints/case/appeal", on="/complaints/case", text="Je conteste.")


def test_nobody_judges_what_they_worked_on(bodies, portal, clock, filed, citizen):
    reference = filed[0]
    both = net.officer(portal, clock, "both", (bodies.units["water"], "handler"))
    answered_and_appealed(bodies, filed, citizen, both)
    net.appoint(both.id, bodies.judge, "handler")
    net.dismiss(both.id, bodies.units["water"])
    with pytest.raises(tk.ObjectNotFound):
        both.act("complaint_show", reference=reference)
    assert both.act("complaint_list")["counts"]["all"] == 0
    assert bodies.rim.act("complaint_show", reference=reference)["part"] == "judge"


def test_a_body_that_worked_on_it_too_does_not_judge_it(bodies, portal, clock, filed, citizen):
    reference = filed[0]
    asked = bodies.refer(bodies.amel, reference, bodies.judge, "joint")
    bodies.rim.act("complaint_referral_accept", id=asked["id"])
    answered_and_appealed(bodies, filed, citizen, bodies.amel)
    row = net.row_of("complaints_case", reference=reference)
    assert (row["state"], row["appeal_unit_id"]) == ("appealed", None)
    _org, units = net.answering(portal, "mediator", "appeal")
    net.officer(portal, clock, "olfa", (units["appeal"], "lead"))
    assert swept() == 1
    assert net.row_of("complaints_case", reference=reference)["appeal_unit_id"] == units["appeal"]


def test_cases_that_belong_together_are_shown_to_who_may_know_of_both(bodies, portal, clock, filed):
    reference = filed[0]
    second = Citizen(portal)
    second.file()
    other = second.receipt()[0]
    leila = net.officer(portal, clock, "leila", (bodies.units["water"], "handler"))
    shown = leila.act("complaint_link", reference=reference, other=other)
    assert [each["number"] for each in shown["links"]] == [other]
    bodies.amel.act("complaint_exclude", reference=other, user="leila")
    assert leila.act("complaint_show", reference=reference)["links"] == []
    assert bodies.amel.act("complaint_show", reference=reference)["links"]
    assert not bodies.amel.act("complaint_unlink", reference=reference, other=other)["links"]
    assert referrals.of_case(model.Session, "none") == []


DESK = "/dashboard/complaints"


def sent(person, path, on, status=302, **fields):
    answer = person.send(f"{DESK}{on}", f"{DESK}{path}", **fields)
    assert answer.status_code == status, (path, answer.status_code, answer.text[-3000:])
    return answer


def test_units_ask_each_other_on_pages_and_nothing_typed_is_lost(bodies, filed):
    case, unit = f"/{filed[0]}", bodies.units["roads"]
    typed = {"mode": "joint", "unit_id": unit, "text": ""}
    again = sent(bodies.amel, f"{case}/refer", case, 422, **typed).text
    assert f'value="{unit}" selected' in again
    assert 'value="joint" checked' in again
    sent(bodies.amel, f"{case}/refer", case, mode="transfer", unit_id=unit, text=WHY)
    assert "waiting for an answer" in bodies.amel.get(DESK + case).text
    assert '<b class="og-tag og-tag--warn">1</b>' in bodies.hedi.get(f"{DESK}/").text
    listed = bodies.hedi.get(f"{DESK}/requests/").text
    assert "Take the complaint over" in listed
    request = "/requests/" + listed.split(f"{DESK}/requests/")[-1].split('"')[0]
    assert WHY in bodies.hedi.get(DESK + request).text
    again = sent(bodies.hedi, f"{request}/refuse", request, 422, reason="").text
    assert "error-block" in again
    answer = sent(bodies.hedi, f"{request}/accept", request)
    assert answer.headers["Location"].endswith(case)
    assert STORY.split()[0].split("'")[0] in bodies.hedi.get(DESK + case).text
    assert bodies.amel.get(DESK + case).status_code == 404
    assert bodies.nour.get(DESK + request).status_code == 404


def test_who_works_on_it_too_writes_to_the_other_unit_on_the_page(bodies, filed):
    case = f"/{filed[0]}"
    asked = bodies.refer(bodies.amel, filed[0], bodies.units["roads"], "joint")
    request = f"/requests/{asked['id']}"
    sent(bodies.hedi, f"{request}/accept", request)
    page = bodies.hedi.get(DESK + case).text
    assert f"{request}/say" in page
    assert "/claim" not in page
    assert "error-block" in sent(bodies.hedi, f"{request}/say", case, 422, text=" ").text
    sent(bodies.hedi, f"{request}/say", case, text="La rue 9.")
    assert "La rue 9." in bodies.amel.get(DESK + case).text
    sent(bodies.amel, f"{request}/end", case)
    assert bodies.hedi.get(DESK + case).status_code == 404


def test_a_lead_keeps_a_case_from_somebody_on_the_page_and_steps_back(bodies, portal, clock, filed):
    case = f"/{filed[0]}"
    leila = net.officer(portal, clock, "leila", (bodies.units["water"], "handler"))
    again = sent(bodies.amel, f"{case}/exclude", case, 422, user="personne").text
    assert 'value="personne"' in again
    sent(bodies.amel, f"{case}/exclude", case, user="leila")
    assert leila.get(DESK + case).status_code == 404
    page = bodies.amel.get(DESK + case).text
    row = page.split('name="id" value="')[1].split('"')[0]
    sent(bodies.amel, f"{case}/lift", case, id=row)
    assert leila.get(DESK + case).status_code == 200
    answer = sent(leila, f"{case}/recuse", case)
    assert answer.headers["Location"].endswith("/complaints/")
    assert leila.get(DESK + case).status_code == 404
