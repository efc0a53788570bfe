"""Brings the comments on a version to the next one."""

from __future__ import annotations

import itertools

from ckan.types import AlchemySession

from ckanext.consultation.domain.texts.matching import Relation
from ckanext.consultation.domain.texts.revising import relations_of_draft, whereabouts
from ckanext.consultation.logic.importing import note_relations
from ckanext.consultation.model import anchors, texts
from ckanext.consultation.model.texts import PUBLIC, Version
from ckanext.opengov.shared import jobs
from ckanext.opengov.shared.domain.moments import utc_now

CARRY = "consultation.carry"
MATCHED = 0.7


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
