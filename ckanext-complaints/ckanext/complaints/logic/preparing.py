"""What is done with a file once it came: it is scanned, and a clean copy is made for handlers."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

import sqlalchemy as sa

from ckan.types import AlchemySession

from ckanext.complaints import config, copying, evidence, keys
from ckanext.complaints.domain import clamd
from ckanext.complaints.domain.copies import NoCopy
from ckanext.complaints.domain.evidence import Kind
from ckanext.complaints.model import files
from ckanext.complaints.model.files import File, Scan
from ckanext.complaints.sealing import Sealing
from ckanext.opengov.shared import jobs
from ckanext.opengov.shared.domain.moments import utc_now

log = logging.getLogger(__name__)

PREPARE = "complaints.prepare-file"
FILE_KEY, META = "complaints file-key", "complaints file-meta"
COPY_GROWTH = 4
"""A photo saved anew may be larger than it was."""
ASKED_AGAIN_AFTER = timedelta(minutes=10)
BATCH = 100
SCANS = {
    clamd.Verdict.CLEAN: Scan.CLEAN,
    clamd.Verdict.INFECTED: Scan.INFECTED,
    clamd.Verdict.TOO_LARGE: Scan.TOO_LARGE,
}


class Keeper(Protocol):
    """Keeps the keys of files and what their rows say of them."""

    def key_of(self, session: AlchemySession, file: File) -> bytes:
        """Return the key of a file."""

    def sealed(
        self,
        session: AlchemySession,
        parent: File,
        file_id: str,
        key: bytes,
        meta: Mapping[str, Any],
    ) -> tuple[bytes, bytes]:
        """Return key and description of a copy of ``parent``, sealed for its row."""

    def meta_of(self, session: AlchemySession, file: File) -> Mapping[str, Any]:
        """Return the description of a file."""


class ServiceKeeper:
    """Keeps them under the service key."""

    def key_of(self, _session: AlchemySession, file: File) -> bytes:
        """Return the key of a file."""
        return keys.ring().open(FILE_KEY, file.id, file.sealed_key)

    def sealed(
        self,
        _session: AlchemySession,
        _parent: File,
        file_id: str,
        key: bytes,
        meta: Mapping[str, Any],
    ) -> tuple[bytes, bytes]:
        """Return key and description of a copy, sealed for its row."""
        return self.seal(file_id, key, meta)

    @staticmethod
    def seal(file_id: str, key: bytes, meta: Mapping[str, Any]) -> tuple[bytes, bytes]:
        """Return key and description of a file, sealed for its row."""
        text = json.dumps(dict(meta), ensure_ascii=False).encode()
        return keys.ring().seal(FILE_KEY, file_id, key), keys.ring().seal(META, file_id, text)

    def meta_of(self, _session: AlchemySession, file: File) -> Mapping[str, Any]:
        """Return the description of a file."""
        meta: Mapping[str, Any] = json.loads(keys.ring().open(META, file.id, file.meta_blob))
        return meta


_keepers: list[Keeper] = [ServiceKeeper()]


def keeper() -> Keeper:
    """Return who keeps the keys of files."""
    return _keepers[-1]


def keep_with(other: Keeper) -> None:
    """Let someone else keep the keys of files."""
    _keepers.append(other)


class Stage(StrEnum):
    """How far a file is, for those who handle the case."""

    PREPARING = "preparing"
    READY = "ready"
    ORIGINAL_ONLY = "original-only"
    INFECTED = "infected"
    WAITING = "waiting-for-scanner"
    TOO_LARGE = "too-large-to-scan"


def prepare(session: AlchemySession, job: jobs.Job) -> None:
    """Scan a file, then make its clean copy.

    Raises:
        ScannerDown: there is a scanner, and it does not answer; the job tries again.
    """
    file = files.find(session, job.subject)
    if file is None or file.kind != files.ORIGINAL:
        # Purged since.
        return
    key = keeper().key_of(session, file)
    result = _scanned(file, key)
    is_wanted = evidence.may_open(result) and files.copy_of(session, file.id) is None
    copied = _copied(file, key) if is_wanted else None
    try:
        # From here to the commit whoever files this draft waits.
        scanned = files.set_scan(session, file.id, result)
        if copied and scanned and files.copy_of(session, file.id) is None:
            _keep_copy(session, scanned, copied, result)
    finally:
        if copied:
            copied.sealing.drop()


def _scanned(file: File, key: bytes) -> Scan:
    address = config.scanner()
    if address is None:
        return Scan(file.scan) if file.scan in (Scan.CLEAN, Scan.INFECTED) else Scan.UNSCANNED
    if file.scan == Scan.INFECTED:
        return Scan.INFECTED
    return SCANS[clamd.scan(address, evidence.content(file.storage_key, key))]


class Copied(NamedTuple):
    """A clean copy that no row tells of yet."""

    kind: Kind
    sealing: Sealing


def _copied(file: File, key: bytes) -> Copied | None:
    content = evidence.content(file.storage_key, key)
    try:
        return Copied(*copying.clean_copy(content, COPY_GROWTH * config.max_file_bytes()))
    except NoCopy as problem:
        log.info("File %s has no clean copy: %s", file.id, problem.code)
        return None


def _keep_copy(session: AlchemySession, file: File, copied: Copied, result: Scan) -> None:
    now, copy_id, sealing = utc_now(), str(uuid.uuid4()), copied.sealing
    location = evidence.new_location(now)
    meta = {**keeper().meta_of(session, file), "kind": copied.kind.code}
    sealed_key, meta_blob = keeper().sealed(session, file, copy_id, sealing.key, meta)
    evidence.put(location, sealing)
    copy = replace(
        file,
        id=copy_id,
        kind=files.CLEAN,
        parent_id=file.id,
        storage_key=location,
        sealed_key=sealed_key,
        meta_blob=meta_blob,
        scan=result,
        bytes=sealing.size,
        sha256_ct=sealing.sha256_ct,
        created_at=now,
    )
    files.add(session, copy)


def stage(session: AlchemySession, file_id: str) -> Stage | None:
    """Return how far an original is; None: there is none."""
    file = files.find(session, file_id)
    if file is None:
        return None
    if file.scan == Scan.INFECTED:
        return Stage.INFECTED
    if file.scan == Scan.TOO_LARGE and not evidence.may_open(file.scan):
        return Stage.TOO_LARGE
    job = jobs.latest(session, PREPARE, file_id)
    if not evidence.may_open(file.scan):
        is_first = job is not None and job.status in jobs.UNFINISHED and not job.error
        return Stage.PREPARING if is_first else Stage.WAITING
    if files.copy_of(session, file_id) is not None:
        return Stage.READY
    # Without a job nobody has asked yet: whoever filed is just about to.
    is_over = job is not None and job.status not in jobs.UNFINISHED
    return Stage.ORIGINAL_ONLY if is_over else Stage.PREPARING


def ask_again(session: AlchemySession, now: datetime) -> int:
    """Ask for what a scanner that was down, or not there, has not seen; return for how many."""
    if config.scanner() is None:
        return 0
    waiting = files.to_scan(session, now - ASKED_AGAIN_AFTER, BATCH)
    asked = sa.select(jobs.Job.subject).where(
        jobs.Job.kind == PREPARE, jobs.Job.status.in_(jobs.UNFINISHED)
    )
    already = set(session.scalars(asked.where(jobs.Job.subject.in_(waiting)))) if waiting else set()
    missing = [file_id for file_id in waiting if file_id not in already]
    jobs.enqueue_fresh(session, PREPARE, missing, now=now)
    session.commit()
    return len(missing)
