"""Fills a running portal with something on every page; prints its pages and forms as JSON.

``python -m tests.common.fill_running``, with the portal's settings file in ``CKAN_INI``: only a
process of its own may import CKAN beside a browser.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys

import sqlalchemy as sa
from tests.common.consulted import open_one
from tests.common.filled import EDITOR, FORMS, OPERATOR, REVIEWER, fill
from tests.common.pages import pages
from tests.common.portal import Portal
from tests.common.running import wait_until

from ckan import model
from ckan.cli import load_config
from ckan.config.middleware import make_app
from ckan.tests.helpers import CKANTestApp

from ckanext.opengov.shared import jobs


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


def main():
    """Fill the portal; print its pages, and the forms to send wrong.

    With the argument ``guests`` make a consultation that is open to them, and nothing else.
    """
    app = make_app(load_config(os.environ["CKAN_INI"]))
    portal = RunningPortal(CKANTestApp(app))
    if "guests" in sys.argv:
        open_one(portal, portal.body("rasd", **{EDITOR: "editor", REVIEWER: "admin"}))
        return
    found = pages(portal.client.flask_app.url_map, fill(portal))
    pages_and_forms = {"pages": [dataclasses.asdict(page) for page in found], "forms": FORMS}
    json.dump(pages_and_forms, sys.stdout)


if __name__ == "__main__":
    main()
