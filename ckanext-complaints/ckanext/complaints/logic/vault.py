"""Who opens what: a case's key pairs, the grants to them, and the texts sealed under them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from ckan.types import AlchemySession

from ckanext.complaints import keys
from ckanext.complaints.domain import crypto
from ckanext.complaints.domain.crypto import About, KeyPair, Unreadable
from ckanext.complaints.keys import Purpose
from ckanext.complaints.model import sealed, signing
from ckanext.complaints.model.cases import Case
from ckanext.complaints.model.sealed import CITIZEN, SERVICE, CaseKey, Grant, Message

Held = Mapping[tuple[str, int], bytes]
"""Secret keys of a case, by kind and epoch."""


class Kind(StrEnum):
    """The two key pairs of a case."""

    TALK = "talk"
    """Between the citizen and the staff."""
    STAFF = "staff"
    """The staff's alone."""


@dataclass(frozen=True, slots=True)
class Said:
    """Who says something, and what it is."""

    kind: str
    author: str
    user_id: str | None = None
    unit_id: str | None = None
    key: Kind = Kind.TALK
    content: Mapping[str, Any] = field(default_factory=dict, repr=False)


def begin(session: AlchemySession, case: Case, citizen_pk: bytes, now: datetime) -> None:
    """Make the key pairs of a case: citizen and service may talk, the service alone takes notes.

    The secret keys are nowhere but in these grants.
    """
    service = keys.pair(Purpose.SERVICE)
    for kind in Kind:
        pair = crypto.new_pair()
        key = CaseKey(case_id=case.id, epoch=case.epoch, kind=kind, pk=pair.public)
        signing.sign(key)
        session.add(key)
        session.flush()
        _grant(session, key, pair.secret, (SERVICE, service.id, service.public), now)
        if kind is Kind.TALK:
            _grant(session, key, pair.secret, (CITIZEN, mark_of(citizen_pk), citizen_pk), now)
    session.flush()


def regrant_to_citizen(
    session: AlchemySession, case: Case, held: Held, citizen_pk: bytes, now: datetime
) -> None:
    """Let another key of the citizen's open what they may read, and no other than that."""
    for row in sealed.grants_to(session, case.id, CITIZEN):
        session.delete(row)
    session.flush()
    for key in sealed.keys_of(session, case.id):
        if key.kind == Kind.TALK:
            secret = held[key.kind, key.epoch]
            _grant(session, key, secret, (CITIZEN, mark_of(citizen_pk), citizen_pk), now)
    session.flush()


def mark_of(public_key: bytes) -> str:
    """Return the id of a citizen's key."""
    return sha256(public_key).hexdigest()[:32]


def _grant(
    session: AlchemySession,
    key: CaseKey,
    secret: bytes,
    holder: tuple[str, str, bytes],
    now: datetime,
) -> None:
    """Let a holder (its kind, key id and public key) open what is sealed under a key."""
    holder_kind, key_id, public_key = holder
    row = Grant(
        case_id=key.case_id,
        epoch=key.epoch,
        kind=key.kind,
        holder_kind=holder_kind,
        holder_key_id=key_id,
        state="active",
        reason="filed",
        created_at=now,
    )
    row.blob = crypto.seal(public_key, secret, _about(row), pad=False)
    session.add(row)


def _about(row: Grant) -> About:
    holder = f"{row.holder_kind} {row.holder_key_id}"
    return About(row.case_id, holder, "grant", row.kind, row.epoch)


def held_by_service(session: AlchemySession, case: Case) -> Held:
    """Return the secret keys that the service opens, for the staff."""
    public = public_of(session, case)
    found = {}
    for row in sealed.grants_to(session, case.id, SERVICE):
        pair = keys.pair_named(Purpose.SERVICE, row.holder_key_id)
        found[row.kind, row.epoch] = _opened(row, pair.secret, public)
    return found


def held_by_citizen(session: AlchemySession, case: Case, citizen: KeyPair) -> Held:
    """Return the secret keys that a citizen's own key opens."""
    mark, public = mark_of(citizen.public), public_of(session, case)
    return {
        (row.kind, row.epoch): _opened(row, citizen.secret, public)
        for row in sealed.grants_to(session, case.id, CITIZEN)
        if row.holder_key_id == mark
    }


def _opened(row: Grant, secret: bytes, public: Mapping[tuple[str, int], bytes]) -> bytes:
    own = crypto.open_(secret, row.blob, _about(row), pad=False)
    known = public.get((row.kind, row.epoch))
    if known is None:
        raise Unreadable
    return crypto.pair_of(own, known).secret


def public_of(session: AlchemySession, case: Case) -> dict[tuple[str, int], bytes]:
    """Return the public keys of a case, of those rows that are ours."""
    found = {}
    for row in sealed.keys_of(session, case.id):
        signing.check(row)
        found[row.kind, row.epoch] = row.pk
    return found


def say(session: AlchemySession, case: Case, said: Said, now: datetime) -> Message:
    """Add what somebody says to a case that the caller holds."""
    public = public_of(session, case)[said.key, case.epoch]
    id = str(uuid.uuid4())
    about = About(case.id, id, "message", said.key, case.epoch)
    row = Message(
        id=id,
        case_id=case.id,
        seq=sealed.next_number(session, case.id),
        kind=said.kind,
        key_kind=said.key,
        author=said.author,
        user_id=said.user_id,
        unit_id=said.unit_id,
        epoch=case.epoch,
        blob=crypto.seal(public, _packed(said.content), about),
        at=now,
    )
    signing.sign(row)
    session.add(row)
    session.flush()
    return row


def heard(held: Held, rows: Iterable[Message]) -> list[tuple[Message, dict[str, Any]]]:
    """Return what was said, of what these keys open.

    Raises:
        Unreadable: a row was altered.
    """
    found = []
    for row in rows:
        secret = held.get((row.key_kind, row.epoch))
        if secret is not None:
            signing.check(row)
            about = About(row.case_id, row.id, "message", row.key_kind, row.epoch)
            found.append((row, _unpacked(crypto.open_(secret, row.blob, about))))
    return found


def seal_for(
    purpose: Purpose, case_id: str, content: Mapping[str, Any], row_id: str = ""
) -> tuple[str, bytes]:
    """Return a name or an address sealed to the service key of its purpose, and that key's id.

    ``row_id``: of the row that keeps it, where a case has several.
    """
    pair = keys.pair(purpose)
    about = About(case_id, row_id or case_id, purpose.name.lower())
    return pair.id, crypto.seal(pair.public, _packed(content), about)


def open_for(
    purpose: Purpose, case_id: str, key_id: str, blob: bytes, row_id: str = ""
) -> dict[str, Any]:
    """Return what ``seal_for`` sealed; raises ``Unreadable``."""
    pair = keys.pair_named(purpose, key_id)
    about = About(case_id, row_id or case_id, purpose.name.lower())
    return _unpacked(crypto.open_(pair.secret, blob, about))


def _packed(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _unpacked(content: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(content)
    return found
