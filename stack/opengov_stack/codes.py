"""Codes of the second step, as an authenticator app shows them: for the demo accounts alone.

Source: RFC 6238. Whoever has the folder of a demonstration has its passwords and these; people
of a real portal keep the key on a phone.
"""

from __future__ import annotations

import base64
import hmac
import time

STEP_SECONDS = 30
DIGITS = 6


def code_of(key: str, step: int) -> str:
    """Return the code of a time step; the key is in base 32, with or without spaces."""
    secret = base64.b32decode(key.replace(" ", ""))
    mac = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    start = mac[-1] & 0x0F
    number = int.from_bytes(mac[start : start + 4], "big") & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def step_now() -> int:
    """Return the number of the time step."""
    return int(time.time()) // STEP_SECONDS


def seconds_left() -> int:
    """Return for how long the code of this moment is shown."""
    return STEP_SECONDS - int(time.time()) % STEP_SECONDS
