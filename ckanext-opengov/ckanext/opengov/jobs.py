"""What the workers do for publication."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import NoResultFound

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.lib import search
from ckan.types import AlchemySession

from ckanext.opengov import config as options
from ckanext.opengov import storage
from ckanext.opengov.kept import CATALOGUE
from ckanext.opengov.logic import redacting
from ckanext.opengov.logic.action.publication import publish_scheduled
from ckanext.opengov.logic.candidates import candidates, checked, keep_results, to_check
from ckanext.opengov.logic.candidates import check as check_candidate
from ckanext.opengov.logic.comparing import COMPARE, ask_for_comparisons, compare_now
from ckanext.opengov.logic.reminders import BATCH, day_of, remind
from ckanext.opengov.model import bodies, files, revisions, tables, uploads
from ckanext.opengov.shared import digests as _digests  # noqa: F401 - registers its sweeper
from ckanext.opengov.shared import inbox, jobs
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.moments import utc_now
from ckanext.opengov.shared.redaction import FORGET, REDACT
from ckanext.opengov.shared.web import generations
from ckanext.opengov.validation.weights import loadable

log = logging.getLogger(__name__)

DAILY = "opengov.daily"
DUE_AT_ONCE = 100
UPLOAD_KEPT = timedelta(days=1)
JOBS_KEPT = timedelta(days=30)


@jobs.kind("opengov.check", queue=jobs.LONG)
def check(session: AlchemySession, job: jobs.Job) -> None:
    """Check the file of a resource and keep the report."""
    for candidate in to_check(session, job.subject):
        report = check_candidate(candidate, lambda share: jobs.report_progress(session, job, share))
        files.put_check(
            session,
            {
                "resource_id": candidate.resource_id,
                "fingerprint": candidate.fingerprint,
                "verdict": report["verdict"],
                "blocking": report["blocking"],
                "report": report,
                "checked_at": utc_now(),
            },
        )
        package = session.get_one(ckan_model.Package, candidate.package_id)
        served = files.file_of(session, candidate.resource_id)
        if package.state == "active" and served and served.sha256 == candidate.sha256:
            # Words were taken out of it, and its table went with them.
            keep_results(session, package.id)
            jobs.enqueue(session, "opengov.tables", package.id, now=utc_now())
        ask_for_comparisons(session, package)


@jobs.kind(COMPARE, queue=jobs.LONG)
def compare(session: AlchemySession, job: jobs.Job) -> None:
    """Compare the published file of a resource with the one that a change brings."""
    compare_now(session, job.subject, lambda share: jobs.report_progress(session, job, share))


@jobs.kind("opengov.index", queue=jobs.SHORT)
def index(session: AlchemySession, job: jobs.Job) -> None:
    """Bring the search index up to date with the dataset."""
    search.rebuild(job.subject)
    generations.touch(session, CATALOGUE)


@jobs.kind("opengov.index-body", queue=jobs.LONG)
def index_body(session: AlchemySession, job: jobs.Job) -> None:
    """Bring the search index up to date with what a body's datasets show of it."""
    for package_id in bodies.datasets_of(session, job.subject):
        search.rebuild(package_id)


@jobs.kind("opengov.tables", queue=jobs.LONG)
def make_tables(session: AlchemySession, job: jobs.Job) -> None:
    """Make the DataStore tables of a published dataset; drop those of a withdrawn one."""
    # One after the other, so that the newest files are the last to be read.
    lock = sa.func.hashtextextended(f"opengov.tables:{job.subject}", 0)
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(lock)))
    package = session.get_one(ckan_model.Package, job.subject)
    found = candidates(session, package, None)
    if package.state != "active":
        for each in found:
            tables.drop(each.resource_id)
        return
    checks = checked(session, found)
    for each in found:
        has_table = False
        if each.sha256 and each.resource_id in checks:
            report, schema = loadable(checks[each.resource_id].found, each.descriptor)
            path = storage.path_of(each.sha256)
            has_table = tables.load(each.resource_id, path, dict(report), schema)
        resource = session.get_one(ckan_model.Resource, each.resource_id)
        # Without its own action, which would change the dataset's date of modification.
        resource.extras = {**resource.extras, "datastore_active": has_table}
    jobs.enqueue(session, "opengov.index", package.id, now=utc_now())


@jobs.kind("opengov.drop-table", queue=jobs.SHORT)
def drop_table(_session: AlchemySession, job: jobs.Job) -> None:
    """Drop the table of a resource that a revision took away."""
    tables.drop(job.subject)


@jobs.kind(REDACT, queue=jobs.SHORT)
def redact(session: AlchemySession, job: jobs.Job) -> None:
    """Take words out of a dataset that may no longer be public."""
    redacting.redact(session, job.subject, utc_now())


@jobs.kind(FORGET, queue=jobs.SHORT)
def forget_bytes(session: AlchemySession, job: jobs.Job) -> None:
    """Delete bytes that nothing serves any more."""
    redacting.forget_bytes(session, job.subject)


@jobs.sweeper
def begin_the_day(session: AlchemySession, now: datetime) -> int:
    """Ask for what is done once a day, unless that was; return how many days began."""
    today = day_of(now).today.isoformat()
    if jobs.latest(session, DAILY, today):
        return 0
    jobs.enqueue(session, DAILY, today, now=now)
    session.commit()
    return 1


@jobs.kind(DAILY, queue=jobs.LONG)
def do_the_days_work(session: AlchemySession, job: jobs.Job) -> None:
    """Remind of what is late, forget old notices and jobs; ask to go on where that is not all."""
    # Two sweeps at once may both have begun the day; nobody is told twice.
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(DAILY))))
    now = utc_now()
    reminded = remind(session, now)
    forgotten = inbox.forget_read(session, now, options.notice_days())
    superseded = jobs.forget_superseded(session, now - JOBS_KEPT)
    if reminded == BATCH or forgotten == inbox.BATCH or superseded == jobs.BATCH:
        jobs.enqueue(session, DAILY, job.subject, now=now)


@jobs.sweeper
def forget_uploads(session: AlchemySession, now: datetime) -> int:
    """Throw away files that began to arrive more than a day ago; return how many."""
    gone = uploads.older_than(session, now - UPLOAD_KEPT)
    for upload_id in gone:
        storage.forget_part(upload_id)
    uploads.forget(session, gone)
    session.commit()
    return len(gone)


@jobs.sweeper
def publish_due(session: AlchemySession, now: datetime) -> int:
    """Publish what a reviewer scheduled and whose time has come; return how many.

    Whatever a dataset has in its way by now (a reviewer became an author, say)
    leaves it scheduled, and the others go on.
    """
    published = 0
    for package_id in revisions.due(session, now):
        context: Any = {"user": "", "session": session, "ignore_auth": True}
        try:
            package = session.get_one(ckan_model.Package, package_id)
            publish_scheduled(context, package, now)
            published += 1
        except (DomainError, tk.ValidationError, tk.ObjectNotFound, NoResultFound) as error:
            session.rollback()
            reason = getattr(error, "code", type(error).__name__)
            log.warning("Dataset %s stays scheduled: %s", package_id, reason)
        if published == DUE_AT_ONCE:
            break
    return published
