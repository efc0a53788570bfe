"""Fills a running portal with consultations alone; prints the end of a link that leaves one.

``python -m tests.common.consult_running``, with the portal's settings file in ``CKAN_INI``.
"""

from __future__ import annotations

import os
import sys

from tests.common.consulted import consultations, leaving
from tests.common.fill_running import RunningPortal
from tests.common.filled import EDITOR, REVIEWER

from ckan.cli import load_config
from ckan.config.middleware import make_app
from ckan.tests.helpers import CKANTestApp


def main():
    """Make a body with its people, and consultations in every state; print the token."""
    portal = RunningPortal(CKANTestApp(make_app(load_config(os.environ["CKAN_INI"]))))
    body = portal.body("rasd", **{EDITOR: "editor", REVIEWER: "admin"})
    made = consultations(portal, body)
    sys.stdout.write(leaving(portal, made["maftuha"])["token"])


if __name__ == "__main__":
    main()
