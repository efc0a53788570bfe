"""Files in cases: who may open one, and under which keys theirs are sealed.

As long as a complaint is being written, the service key holds the keys of its files. Once it is
a case, the case's own key does.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ckan.types import AlchemySession

from ckanext.complaints import config, evidence
from ckanext.complaints.domain import crypto
from ckanext.complaints.domain.crypto import About, Unreadable
from ckanext.complaints.domain.filing_parts import TooManyFiles
from ckanext.complaints.intake import Evidence
from ckanext.complaints.logic import preparing, vault
from ckanext.complaints.logic.preparing import PREPARE, ServiceKeeper, Stage
from ckanext.complaints.logic.vault import Held, Kind
from ckanext.complaints.model import cases, files
from ckanext.complaints.model.cases import Case
from ckanext.complaints.model.files import File
from ckanext.complaints.model.sealed import Message
from ckanext.opengov.shared import jobs
from ckanext.opengov.shared.domain.errors import DomainError, Several

KEY, META = "file-key", "file-meta"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file belongs: to a draft, or to a message of a case."""

    draft_id: str | None = None
    case: Case | None = None
    message: Message | None = None


class CaseKeeper(ServiceKeeper):
    """Keeps the keys of files under those of their cases, and of drafts under the service key."""

    def key_of(self, session: AlchemySession, file: File) -> bytes:
        """Return the key of a file."""
        if file.case_id is None:
            return super().key_of(session, file)
        secret = _held(session, file)
        return crypto.open_(secret, file.sealed_key, _about(file, KEY), pad=False)

    def sealed(
        self,
        session: AlchemySession,
        parent: File,
        file_id: str,
        key: bytes,
        meta: Mapping[str, Any],
    ) -> tuple[bytes, bytes]:
        """Return key and description of a copy, sealed for its row."""
        case = cases.find(session, parent.case_id) if parent.case_id else None
        if case is None:
            return super().sealed(session, parent, file_id, key, meta)
        return _seal(session, case, file_id, key, meta)

    def meta_of(self, session: AlchemySession, file: File) -> Mapping[str, Any]:
        """Return the description of a file."""
        if file.case_id is None:
            return super().meta_of(session, file)
        return _read_meta(_held(session, file), file)


def _about(file: File, what: str) -> About:
    return About(str(file.case_id), file.id, what, Kind.TALK, file.epoch)


def _held(session: AlchemySession, file: File) -> bytes:
    case = cases.find(session, str(file.case_id))
    if case is None:
        raise Unreadable
    return vault.held_by_service(session, case)[Kind.TALK, file.epoch]


def _read_meta(secret: bytes, file: File) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(crypto.open_(secret, file.meta_blob, _about(file, META)))
    return found


def _seal(
    session: AlchemySession, case: Case, file_id: str, key: bytes, meta: Mapping[str, Any]
) -> tuple[bytes, bytes]:
    public = vault.public_of(session, case)[Kind.TALK, case.epoch]
    text = json.dumps(dict(meta), ensure_ascii=False).encode()
    abouts = [About(case.id, file_id, what, Kind.TALK, case.epoch) for what in (KEY, META)]
    return (
        crypto.seal(public, key, abouts[0], pad=False),
        crypto.seal(public, text, abouts[1]),
    )


def add(
    session: AlchemySession, place: Place, came: Sequence[Evidence], now: datetime, before: int = 0
) -> list[str]:
    """Keep files that came with this request; return their ids.

    Raises:
        Several: what is wrong with them.
        TooManyFiles: there were so many ``before``.
    """
    wrong: list[DomainError] = [each.problem for each in came if each.problem is not None]
    if wrong:
        raise Several(*wrong)
    if before + len(came) > config.max_files():
        raise TooManyFiles(most=config.max_files())
    return [_add(session, place, each, now) for each in came]


