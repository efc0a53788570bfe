"""How participants are called: what is stored, and what a change of it brings with it."""

from __future__ import annotations

from datetime import datetime

from ckan.types import AlchemySession, DataDict

from ckanext.consultation.domain.names import flags_of
from ckanext.consultation.domain.participants import Appearance, Kind, appearance, check_change
from ckanext.consultation.domain.queue import Cause
from ckanext.consultation.logic import results_data
from ckanext.consultation.model import comments as stored
from ckanext.consultation.model import moderation
from ckanext.consultation.model.comments import Participant

FIELDS = ("kind", "display_name", "org_name", "may_be_named")


def base_of(participant: Participant | None) -> Kind:
    """Return what a participant is as one person."""
    is_guest = participant is not None and participant.email_hmac is not None
    return Kind.GUEST if is_guest else Kind.ACCOUNT


def wished(base: Kind, given: DataDict) -> Appearance:
    """Return how somebody wants to be called.

    Raises:
        DomainError: see ``appearance``.
    """
    return appearance(
        base,
        str(given.get("kind") or ""),
        str(given.get("display_name") or ""),
        str(given.get("org_name") or ""),
        may_be_named=str(given.get("may_be_named") or "").lower() in ("true", "1", "on"),
    )


def of(participant: Participant) -> Appearance:
    """Return how a participant is called now."""
    return Appearance(
        Kind(participant.kind),
        participant.display_name,
        participant.org_name,
        participant.may_be_named,
    )


def change(
    session: AlchemySession,
    participant: Participant,
    wish: Appearance,
    now: datetime,
    *,
    is_open: bool,
) -> None:
    """Let a participant be called so, in all that they said, in the caller's transaction.

    Raises:
        NameStands: others know them by another name.
    """
    reactions = stored.has_reactions(session, participant.id)
    check_change(of(participant), wish, is_open=is_open, has_reactions=reactions)
    before = participant.shown_name
    participant.kind, participant.display_name = wish.kind, wish.display_name
    participant.org_name, participant.may_be_named = wish.org_name, wish.may_be_named
    session.flush()
    name = participant.shown_name
    if name != before:
        results_data.refresh(session, participant.consultation_id, now)
    if name and name != before and flags_of(name):
        comment = stored.newest_public(session, participant.id)
        if comment is not None:
            moderation.put(session, comment, {Cause.NAME}, now)
