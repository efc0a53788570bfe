"""Rows that say who reads a case, or who said something, are signed by a key outside the database.

Who can write to the database could else exchange a public key for their own, give a case to
another unit, or put words into somebody's mouth. So a row is checked before it is signed anew: else
the next step would sign what they wrote. An older row of the same case still holds:
that a case went from one unit to another stands in the audit log, whose daily root shows a
row that was put back.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from hashlib import sha256
from typing import Any

from ckanext.complaints import keys
from ckanext.complaints.model.cases import Case
from ckanext.complaints.model.referrals import Referral, Word
from ckanext.complaints.model.sealed import Access, CaseKey, Message
from ckanext.opengov.shared.keyring import Unreadable

Signed = Case | Access | CaseKey | Message | Referral | Word


def sign(row: Signed) -> None:
    """Sign a row as it stands."""
    row.key_id, row.mac = keys.ring().sign(f"complaints {row.__tablename__}", _content(row))


def check(row: Signed) -> None:
    """Refuse a row that none of our keys signed as it stands.

    Raises:
        Unreadable: it was altered past the application.
    """
    purpose = f"complaints {row.__tablename__}"
    if not keys.ring().holds(purpose, _content(row), row.key_id, row.mac):
        raise Unreadable


def _content(row: Signed) -> Mapping[str, Any]:
    if isinstance(row, Case):
        readers = ("owner_unit_id", "appeal_unit_id")
        return _named(
            row, "id", "reference", "track", "mode", "state", "epoch", "excluded", *readers
        )
    if isinstance(row, Access):
        bound = {"must_change": True} if row.must_change else {}
        named = _named(row, "case_id", "pepper_id")
        return {**named, **bound, "citizen_pk": row.citizen_pk.hex()}
    if isinstance(row, CaseKey):
        return {**_named(row, "case_id", "epoch", "kind"), "pk": row.pk.hex()}
    if isinstance(row, Referral):
        asked = _named(row, "id", "case_id", "from_unit", "to_unit", "mode", "state")
        return {**asked, "expires_on": row.expires_on.isoformat()}
    if isinstance(row, Word):
        word = _named(row, "id", "referral_id", "unit_id", "user_id", "kind", "service_key_id")
        return {**word, "blob": sha256(row.blob).hexdigest()}
    said = ("id", "case_id", "seq", "kind", "key_kind", "author", "user_id", "unit_id", "epoch")
    at = row.at.astimezone(UTC).isoformat(timespec="microseconds")
    return {**_named(row, *said), "at": at, "blob": sha256(row.blob).hexdigest()}


def _named(row: Signed, *names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}