def _add(session: AlchemySession, place: Place, came: Evidence, now: datetime) -> str:
    id = str(uuid.uuid4())
    meta = {"name": came.name, "kind": came.kind.code if came.kind else ""}
    if place.case:
        sealed_key, meta_blob = _seal(session, place.case, id, came.key, meta)
    else:
        sealed_key, meta_blob = ServiceKeeper.seal(id, came.key, meta)
    came.keep()
    row = File(
        id=id,
        case_id=place.case.id if place.case else None,
        draft_id=place.draft_id,
        message_id=place.message.id if place.message else None,
        kind=files.ORIGINAL,
        parent_id=None,
        storage_key=came.location,
        epoch=place.case.epoch if place.case else 1,
        sealed_key=sealed_key,
        meta_blob=meta_blob,
        scan=files.Scan.PENDING,
        bytes=came.size,
        sha256_ct=came.sha256_ct,
        created_at=now,
    )
    files.add(session, row)
    jobs.enqueue(session, PREPARE, id, now=now)
    return id


def of_draft(session: AlchemySession, draft_id: str) -> list[dict[str, Any]]:
    """Return the files of a draft."""
    keeper = preparing.keeper()
    rows = [row for row in files.of_draft(session, draft_id) if row.kind == files.ORIGINAL]
    return [_shown(row, keeper.meta_of(session, row)) for row in rows]


def drop_from_draft(session: AlchemySession, draft_id: str, file_id: str) -> None:
    """Remove a file, and its copy, from a draft and from the store."""
    for row in files.of_draft(session, draft_id, lock=True):
        if file_id in (row.id, row.parent_id):
            files.delete(session, row.id)
            evidence.remove(row.storage_key)


def take_over(session: AlchemySession, draft_id: str, case: Case, message: Message) -> None:
    """Give the files of a draft to the case that it became, under the case's own key."""
    draft_keeper = ServiceKeeper()
    for row in files.of_draft(session, draft_id, lock=True):
        key, meta = draft_keeper.key_of(session, row), draft_keeper.meta_of(session, row)
        sealed_key, meta_blob = _seal(session, case, row.id, key, meta)
        files.change(
            session,
            row,
            case_id=case.id,
            draft_id=None,
            message_id=message.id,
            epoch=case.epoch,
            sealed_key=sealed_key,
            meta_blob=meta_blob,
        )


def by_message(session: AlchemySession, case: Case, held: Held) -> dict[str, list[dict[str, Any]]]:
    """Return the originals of a case by message, each with how far it is."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in files.of_case(session, case.id):
        if row.kind == files.ORIGINAL and row.message_id:
            meta = _read_meta(held[Kind.TALK, row.epoch], row)
            shown = {**_shown(row, meta), "stage": preparing.stage(session, row.id)}
            found.setdefault(row.message_id, []).append(shown)
    return found


def _shown(row: File, meta: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": row.id, "name": meta["name"], "kind": meta["kind"], "bytes": row.bytes}


def content(
    session: AlchemySession, case: Case, held: Held, file_id: str, *, copy: bool
) -> dict[str, Any] | None:
    """Return a file of a case to be sent; None: there is none, or it may not be opened.

    ``copy``: the safe copy, where there is one; what the scanner has not seen opens for nobody.
    """
    row = files.find(session, file_id)
    if row is None or row.case_id != case.id or not evidence.may_open(row.scan):
        return None
    if copy and preparing.stage(session, row.id) == Stage.READY:
        row = files.copy_of(session, file_id) or row
    secret = held[Kind.TALK, row.epoch]
    key = crypto.open_(secret, row.sealed_key, _about(row, KEY), pad=False)
    return {
        **_shown(row, _read_meta(secret, row)),
        "content": evidence.content(row.storage_key, key),
    }


def forget(session: AlchemySession, rows: Iterable[File]) -> None:
    """Remove files from the store, with their rows."""
    for row in list(rows):
        files.delete(session, row.id)
        evidence.remove(row.storage_key)
