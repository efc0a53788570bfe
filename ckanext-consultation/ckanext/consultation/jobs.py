"""The long work of consultations."""

from __future__ import annotations

from datetime import datetime

from ckan.types import AlchemySession

from ckanext.consultation.logic import carry, following, importing, results_data
from ckanext.consultation.model import guests
from ckanext.opengov.shared import jobs


@jobs.kind(following.TELL, queue=jobs.LONG)
def tell_followers(session: AlchemySession, job: jobs.Job) -> None:
    """Tell followers what happened to a consultation."""
    following.tell(session, job)


@jobs.sweeper
def forget_guests(session: AlchemySession, now: datetime) -> int:
    """Delete what guests wrote and nobody confirmed in time, and keys whose time is over."""
    gone = guests.forget_expired(session, now)
    session.commit()
    return gone


@jobs.kind(importing.IMPORT, queue=jobs.LONG)
def import_text(session: AlchemySession, job: jobs.Job) -> None:
    """Read a file into a draft of a text."""
    importing.read(session, job)


@jobs.kind(carry.CARRY, queue=jobs.LONG)
def carry_comments(session: AlchemySession, job: jobs.Job) -> None:
    """Bring the comments on a version to the next one."""
    carry.carry(session, job)


@jobs.kind(results_data.EXPORT, queue=jobs.LONG)
def make_results_dataset(session: AlchemySession, job: jobs.Job) -> None:
    """Bring the results of a consultation into the catalogue."""
    results_data.make(session, job)


@jobs.kind(results_data.RENEW, queue=jobs.LONG)
def renew_results_dataset(session: AlchemySession, job: jobs.Job) -> None:
    """Bring what changed in the results of a consultation into its dataset."""
    results_data.renew(session, job)
