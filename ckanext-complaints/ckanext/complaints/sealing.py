"""Bytes on their way to the store: sealed as they come, so that nothing in clear meets a disk."""

from __future__ import annotations

import hashlib
import secrets
import tempfile
from collections.abc import Iterator

from ckanext.complaints.domain.crypto import FileSealer
from ckanext.complaints.domain.evidence import (
    HEAD_BYTES,
    TAIL_BYTES,
    FileTooLarge,
    Kind,
    NotStored,
    recognised,
)

KEY_BYTES = 32
MEMORY_BYTES = 256 * 1024
"""Files up to this are held in memory, larger ones in a nameless file of ciphertext, which is
gone with the process."""
PIECE_BYTES = 64 * 1024
MB = 1 << 20


class Sealing:
    """One file: what is written to it can be had back sealed alone, but for both its ends."""

    def __init__(self, max_bytes: int) -> None:
        self.key = secrets.token_bytes(KEY_BYTES)
        self.size = self.sealed_bytes = 0
        self.head = b""
        self._max_bytes = max_bytes
        self._tail = bytearray()
        self._sealer = FileSealer(self.key)
        self._digest = hashlib.sha256()
        self._spool = tempfile.SpooledTemporaryFile(max_size=MEMORY_BYTES)  # noqa: SIM115
        self._is_whole = False

    def __repr__(self) -> str:
        """Say nothing of the file: a repr ends in logs."""
        return "<Sealing>"

    def write(self, data: bytes) -> None:
        """Take the next bytes.

        Raises:
            FileTooLarge: more came than may be; nothing of it is left.
            NotStored: the disk is full; likewise.
        """
        self.size += len(data)
        if self.size > self._max_bytes:
            self.drop()
            raise FileTooLarge(limit=self._max_bytes // MB)
        if len(self.head) < HEAD_BYTES:
            self.head = (self.head + data)[:HEAD_BYTES]
        self._tail += data
        # Not with each byte: a slow client would have the end copied for every one.
        if len(self._tail) > 2 * TAIL_BYTES:
            del self._tail[:-TAIL_BYTES]
        self._put(self._sealer.update(data))

    def finish(self) -> None:
        """Seal what is left."""
        if not self._is_whole:
            self._put(self._sealer.finish())
            self._is_whole = True

    def kind(self) -> Kind:
        """Return what kind of file this is, or raise why it is not taken."""
        return recognised(self.head, bytes(self._tail[-TAIL_BYTES:]), self.size)

    @property
    def sha256_ct(self) -> str:
        """Return the hash of the ciphertext."""
        return self._digest.hexdigest()

    def sealed(self) -> Iterator[bytes]:
        """Return the ciphertext from its beginning."""
        self._spool.seek(0)
        while piece := self._spool.read(PIECE_BYTES):
            yield piece

    def drop(self) -> None:
        """Forget everything."""
        self._spool.close()
        self._tail.clear()
        self.head = b""

    def _put(self, sealed: bytes) -> None:
        self._digest.update(sealed)
        self.sealed_bytes += len(sealed)
        try:
            self._spool.write(sealed)
        except OSError as error:
            self.drop()
            raise NotStored from error
