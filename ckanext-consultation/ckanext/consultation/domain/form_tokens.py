"""A signed mark of time in a form: who answers at once is a program, who answers late reads why.

It needs no cookie and no script. It is bound to one purpose, one consultation and, for those
who are signed in, one account, so that one form's token opens no other.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.wording import N_

LEAST_SECONDS = 3
MOST_HOURS = 24
"""WCAG 2.2, 2.2.1 asks for ways to extend any limit below 20 hours."""
CLOCK_SKEW = timedelta(seconds=60)
"""By which the clocks of two web servers may differ."""
TIME_BYTES, NONCE_BYTES, MAC_BYTES = 8, 9, 16
"""Together a multiple of three, so that base 64 needs no padding and has one spelling."""


class Purpose(StrEnum):
    """What a form does."""

    COMMENT = "comment"
    VOTE = "vote"
    REPORT = "report"
    RESPONSE = "response"
    GUEST = "guest"
    """Of someone without an account, who is asked for an address too."""


class SentTooFast(DomainError):
    """No person reads and writes so fast."""

    code = "sent-too-fast"
    template = N_("This was sent very quickly. Read it once more, then send it again.")


class FormTooOld(DomainError):
    """The page stood open for too long."""

    code = "form-too-old"
    template = N_("This page was open for a long time. Your text is still here: send it again.")


class FormNotOurs(DomainError):
    """The token is missing, changed, or of another form."""

    code = "form-not-ours"
    template = N_("This form is not complete. Your text is still here: send it again.")


@dataclass(frozen=True, slots=True)
class Form:
    """What a token is bound to."""

    purpose: Purpose
    consultation_id: str
    user_id: str | None = None


def issued(key: bytes, form: Form, now: datetime) -> str:
    """Return a token for a form that is shown now; each is another."""
    time = int(now.timestamp() * 1000).to_bytes(TIME_BYTES, "big")
    mark = time + secrets.token_bytes(NONCE_BYTES)
    return base64.urlsafe_b64encode(mark + _mac(key, form, mark)).decode()


def check(
    key: bytes,
    form: Form,
    token: str,
    now: datetime,
    *,
    least_seconds: float = LEAST_SECONDS,
    most_hours: float = MOST_HOURS,
) -> None:
    """Refuse what was not sent from this form in human time.

    Raises:
        FormNotOurs: the token was not issued for this form.
        SentTooFast: less than ``least_seconds`` have passed.
        FormTooOld: more than ``most_hours`` have passed.
    """
    age = now - _issued_at(key, form, token)
    if age < -CLOCK_SKEW:
        raise FormNotOurs
    if age < timedelta(seconds=least_seconds):
        raise SentTooFast
    if age > timedelta(hours=most_hours):
        raise FormTooOld


def _issued_at(key: bytes, form: Form, token: str) -> datetime:
    try:
        raw = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error) as error:
        raise FormNotOurs from error
    mark, mac = raw[: TIME_BYTES + NONCE_BYTES], raw[TIME_BYTES + NONCE_BYTES :]
    if not hmac.compare_digest(_mac(key, form, mark), mac):
        raise FormNotOurs
    return datetime.fromtimestamp(int.from_bytes(mark[:TIME_BYTES], "big") / 1000, UTC)


def _mac(key: bytes, form: Form, mark: bytes) -> bytes:
    # Each part with its length: no two forms have the same bytes.
    parts = (form.purpose, form.consultation_id, "" if form.user_id is None else f"u{form.user_id}")
    bound = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
    return hmac.digest(key, b"consultation form" + bound + mark, "sha256")[:MAC_BYTES]
