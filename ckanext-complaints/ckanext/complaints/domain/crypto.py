"""All cryptography of cases: what is sealed, for whom, and as being what.

Everything begins with a byte that names its algorithms, so that others can follow. Texts are
padded, since their length would tell which of them is the long one. Whoever asks for what was
sealed elsewhere, for another row or with another key gets ``Unreadable``, and no reason.

Sources: RFC 9180 (HPKE), RFC 9106 (Argon2id), RFC 5869 (HKDF), RFC 8439
(ChaCha20-Poly1305), RFC 8032 (Ed25519); https://eprint.iacr.org/2015/189 (STREAM).
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, x25519
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ckanext.opengov.shared.keyring import Key, Unreadable

ALG = b"\1"
"""X25519, HKDF-SHA256, ChaCha20-Poly1305, Argon2id, Ed25519."""
SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
KEY_BYTES, SALT_BYTES, NONCE_BYTES, TAG_BYTES = 32, 16, 12, 16
BUCKETS, CHUNK_BYTES = (1 << 10, 4 << 10, 16 << 10, 64 << 10), 64 << 10
HEAD_BYTES, SEALED_CHUNK_BYTES = len(ALG) + SALT_BYTES, CHUNK_BYTES + TAG_BYTES
REFUSED = (InvalidTag, ValueError)
MOST_KDF = (16, 256 << 10, 1, ALG[0])


class About(NamedTuple):
    """What a sealed thing is; sealed as this, it opens as nothing else.

    ``kind`` says what (``message``, ``grant``, ``file-key``), ``role`` which part or for whom
    (``talk``, ``staff``, ``unit-share``).
    """

    case_id: str
    row_id: str
    kind: str
    role: str = ""
    epoch: int = 0


def _encoded(*parts: object) -> bytes:
    # Each part with its length: no two things have the same bytes.
    raw = [str(part).encode() for part in ("opengov complaints 1", *parts)]
    return b"".join(len(each).to_bytes(4, "big") + each for each in raw)


def _after_alg(marked: bytes) -> bytes:
    if marked[:1] != ALG:
        raise Unreadable
    return marked[1:]


@dataclass(frozen=True, slots=True)
class KeyPair:
    """The public part seals, the secret part opens; ``id`` is of the keyring's key, if any."""

    public: bytes
    secret: bytes = field(repr=False)
    id: str = ""


def new_key() -> bytes:
    """Return a key for ``wrap`` and for files."""
    return secrets.token_bytes(KEY_BYTES)


def new_pair() -> KeyPair:
    """Return a key pair: of a case in an epoch, or of a citizen."""
    return pair_of(ALG + secrets.token_bytes(KEY_BYTES))


def pair_of(secret: bytes, public: bytes | None = None) -> KeyPair:
    """Return the pair of a secret key; raise ``Unreadable`` if it is not that of ``public``."""
    try:
        own = x25519.X25519PrivateKey.from_private_bytes(_after_alg(secret)).public_key()
    except ValueError as error:
        raise Unreadable from error
    pair = KeyPair(ALG + own.public_bytes_raw(), secret)
    if public is not None and not hmac.compare_digest(pair.public, public):
        raise Unreadable
    return pair


def pair_from(key: Key, purpose: str) -> KeyPair:
    """Return the pair that a key of the keyring has for a purpose; it has the key's id."""
    return replace(pair_of(ALG + key.for_purpose(purpose)), id=key.id)


