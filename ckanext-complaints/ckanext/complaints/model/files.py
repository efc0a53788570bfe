"""Files of evidence: what is asked of their table, and nowhere else.

Each row is signed by a key outside the database: else who writes there shows a file as part of
another message, as the clean copy of another file, or as one that the scanner let pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from ckan.types import AlchemySession

from ckanext.complaints import keys
from ckanext.opengov.shared.keyring import Unreadable

PURPOSE = "complaints file"
"""What rows are signed for."""
SIGNED = ("id", "case_id", "draft_id", "message_id", "kind", "parent_id", "storage_key", "epoch",
          "scan", "sha256_ct")  # fmt: skip
ORIGINAL, CLEAN = "original", "clean"


class Scan(StrEnum):
    """What the malware scanner said of a file."""

    PENDING = "pending"
    """It was not asked yet, or did not answer."""
    CLEAN = "clean"
    INFECTED = "infected"
    UNSCANNED = "unscanned"
    """There was no scanner when the file was prepared."""
    TOO_LARGE = "too-large"
    """The scanner takes no file of this size."""


TABLE = sa.table(
    "complaints_file",
    *(
        sa.column(name)
        for name in (
            "id", "case_id", "draft_id", "message_id", "kind", "parent_id", "storage_key", "epoch",
            "sealed_key", "meta_blob", "scan", "bytes", "sha256_ct", "created_at", "key_id", "mac",
        )
    ),
)  # fmt: skip
FILES = TABLE.c


@dataclass(frozen=True, slots=True)
class File:
    """A row of the table."""

    id: str
    case_id: str | None
    draft_id: str | None
    message_id: str | None
    kind: str
    parent_id: str | None
    storage_key: str
    epoch: int
    sealed_key: bytes
    meta_blob: bytes
    scan: str
    bytes: int
    sha256_ct: str
    created_at: datetime
    key_id: str | None = None
    mac: str | None = None

    def content(self) -> dict[str, Any]:
        """Return what its signature covers."""
        sealed = sha256(self.sealed_key).hexdigest() + sha256(self.meta_blob).hexdigest()
        return {**{name: getattr(self, name) for name in SIGNED}, "sealed": sealed}


def known(connection: sa.Connection, locations: Iterable[str]) -> set[str]:
    """Return those storage keys that a row has."""
    query = sa.select(FILES.storage_key).where(FILES.storage_key.in_(list(locations)))
    return set(connection.scalars(query))


def find(session: AlchemySession, file_id: str) -> File | None:
    """Return a file.

    Raises:
        Unreadable: its row was altered past the application; so wherever files are read.
    """
    return _one(session, FILES.id == file_id)


def copy_of(session: AlchemySession, file_id: str) -> File | None:
    """Return the clean copy of a file, once there is one."""
    return _one(session, FILES.parent_id == file_id, FILES.kind == CLEAN)


def _one(session: AlchemySession, *conditions: Any) -> File | None:
    row = session.execute(sa.select(*FILES).where(*conditions)).mappings().one_or_none()
    return _file(row) if row else None


def _file(row: Mapping[Any, Any]) -> File:
    values: dict[str, Any] = {
        str(name): bytes(value) if isinstance(value, memoryview) else value
        for name, value in row.items()
    }
    file = File(**values)
    if not keys.ring().holds(PURPOSE, file.content(), file.key_id, file.mac):
        raise Unreadable
    return file


def _signed(file: File) -> File:
    key_id, mac = keys.ring().sign(PURPOSE, file.content())
    return replace(file, key_id=key_id, mac=mac)


def add(session: AlchemySession, file: File) -> None:
    """Write a row, signed."""
    session.execute(sa.insert(TABLE).values(**asdict(_signed(file))))


def of_draft(session: AlchemySession, draft_id: str, *, lock: bool = False) -> list[File]:
    """Return the files of a draft, and their copies, the oldest first."""
    query = sa.select(*FILES).where(FILES.draft_id == draft_id).order_by(FILES.created_at)
    if lock:
        # A copy that is written while this waits for the lock is in no row that it has looked at.
        session.execute(query.with_for_update())
    return [_file(row) for row in session.execute(query).mappings()]


def of_case(session: AlchemySession, case_id: str) -> list[File]:
    """Return the files of a case, and their copies, the oldest first."""
    query = sa.select(*FILES).where(FILES.case_id == case_id).order_by(FILES.created_at)
    return [_file(row) for row in session.execute(query).mappings()]


def change(session: AlchemySession, file: File, **values: Any) -> File:
    """Change a row as it was read, and sign it so; return it."""
    changed = _signed(replace(file, **values))
    session.execute(sa.update(TABLE).where(FILES.id == file.id).values(**asdict(changed)))
    return changed


def delete(session: AlchemySession, file_id: str) -> None:
    """Delete a row, and that of its copy."""
    either = sa.or_(FILES.id == file_id, FILES.parent_id == file_id)
    session.execute(sa.delete(TABLE).where(either))


def set_scan(session: AlchemySession, file_id: str, scan: Scan) -> File | None:
    """Note what the scanner said of a file and of its clean copy; return the file as it is now.

    While the scanner read it, its draft may have become a case, or have been purged.
    """
    both = sa.or_(FILES.id == file_id, FILES.parent_id == file_id)
    rows = session.execute(sa.select(*FILES).where(both).with_for_update()).mappings().all()
    found = {row["id"]: change(session, _file(row), scan=scan) for row in rows}
    return found.get(file_id)


def to_scan(session: AlchemySession, before: datetime, limit: int) -> list[str]:
    """Return originals that came before this and wait for the scanner, the oldest first."""
    query = (
        sa.select(FILES.id)
        .where(FILES.kind == ORIGINAL, FILES.scan.in_((Scan.PENDING, Scan.UNSCANNED)))
        .where(FILES.created_at < before)
        .order_by(FILES.created_at)
        .limit(limit)
    )
    return list(session.scalars(query))
