"""The staff of a unit works on a case, and its citizen follows."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from tests.common import complaints as net
from tests.common.photographs import CANARY, photograph
from tests.integration.complaints.test_filing import STORY, Citizen

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.complaints.logic import clock_changes, of_cases
from ckanext.complaints.model import cases, catalogue


@pytest.fixture
def citizen(portal, network):
    return Citizen(portal)


@pytest.fixture
def filed(citizen):
    citizen.file()
    return citizen.receipt()


@pytest.fixture
def handler(portal, clock, network):
    return net.officer(portal, clock, "amel", (network[1]["general"], "handler"))


def test_a_case_is_answered(portal, network, filed, citizen, handler):
    reference, secret = filed
    listed = handler.act("complaint_list")
    assert [each["number"] for each in listed["results"]] == [reference]
    assert listed["counts"] == {"all": 1, "late": 0, "soon": 0, "unassigned": 1, "slow": 0}
    shown = handler.act("complaint_show", reference=reference)
    assert shown["conversation"][0]["happened"] == STORY
    handler.act("complaint_claim", reference=reference)
    handler.act("complaint_note_add", reference=reference, text="Entre nous : rue 9.")
    handler.act("complaint_request_info", reference=reference, text="Toute la rue ?")
    citizen.send("/complaints/track", reference=reference, secret=secret)
    page = citizen.get("/complaints/case").text
    assert "Toute la rue ?" in page
    assert "Entre nous" not in page
    sent = citizen.send("/complaints/case/reply", on="/complaints/case", text="Oui, toute la rue.")
    assert sent.status_code == 302
    shown = handler.act("complaint_show", reference=reference)
    assert shown["state"] == "in-progress"
    assert shown["conversation"][-1]["text"] == "Oui, toute la rue."
    text = "Réparé le 3 décembre."
    handler.act("complaint_answer", reference=reference, outcome="granted", text=text)
    page = citizen.get("/complaints/case").text
    assert text in page


def test_a_worklist_is_paged_and_filtered(portal, network, handler):
    filed = []
    for _ in range(3):
        citizen = Citizen(portal)
        citizen.file()
        filed.append(citizen.receipt()[0])
    handler.act("complaint_claim", reference=filed[0])
    found, cursor = [], None
    while not found or cursor:
        page = handler.act("complaint_list", limit=2, cursor=cursor)
        found += [each["number"] for each in page["results"]]
        cursor = page["next_cursor"]
    assert sorted(found) == sorted(filed)
    assert page["counts"] == {"all": 3, "late": 0, "soon": 0, "unassigned": 2, "slow": 0}
    mine = handler.act("complaint_list", assigned="me")["results"]
    assert [(each["number"], each["is_mine"]) for each in mine] == [(filed[0], True)]
    assert len(handler.act("complaint_list", assigned="nobody")["results"]) == 2
    assert len(handler.act("complaint_list", state="in-progress")["results"]) == 1
    assert handler.act("complaint_list", unit_id="another")["results"] == []
    handler.act("complaint_answer", reference=filed[0], outcome="granted", text="Oui.")
    assert handler.act("complaint_list")["counts"]["all"] == 2
    answered = handler.act("complaint_list", state="answered")["results"]
    assert [each["number"] for each in answered] == [filed[0]]


def test_a_photograph_comes_clean_to_the_office(portal, network, citizen, handler):
    sent = photograph()
    citizen.file(files={"files": (io.BytesIO(sent), "rue.jpg")})
    reference, secret = citizen.receipt()
    portal.work()
    [file] = handler.act("complaint_show", reference=reference)["conversation"][0]["files"]
    assert (file["name"], file["stage"]) == ("rue.jpg", "ready")
    opened = handler.act("complaint_evidence_open", reference=reference, file=file["id"])
    copy = b"".join(opened["content"])
    assert CANARY.encode() not in copy
    assert Image.open(io.BytesIO(copy)).size == (64, 48)
    citizen.send("/complaints/track", reference=reference, secret=secret)
    assert citizen.get(f"/complaints/case/file/{file['id']}").data == sent
    page = citizen.get("/complaints/case").text
    assert "rue.jpg" in page
    paper = citizen.get("/complaints/case/acknowledgement.json").json
    assert paper["reference"].replace(" ", "").replace("-", "") == reference


@pytest.fixture
def appealed(portal, clock, network, citizen):
    """A case of a body below the ministry, answered and appealed against; who has what to do."""
    root, above = network
    below, units = net.answering(portal, "water", "general", parent=root)
    judge = above["appeal"]
    net.category("water", routes={None: below})
    citizen.file(about={"category": "water"})
    receipt = citizen.receipt()
    handler = net.officer(portal, clock, "hedi", (units["general"], "handler"))
    lead = net.officer(portal, clock, "nour", (judge, "lead"))
    text = {"outcome": "refused", "text": "Non."}
    handler.act("complaint_note_add", reference=receipt[0], text="Entre nous.")
    handler.act("complaint_claim", reference=receipt[0])
    handler.act("complaint_answer", reference=receipt[0], **text)
    with pytest.raises(tk.ObjectNotFound):
        lead.act("complaint_show", reference=receipt[0])
    citizen.send("/complaints/track", reference=receipt[0], secret=receipt[1])
    citizen.send("/complaints/case/appeal", on="/complaints/case", text="Je conteste.")
    return receipt[0], handler, lead


def test_an_uninvolved_body_decides_on_an_appeal(appealed, citizen):
    reference, handler, judge = appealed
    assert [each["number"] for each in judge.act("complaint_list")["results"]] == [reference]
    shown = judge.act("complaint_show", reference=reference)
    assert shown["conversation"][-1]["text"] == "Je conteste."
    assert "Entre nous." not in str(shown)
    decision = {"outcome": "granted", "text": "Le service répare."}
    with pytest.raises(tk.NotAuthorized):
        handler.act("complaint_appeal_decide", reference=reference, **decision)
    with pytest.raises(tk.NotAuthorized):
        judge.act("complaint_note_add", reference=reference, text="x")
    judge.act("complaint_appeal_decide", reference=reference, **decision)
    page = citizen.get("/complaints/case").text
    assert decision["text"] in page
    with pytest.raises(tk.ObjectNotFound):
        judge.act("complaint_show", reference=reference)
    assert judge.act("complaint_list")["results"] == []


def test_who_judges_reads_nothing_once_the_citizen_withdraws(appealed, citizen):
    reference, _handler, judge = appealed
    page = "/complaints/case"
    sent = citizen.send(f"{page}/withdraw", on=f"{page}/withdraw/confirm", sure="1")
    assert sent.status_code == 302
    with pytest.raises(tk.ObjectNotFound):
        judge.act("complaint_show", reference=reference)
    assert judge.act("complaint_list")["counts"]["all"] == 0


def test_a_case_never_loses_its_unit(portal, clock, network, filed, handler):
    units = network[1]
    session = model.Session
    assert of_cases.open_cases(session, units["general"]) == 1
    now = cases.now(session)
    of_cases.hand_over(session, units["general"], units["oversight"], handler.id, now)
    session.commit()
    session.remove()
    other = net.officer(portal, clock, "sami", (units["oversight"], "handler"))
    assert other.act("complaint_show", reference=filed[0])["state"] == "registered"
    with pytest.raises(tk.ObjectNotFound):
        handler.act("complaint_show", reference=filed[0])


def test_the_body_answers_anew_after_a_remand(appealed):
    reference, handler, judge = appealed
    judge.act("complaint_appeal_remand", reference=reference, text="Motivez.")
    shown = handler.act("complaint_show", reference=reference)
    assert shown["state"] == "in-progress"
    handler.act("complaint_answer", reference=reference, outcome="granted", text="Réparé.")


def test_who_asked_for_it_is_told_that_there_is_news_and_nothing_else(
    portal, network, citizen, handler, mails
):
    def told():
        return [mail for mail in mails() if "leila" in str(mail["To"])]

    wished = {"notices": "mail", "email": "leila@example.org", "language": "fr"}
    citizen.file(contact=wished)
    reference, _secret = citizen.receipt()
    handler.act("complaint_note_add", reference=reference, text="Entre nous.")
    portal.work()
    assert told() == []
    handler.act("complaint_message_add", reference=reference, text="Nous regardons.")
    portal.work()
    [mail] = told()
    text = mail.get_body(("plain",)).get_content()
    assert "Il y a du nouveau pour vous" in text
    assert "/fr/complaints/track" in text
    for said in (reference, reference[:4], "regardons", "roads"):
        assert said not in mail.as_string()


def test_a_holiday_entered_later_moves_open_dates(portal, network, filed):
    session = model.Session
    case = cases.by_reference(session, filed[0])
    before = case.answer_due
    values = {"labels": net.TEXTS, "source": "", "org_id": None, "added_by": "x"}
    catalogue.add_holiday(session, day=before, added_at=cases.now(session), **values)
    clock_changes.calendar_changed(session, None, [before])
    session.commit()
    assert clock_changes.is_moving(session)
    session.remove()
    portal.work()
    assert not clock_changes.is_moving(session)
    assert cases.by_reference(session, filed[0]).answer_due > before


def test_what_was_answered_is_not_late(appealed):
    reference, handler, judge = appealed
    net.sql(
        "UPDATE complaints_case SET answer_due = answer_due - 60 WHERE reference = :number",
        number=reference,
    )

    assert handler.act("complaint_list")["counts"]["late"] == 0
    [row] = judge.act("complaint_list")["results"]
    assert not row["is_late"]
    page = judge.get("/dashboard/complaints/")
    assert "Decision due by" in page.text


@pytest.mark.parametrize(
    ("step", "typed"),
    [
        ("answer", {"text": "Nous refusons.", "outcome": ""}),
        ("ask", {"text": "Où est-ce ?"}),
        ("exclude", {"user": "", "org_id": ""}),
    ],
)
def test_what_was_refused_is_in_no_case(filed, handler, step, typed):
    """The page that says what was wrong shows the case, and that it was opened is kept."""
    reference, page = filed[0], f"/dashboard/complaints/{filed[0]}"
    before = net.row_of("complaints_case", reference=reference)
    shown = handler.act("complaint_show", reference=reference)
    assert handler.send(page, f"{page}/{step}", **typed).status_code in (403, 422)
    assert net.row_of("complaints_case", reference=reference) == before
    after = handler.act("complaint_show", reference=reference)
    assert after["conversation"] == shown["conversation"]


def test_what_a_citizen_was_refused_is_in_no_case(filed, citizen):
    reference, secret = filed
    citizen.send("/complaints/track", reference=reference, secret=secret)
    page = "/complaints/case"
    assert citizen.send(f"{page}/reopen", on=page, text="Encore non dit.").status_code == 422
    assert "Encore non dit." not in citizen.get(page).text
    with model.ensure_engine().connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM complaints_message").scalar() == 2
