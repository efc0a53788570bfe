"""Keys that the database does not hold: they sign rows that give power, and seal secrets.

The file has a key on each line: an id, a space, 32 random bytes in base 64. The last one
is in use, those above still read what they wrote: so a key is replaced without a moment
at which nothing can be read.
"""

from __future__ import annotations

import base64
import fcntl
import hmac
import json
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
NONCE_BYTES = 12
ID_BYTES = 4


class Unreadable(Exception):
    """Sealed under a key that is not there, for something else, or altered."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key and its name."""

    id: str
    master: bytes = field(repr=False)

    def for_purpose(self, purpose: str) -> bytes:
        """Return a key of its own for a purpose: what one signs, no other takes for its own."""
        derived = HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=f"opengov {purpose}".encode())
        return derived.derive(self.master)


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys of a file, the one in use last."""

    keys: tuple[Key, ...]

    @property
    def in_use(self) -> Key:
        """Return the key that writes; the others only read."""
        return self.keys[-1]

    def named(self, key_id: str) -> Key:
        """Return the key with an id.

        Raises:
            Unreadable: it is not there.
        """
        key = self._named(key_id)
        if key is None:
            raise Unreadable
        return key

    def sign(self, purpose: str, content: Any) -> tuple[str, str]:
        """Return the id of the key in use, and its signature over the JSON of the content."""
        key = self.keys[-1]
        return key.id, _mac(key, purpose, content)

    def holds(self, purpose: str, content: Any, key_id: str | None, mac: str | None) -> bool:
        """Tell whether one of the keys signed this content for this purpose."""
        key = self._named(key_id or "")
        if key is None or mac is None:
            return False
        return hmac.compare_digest(_mac(key, purpose, content).encode(), mac.encode())

    def digests(self, purpose: str, content: bytes) -> list[bytes]:
        """Return keyed digests of the content, that of the key in use first.

        What was stored under an older key is found by one of the others.
        """
        return [
            hmac.digest(key.for_purpose(f"digest {purpose}"), content, "sha256")
            for key in reversed(self.keys)
        ]

    def seal(self, purpose: str, about: str, content: bytes) -> bytes:
        """Return the content so that only the keys read it, and only as being ``about`` this."""
        key, nonce = self.keys[-1], secrets.token_bytes(NONCE_BYTES)
        sealed = AESGCM(key.for_purpose(purpose)).encrypt(nonce, content, about.encode())
        return bytes.fromhex(key.id) + nonce + sealed

    def open(self, purpose: str, about: str, sealed: bytes) -> bytes:
        """Return what was sealed.

        Raises:
            Unreadable: not sealed with these keys for this purpose, ``about`` this.
        """
        key = self._named(sealed[:ID_BYTES].hex())
        nonce, rest = sealed[ID_BYTES:][:NONCE_BYTES], sealed[ID_BYTES + NONCE_BYTES :]
        if key is None or len(nonce) != NONCE_BYTES:
            raise Unreadable
        try:
            return AESGCM(key.for_purpose(purpose)).decrypt(nonce, rest, about.encode())
        except InvalidTag as error:
            raise Unreadable from error

    def _named(self, key_id: str) -> Key | None:
        return next((key for key in self.keys if key.id == key_id), None)


def _mac(key: Key, purpose: str, content: Any) -> str:
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hmac.new(key.for_purpose(f"sign {purpose}"), canonical.encode(), "sha256").hexdigest()


def load(path: Path) -> Keyring:
    """Return the keys of the file.

    Raises:
        FileNotFoundError: there is none.
        ValueError: it has no keys, or what is no key.
    """
    return _parsed(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _parsed(path: Path, _changed: int) -> Keyring:
    keys = []
    for line in path.read_text().splitlines():
        if line.strip():
            key_id, _, text = line.partition(" ")
            keys.append(Key(key_id, base64.b64decode(text, validate=True)))
    if not keys or any(len(key.master) != KEY_BYTES for key in keys):
        raise ValueError(f"{path} is not a file of keys")
    return Keyring(tuple(keys))


def _new_key() -> Key:
    return Key(secrets.token_hex(ID_BYTES), secrets.token_bytes(KEY_BYTES))


def _written_out(keys: Iterable[Key]) -> str:
    return "".join(f"{key.id} {base64.b64encode(key.master).decode()}\n" for key in keys)


def make(path: Path) -> None:
    """Write a file with a new key that only its owner reads; one that is there already stays."""
    fresh = _written(path, _written_out([_new_key()]))
    try:
        # Whole or not at all, and never over another process's.
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()


def add(path: Path) -> None:
    """Put a new key into use; the others go on reading."""
    with _turn(path):
        store(path, Keyring((*load(path).keys, _new_key())))


def store(path: Path, ring: Keyring) -> None:
    """Write a file of keys, in the place of one that is there."""
    write_private(path, _written_out(ring.keys))


def write_private(path: Path, text: str) -> None:
    """Write a file, whole or not at all, that only its owner reads."""
    _written(path, text).replace(path)


@contextmanager
def _turn(path: Path) -> Iterator[None]:
    """Let one at a time change the file: what the other's key wrote would be lost with it."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _written(path: Path, text: str) -> Path:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    return fresh
