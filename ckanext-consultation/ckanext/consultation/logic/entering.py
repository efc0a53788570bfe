"""How a comment comes before everyone, or before a moderator first: in one transaction."""

from __future__ import annotations

from collections.abc import Set
from datetime import datetime

from ckan.types import AlchemySession

from ckanext.consultation.domain import comments
from ckanext.consultation.domain.comments import Facts, Role, State, Step
from ckanext.consultation.domain.description import Settings
from ckanext.consultation.domain.moderation import Mode, Record, TrustRule, is_read_first
from ckanext.consultation.domain.names import flags_of
from ckanext.consultation.domain.queue import Cause, is_suspicious, suspicions
from ckanext.consultation.model import comments as stored
from ckanext.consultation.model import duplicates, moderation
from ckanext.consultation.model.comments import Comment
from ckanext.consultation.model.consultations import Consultation
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.lifecycle import advance

SUITE = Actor(None, frozenset({Role.SYSTEM}))


def begin(
    session: AlchemySession,
    row: Consultation,
    comment: Comment,
    now: datetime,
    *,
    is_trapped: bool,
) -> None:
    """Store a new comment; publish it, or let it wait, as the consultation's rules say."""
    causes = _causes(session, comment, is_trapped=is_trapped)
    comment.state = State.PENDING
    if _waits(session, row, comment, causes, now):
        causes |= {Cause.NEW}
    else:
        stored.publish(session, comment, now)
    session.add(comment)
    session.flush()
    duplicates.keep(session, comment)
    if causes:
        moderation.enter(session, comment, causes, now)


def change(session: AlchemySession, row: Consultation, comment: Comment, facts: Facts) -> None:
    """Let a comment whose words were changed wait again, as the consultation's rules say."""
    duplicates.keep(session, comment, is_changed=True)
    causes = _causes(session, comment, is_trapped=False)
    if comment.state == State.PUBLISHED and _waits(session, row, comment, causes, facts.now):
        step = comments.TRANSITIONS, State.PUBLISHED, Step.HOLD
        comment.state = advance(*step, SUITE, facts)
        causes |= {Cause.EDITED}
    if causes:
        moderation.put(session, comment, causes, facts.now, has_changed=True)
    else:
        moderation.note_change(session, comment.id)


def _causes(session: AlchemySession, comment: Comment, *, is_trapped: bool) -> frozenset[Cause]:
    """Return what is suspicious in a comment."""
    is_repeated = duplicates.is_repeated(session, comment)
    participant = stored.people_of(session, [comment])[comment.participant_id]
    name = participant.shown_name
    return suspicions(
        comment.body,
        is_trapped=is_trapped,
        is_repeated=is_repeated,
        is_name_flagged=bool(name and flags_of(name)),
    )


def _waits(
    session: AlchemySession,
    row: Consultation,
    comment: Comment,
    causes: Set[Cause],
    now: datetime,
) -> bool:
    settings = Settings.read(row.settings)
    mode, rule = Mode(settings.moderation), TrustRule(published=settings.trusted_after)
    # In the other modes it does not matter what was before.
    is_asked = mode is Mode.HYBRID
    record = moderation.record_of(session, comment.participant_id) if is_asked else Record()
    return is_read_first(mode, record, rule, now, is_suspicious=is_suspicious(causes, mode))
