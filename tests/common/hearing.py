"""What the portal writes into its logs, from the least important on."""

from __future__ import annotations

import contextlib
import io
import logging

LOGS = ("", "ckan", "ckanext", "ckan.lib.mailer", "ckan.views.api", "werkzeug", "sqlalchemy.engine")
"""Some do not tell those above them."""


@contextlib.contextmanager
def listening():
    """Yield a function that returns all that was logged since."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    loggers = [logging.getLogger(name) for name in LOGS]
    before = [(log.level, log.disabled) for log in loggers]
    for log in loggers:
        log.addHandler(handler)
        log.disabled = False
        log.setLevel(logging.DEBUG if log.name != "sqlalchemy.engine" else log.level)
    try:
        yield stream.getvalue
    finally:
        for log, (level, disabled) in zip(loggers, before, strict=True):
            log.removeHandler(handler)
            log.setLevel(level)
            log.disabled = disabled
