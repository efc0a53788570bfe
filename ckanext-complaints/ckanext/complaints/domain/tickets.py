"""What a browser carries between two pages: a name to find a row by, and the key that opens it.

The server stores a hash of the name, and of the key nothing: what it kept for somebody, nobody
reads whose browser has forgotten.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from dataclasses import dataclass, field
from hashlib import sha256

NAME_BYTES, KEY_BYTES = 16, 32


@dataclass(frozen=True, slots=True)
class Ticket:
    """Of a draft, or of a visit."""

    name: bytes
    key: bytes = field(repr=False)

    @property
    def hash(self) -> bytes:
        """Return under what its row is stored."""
        return sha256(self.name).digest()

    @property
    def text(self) -> str:
        """Return it as a cookie carries it."""
        return base64.urlsafe_b64encode(self.name + self.key).decode()


def new() -> Ticket:
    """Return a ticket that nobody has."""
    return Ticket(secrets.token_bytes(NAME_BYTES), secrets.token_bytes(KEY_BYTES))


def read(text: object) -> Ticket | None:
    """Return the ticket in a cookie; None: that is none."""
    try:
        raw = base64.b64decode(str(text).encode("ascii"), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return None
    if len(raw) != NAME_BYTES + KEY_BYTES:
        return None
    return Ticket(raw[:NAME_BYTES], raw[NAME_BYTES:])
