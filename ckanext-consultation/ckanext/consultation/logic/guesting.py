"""Guests: who owns an address, the links that are mailed to them, and the keys of their browsers.

The database holds no address that can be read, no link and no key: an address is sealed with the
outbox, and by it a guest is found as a digest that says nothing in another consultation; links and
keys are there as hashes.
"""

from __future__ import annotations

import uuid
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

from ckanext.consultation.domain import guests as rules
from ckanext.consultation.domain.guests import Purpose, Times
from ckanext.consultation.logic import access
from ckanext.consultation.model import guests
from ckanext.consultation.model.comments import Participant
from ckanext.consultation.model.consultations import Consultation
from ckanext.consultation.model.guests import Draft
from ckanext.opengov.shared import correspondents, outbox
from ckanext.opengov.shared.second_factor.rows import keys

LINK = "consultation-guest-link"
LINKS = "consultation guest link"
"""The purpose of the key from which links are made."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a link is to be for."""

    purpose: Purpose
    content: Mapping[str, Any]
    client_token: uuid.UUID
    is_trapped: bool = False


def digests_of(session: AlchemySession, row: Consultation, address: str) -> list[bytes]:
    """Return by what the owner of an address is found in one consultation, under all keys."""
    return keys(session).digests(f"guests of {row.id}", rules.likeness_of(address))


def owner_of(
    session: AlchemySession,
    row: Consultation,
    address: str,
    digests: Sequence[bytes],
    written: Times,
) -> tuple[bytes, str]:
    """Return the digest and the correspondent of who owns an address, known or new."""
    email_hmac, known = guests.owner_of(session, row.id, digests) or (digests[0], None)
    language = tk.h.lang() or ""
    if known is None or correspondents.find(session, known) is None:
        given = (address, language, written.written_at, written.expires_at)
        return email_hmac, correspondents.add(session, *given)
    correspondents.expect(session, known, written.expires_at, language)
    return email_hmac, known


def link(
    session: AlchemySession,
    row: Consultation,
    owner: tuple[bytes, str],
    wish: Wish,
    written: Times,
) -> Draft | None:
    """Keep what a link is for, in the caller's transaction; None: this form was sent before.

    ``owner`` is the digest of the address, and the correspondent.
    """
    email_hmac, correspondent_id = owner
    id = str(uuid.uuid4())
    draft = Draft(
        id=id,
        consultation_id=row.id,
        email_hmac=email_hmac,
        correspondent_id=correspondent_id,
        token_hash=rules.hashed(tokens_of(session, id)[0]),
        purpose=wish.purpose,
        content=dict(wish.content),
        client_token=wish.client_token,
        is_trapped=wish.is_trapped,
        written_at=written.written_at,
        expires_at=written.expires_at,
    )
    return guests.keep(session, draft)


def mail(session: AlchemySession, draft: Draft, now: datetime) -> None:
    """Mail a link to the owner of the address, in the caller's transaction."""
    params = {"draft": draft.id}
    recipient = draft.correspondent_id
    outbox.post(session, kind=LINK, recipient_id=recipient, params=params, now=now)


def way_back(
    session: AlchemySession, row: Consultation, participant: Participant, now: datetime, days: int
) -> str | None:
    """Return the id of a link by which a guest comes back to their own things for some days."""
    if participant.email_hmac is None or participant.correspondent_id is None:
        return None
    wish = Wish(Purpose.RETURN, {}, uuid.uuid4())
    owner = participant.email_hmac, participant.correspondent_id
    written = Times(now, now + timedelta(days=days))
    draft = link(session, row, owner, wish, written)
    return draft.id if draft else None


def url_of(session: AlchemySession, row: Consultation, draft_id: str, language: str) -> str | None:
    """Return the address of a link; None: it was used, or its time is over.

    The mail alone holds it: nobody stored it, and it is made again from the service's key.
    """
    draft = session.get(Draft, draft_id)
    if draft is None:
        return None
    for token in tokens_of(session, draft_id):
        if rules.hashed(token) == draft.token_hash:
            given = {"name": row.name, "token": token, "locale": language, "_external": True}
            return str(tk.url_for("consultation_guests.confirm", **given))
    return None


def give_key(session: AlchemySession, participant: Participant, now: datetime) -> str:
    """Return a new key of a participant, in the caller's transaction."""
    key = rules.new_key(access.signing_key(), participant.consultation_id)
    until = now + timedelta(days=rules.KEY_DAYS)
    guests.add_key(session, rules.hashed(key), participant, now, until)
    return key


def tokens_of(session: AlchemySession, draft_id: str) -> list[str]:
    """Return the link under each key of the service, that in use first."""
    found = keys(session).digests(LINKS, draft_id.encode())
    return [urlsafe_b64encode(each).decode().rstrip("=") for each in found]
