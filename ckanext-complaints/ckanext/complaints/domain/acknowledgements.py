"""The paper that says: we have your complaint since this day, and owe you an answer by that one.

Whoever holds it can show it to a court, and everyone can check it without the service: it is
a small JSON file, signed, that proves what was filed without saying it.
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from collections.abc import Mapping
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ckanext.complaints.domain import crypto

TYPE = "opengov-complaint-acknowledgement-1"
STATED = ("reference", "body", "unit", "received_on", "ack_due", "answer_due")
"""What the service says; days are ``YYYY-MM-DD``, local calendar days."""
FIELDS = frozenset({*STATED, "type", "nonce", "text_digest", "key_id", "signature"})
MOST_BYTES = 8 << 10
NONCE_BYTES = 16


class NotGenuine(Exception):
    """It is no acknowledgement of ours, or somebody altered it."""


def acknowledge(
    signer: Ed25519PrivateKey, key_id: str, stated: Mapping[str, str], text: str
) -> bytes:
    """Return the document for a filing. ``stated`` has the keys of ``STATED``.

    The text stands in it as the SHA-256 of the nonce (16 bytes, written in hex) and the
    text in UTF-8: the document proves what was filed, and says nothing of it.
    """
    nonce = secrets.token_hex(NONCE_BYTES)
    document = {name: stated[name] for name in STATED}
    document |= {"type": TYPE, "nonce": nonce, "key_id": key_id}
    document["text_digest"] = _digest(nonce, text)
    document["signature"] = base64.b64encode(signer.sign(canonical(document))).decode()
    return json.dumps(document, indent=1, ensure_ascii=False).encode() + b"\n"


def check(document: bytes, public_keys: Mapping[str, bytes]) -> dict[str, str]:
    """Return what a document says. ``public_keys``: of 32 bytes, by ``key_id``.

    Raises:
        NotGenuine: none of the keys signed it, or it says more or less than it should.
    """
    found = _read(document)
    public_key = public_keys.get(found["key_id"])
    signed = {name: text for name, text in found.items() if name != "signature"}
    try:
        signature = base64.b64decode(found["signature"], validate=True)
        content = canonical(signed)
    except (binascii.Error, ValueError) as error:
        raise NotGenuine from error
    if public_key is None or not crypto.is_signed(public_key, content, signature):
        raise NotGenuine
    return signed


def is_of(checked: Mapping[str, str], text: str) -> bool:
    """Tell whether this is the text that the acknowledgement is about."""
    return secrets.compare_digest(_digest(checked["nonce"], text), checked["text_digest"])


def canonical(document: Mapping[str, str]) -> bytes:
    """Return what is signed: JSON with sorted keys and no spaces, in UTF-8."""
    return json.dumps(
        dict(document), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    ).encode()


def _digest(nonce: str, text: str) -> str:
    return sha256(bytes.fromhex(nonce) + text.encode()).hexdigest()


def _read(document: bytes) -> dict[str, str]:
    if len(document) > MOST_BYTES:
        raise NotGenuine
    try:
        found = json.loads(document.decode("utf-8-sig"), object_pairs_hook=_once_each)
    except (ValueError, RecursionError) as error:
        raise NotGenuine from error
    if not isinstance(found, dict) or set(found) != FIELDS or found["type"] != TYPE:
        raise NotGenuine
    return found


def _once_each(pairs: list[tuple[str, object]]) -> dict[str, str]:
    """Return texts by name; a name that stands twice would be read now so, now so."""
    found = {name: text for name, text in pairs if isinstance(text, str)}
    if len(found) != len(pairs):
        raise NotGenuine
    return found
