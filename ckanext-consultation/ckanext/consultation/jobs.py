"""The long work of consultations."""

from __future__ import annotations

from datetime import datetime

from ckan.types import AlchemySession

from ckanext.consultation import messages
from ckanext.consultation.logic import carry, importing, results_data
from ckanext.consultation.model import answers, guests
from ckanext.opengov.shared import jobs
from ckanext.opengov.shared.domain.moments import utc_now


@jobs.kind("consultation.tell-of-reply", queue=jobs.LONG)
def tell_of_reply(session: AlchemySession, job: jobs.Job) -> None:
    """Tell the people whom a reply answers."""
    reply = answers.reply(session, job.subject)
    if reply is not None and reply.published_at is not None:
        messages.tell_of_reply(session, reply, utc_now())


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


@jobs.kind(carry.TELL, queue=jobs.LONG)
def tell_of_text(session: AlchemySession, job: jobs.Job) -> None:
    """Tell those who took part that the text has a new version."""
    carry.tell(session, job)


@jobs.kind(results_data.EXPORT, queue=jobs.LONG)
def make_results_dataset(session: AlchemySession, job: jobs.Job) -> None:
    """Bring the results of a consultation into the catalogue."""
    results_data.make(session, job)


@jobs.kind(results_data.RENEW, queue=jobs.LONG)
def renew_results_dataset(session: AlchemySession, job: jobs.Job) -> None:
    """Bring what changed in the results of a consultation into its dataset."""
    results_data.renew(session, job)
