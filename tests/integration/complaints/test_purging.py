"""What a case says is deleted on its day, whole; an order of the law keeps it."""

from __future__ import annotations

import io
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.common import complaints as net
from tests.integration.complaints.test_filing import Citizen
from tests.integration.complaints.test_handling import photograph

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.complaints import evidence
from ckanext.complaints.logic import purging
from ckanext.complaints.model import cases, files, purges
from ckanext.opengov.shared import audit

ELSEWISE = {"complaints_draft", "complaints_grant"}
"""Deleted by name, and with the keys on which they hang."""
STAYS = {"id", "reference", "category_id", "owner_unit_id", "received_on", "answer_due", "outcome"}


@pytest.fixture
def citizen(portal, network):
    return Citizen(portal)


@pytest.fixture
def handler(portal, clock, network):
    return net.officer(portal, clock, "amel", (network[1]["general"], "handler"))


@pytest.fixture
def supervisor(portal, clock, network):
    return net.officer(portal, clock, "sami", (network[1]["oversight"], "supervisor"))


@pytest.fixture
def closed(portal, citizen, handler):
    """A case with all that a case can have, closed, whose day has come; both its numbers."""
    told = {"notices": "mail", "email": "leila@example.org", "language": "fr"}
    who = {"mode": "named", "name": "Leila Ben Salah"}
    citizen.file(files={"files": (io.BytesIO(photograph()), "rue.jpg")}, contact=told, who=who)
    receipt = citizen.receipt()
    portal.work()
    handler.act("complaint_show", reference=receipt[0])
    handler.act("complaint_claim", reference=receipt[0])
    handler.act("complaint_note_add", reference=receipt[0], text="Entre nous.")
    handler.act("complaint_answer", reference=receipt[0], outcome="granted", text="Réparé.")
    citizen.send("/complaints/track", reference=receipt[0], secret=receipt[1])
    page = "/complaints/case/accept"
    citizen.send(page, on=f"{page}/confirm", sure="1")
    assert cases.by_reference(model.Session, receipt[0]).state == "closed"
    comes_today(receipt[0])
    return receipt


def comes_today(reference):
    net.sql("UPDATE complaints_case SET purge_on = CURRENT_DATE WHERE reference = :r", r=reference)
    model.Session.remove()


def purge():
    done = purging.purge(model.Session, cases.now(model.Session))
    model.Session.remove()
    return done


