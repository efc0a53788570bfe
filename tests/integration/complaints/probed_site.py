"""The site under gunicorn, with a page that takes files and tells what came.

``PROBE_WITHOUT_GUARD`` takes the guard away, to see that the tests would notice.
"""

from __future__ import annotations

import os
from pathlib import Path

import flask
from opengov_stack.wsgi import application

from ckanext.complaints import intake

own = application.request_class
if "PROBE_WITHOUT_GUARD" in os.environ:
    application.request_class = flask.Request


def form():
    """Return a token for the form."""
    return flask.render_template_string("{{ csrf_token() }}")


def take():
    """Take files; keep none."""
    if application.request_class is not own:
        return {"files": [each.filename for each in flask.request.files.getlist("files")]}
    found = intake.received()
    for each in found:
        if each.problem is None and "keep" in flask.request.form:
            each.keep()
    status = Path("/proc/self/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return {
        "problems": [each.problem and each.problem.code for each in found],
        "sizes": [each.size for each in found],
        "peak_kb": int(peak.split()[1]),
    }


application.add_url_rule("/complaints/probe", "complaints_probe_form", form)
application.add_url_rule("/complaints/probe", "complaints_probe", take, methods=["POST"])
