"""Two numbers open a case, and nothing else does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from tests.common import complaints as net
from tests.integration.complaints.test_filing import STORY, Citizen

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.complaints import argon
from ckanext.complaints.domain import receipts
from ckanext.complaints.model.cases import Case
from ckanext.opengov.shared.keyring import Unreadable


@pytest.fixture
def network(portal):
    root, units = net.answering(portal, "ministry", "general", "oversight")
    net.coordinated_by(root, units["oversight"])
    net.category("roads", routes={None: root})
    return units


@pytest.fixture
def citizen(portal, network):
    return Citizen(portal)


@pytest.fixture
def receipt(citizen):
    citizen.file()
    return citizen.receipt()


def test_unknown_and_wrong_cost_the_same(portal, citizen, receipt, monkeypatch):
    statements, derived = [], []
    derive = argon.crypto.derive
    monkeypatch.setattr(argon.crypto, "derive", lambda *a: derived.append(1) or derive(*a))

    def before(_connection, _cursor, statement, *_):
        statements.append(statement)

    def cost(reference, secret):
        statements.clear()
        derived.clear()
        answer = citizen.send("/complaints/track", reference=reference, secret=secret)
        page = answer.text.replace(receipts.shown(reference), "").replace(reference, "")
        return answer.status_code, len(statements), len(derived), len(page)

    unknown = receipts.new_reference()
    sa.event.listen(sa.Engine, "before_cursor_execute", before)
    try:
        costs = [cost(one, receipts.new_secret()) for one in (receipt[0], unknown) * 2]
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", before)
    assert costs[2] == costs[3]
    assert costs[2][::2] == (422, 1)


def test_digits_of_other_scripts_and_slips_of_the_pen_are_read(citizen, receipt):
    arabic = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
    reference = receipts.shown(receipt[0]).translate(arabic)
    secret = " ".join(receipt[1]).replace("0", "O")
    opened = citizen.send("/complaints/track", reference=reference, secret=secret)
    assert opened.status_code == 302


def test_wrong_tries_lock_nobody_out(citizen, receipt):
    for _ in range(8):
        citizen.send("/complaints/track", reference=receipt[0], secret=receipts.new_secret())
    opened = citizen.send("/complaints/track", reference=receipt[0], secret=receipt[1])
    assert opened.status_code == 302


def test_a_new_secret_ends_the_old_one_and_all_visits(portal, citizen, receipt):
    other = Citizen(portal)
    for each in (citizen, other):
        each.send("/complaints/track", reference=receipt[0], secret=receipt[1])
    changed = citizen.send("/complaints/case/secret")
    assert changed.status_code == 200
    assert other.get("/complaints/case").status_code == 422
    again = other.send("/complaints/track", reference=receipt[0], secret=receipt[1])
    assert again.status_code == 422


def test_what_a_program_sends_twice_is_one_case(portal, network):
    mark = "a-secret-mark-of-the-programs-own-0001"
    given = {
        "client_token": mark,
        "category": "roads",
        "body": "unknown",
        "happened": STORY,
        "wanted": "Une réparation.",
        "mode": "anonymous",
        "notices": "none",
        "language": "fr",
    }

    def submit(_):
        with portal.client.flask_app.test_request_context():
            try:
                return tk.get_action("complaint_submit")({}, dict(given))
            finally:
                model.Session.remove()

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(submit, range(4)))
    assert len({each["reference"] for each in found}) == 1
    assert len({each["secret"] for each in found}) == 1
    assert model.Session.query(Case).count() == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE complaints_case SET owner_unit_id = :unit",
        "UPDATE complaints_case_key SET pk = (SELECT citizen_pk FROM complaints_access)",
        "UPDATE complaints_message SET author = 'staff'",
        "UPDATE complaints_message SET blob = substring(blob FROM 2)",
    ],
)
def test_who_writes_to_the_database_reads_nothing(portal, clock, network, receipt, statement):
    posts = [(network[kind], "handler") for kind in ("general", "oversight")]
    spy = net.officer(portal, clock, "spy", *posts)
    with model.ensure_engine().begin() as connection:
        values = {"unit": network["oversight"]} if ":unit" in statement else {}
        connection.execute(sa.text(statement), values)
    with pytest.raises(Unreadable):
        spy.act("complaint_show", reference=receipt[0])


def test_nobody_else_knows_of_a_case(portal, clock, network, receipt):
    _other, units = net.answering(portal, "other", "general")
    outsider = net.officer(portal, clock, "zied", (units["general"], "lead"))
    with pytest.raises(tk.ObjectNotFound):
        outsider.act("complaint_show", reference=receipt[0])
    assert outsider.act("complaint_list")["results"] == []
    assert outsider.act("complaint_list")["counts"]["all"] == 0
    insider = net.officer(portal, clock, "amel", (network["general"], "handler"))
    portal.user("root", sysadmin=True)
    for user in ("root", "amel"):
        # A token opens nothing, not even the handler's own.
        status, _ = portal.call(user, "complaint_show", reference=receipt[0])
        assert status == 404
        assert portal.call(user, "complaint_list")[0] == 403
    net.dismiss(insider.id, network["general"])
    with pytest.raises(tk.NotAuthorized):
        insider.act("complaint_show", reference=receipt[0])
