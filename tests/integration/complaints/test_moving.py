"""The calendar changes, and the dates of open cases follow: batch by batch, once."""

from __future__ import annotations

import pytest
from tests.common import complaints as net
from tests.integration.complaints.test_filing import Citizen
from tests.integration.complaints.test_reminding import about_cases, notices

from ckan import model

from ckanext.complaints.logic import clock_changes
from ckanext.complaints.model import cases
from ckanext.opengov.shared import jobs, readers
from ckanext.opengov.shared.domain.notices import Frequency


@pytest.fixture
def network(portal):
    root, units = net.answering(portal, "ministry", "general", "oversight")
    net.coordinated_by(root, units["oversight"])
    net.category("roads", routes={None: root})
    return root, units


@pytest.fixture
def steward(portal, clock, network):
    return net.officer(portal, clock, "rim", (network[1]["oversight"], "steward"))


def filed(portal, number):
    found = []
    for _ in range(number):
        visitor = Citizen(portal)
        visitor.file()
        found.append(visitor.receipt()[0])
    return found


def rows(references):
    return [net.row_of("complaints_case", reference=each) for each in references]


def holiday(steward, day, **more):
    asked = {"day": day.isoformat(), "label_translated": net.TEXTS, "source": "JORT"}
    return steward.ok("complaint_holiday_create", **asked, **more)


def test_all_dates_move_though_the_worker_is_killed_on_the_way(
    portal, network, steward, monkeypatch
):
    references = filed(portal, 5)
    before = rows(references)
    monkeypatch.setattr(clock_changes, "BATCH", 2)
    made = holiday(steward, before[0]["answer_due"])
    listed = steward.ok("complaint_holiday_list", year=before[0]["answer_due"].year)
    assert listed["is_moving"]
    page = f"/dashboard/complaints/network/calendar?year={before[0]['answer_due'].year}"
    assert "being moved" in steward.get(page).text
    assert {each["answer_due"] for each in rows(references)} == {before[0]["answer_due"]}

    # A worker does one batch, and dies in the next.
    with portal.client.flask_app.test_request_context():
        clock_changes.move_some(model.Session, cases.now(model.Session))
        model.Session.commit()
        clock_changes.move_some(model.Session, cases.now(model.Session))
        model.Session.rollback()
        model.Session.remove()
    moved = [each for each in rows(references) if each["version"] == 2]
    assert len(moved) == 2

    portal.work()
    after = rows(references)
    assert all(each["answer_due"] > before[0]["answer_due"] for each in after)
    assert {each["version"] for each in after} == {2}
    assert not steward.ok("complaint_holiday_list", year=2026)["is_moving"]
    portal.inside_job(clock_changes.MOVE, clock_changes.SUBJECT)
    assert rows(references) == after

    steward.ok("complaint_holiday_delete", id=made["id"])
    portal.work()
    assert [each["answer_due"] for each in rows(references)] == [
        each["answer_due"] for each in before
    ]


def test_more_than_a_minute_of_work_goes_on_in_another_job(portal, network, steward, monkeypatch):
    references = filed(portal, 3)
    before = rows(references)[0]["answer_due"]
    monkeypatch.setattr(clock_changes, "BATCH", 1)
    monkeypatch.setattr(clock_changes, "MOST_SECONDS", 0)
    holiday(steward, before)
    portal.work()
    assert all(each["answer_due"] > before for each in rows(references))
    done = model.Session.query(jobs.Job).filter(jobs.Job.kind == clock_changes.MOVE).count()
    assert done >= 3


def test_the_day_of_one_body_moves_no_other(portal, network, steward):
    [reference] = filed(portal, 1)
    _, _units = net.answering(portal, "water", "general", parent=network[0])
    before = rows([reference])[0]
    holiday(steward, before["answer_due"], org="water")
    portal.work()
    assert rows([reference])[0]["answer_due"] == before["answer_due"]
    holiday(steward, before["answer_due"], org="ministry")
    portal.work()
    assert rows([reference])[0]["answer_due"] > before["answer_due"]


def test_cases_of_who_leaves_the_unit_are_given_to_nobody_and_the_lead_is_told(
    portal, clock, network, steward, mails
):
    unit = network[1]["general"]
    lead = net.officer(portal, clock, "nour", (unit, "lead"))
    handler = net.officer(portal, clock, "amel", (unit, "handler"), (unit, "clerk"))
    readers.wish(model.Session, lead.id, Frequency.AT_ONCE, "en")
    model.Session.commit()
    mine, other = filed(portal, 2)
    handler.act("complaint_claim", reference=mine)
    lead.act("complaint_claim", reference=other)

    lead.ok("complaint_member_remove", unit_id=unit, user="amel", role="clerk")
    assert lead.act("complaint_list")["counts"]["unassigned"] == 0
    lead.ok("complaint_member_remove", unit_id=unit, user="amel", role="handler")
    found = lead.act("complaint_list", assigned="nobody")["results"]
    assert [(each["number"], each["state"]) for each in found] == [(mine, "in-progress")]
    assert ("nour", "left") in notices()
    net.sql("UPDATE opengov_job SET run_at = now() WHERE status = 'queued'")
    model.Session.remove()
    portal.work()
    assert "Somebody left your unit" in str(
        [each.get_body(("plain",)).get_content() for each in about_cases(mails, "nour")]
    )
