"""One-time codes of authenticator apps, and the recovery codes that stand in for them.

Source: RFC 6238 (time steps) over RFC 4226 (six digits of an HMAC-SHA-1): what every
authenticator app computes from the key in a QR code. It is short, has test vectors of
its own and changes no more, so it needs no library.
"""

from __future__ import annotations

import base64
import hmac
import secrets
import unicodedata
from datetime import datetime
from urllib.parse import quote, urlencode

STEP_SECONDS = 30
DIGITS = 6
DRIFT = 1
"""Steps by which the clock of a phone may be wrong, in both directions (RFC 6238, 5.2)."""
SECRET_BYTES = 20
"""As long as the output of SHA-1 (RFC 4226, 4: R6)."""
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Of recovery codes: what cannot be taken for one another on paper."""
RECOVERY_LENGTH = 16
"""Letters of a recovery code: 79 bits, which nobody guesses, so that a plain hash keeps them."""
GROUP = 4


def code_at(secret: bytes, step: int, *, digits: int = DIGITS) -> str:
    """Return the code of a time step."""
    mac = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    start = mac[-1] & 0x0F
    number = int.from_bytes(mac[start : start + 4], "big") & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def step_at(now: datetime) -> int:
    """Return the number of the time step."""
    return int(now.timestamp()) // STEP_SECONDS


def matching_step(secret: bytes, code: str, now: datetime, *, after: int) -> int | None:
    """Return the step that the code belongs to; None if it is wrong, or not later than ``after``.

    ``after`` is the step of the last code that was used: each opens once.
    """
    middle, found = step_at(now), None
    # All steps are compared whatever comes out, so that the time taken tells nothing.
    for step in range(middle - DRIFT, middle + DRIFT + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), code.encode()) and step > after:
            found = step
    return found


def plain(typed: str) -> str:
    """Return a code as it is compared: without spaces and signs, in capitals, digits 0 to 9."""
    kept = (str(unicodedata.decimal(sign, sign)) for sign in typed if sign.isalnum())
    return "".join(kept).upper()


def is_one_time(code: str) -> bool:
    """Tell whether this has the form of an app's code, and not of a recovery code."""
    return len(code) == DIGITS and code.isascii() and code.isdigit()


def new_secret() -> bytes:
    """Return a new key for an authenticator app."""
    return secrets.token_bytes(SECRET_BYTES)


def new_recovery_code() -> str:
    """Return a new recovery code, in groups of four."""
    signs = "".join(secrets.choice(ALPHABET) for _ in range(RECOVERY_LENGTH))
    return "-".join(signs[at : at + GROUP] for at in range(0, RECOVERY_LENGTH, GROUP))


def as_text(secret: bytes) -> str:
    """Return the key as people type it into an app: base 32 in groups of four."""
    text = base64.b32encode(secret).decode()
    return " ".join(text[at : at + GROUP] for at in range(0, len(text), GROUP))


def as_uri(secret: bytes, account: str, issuer: str) -> str:
    """Return what the QR code says."""
    values = {"secret": base64.b32encode(secret).decode(), "issuer": issuer}
    # A colon divides issuer and account, and apps do not agree on an escaped one.
    label = quote(f"{issuer.replace(':', ' ')}:{account}", safe=":")
    return f"otpauth://totp/{label}?{urlencode(values, quote_via=quote)}"
