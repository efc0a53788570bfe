"""How people leave what they get mail about: a link in each mail, without signing in.

The link is in headers too, so that mail programs can follow it for their owner at one click.
It seals whom and what it is about: in logs it tells nobody anything.

Source: https://www.rfc-editor.org/rfc/rfc8058 (one click), rfc2919 (List-Id)
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import UnstructuredHeader
from email.policy import Policy, default
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

from ckanext.opengov.shared import site

KEY_BYTES = 64
MOST_CHARACTERS = 2000
ENDPOINT = "opengov_leaving.show"


@dataclass(frozen=True, slots=True)
class Subscription:
    """That one person gets mail about one thing."""

    list: str
    """Name of the list's kind."""
    recipient_id: str
    subject: str = ""
    """Id of what it is about, of many."""


@dataclass(frozen=True, slots=True)
class Leave:
    """The way out of a mail."""

    list_id: str
    """As programs sort mail by it: a name before the site's domain."""
    words: str
    """Before the link, in the reader's language."""
    url: str


@dataclass(frozen=True, slots=True)
class MailingList:
    """Something that people get mail about, and may leave."""

    leave: Callable[[AlchemySession, Subscription, datetime], None]
    """In the caller's transaction; whoever has left leaves again without harm."""
    about: Callable[[AlchemySession, Subscription], str]
    """Says what it is about, in the reader's language; nothing: it may not be told."""


LISTS: dict[str, MailingList] = {}


def register(name: str, mailing_list: MailingList) -> None:
    """Let people leave lists of this kind."""
    LISTS[name] = mailing_list


def token(subscription: Subscription) -> str:
    """Return what stands for a subscription in addresses; it holds for good."""
    parts = (subscription.list, subscription.recipient_id, subscription.subject)
    sealed = _cipher().encrypt("\0".join(parts).encode(), None)
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def read(text: str) -> Subscription | None:
    """Return the subscription that a token stands for; None: it is not one of ours."""
    if len(text) > MOST_CHARACTERS:
        return None
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        sealed = base64.b64decode(padded, altchars=b"-_", validate=True)
        parts = _cipher().decrypt(sealed, None).decode().split("\0")
    except (InvalidTag, ValueError, binascii.Error):
        return None
    found = Subscription(*parts)
    return found if found.list in LISTS else None


def url(subscription: Subscription, language: str) -> str:
    """Return the address at which a subscription ends."""
    address = {"token": token(subscription), "locale": language, "_external": True}
    return str(tk.url_for(ENDPOINT, **address))


class Unbroken(UnstructuredHeader):
    """A header that is sent on one line.

    Python would encode an address that is longer than a line, and no mail program then
    follows it.
    """

    def fold(self, *, policy: Policy) -> str:
        """Return the header as it goes over the wire."""
        return f"{self.name}: {self}{policy.linesep}"  # type: ignore[attr-defined]


_registry: Any = default.header_factory
_registry.map_to_type("list-unsubscribe", Unbroken)


def headers(leave: Leave) -> dict[str, str]:
    """Return what tells mail programs of the way out."""
    found = {
        "List-Id": f"<{leave.list_id}.{site.domain()}>",
        "List-Unsubscribe": f"<{leave.url}>",
    }
    if leave.url.startswith("https:"):
        # One click is for HTTPS alone (RFC 8058, 3.1).
        found["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return found


def _cipher() -> AESSIV:
    """Return what seals: the same subscription always alike, so that a mail sent again is the same.

    Source: https://www.rfc-editor.org/rfc/rfc5297
    """
    secret = str(tk.config["SECRET_KEY"]).encode()
    derived = HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=b"opengov leave")
    return AESSIV(derived.derive(secret))
