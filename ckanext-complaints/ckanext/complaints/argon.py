"""Locks and unlocks receipts: what is slow and large on purpose, a few at a time.

Each derivation takes 64 MiB. Without a gate, as many visitors as a process has threads
would take that many times 64 MiB, and whoever wants the service down would need no more.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from threading import BoundedSemaphore

from werkzeug.exceptions import ServiceUnavailable

import ckan.plugins.toolkit as tk

from ckanext.complaints import config, keys
from ckanext.complaints.domain import crypto
from ckanext.complaints.domain.crypto import Kdf, ReceiptKeys

RETRY_SECONDS = 5


class Busy(ServiceUnavailable):
    """Too many wait already. It passes through actions, and visitors get 503.

    CKAN's page of errors drops the header Retry-After: what answers by itself sends it.
    """

    def __init__(self) -> None:
        sentence = tk._("Many people are waiting at this moment. Try again in a few seconds.")
        super().__init__(sentence, retry_after=RETRY_SECONDS)


@dataclass(frozen=True, slots=True)
class Lock:
    """What is stored of a receipt: enough to know it again, not enough to open with."""

    salt: bytes
    pepper_id: str
    verifier: bytes = field(repr=False)
    kdf: Kdf

    @property
    def is_current(self) -> bool:
        """Tell whether one made now would cost as much to guess; else make it anew."""
        return self.kdf == Kdf() and self.pepper_id == keys.ring().in_use.id


def lock(secret: str, reference: str) -> tuple[Lock, ReceiptKeys]:
    """Return what to store of a receipt, and the keys that it unlocks.

    Raises:
        Busy: too many wait.
    """
    salt, pepper_id = secrets.token_bytes(crypto.SALT_BYTES), keys.ring().in_use.id
    found = _derive(secret, reference, salt, pepper_id, Kdf())
    return Lock(salt, pepper_id, found.verifier, Kdf()), found


def unlock(stored: Lock | None, secret: str, reference: str) -> ReceiptKeys | None:
    """Return the keys of a receipt, or nothing if the secret is another.

    Without a lock (there is no such reference) it takes as long, and returns nothing.

    Raises:
        Busy: too many wait.
        Unreadable: the key of its pepper is gone.
    """
    known = stored or Lock(bytes(crypto.SALT_BYTES), keys.ring().in_use.id, b"", Kdf())
    found = _derive(secret, reference, known.salt, known.pepper_id, known.kdf)
    return found if found.fit(known.verifier) else None


def _derive(secret: str, reference: str, salt: bytes, pepper_id: str, kdf: Kdf) -> ReceiptKeys:
    pepper = keys.pepper(pepper_id)
    try:
        with _turn():
            return crypto.derive(secret, reference, salt, pepper, kdf)
    except MemoryError as error:
        raise Busy from error


@cache
def _gate() -> BoundedSemaphore:
    return BoundedSemaphore(config.derivations_at_once())


@contextmanager
def _turn() -> Iterator[None]:
    if not _gate().acquire(timeout=config.derivation_wait_seconds()):
        raise Busy
    try:
        yield
    finally:
        _gate().release()