def rows_about(case_id):
    """Return in which tables anything names a case, or hangs on it."""
    found = set()
    with model.ensure_engine().connect() as connection:
        for table in sa.inspect(connection).get_table_names():
            if table.startswith(("complaints_", "opengov_")):
                query = sa.text(f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE :id')
                if connection.execute(query, {"id": f"%{case_id}%"}).scalar():
                    found.add(table)
    return found


def lying_of(case_id):
    """Return where the files of a case lie."""
    found = {each.storage_key for each in files.of_case(model.Session, case_id)}
    model.Session.remove()
    return found


def stored():
    return {str(each) for each in evidence.storage().scan()}


def test_all_that_a_case_says_is_deleted_on_its_day(portal, closed, citizen, handler):
    case_id = cases.by_reference(model.Session, closed[0]).id
    before = net.row_of("complaints_case", id=case_id)
    lying = lying_of(case_id)
    assert len(lying & stored()) == 2
    assert {"complaints_message", "complaints_contact", "complaints_identity"} < rows_about(case_id)

    assert purge() == 1

    after = net.row_of("complaints_case", id=case_id)
    assert (after["state"], after["outcome"]) == ("purged", "granted")
    assert {name: after[name] for name in STAYS} == {name: before[name] for name in STAYS}
    assert rows_about(case_id) == {"complaints_case", "opengov_audit"}
    assert not lying & stored()
    assert not list(audit.verify(model.Session))
    assert citizen.get("/complaints/case").status_code == 422
    page = citizen.send("/complaints/track", reference=closed[0], secret=closed[1])
    assert page.status_code == 422
    with pytest.raises(tk.ObjectNotFound):
        handler.act("complaint_show", reference=closed[0])
    assert purge() == 0


def test_nothing_is_deleted_before_its_day(closed):
    early = "UPDATE complaints_case SET purge_on = CURRENT_DATE + 2 WHERE reference = :r"
    net.sql(early, r=closed[0])
    assert purge() == 0
    assert cases.by_reference(model.Session, closed[0]).state == "closed"


def test_a_case_that_was_withdrawn_keeps_its_outcome(citizen):
    citizen.file()
    reference, secret = citizen.receipt()
    citizen.send("/complaints/track", reference=reference, secret=secret)
    page = "/complaints/case"
    citizen.send(f"{page}/withdraw", on=f"{page}/withdraw/confirm", sure="1")
    comes_today(reference)
    assert purge() == 1
    row = cases.by_reference(model.Session, reference)
    assert (row.state, row.outcome) == ("purged", "withdrawn")


def test_files_that_a_crash_leaves_behind_are_swept(closed, monkeypatch):
    class Killed(BaseException):
        pass

    lying = lying_of(cases.by_reference(model.Session, closed[0]).id)

    def die(_locations):
        raise Killed

    monkeypatch.setattr(evidence, "forget_unknown", die)
    with pytest.raises(Killed):
        purge()
    monkeypatch.undo()
    model.Session.remove()
    assert cases.by_reference(model.Session, closed[0]).state == "purged"
    assert lying <= stored()
    # The store knows by the name of the folder when a file came.
    for each in lying:
        path = Path(evidence.storage().full_path(each))
        old = path.parents[1] / "2026-01-05" / path.name
        old.parent.mkdir(exist_ok=True)
        path.rename(old)
    assert any(each.startswith("2026-01-05/") for each in stored())
    evidence.sweep(cases.now(model.Session))
    assert not any(each.startswith("2026-01-05/") for each in stored())


def test_two_at_once_delete_each_case_once(portal, citizen, network):
    for _ in range(6):
        visitor = Citizen(portal)
        visitor.file()
        reference, secret = visitor.receipt()
        visitor.send("/complaints/track", reference=reference, secret=secret)
        page = "/complaints/case"
        visitor.send(f"{page}/withdraw", on=f"{page}/withdraw/confirm", sure="1")
        comes_today(reference)
    done, start = [], threading.Barrier(2)

    def run():
        with portal.client.flask_app.app_context():
            start.wait()
            done.append(purge())

    threads = [threading.Thread(target=run) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sum(done) == 6
    log = "SELECT count(*) FROM opengov_audit WHERE step = 'purge'"
    with model.ensure_engine().connect() as connection:
        assert connection.execute(sa.text(log)).scalar() == 6


def test_a_table_that_names_cases_is_emptied_or_meant_for_the_figures(portal):
    with model.ensure_engine().connect() as connection:
        hanging = set(connection.execute(purges.HANGING).all())
        inspector = sa.inspect(connection)
        for table in inspector.get_table_names():
            columns = {each["name"] for each in inspector.get_columns(table)}
            if table.startswith("complaints_") and "case_id" in columns:
                assert table in ELSEWISE or (table, "case_id") in hanging, table


def test_an_order_keeps_a_case_until_it_ends(closed, supervisor):
    reference, order = closed[0], "TPI Tunis 4312/2026"
    made = supervisor.ok("complaint_hold_set", reference=reference, reason=order)
    assert (made["number"], made["reason"]) == (reference, order)
    assert purge() == 0
    assert cases.by_reference(model.Session, reference).state == "closed"
    _, error = supervisor.call("complaint_hold_set", reference=reference, reason=order)
    assert error["__codes"] == {"__all__": ["held-already"]}
    [listed] = supervisor.ok("complaint_hold_list")["results"]
    assert listed["number"] == reference

    supervisor.ok("complaint_hold_end", reference=reference)
    assert supervisor.ok("complaint_hold_list")["results"] == []
    assert purge() == 1
    assert supervisor.call("complaint_hold_set", reference=reference, reason=order)[0] == 404


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201, 7])
def test_an_order_names_who_asks_for_it_in_a_line(closed, supervisor, reason):
    status, error = supervisor.call("complaint_hold_set", reference=closed[0], reason=reason)
    assert status == 409
    assert list(error["__codes"]) == ["reason"]
    assert "x" * 20 not in str(error)


def test_only_who_watches_over_the_body_keeps_its_cases(
    portal, clock, network, closed, handler, supervisor
):
    _, units = net.answering(portal, "water", "general", "oversight", parent=network[0])
    lower = net.officer(portal, clock, "olfa", (units["oversight"], "supervisor"))
    lead = net.officer(portal, clock, "nour", (network[1]["general"], "lead"))
    steward = net.officer(portal, clock, "rim", (network[1]["oversight"], "steward"))
    portal.user("root", sysadmin=True)
    asked = {"reference": closed[0], "reason": "Loi 2015-26"}
    for each in ("complaint_hold_set", "complaint_hold_end"):
        assert lower.call(each, **asked)[0] == 404
        assert handler.call(each, **asked)[0] == 403
        assert lead.call(each, **asked)[0] == 403
        assert portal.call("root", each, **asked)[0] == 403
        assert portal.call(None, each, **asked)[0] == 403
    assert lower.ok("complaint_hold_list")["results"] == []
    assert net.without_second_factor(supervisor).call("complaint_hold_set", **asked)[0] == 403
    assert steward.ok("complaint_hold_set", **asked)["number"] == closed[0]
    log = audit.of_subject(f"complaint:{cases.by_reference(model.Session, closed[0]).id}")[0]
    row = next(each for each in model.Session.execute(log).scalars() if each.step == "hold")
    assert row.actor_id == steward.id
    assert "2015" not in str(row.details)


def test_the_page_of_orders(closed, supervisor, handler):
    page = "/dashboard/complaints/holds/"
    given = {"reference": closed[0], "reason": "TPI Tunis 4312/2026"}
    assert supervisor.send(page, to=f"{page}set", **{**given, "reason": ""}).status_code == 422
    assert supervisor.send(page, to=f"{page}set", **given).status_code == 302
    shown = supervisor.get(page).text
    assert "TPI Tunis 4312/2026" in shown
    assert "kept by order" in handler.get(f"/dashboard/complaints/{closed[0]}").text
    ended = supervisor.send(page, to=f"{page}end", reference=closed[0])
    assert ended.status_code == 302
    assert "TPI Tunis" not in supervisor.get(page).text
    assert handler.get(page).status_code == 403
