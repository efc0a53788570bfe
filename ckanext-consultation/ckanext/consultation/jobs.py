"""The long work of consultations."""

from __future__ import annotations

from ckan.types import AlchemySession

from ckanext.consultation.logic import carry, following, importing
from ckanext.opengov.shared import jobs


@jobs.kind(following.TELL, queue=jobs.LONG)
def tell_followers(session: AlchemySession, job: jobs.Job) -> None:
    """Tell followers what happened to a consultation."""
    following.tell(session, job)


@jobs.kind(importing.IMPORT, queue=jobs.LONG)
def import_text(session: AlchemySession, job: jobs.Job) -> None:
    """Read a file into a draft of a text."""
    importing.read(session, job)


@jobs.kind(carry.CARRY, queue=jobs.LONG)
def carry_comments(session: AlchemySession, job: jobs.Job) -> None:
    """Bring the comments on a version to the next one."""
    carry.carry(session, job)
