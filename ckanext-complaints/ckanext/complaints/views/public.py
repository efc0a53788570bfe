"""The pages of complaints that say nothing of any case."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk

from ckanext.complaints.views import shell

complaints = Blueprint("complaints", __name__, url_prefix="/complaints")
shell.guard(complaints, has_content=False)


@complaints.get("/")
def index() -> ResponseReturnValue:
    """Show the two ways: file a complaint, follow one."""
    found = tk.get_action("complaint_intake_show")({}, {})
    return shell.answer("index", is_open=found["is_open"])


@complaints.get("/corruption")
def corruption() -> ResponseReturnValue:
    """Say that reports of corruption are not taken here yet, and who takes them."""
    return shell.answer("corruption")


@complaints.get("/promises")
def promises() -> ResponseReturnValue:
    """Say what is promised, and what is not."""
    return shell.answer("promises")
