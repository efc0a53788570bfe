"""CKAN 2.12.0 encrypts mail without asking who is at the other end (CVE-2026-41132).

Its mailer calls ``starttls()`` bare, which accepts every certificate. Later
versions have the option ``smtp.starttls_verify``, and then nothing here is done.
"""

from __future__ import annotations

import logging
import smtplib
import ssl
from types import SimpleNamespace
from typing import Any

from ckan.common import config_declaration
from ckan.config.declaration import Key
from ckan.lib import mailer


class VerifyingSMTP(smtplib.SMTP):
    """An SMTP client that talks to no server whose certificate does not hold."""

    def starttls(self, **options: Any) -> Any:  # type: ignore[override]
        """Encrypt the connection and check the server's certificate and name."""
        options.setdefault("context", ssl.create_default_context())
        return super().starttls(**options)


class WithoutAddresses(logging.Filter):
    """Takes out of the mailer's log to whom a mail went, and what the server said of them."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Say what happened alone; the outbox knows which mail it was."""
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        record.msg = f"A mail was not sent: {kind}" if kind else "A mail was sent"
        record.args, record.exc_info, record.exc_text = (), None, None
        return True


def without_addresses(log: logging.Logger) -> None:
    """Let this log say nothing of anyone."""
    if not any(isinstance(each, WithoutAddresses) for each in log.filters):
        log.addFilter(WithoutAddresses())


def is_needed() -> bool:
    """Tell whether CKAN lacks its own fix."""
    return Key.from_string("smtp.starttls_verify") not in config_declaration


def guard() -> None:
    """Let CKAN's mailer use the verifying client, and write no address into its log."""
    module: Any = mailer
    without_addresses(module.log)
    if is_needed():
        module.smtplib = SimpleNamespace(**{**vars(smtplib), "SMTP": VerifyingSMTP})
