"""What the workers do for publication."""

from __future__ import annotations

import json
import logging
from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.lib import search
from ckan.types import AlchemySession

from ckanext.opengov import storage
from ckanext.opengov.logic.action.publication import publish_scheduled
from ckanext.opengov.logic.steps import by_the_suite, fingerprint, schema_text, utc_now
from ckanext.opengov.model import files, publication, tables
from ckanext.opengov.shared import jobs
from ckanext.opengov.shared.domain.errors import DomainError

log = logging.getLogger(__name__)

DUE_AT_ONCE = 100


@jobs.kind("opengov.check", queue=jobs.LONG)
def check(session: AlchemySession, job: jobs.Job) -> None:
    """Check the file of a resource and keep the report."""
    from ckanext.opengov.validation import engine  # noqa: PLC0415 - slow to import

    resource = session.get(ckan_model.Resource, job.subject)
    stored = files.file_of(session, job.subject)
    if resource is None or stored is None:
        return
    schema = schema_text(resource)
    report = engine.check_file(
        storage.path_of(stored.sha256),
        name=resource.name or resource.url,
        format=resource.format or "",
        schema=json.loads(schema) if schema else None,
    )
    files.put_check(
        session,
        {
            "resource_id": resource.id,
            "fingerprint": fingerprint(stored.sha256, schema),
            "verdict": report.verdict,
            "blocking": report.blocking,
            "report": report.as_dict(),
            "checked_at": utc_now(),
        },
    )


@jobs.kind("opengov.index", queue=jobs.SHORT)
def index(_session: AlchemySession, job: jobs.Job) -> None:
    """Bring the search index up to date with the dataset."""
    search.rebuild(job.subject)


@jobs.kind("opengov.tables", queue=jobs.LONG)
def make_tables(session: AlchemySession, job: jobs.Job) -> None:
    """Make the DataStore tables of a published dataset; drop those of a withdrawn one."""
    package = session.get_one(ckan_model.Package, job.subject)
    ids = [resource.id for resource in package.resources if resource.state == "active"]
    checks, stored = files.checks_of(session, ids), files.files_of(session, ids)
    site_user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    for id_, found in checks.items():
        context: Any = {"user": site_user["name"], "ignore_auth": True}
        with by_the_suite():
            if package.state == "active":
                tables.load(context, id_, storage.path_of(stored[id_].sha256), found.report)
            else:
                tables.drop(context, id_)


@jobs.sweeper
def publish_due(session: AlchemySession, now: datetime) -> int:
    """Publish what a reviewer scheduled and whose time has come; return how many.

    Whatever a dataset has in its way by now (a reviewer became an author, say)
    leaves it scheduled, and the others go on.
    """
    published = 0
    for package_id in publication.due(session, now, DUE_AT_ONCE):
        package = session.get_one(ckan_model.Package, package_id)
        context: Any = {"user": "", "session": session, "ignore_auth": True}
        try:
            publish_scheduled(context, package, now)
            published += 1
        except DomainError as error:
            session.rollback()
            log.warning("Dataset %s stays scheduled: %s", package_id, error.code)
    return published
