"""The store of evidence: ciphertext in one of CKAN's file storages, and nothing besides.

No row of CKAN's own tells of a file, so none of CKAN's actions finds it. A file lies under the
day on which it came and a random name.
"""

from __future__ import annotations

import errno
import itertools
import logging
import os
import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import file_keeper as fk
import sqlalchemy as sa

from ckan import model as ckan_model
from ckan.lib import files

from ckanext.complaints import config
from ckanext.complaints.domain.crypto import opened
from ckanext.complaints.domain.evidence import FileDamaged, FileGone, NotStored
from ckanext.complaints.model.files import Scan, known
from ckanext.complaints.sealing import PIECE_BYTES, Sealing
from ckanext.opengov.shared.keyring import Unreadable

log = logging.getLogger(__name__)

STORAGE = "evidence"
SEALED = "application/octet-stream"
KEPT_WITHOUT_ROW = timedelta(days=1)
FAULTS = (OSError, fk.exc.FilesError)


def set_defaults(settings: Any) -> None:
    """Let a site that says nothing of a storage for evidence have one beside its other files."""
    prefix = f"{files.STORAGE_PREFIX}{STORAGE}."
    if not settings.get(f"{prefix}type"):
        settings[f"{prefix}type"] = "ckan:fs"
        settings[f"{prefix}path"] = str(Path(settings["ckan.storage_path"]) / "complaints/evidence")
        settings[f"{prefix}initialize"] = True


def storage() -> fk.Storage:
    """Return the storage of the evidence."""
    return files.get_storage(STORAGE)


def new_location(now: datetime) -> str:
    """Return where a file that comes now will lie."""
    return f"{now.date().isoformat()}/{uuid.uuid4()}"


class _Stream:
    """Chunks as a file to be read: storages ask for one."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self._rest = chunks, b""

    def read(self, size: int = -1, /) -> bytes:
        """Return so many bytes, or what is left."""
        while size < 0 or len(self._rest) < size:
            chunk = next(self._chunks, b"")
            if not chunk:
                break
            self._rest += chunk
        size = len(self._rest) if size < 0 else size
        piece, self._rest = self._rest[:size], self._rest[size:]
        return piece

    def __iter__(self) -> Iterator[bytes]:
        return iter(lambda: self.read(PIECE_BYTES), b"")


def put(location: str, sealing: Sealing) -> None:
    """Put the ciphertext into the store.

    Raises:
        NotStored: the storage does not take it; nothing of it is left there.
    """
    stream: Any = _Stream(sealing.sealed())
    upload = files.Upload(stream, "", sealing.sealed_bytes, SEALED)
    try:
        storage().upload(files.Location(location), upload)
        _settle(location)
    except FAULTS as error:
        # The text of the error may name folders, and is of no use to who sent the file.
        log.error("Evidence cannot be stored: %s", _cause(error))  # noqa: TRY400
        _remove_if_possible(location)
        raise NotStored from error


def _settle(location: str) -> None:
    """See to it that a file on a disk of ours outlasts a power cut: its row will."""
    full_path = getattr(storage(), "full_path", None)
    path = Path(full_path(location)) if full_path else None
    if path is None or not path.is_file():
        return
    for each in (path, path.parent):
        handle = os.open(each, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _cause(error: Exception) -> str:
    number = getattr(error, "errno", None)
    return errno.errorcode.get(number, "OSError") if number else type(error).__name__


def sealed(location: str) -> Iterator[bytes]:
    """Return the ciphertext of a file.

    Raises:
        FileGone: there is none.
    """
    try:
        stream: Any = storage().stream(_data(location))
    except FAULTS as error:
        raise FileGone from error
    try:
        yield from iter(lambda: stream.read(PIECE_BYTES), b"") if _is_file(stream) else stream
    finally:
        getattr(stream, "close", lambda: None)()


def _is_file(stream: Any) -> bool:
    return hasattr(stream, "read")


def _data(location: str) -> files.FileData:
    return files.FileData(files.Location(location))


def content(location: str, key: bytes) -> Iterator[bytes]:
    """Return the file in clear, chunk by chunk; the first is proven before this returns.

    Raises:
        FileGone: the storage does not have it.
        FileDamaged: it is not what was put there; also later, where the damage lies further on.
    """
    chunks = _content(location, key)
    first = next(chunks, b"")
    return itertools.chain((first,), chunks)


def _content(location: str, key: bytes) -> Iterator[bytes]:
    try:
        yield from opened(key, sealed(location))
    except Unreadable as error:
        raise FileDamaged from error


def remove(location: str) -> None:
    """Remove a file; one that is gone already is none to worry about."""
    try:
        storage().remove(_data(location))
    except fk.exc.MissingFileError:
        return


def _remove_if_possible(location: str) -> None:
    try:
        remove(location)
    except FAULTS as error:
        log.warning("Evidence without a row waits for the sweep: %s", _cause(error))


def forget_unknown(locations: Iterable[str]) -> int:
    """Remove those files for which no row is committed; return how many."""
    wanted = list(locations)
    try:
        # On a connection of its own: the request's may still show what it never committed.
        with ckan_model.ensure_engine().connect() as connection:
            unknown = set(wanted) - known(connection, wanted)
    except sa.exc.SQLAlchemyError:
        log.warning("The database does not answer; evidence without a row waits for the sweep")
        return 0
    for location in unknown:
        _remove_if_possible(location)
    return len(unknown)


BATCH = 500


def sweep(now: datetime) -> int:
    """Remove what lies in the store for longer than a day without a row; return how many.

    A crash between file and row leaves such, and so does an older copy of the database.
    """
    last_day = (now - KEPT_WITHOUT_ROW).astimezone(UTC).date()
    old = (each for each in map(str, storage().scan()) if (_day_of(each) or last_day) < last_day)
    gone = 0
    while batch := list(itertools.islice(old, BATCH)):
        gone += forget_unknown(batch)
    return gone


def _day_of(location: str) -> date | None:
    """Return on which day a file came; None for what is none of ours."""
    try:
        return date.fromisoformat(location.partition("/")[0])
    except ValueError:
        return None


def may_open(scan: str) -> bool:
    """Tell whether a file with this result of the scanner may be opened.

    With a scanner, only what it found clean: while it is down, nothing opens.
    """
    if config.scanner() is None:
        return scan != Scan.INFECTED
    return scan == Scan.CLEAN
