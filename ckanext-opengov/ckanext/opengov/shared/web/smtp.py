"""CKAN 2.12.0 encrypts mail without asking who is at the other end (CVE-2026-41132).

Its mailer calls ``starttls()`` bare, which accepts every certificate. Later
versions have the option ``smtp.starttls_verify``, and then nothing here is done.
"""

from __future__ import annotations

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


def is_needed() -> bool:
    """Tell whether CKAN lacks its own fix."""
    return Key.from_string("smtp.starttls_verify") not in config_declaration


def guard() -> None:
    """Let CKAN's mailer use the verifying client."""
    module: Any = mailer
    if is_needed():
        module.smtplib = SimpleNamespace(**{**vars(smtplib), "SMTP": VerifyingSMTP})
