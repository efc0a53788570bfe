"""Several people who act in the same instant, each in a thread and a transaction of their own.

They meet at a row that somebody else holds: all have looked at what there is and wait to change
it, when the row is let go. Whoever comes second then decides by what the first one left, or not.
"""

from __future__ import annotations

import re
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import sqlalchemy as sa
from tests.common import complaints as net
from tests.integration.complaints.test_referrals import Net

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.complaints.logic import excluding, purging
from ckanext.complaints.model import cases, network, referrals, signing
from ckanext.opengov.shared import audit

WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"
LONGEST = 5
"""Seconds until all are there."""
CASE = "SELECT 1 FROM complaints_case FOR UPDATE"
DRAFT = "SELECT 1 FROM complaints_draft FOR UPDATE"


def told(call):
    """Return what became of a call: ``done``, the codes of what was wrong, or that it is gone."""
    try:
        call()
    except tk.ValidationError as error:
        codes = error.error_dict["__codes"]
        return " ".join(sorted(code for each in codes.values() for code in each))
    except tk.ObjectNotFound:
        return "not-found"
    except tk.NotAuthorized:
        return "not-authorized"
    return "done"


def together(*calls, at=CASE):
    """Let people act at once, who all wait for the same row; return what each was told."""
    with ThreadPoolExecutor(len(calls)) as pool, model.ensure_engine().connect() as gate:
        gate.execute(sa.text(at))
        running = [pool.submit(told, call) for call in calls]
        wait_until_there(running)
        gate.rollback()
        return [each.result(timeout=30) for each in running]


def one_after_the_other(first, second, at=CASE):
    """Let the second act while the first is held up at a row; return what each was told."""
    with ThreadPoolExecutor(2) as pool, model.ensure_engine().connect() as gate:
        gate.execute(sa.text(at))
        held_up = pool.submit(told, first)
        wait_until_there([held_up])
        passing = pool.submit(told, second)
        wait_until_there([held_up, passing])
        gate.rollback()
        return [held_up.result(timeout=30), passing.result(timeout=30)]


def wait_until_there(running):
    """Wait until every call stands before a lock, or is over."""
    end = time.monotonic() + LONGEST
    while time.monotonic() < end:
        with model.ensure_engine().connect() as connection:
            waiting = connection.execute(sa.text(WAITING)).scalar()
        if waiting >= sum(not each.done() for each in running):
            return
        time.sleep(0.01)
    raise AssertionError("nobody waits: the calls do not meet at this row")


WORDS = {"text": "Vu.", "outcome": "refused"}
TOLD = {
    "category": "roads",
    "body": "unknown",
    "happened": "L'eau est coupée chaque soir depuis un mois, de 18 h à 22 h.",
    "wanted": "De l'eau.",
    "mode": "anonymous",
    "notices": "none",
    "language": "fr",
}


class Citizens:
    """A citizen at several browsers: each call comes by a ticket of its own."""

    def __init__(self, portal):
        self.portal = portal
        mark = secrets.token_hex(16)
        found = self.asked("complaint_submit", **TOLD, client_token=mark)
        self.reference, self.secret = (
            re.sub(r"\D", "", found[each]) for each in ("reference", "secret")
        )

    def opened(self):
        """Return a ticket."""
        return self.asked("complaint_track", reference=self.reference, secret=self.secret)["visit"]

    def tab(self, action, **given):
        """Return a call of an action, by a ticket that was got before."""
        visit = self.opened()
        return lambda: self.asked(action, visit=visit, **given)

    def asked(self, action, **given):
        """Call an action as a page of citizens does."""
        with self.portal.client.flask_app.test_request_context(method="POST"):
            try:
                return tk.get_action(action)({"user": "", "auth_user_obj": None}, given)
            finally:
                model.Session.rollback()
                model.Session.remove()


class World(Net):
    """Units with their people, and a case for each test."""

    def __init__(self, portal, clock):
        super().__init__(portal, clock)
        self.portal, self.clock, self.watch = portal, clock, self.oversight()
        self.numbers = count()
        for name, unit, role in (
            ("ines", self.units["water"], "lead"),
            ("sonia", self.units["water"], "clerk"),
            ("wafa", self.units["roads"], "lead"),
            ("mona", self.watch, "supervisor"),
            ("lina", self.watch, "supervisor"),
            ("yara", self.watch, "steward"),
        ):
            setattr(self, name, net.officer(portal, clock, name, (unit, role)))

    def begin(self):
        """Let somebody file."""
        self.citizen = Citizens(self.portal)
        self.reference = self.citizen.reference
        return self

    def leaver(self, role="handler"):
        """Return somebody of the unit who is there until they are removed."""
        name = f"leaver-{next(self.numbers)}"
        return net.officer(self.portal, self.clock, name, (self.units["water"], role))

    def oversight(self):
        session = model.Session
        network.hold(session)
        made = network.make_unit(session, self.root, "oversight", net.TEXTS, network.now(session))
        unit_id = made.id
        network.seal(session)
        session.commit()
        session.remove()
        return unit_id

    def act(self, who, action, **given):
        """Return a call of an action in the case."""
        asked = {"reference": self.reference, **given}
        return lambda: who.act(action, **asked)

    def state(self):
        found = cases.by_reference(model.Session, self.reference)
        model.Session.remove()
        return found

    def answered(self):
        self.act(self.amel, "complaint_claim")()
        self.act(self.amel, "complaint_answer", **WORDS)()

    def appealed(self):
        self.answered()
        self.citizen.tab("complaint_appeal", text="Non.")()

    def asked(self, unit="roads"):
        """Ask another unit to take the case; return the id of the request."""
        return self.refer(self.amel, self.reference, self.units[unit])["id"]

    def closed(self):
        """Close the case; its day has come."""
        self.answered()
        self.citizen.tab("complaint_accept")()
        day = "UPDATE complaints_case SET purge_on = CURRENT_DATE WHERE reference = :r"
        net.sql(day, r=self.reference)

    def purge(self):
        """Delete what is due, as the sweep does."""
        with self.portal.client.flask_app.app_context():
            try:
                purging.purge(model.Session, cases.now(model.Session))
            finally:
                model.Session.remove()


def check_sound(reference):
    """Make sure that nothing was lost or made up: log, signatures, versions, who works on it."""
    session = model.Session
    session.remove()
    assert list(audit.verify(session)) == []
    case = cases.by_reference(session, reference)
    signing.check(case)
    excluding.known(session, case)
    for row in referrals.of_case(session, case.id):
        signing.check(row)
    cases.assigned_to(session, case.id)
    session.remove()


def logged(reference):
    """Return the steps in the log of a case."""
    case = cases.by_reference(model.Session, reference)
    query, number = audit.of_subject(f"complaint:{case.id}")
    found = [row.step for row in model.Session.execute(query.order_by(number)).scalars()]
    model.Session.remove()
    return found
