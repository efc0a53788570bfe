"""Brings the comments on a version to the next one, and tells those who took part."""

from __future__ import annotations

import itertools

import sqlalchemy as sa

from ckan.types import AlchemySession

from ckanext.consultation.domain.texts.matching import Relation
from ckanext.consultation.domain.texts.revising import relations_of_draft, whereabouts
from ckanext.consultation.logic.importing import note_relations
from ckanext.consultation.model import anchors, texts
from ckanext.consultation.model.comments import RECIPIENT, Participant
from ckanext.consultation.model.texts import PUBLIC, Version
from ckanext.opengov.shared import jobs, outbox
from ckanext.opengov.shared.domain.moments import utc_now
from ckanext.opengov.shared.outbox import Message

CARRY = "consultation.carry"
TELL = "consultation.tell-text"
TEXT_CHANGED = "consultation-text-changed"
MATCHED = 0.7
TOLD_AT_ONCE = 200


def carry(session: AlchemySession, job: jobs.Job) -> None:
    """Say where each comment stands in a new version; what is not sure waits for a person."""
    found = texts.find_version(session, job.subject)
    if found is None or found[1].carried_at is not None:
        return
    document, version = found
    for older, newer in _steps(texts.versions_of(session, document.id), version):
        relations = _settled(session, older, newer)
        jobs.report_progress(session, job, MATCHED)
        anchors.carry(session, older.id, newer.id, whereabouts(relations))
        newer.carried_at = utc_now()


def _steps(versions: list[Version], version: Version) -> list[tuple[Version, Version]]:
    """Return the pairs to go through, the oldest first: a version before may still wait too."""
    public = [each for each in versions if each.state in PUBLIC and each.number <= version.number]
    pairs = itertools.pairwise(public)
    return [(older, newer) for older, newer in pairs if newer.carried_at is None]


def _settled(session: AlchemySession, older: Version, newer: Version) -> list[Relation]:
    """Store what became of each node, and return it with what people said of it."""
    before, after = (texts.text_of(session, each.id) for each in (older, newer))
    noted = anchors.relations(session, older.id, newer.id)
    note_relations(session, older.id, newer.id, relations_of_draft(before, after, noted))
    return anchors.relations(session, older.id, newer.id)


def tell(session: AlchemySession, job: jobs.Job) -> None:
    """Tell some of those who took part that the text has a new version; ask to go on."""
    found = texts.find_version(session, job.subject)
    if found is None:
        return
    told = sa.exists().where(
        Message.recipient_id == RECIPIENT,
        Message.kind == TEXT_CHANGED,
        Message.params["version"].astext == job.subject,
    )
    query = (
        sa.select(RECIPIENT)
        .where(
            Participant.consultation_id == found[0].consultation_id,
            RECIPIENT.is_not(None),
            ~told,
        )
        .limit(TOLD_AT_ONCE)
    )
    people = list(session.execute(query).scalars())
    now = utc_now()
    for recipient_id in people:
        params = {"version": job.subject}
        outbox.post(session, kind=TEXT_CHANGED, recipient_id=recipient_id, params=params, now=now)
    if len(people) == TOLD_AT_ONCE:
        jobs.enqueue(session, TELL, job.subject, now=now)
