"""What the workers do for publication."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
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
from ckanext.opengov.logic import redacting, standing
from ckanext.opengov.logic.action.publication import publish_scheduled
from ckanext.opengov.logic.candidates import (
    FIRST,
    Candidate,
    candidates,
    checked,
    keep_results,
    to_check,
)
from ckanext.opengov.logic.candidates import check as check_candidate
from ckanext.opengov.logic.changes import DROP
from ckanext.opengov.logic.comparing import COMPARE, ask_for_comparisons, compare_now
from ckanext.opengov.logic.reminders import (
    BATCH,
    TELL_OF_SCHEMA,
    day_of,
    remind,
    tell_of_deprecated,
)
from ckanext.opengov.logic.repairing import REPAIR, past_of, repair_now
from ckanext.opengov.logic.upserting import WRITE, restore, write_rows
from ckanext.opengov.model import bodies, exports, files, revisions, tables, uploads, upserts
from ckanext.opengov.shared import digests as _digests  # noqa: F401 - registers its sweeper
from ckanext.opengov.shared import inbox, jobs
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.moments import utc_now
from ckanext.opengov.shared.redaction import FORGET, REDACT
from ckanext.opengov.shared.web import generations
from ckanext.opengov.validation.report import Kept
from ckanext.opengov.validation.weights import loadable

log = logging.getLogger(__name__)

DAILY = "opengov.daily"
EXPORTS, SEARCH_COLUMN = "opengov.exports", "opengov.search-column"
DUE_AT_ONCE = 100
UPLOAD_KEPT = timedelta(days=1)
JOBS_KEPT = timedelta(days=30)


def share_of_file(session: AlchemySession, resource_id: str) -> jobs.Share:
    """Return whose file it is, and its bytes: of the one that is under way, or else served."""
    return jobs.Share(*revisions.share_of(session, resource_id))


def share_of_dataset(session: AlchemySession, package_id: str) -> jobs.Share:
    """Return whose dataset it is, and the bytes of all its files."""
    return jobs.Share(*revisions.share_of_dataset(session, package_id))


@jobs.kind("opengov.check", queue=jobs.LONG, share_of=share_of_file)
def check(session: AlchemySession, job: jobs.Job) -> None:
    """Check the file of a resource and keep the report."""
    for candidate in to_check(session, job.subject):
        report = check_candidate(
            candidate,
            lambda share: jobs.report_progress(session, job, share),
            past_of(session, candidate),
            partial(_tell_first, session, candidate),
        )
        files.put_check(session, _report(candidate, candidate.fingerprint, report))
        files.forget_check(session, candidate.resource_id, f"{FIRST}{candidate.fingerprint}")
        package = session.get_one(ckan_model.Package, candidate.package_id)
        served = files.file_of(session, candidate.resource_id)
        if package.state == "active" and served and served.sha256 == candidate.sha256:
            # Words were taken out of it, and its table went with them.
            keep_results(session, package.id)
            jobs.enqueue(session, "opengov.tables", package.id, now=utc_now())
        ask_for_comparisons(session, package)


def _tell_first(session: AlchemySession, candidate: Candidate, report: Kept) -> None:
    values = _report(candidate, f"{FIRST}{candidate.fingerprint}", report)
    files.put_check(jobs.beside(session), values)


def _report(candidate: Candidate, fingerprint: str, report: Kept) -> dict[str, Any]:
    """Return a report as it is kept: columns of ``Check``."""
    return {
        "resource_id": candidate.resource_id,
        "fingerprint": fingerprint,
        "verdict": report["verdict"],
        "blocking": report["blocking"],
        "report": report,
        "checked_at": utc_now(),
    }


@jobs.kind(REPAIR, queue=jobs.LONG, share_of=share_of_file)
def repair(session: AlchemySession, job: jobs.Job) -> None:
    """Make the repairs that were accepted of a file."""
    repair_now(session, job.subject, lambda share: jobs.report_progress(session, job, share))


@jobs.kind(COMPARE, queue=jobs.LONG, share_of=share_of_file)
def compare(session: AlchemySession, job: jobs.Job) -> None:
    """Compare the published file of a resource with the one that a change brings."""
    compare_now(session, job.subject, lambda share: jobs.report_progress(session, job, share))


@jobs.kind("opengov.index", queue=jobs.SHORT)
def index(session: AlchemySession, job: jobs.Job) -> None:
    """Bring the search index up to date with the dataset."""
    try:
        search.rebuild(job.subject)
    except tk.ObjectNotFound:
        # Purged meanwhile.
        search.clear(job.subject)
    generations.touch(session, CATALOGUE)


@jobs.kind("opengov.index-body", queue=jobs.LONG)
def index_body(session: AlchemySession, job: jobs.Job) -> None:
    """Bring the search index up to date with what a body's datasets show of it."""
    for package_id in bodies.datasets_of(session, job.subject):
        search.rebuild(package_id)


@jobs.kind(TELL_OF_SCHEMA, queue=jobs.SHORT)
def tell_of_schema(session: AlchemySession, job: jobs.Job) -> None:
    """Tell the people of datasets that the version of a schema that they declare is deprecated."""
    tell_of_deprecated(session, job.subject, utc_now())


