"""The service keys: they seal what cases hold, and sign the rows that give power.

Each key of the file has several uses, and a key of its own for each. Rows say under which
key they were written (``key_id``, ``holder_key_id``, ``pepper_id``): the older ones read on.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ckan import model as ckan_model

from ckanext.complaints import config
from ckanext.complaints.domain import crypto
from ckanext.complaints.domain.crypto import KeyPair
from ckanext.complaints.model import keyed
from ckanext.opengov.shared import keyring
from ckanext.opengov.shared.keyring import Key


class Purpose(StrEnum):
    """What a key is used for."""

    SERVICE = "complaints service"
    """Opens the grants of the standard track."""
    NOTIFIER = "complaints notifier"
    """Opens contact addresses, and nothing else."""
    IDENTITY = "complaints identity"
    """Opens who somebody is."""
    ACKNOWLEDGEMENT = "complaints acknowledgement"
    """Signs what citizens get at filing."""
    PEPPER = "complaints pepper"
    """Is what a copy of the database lacks to try secrets."""


class KeysMissing(Exception):
    """Rows were written under keys that are not there. A new key would read none of them."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"The service keys of complaints are not at {path}, and the database has rows that"
            " need them. Put back the copy of the folder, or write the file from the two paper"
            " shares: ckan complaints keys restore. See docs/complaints-keys.md"
        )


def path() -> Path:
    """Return where the keys lie."""
    return config.keys_folder() / "service"


def ring() -> keyring.Keyring:
    """Return the service keys; make the first if nothing was ever sealed or signed.

    Raises:
        KeysMissing: rows need keys, and the file is gone.
    """
    try:
        return keyring.load(path())
    except FileNotFoundError as error:
        if keyed.is_any(ckan_model.Session):  # noqa: TID251 - once in the life of a service
            raise KeysMissing(path()) from error
    keyring.make(path())
    return keyring.load(path())


def pair(purpose: Purpose) -> KeyPair:
    """Return the key pair to seal for; a grant keeps its ``id`` as ``holder_key_id``."""
    return crypto.pair_from(ring().in_use, purpose)


def pair_named(purpose: Purpose, key_id: str) -> KeyPair:
    """Return the key pair that opens what was sealed for ``key_id``; else ``Unreadable``."""
    return crypto.pair_from(ring().named(key_id), purpose)


def pepper(key_id: str) -> bytes:
    """Return the pepper of a receipt; else ``Unreadable``."""
    return ring().named(key_id).for_purpose(Purpose.PEPPER)


def signer() -> tuple[Ed25519PrivateKey, str]:
    """Return what signs acknowledgements now, and its id."""
    key = ring().in_use
    return _signer(key), key.id


def acknowledgement_keys() -> dict[str, bytes]:
    """Return the public keys, by id, with which everyone checks acknowledgements."""
    return {key.id: _signer(key).public_key().public_bytes_raw() for key in ring().keys}


def _signer(key: Key) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(key.for_purpose(Purpose.ACKNOWLEDGEMENT))
