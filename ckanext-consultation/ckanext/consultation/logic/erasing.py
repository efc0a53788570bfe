"""Erasing a person from a consultation, in the caller's transaction."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from ckan.types import AlchemySession

from ckanext.consultation.domain.comments import erasable
from ckanext.consultation.domain.schedule import Phase
from ckanext.consultation.logic import results_data
from ckanext.consultation.model import erasing, follows, guests
from ckanext.consultation.model.comments import Participant
from ckanext.consultation.model.consultations import Consultation
from ckanext.opengov.shared import audit, correspondents, inbox


@dataclass(frozen=True, slots=True)
class Erased:
    """What is gone."""

    comments: int
    votes: int
    """0 after the end: the totals that the body answers to stay, and nobody can vote again."""

    def as_dict(self) -> dict[str, int]:
        """Return it as the API says it."""
        return asdict(self)


def erase(
    session: AlchemySession, row: Consultation, participant_id: str, now: datetime
) -> Erased | None:
    """Take someone's words and name out of a consultation; None: that was done before.

    What they sent stays a place in its thread, with the answers of others. Nothing keeps who
    they were: not the audit either, which says that a participant was erased, and when.
    """
    # First, as whoever confirms one holds it before the person: nobody waits for the other.
    guests.forget_drafts(session, participant_id)
    person = erasing.held(session, participant_id)
    if person is None:
        return None
    ids = erasing.comments(session, person.id, erasable())
    has_ended = row.window.phase(now) is Phase.CLOSED
    erasing.reports(session, person.id)
    votes = 0 if has_ended else erasing.votes(session, person.id)
    if person.recipient_id:
        follows.forget(session, row.id, person.recipient_id)
        inbox.forget_about(session, person.recipient_id, "comment", ids)
        inbox.forget_about(session, person.recipient_id, "consultation_id", [row.id])
    guests.forget(session, person)
    if person.correspondent_id:
        correspondents.forget(session, person.correspondent_id)
    _forget(person, now)
    results_data.refresh(session, row.id, now)
    audit.record(
        session,
        subject=f"consultation:{row.id}",
        step="participant-erase",
        actor_id=None,
        at=now,
        details={"participant": person.id, "comments": len(ids)},
    )
    session.flush()
    return Erased(len(ids), votes)


def _forget(person: Participant, now: datetime) -> None:
    person.user_id = person.email_hmac = person.correspondent_id = None
    person.display_name = person.org_name = None
    person.may_be_named, person.erased_at = False, now
