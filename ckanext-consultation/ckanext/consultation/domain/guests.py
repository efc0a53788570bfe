"""People without an account: their address, the link that confirms it, and what holds until when.

What was written before the end counts if it is confirmed within the 48 hours that every link
holds: a letter posted in time may arrive later, and mail is slower than a button.
"""

from __future__ import annotations

import hmac
import secrets
import unicodedata
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

import regex

from ckanext.consultation.domain.schedule import Phase, Window
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.wording import N_

LINK_HOURS = 48
KEY_DAYS = 365
"""Longer than a consultation and the appeals after it take."""
MOST_ADDRESS = 254
"""Source: RFC 3696 erratum 1690: the longest path of RFC 5321 without its brackets."""
SECRET_BYTES, MAC_BYTES = 24, 12
"""Together a multiple of three, so that base 64 needs no padding and has one spelling."""
ADDRESS = regex.compile(
    r"(?:(?![@\"(),:;<>\[\\\]])[!-~]){1,64}@(?:[\p{L}\p{M}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?\.){1,8}"
    r"[\p{L}\p{M}\p{N}-]{2,63}"
)


class Purpose(StrEnum):
    """What a link is for."""

    COMMENT = "comment"
    VOTE = "vote"
    RETURN = "return"
    """Back to what one said before, on another device say."""


class NotAnAddress(DomainError):
    """Mail cannot go there."""

    code = "not-an-address"
    field = "email"
    template = N_("Give an e-mail address, as name@example.org.")


class GuestsNotWelcome(DomainError):
    """The body asks for an account."""

    code = "guests-not-welcome"
    template = N_("To take part in this consultation you need an account.")


class LinkUnknown(DomainError):
    """Used, too old, or never ours: which, a stranger does not learn."""

    code = "link-unknown"
    template = N_(
        "This link was used already, or its time is over. If you have confirmed with it, all is"
        " well; if not, send your words again."
    )


class KeyInAddress(DomainError):
    """Addresses of pages are kept in histories and logs."""

    code = "key-in-address"
    template = N_("Send the key in the body of the request, never in its address.")


class CameTooLate(DomainError):
    """The body has answered meanwhile, or cancelled the consultation."""

    code = "over"
    template = N_("This consultation is closed. What was said can still be read.")


@dataclass(frozen=True, slots=True)
class Times:
    """When something was written, and until when its link holds."""

    written_at: datetime
    expires_at: datetime


def address_of(text: str) -> str:
    """Return an address to write to, its domain as mail servers spell it.

    Raises:
        NotAnAddress: it is none, or has other letters before the ``@``: CKAN cannot mail it.
    """
    typed = text.strip()
    if len(typed) > MOST_ADDRESS or ADDRESS.fullmatch(typed) is None:
        raise NotAnAddress
    address = _spelled(typed)
    if len(address) > MOST_ADDRESS or ADDRESS.fullmatch(address) is None:
        raise NotAnAddress
    return address


def likeness_of(address: str) -> bytes:
    """Return the same for what reaches the same person: letters of any size, any spelling."""
    return _spelled(address.strip()).lower().encode()


def _spelled(address: str) -> str:
    """Return an address with a domain of ASCII letters.

    Not by Python's ``idna``, which follows a rule of 2003: it writes to ``fass.example`` what
    was meant for ``faß.example``, who is somebody else since 2010.

    Source: https://www.rfc-editor.org/rfc/rfc5891 (4.4)
    """
    name, _at, domain = address.rpartition("@")
    labels = unicodedata.normalize("NFKC", domain).lower().split(".")
    return f"{name}@{'.'.join(map(_label, labels))}"


def _label(text: str) -> str:
    return text if text.isascii() else f"xn--{text.encode('punycode').decode()}"


def times(now: datetime, hours: float = LINK_HOURS) -> Times:
    """Return until when the link to what is written now holds."""
    return Times(now, now + timedelta(hours=hours))


def check_counts(window: Window, written: Times, now: datetime, *, is_public: bool) -> None:
    """Refuse what was not written in time, or is confirmed too late.

    ``is_public``: the consultation is neither answered nor cancelled.

    Raises:
        LinkUnknown: the link does not hold any more.
        CameTooLate: it was not written while the consultation was open, or it is past that.
    """
    if now >= written.expires_at:
        raise LinkUnknown
    if not is_public or window.phase(written.written_at) is not Phase.OPEN:
        raise CameTooLate


def hashed(secret: str) -> bytes:
    """Return how a token or a key is stored: it is long and random, so one hash is enough."""
    return sha256(secret.encode(errors="replace")).digest()


def new_key(signing: bytes, consultation_id: str) -> str:
    """Return what lets a browser act as a guest in one consultation.

    It is signed, so that forged ones cost no look into the database.
    """
    secret = secrets.token_bytes(SECRET_BYTES)
    return urlsafe_b64encode(secret + _mac(signing, consultation_id, secret)).decode()


def is_ours(signing: bytes, consultation_id: str, key: str) -> bool:
    """Tell whether the service made this key, and for this consultation."""
    try:
        raw = urlsafe_b64decode(key.encode("ascii"))
    except ValueError:
        return False
    mac = _mac(signing, consultation_id, raw[:SECRET_BYTES])
    return hmac.compare_digest(raw[SECRET_BYTES:], mac)


def _mac(signing: bytes, consultation_id: str, secret: bytes) -> bytes:
    return hmac.digest(signing, consultation_id.encode() + secret, "sha256")[:MAC_BYTES]