def bucket_of(length: int) -> int:
    """Return the length to which a text of so many bytes is padded, the mark included."""
    most = BUCKETS[-1]
    return next((each for each in BUCKETS if length < each), (length // most + 1) * most)


def _padded(content: bytes, pad: bool) -> bytes:
    return (content + b"\x80").ljust(bucket_of(len(content)), b"\0") if pad else content


def _unpadded(padded: bytes, pad: bool) -> bytes:
    content = padded.rstrip(b"\0") if pad else padded + b"\x80"
    if not content.endswith(b"\x80") or (pad and len(padded) != bucket_of(len(content) - 1)):
        raise Unreadable
    return content[:-1]


def seal(public_key: bytes, content: bytes, about: About, *, pad: bool = True) -> bytes:
    """Return what only the secret key opens, and only as being ``about`` this.

    ``pad`` hides the length of a text. Keys and shares need none: they are of one length.
    """
    try:
        key = x25519.X25519PublicKey.from_public_bytes(_after_alg(public_key))
        return ALG + SUITE.encrypt(_padded(content, pad), key, _encoded("sealed", *about, pad))
    except ValueError as error:
        raise Unreadable from error


def open_(secret_key: bytes, sealed: bytes, about: About, *, pad: bool = True) -> bytes:
    """Return what was sealed, or raise ``Unreadable``."""
    try:
        key = x25519.X25519PrivateKey.from_private_bytes(_after_alg(secret_key))
        return _unpadded(
            SUITE.decrypt(_after_alg(sealed), key, _encoded("sealed", *about, pad)), pad
        )
    except REFUSED as error:
        raise Unreadable from error


def regrant(secret_key: bytes, sealed: bytes, about: About, to: bytes, anew: About) -> bytes:
    """Return a key or a share sealed anew to another public key."""
    return seal(to, open_(secret_key, sealed, about, pad=False), anew, pad=False)


def wrap(key: bytes, content: bytes, about: str, *, pad: bool = True) -> bytes:
    """Return what only the same key unwraps: a draft, say, under a key in a cookie.

    The citizen's secret key: under ``ReceiptKeys.wrap``, ``about`` the case id, no ``pad``.
    """
    nonce = secrets.token_bytes(NONCE_BYTES)
    bound = _encoded("wrapped", about, pad)
    return ALG + nonce + ChaCha20Poly1305(key).encrypt(nonce, _padded(content, pad), bound)


def unwrap(key: bytes, wrapped: bytes, about: str, *, pad: bool = True) -> bytes:
    """Return what was wrapped, or raise ``Unreadable``."""
    rest, bound = _after_alg(wrapped), _encoded("wrapped", about, pad)
    nonce, content = rest[:NONCE_BYTES], rest[NONCE_BYTES:]
    return _unpadded(_decrypted(ChaCha20Poly1305(key), nonce, content, bound), pad)


def _decrypted(cipher: ChaCha20Poly1305, nonce: bytes, content: bytes, bound: bytes) -> bytes:
    try:
        return cipher.decrypt(nonce, content, bound)
    except REFUSED as error:
        raise Unreadable from error


def split(secret: bytes) -> tuple[bytes, bytes]:
    """Return two shares, the unit's and the server's, of which each alone says nothing.

    For a dormant grant: each is sealed for its holder, who seals it anew at a rotation.
    """
    server = secrets.token_bytes(len(secret))
    return bytes(a ^ b for a, b in zip(secret, server, strict=True)), server


def joined(unit: bytes, server: bytes, public: bytes) -> KeyPair:
    """Return the pair of two shares, or raise ``Unreadable``: they are not those of ``public``."""
    return pair_of(bytes(a ^ b for a, b in zip(unit, server, strict=False)), public)


def _derived(key: bytes, what: str, salt: bytes | None = None) -> bytes:
    return HKDF(hashes.SHA256(), KEY_BYTES, salt=salt, info=_encoded(what)).derive(key)


class Kdf(NamedTuple):
    """What a guess at a secret costs; stored with each receipt, so that it can be raised.

    Source: RFC 9106, section 4, second option; but in one lane, since two derivations at once
    in more of them wait for each other for ever (cryptography 50.0.2 with OpenSSL 4.0.3).
    """

    passes: int = 3
    memory_kib: int = 64 << 10
    lanes: int = 1
    alg: int = ALG[0]

    @classmethod
    def read(cls, stored: Mapping[str, int]) -> Kdf:
        """Return what ``_asdict`` gave; raise ``Unreadable`` for what would eat up the server."""
        values = [stored.get(name, 0) for name in cls._fields]
        limits = zip(values, MOST_KDF, strict=True)
        if not all(type(each) is int and 0 < each <= most for each, most in limits):
            raise Unreadable
        return cls(*values)


@dataclass(frozen=True, slots=True)
class ReceiptKeys:
    """What a reference and its secret unlock: ``wrap`` wraps the citizen's secret key."""

    auth: bytes = field(repr=False)
    wrap: bytes = field(repr=False)

    @property
    def verifier(self) -> bytes:
        """Return what is stored: from it, no key follows."""
        return sha256(self.auth).digest()

    def fit(self, verifier: bytes) -> bool:
        """Tell whether they are those of the receipt."""
        return hmac.compare_digest(self.verifier, verifier)


def derive(secret: str, reference: str, salt: bytes, pepper: bytes, kdf: Kdf) -> ReceiptKeys:
    """Return the keys of a receipt. It takes 64 MiB: call it through ``complaints.argon``."""
    stretched = Argon2id(
        salt=salt,
        length=KEY_BYTES,
        iterations=kdf.passes,
        lanes=kdf.lanes,
        memory_cost=kdf.memory_kib,
        ad=reference.encode(),
        secret=pepper,
    ).derive(secret.encode())
    return ReceiptKeys(_derived(stretched, "auth"), _derived(stretched, "wrap"))


class FileSealer:
    """Seals a file piece by piece, as it arrives; what it returns may be stored at once."""

    def __init__(self, key: bytes) -> None:
        salt = secrets.token_bytes(SALT_BYTES)
        self._head = ALG + salt
        self._cipher = ChaCha20Poly1305(_derived(key, "file", salt))
        self._rest = bytearray()
        self._count = 0

    def update(self, piece: bytes) -> bytes:
        """Return what can be sealed now: the last chunk, which is marked, waits for the end."""
        self._rest += piece
        sealed, self._head = [self._head], b""
        while len(self._rest) > CHUNK_BYTES:
            sealed.append(self._chunk(is_last=False))
        return b"".join(sealed)

    def finish(self) -> bytes:
        """Return the end; without it, the file does not open."""
        return self.update(b"") + self._chunk(is_last=True)

    def _chunk(self, *, is_last: bool) -> bytes:
        chunk = bytes(self._rest[:CHUNK_BYTES])
        del self._rest[:CHUNK_BYTES]
        self._count += 1
        return self._cipher.encrypt(_nonce(self._count, is_last), chunk, None)


def opened(key: bytes, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield a sealed file, chunk by genuine chunk; it is whole if no ``Unreadable`` follows."""
    held, cipher, count = bytearray(), None, 1
    for piece in pieces:
        held += piece
        if cipher is None and len(held) >= HEAD_BYTES:
            salt = _after_alg(bytes(held[:HEAD_BYTES]))
            cipher = ChaCha20Poly1305(_derived(key, "file", salt))
            del held[:HEAD_BYTES]
        while cipher and len(held) > SEALED_CHUNK_BYTES:
            yield _decrypted(cipher, _nonce(count, False), bytes(held[:SEALED_CHUNK_BYTES]), b"")
            del held[:SEALED_CHUNK_BYTES]
            count += 1
    if cipher is None:
        raise Unreadable
    yield _decrypted(cipher, _nonce(count, True), bytes(held), b"")


def _nonce(count: int, is_last: bool) -> bytes:
    return count.to_bytes(NONCE_BYTES - 1, "big") + bytes([is_last])


def is_signed(public_key: bytes, content: bytes, signature: bytes) -> bool:
    """Tell whether the holder of the key signed this; both are as RFC 8032 has them."""
    try:
        ed25519.Ed25519PublicKey.from_public_bytes(public_key).verify(signature, content)
    except (InvalidSignature, ValueError):
        return False
    return True