@jobs.kind("opengov.tables", queue=jobs.LONG, share_of=share_of_dataset)
def make_tables(session: AlchemySession, job: jobs.Job) -> None:
    """Make the DataStore tables of a published dataset; drop those of a withdrawn one."""
    # One after the other, so that the newest files are the last to be read.
    lock = sa.func.hashtextextended(f"opengov.tables:{job.subject}", 0)
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(lock)))
    package = session.get(ckan_model.Package, job.subject)
    if package is None:
        # Purged: each of its tables has a job of its own.
        return
    for resource_id in sorted(each.id for each in package.resources):
        # Whoever adds rows waits, so that none is lost between the old table and the new one;
        # and who takes words out or drops the table, so that it does not come back.
        upserts.lock(session, resource_id)
    found = candidates(session, package, None)
    if package.state != "active":
        for each in found:
            tables.drop(each.resource_id)
        return
    checks = checked(session, found)
    made = {each.resource_id: _make_table(session, each, checks) for each in found}
    for resource_id, has_table in sorted(made.items()):
        # As it is by now: a change may have been published meanwhile.
        fresh: Any = {"populate_existing": True, "with_for_update": True}
        resource = session.get_one(ckan_model.Resource, resource_id, **fresh)
        # Without its own action, which would change the dataset's date of modification.
        resource.extras = {**resource.extras, "datastore_active": has_table}
    for kind in ("opengov.index", EXPORTS, SEARCH_COLUMN):
        jobs.enqueue(session, kind, package.id, now=utc_now())


def _make_table(
    session: AlchemySession, file: Candidate, checks: Mapping[str, files.Checked]
) -> bool:
    """Make the table of a checked file that is served still; tell whether there is one now."""
    resource_id, check = file.resource_id, checks.get(file.resource_id)
    if file.sha256 and check:
        report, schema = loadable(check.found, file.descriptor)
        path = storage.path_of(file.sha256)
        has_table = tables.load(resource_id, path, dict(report), schema)
        if has_table and files.served(session, [resource_id]).get(resource_id) == file.sha256:
            restore(session, resource_id)
            return True
    # A dataset older than the suite has files that we do not know, and others made their tables.
    if file.sha256 or tables.is_ours(resource_id):
        tables.drop(resource_id)
    return False


@jobs.kind(EXPORTS, queue=jobs.LONG, share_of=share_of_dataset)
def make_exports(session: AlchemySession, job: jobs.Job) -> None:
    """Make the downloads of a published dataset's tables."""
    for resource_id in _tables_of(session, job.subject):
        exports.make(resource_id)


@jobs.kind(SEARCH_COLUMN, queue=jobs.LONG, share_of=share_of_dataset)
def make_searchable(session: AlchemySession, job: jobs.Job) -> None:
    """Let words be searched in a published dataset's tables, and offer filters."""
    for resource_id in _tables_of(session, job.subject):
        tables.make_searchable(resource_id)
        tables.index_filters(resource_id)


def _tables_of(session: AlchemySession, package_id: str) -> list[str]:
    """Return the resources of a published dataset that have tables."""
    package = session.get(ckan_model.Package, package_id)
    if package is None or package.state != "active":
        return []
    return [each.id for each in package.resources if (each.extras or {}).get("datastore_active")]


@jobs.kind(WRITE, queue=jobs.LONG, share_of=share_of_file)
def write_waiting_rows(session: AlchemySession, job: jobs.Job) -> None:
    """Write the rows that came through the API into the published file."""
    write_rows(
        session, job.subject, utc_now(), lambda share: jobs.report_progress(session, job, share)
    )


@jobs.sweeper
def end_past_approvals(session: AlchemySession, now: datetime) -> int:
    """End the standing approvals whose last day has passed; return how many."""
    ended = standing.end_past(session, now)
    session.commit()
    return ended


@jobs.kind(DROP, queue=jobs.SHORT)
def drop_table(session: AlchemySession, job: jobs.Job) -> None:
    """Drop the table of a resource that serves no file any more."""
    # Who makes the table right now ends first.
    upserts.lock(session, job.subject)
    if not files.served(session, [job.subject]):
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
    for resource_id in _orphaned_tables(session):
        jobs.enqueue(session, DROP, resource_id, now=now)
    tables.forget_half_made()
    exports.forget_orphans()
    for package_id in _without_downloads(session):
        jobs.enqueue(session, EXPORTS, package_id, now=now)
    if reminded == BATCH or forgotten == inbox.BATCH or superseded == jobs.BATCH:
        jobs.enqueue(session, DAILY, job.subject, now=now)


def _orphaned_tables(session: AlchemySession) -> list[str]:
    """Return the suite's tables of which nothing is served that they were made of."""
    made = tables.made()
    served = files.served(session, made)
    return [each for each in made if each not in served]


def _without_downloads(session: AlchemySession) -> set[str]:
    """Return the datasets with tables that an earlier release made, without downloads."""
    found = (session.get(ckan_model.Resource, each) for each in exports.missing())
    return {str(each.package_id) for each in found if each is not None}


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
