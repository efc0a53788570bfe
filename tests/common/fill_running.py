"""Fills a running portal with something on every page; prints its pages and forms as JSON.

``python -m tests.common.fill_running``, with the portal's settings file in ``CKAN_INI``: only a
process of its own may import CKAN beside a browser.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from tests.common import complaints as network
from tests.common import counted
from tests.common.consulted import open_one
from tests.common.filled import EDITOR, FORMS, OPERATOR, REVIEWER, fill
from tests.common.pages import pages
from tests.common.portal import Portal
from tests.common.running import wait_until

from ckan import model
from ckan.cli import load_config
from ckan.config.middleware import make_app
from ckan.tests.helpers import CKANTestApp

from ckanext.complaints.domain.periods import months_before
from ckanext.complaints.logic import releasing
from ckanext.opengov.shared import jobs
from ckanext.opengov.shared.domain import totp


class RunningPortal(Portal):
    """A portal whose accounts are there, and whose workers do the jobs."""

    def __init__(self, client):
        super().__init__(client)
        for name in (EDITOR, REVIEWER, OPERATOR):
            token = self.inside("api_token_create", name, user=name, name="tests")
            self.tokens[name] = token["token"]

    def work(self):
        """Wait until the workers have done what is due."""
        wait_until(self._is_idle, 120)

    def _is_idle(self):
        running = jobs.Job.status == jobs.Status.RUNNING
        waiting = (jobs.Job.status == jobs.Status.QUEUED) & (jobs.Job.run_at <= sa.func.now())
        count = sa.select(sa.func.count(jobs.Job.id)).where(running | waiting)
        unfinished = model.Session.scalar(count)
        model.Session.remove()
        return unfinished == 0


def take_complaints(portal):
    """Let a body take complaints, whose office the reviewer leads."""
    root, units = network.answering(portal, "ministry", "general", "oversight", "appeal")
    network.coordinated_by(root, units["general"])
    for code in ("roads", "water"):
        network.category(code, routes={None: root})
    person = model.User.get(REVIEWER)
    for role in ("handler", "lead"):
        network.appoint(person.id, units["general"], role)
    for role in ("supervisor", "steward"):
        network.appoint(person.id, units["oversight"], role)
    have_figures(portal, units["general"])


class PhoneClock:
    """The time on a phone, one step late: so the code of this step is left for the sign-in."""

    @property
    def step(self):
        return totp.step_at(datetime.now(UTC)) - 1

    def tick(self):
        """Time passes by itself."""


OFFICES = {"roads": "dorra", "water": "mehdi", "town": "basma"}
JUDGE = "olfa"
MEANS = {
    "id": "means",
    "kind": "choice",
    "label": {"ar": "بمَ تتعلّق؟", "fr": "Quoi ?", "en": "What is it?"},
    "choices": [
        {"code": "bus", "label": {"ar": "حافلة", "fr": "Un bus", "en": "A bus"}},
        {"code": "road", "label": {"ar": "طريق أو رصيف", "fr": "Une route", "en": "A road"}},
    ],
}


def have_offices(portal):
    """Let three bodies take complaints, and one above them decide; return their people's keys."""
    root, above = network.answering(portal, "ministry", "general", "oversight", "appeal")
    network.coordinated_by(root, above["general"])
    posts = {JUDGE: (above["appeal"], "lead")}
    for name, person in OFFICES.items():
        body, units = network.answering(portal, name, parent=root)
        posts[person] = (units["general"], "lead")
        if name == "roads":
            network.form(network.category("roads", routes={None: body}), MEANS)
    staff = [network.officer(portal, PhoneClock(), name, post) for name, post in posts.items()]
    return {each.name: each.secret.hex() for each in staff}


def have_figures(portal, unit_id):
    """Let a unit have had a year of cases, which nobody can open."""
    today = datetime.now(UTC).date()
    for back in range(1, 12):
        received = months_before(today, back)
        counted.answered(unit_id, 12 + back, received, 12)
        counted.answered(unit_id, back, received, 40)
    counted.add_cases(unit_id, 30, received_on=today - timedelta(days=40))
    counted.tally(today)
    with portal.client.flask_app.test_request_context():
        releasing.release(model.Session, datetime.now(UTC))
        model.Session.commit()


def main():
    """Fill the portal; print its pages, and the forms to send wrong.

    With the argument ``guests`` make a consultation that is open to them, and nothing else; with
    ``offices`` four of them that handle complaints, and print the keys of their people's phones.
    """
    app = make_app(load_config(os.environ["CKAN_INI"]))
    portal = RunningPortal(CKANTestApp(app))
    if "complaints" in sys.argv:
        return take_complaints(portal)
    if "offices" in sys.argv:
        json.dump(have_offices(portal), sys.stdout)
        return None
    if "guests" in sys.argv:
        open_one(portal, portal.body("rasd", **{EDITOR: "editor", REVIEWER: "admin"}))
        return None
    found = pages(portal.client.flask_app.url_map, fill(portal))
    pages_and_forms = {"pages": [dataclasses.asdict(page) for page in found], "forms": FORMS}
    json.dump(pages_and_forms, sys.stdout)
    return None


if __name__ == "__main__":
    main()
