"""Changes to published datasets: prepared by one person, approved by another."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import AlchemySession, Context, DataDict

from ckanext.opengov.domain.publication import (
    REVISION_TRANSITIONS,
    Facts,
    NoOpenRevision,
    NotPublished,
    State,
    Step,
    check_editable,
)
from ckanext.opengov.logic.candidates import Candidate, candidates, checked, conforms_to
from ckanext.opengov.logic.changes import close, put_changes
from ckanext.opengov.logic.comparing import ask_for_comparisons
from ckanext.opengov.logic.sight import check_seen
from ckanext.opengov.logic.steps import actor_of, check_new_files, note_step, package_of, state_of
from ckanext.opengov.logic.waivers import about_people, in_force, standings
from ckanext.opengov.model import publication, revisions
from ckanext.opengov.shared import pager
from ckanext.opengov.shared.domain.lifecycle import advance
from ckanext.opengov.shared.domain.moments import as_utc, utc_now
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = [
    "opengov_revision_create",
    "opengov_revision_discard",
    "opengov_revision_list",
    "opengov_revision_show",
    "opengov_version_list",
]

MAX_NUMBER = 2**31 - 1


@domain_action
def opengov_revision_create(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Prepare a change to a published dataset; return the revision.

    A dataset has at most one change under way: a second call goes on with it.
    Nothing of it is public before someone else approves it.

    Every other field of ``package_patch`` may be given too, and flattened keys as
    in ``package_revise``: ``resources__<id>__description``, ``resources__extend``,
    ``resources__-1__upload``.

    Args:
        id (str): id or name of the dataset
        resources (list): the whole new list of resources. One with the ``id`` of an existing
            resource keeps what it does not name; one without is added; one left out goes.
        resource_id (str): the resource whose file ``upload`` replaces
        upload (file): the new file, as multipart form data
    """
    package = package_of(context, tk.get_or_bust(data_dict, "id"))
    tk.check_access("opengov_revision_create", context, {"id": package.id})
    session, now = context["session"], utc_now()
    if state_of(publication.find(session, package.id, lock=True)) is not State.PUBLISHED:
        raise NotPublished
    revision = revisions.open_of(session, package.id)
    if revision is None:
        revision = revisions.add_change(session, package.id, now)
    check_editable(state_of(revision))
    put_changes(context, revision, data_dict)
    revision.changed_at = now
    actor = actor_of(context, package.owner_org)
    if actor.user_id:
        publication.add_contributor(session, package.id, revision.number, actor.user_id)
    note_step(context, package.id, Step.EDIT, actor, now, revision=revision.number)
    check_new_files(context, candidates(session, package, revision))
    ask_for_comparisons(session, package)
    if not context.get("defer_commit"):
        session.commit()
    return shown(context, package, revision)


@tk.side_effect_free
@domain_action
def opengov_revision_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return a revision of a dataset: the one under way, if no number is given.

    ``changes`` has the new values by field. ``files`` has the files as they will be
    published: ``{"resource_id", "name", "sha256", "verdict", "about_people", "schema_ref",
    "conforms_to"}``; ``sha256`` is null for a link, ``verdict`` until the file is checked,
    ``schema_ref`` where it declares no schema of the catalogue, ``conforms_to`` where the check
    found it does not keep to that. ``about_people`` are the findings that a second person can
    let pass: ``{"code", "field", "message", "waiver"}``.

    Args:
        id (str): id or name of the dataset
        number (int): which revision; 1 is the first publication
    """
    package = package_of(context, tk.get_or_bust(data_dict, "id"))
    tk.check_access("opengov_revision_show", context, {"id": package.id})
    session, number = context["session"], data_dict.get("number")
    if number in (None, ""):
        revision = revisions.open_of(session, package.id)
    else:
        revision = revisions.numbered(session, package.id, number_of(number))
    if revision is None:
        raise tk.ObjectNotFound(tk._("Revision not found"))
    return shown(context, package, revision)


@tk.side_effect_free
@domain_action
def opengov_revision_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the revisions of a dataset without their changes, the newest first.

    Args:
        id (str): id or name of the dataset
        cursor (str): ``next_cursor`` of the page before
        limit (int): 1 to 100, 20 by default
    """
    package = package_of(context, tk.get_or_bust(data_dict, "id"))
    tk.check_access("opengov_revision_list", context, {"id": package.id})
    query, number = revisions.of_dataset(package.id)
    found = pager.page(context["session"], query, [number], data_dict, newest_first=True)
    return found.as_dict(lambda row: _summary(row[0]))


@domain_action
def opengov_revision_discard(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Give up the change under way; return the revision. What is published stays as it is.

    Args:
        id (str): id or name of the dataset
        seen (str): what was shown of it: see ``opengov_dataset_submit``
    """
    package = package_of(context, tk.get_or_bust(data_dict, "id"))
    tk.check_access("opengov_revision_discard", context, {"id": package.id})
    session, now = context["session"], utc_now()
    publication.find(session, package.id, lock=True)
    check_seen(context, package, data_dict.get("seen"))
    revision = revisions.open_of(session, package.id)
    if revision is None:
        raise NoOpenRevision
    check_editable(state_of(revision))
    actor = actor_of(context, package.owner_org)
    state = state_of(revision)
    revision.state = advance(REVISION_TRANSITIONS, state, Step.DISCARD, actor, Facts(now=now))
    revision.changed_at = now
    close(context, revision)
    note_step(context, package.id, Step.DISCARD, actor, now, revision=revision.number)
    session.commit()
    return shown(context, package, revision)


def shown(
    context: Context, package: ckan_model.Package, revision: revisions.Revision
) -> dict[str, Any]:
    """Return the revision as the API shows it."""
    session = context["session"]
    found = candidates(session, package, revision)
    if revision.state in revisions.CLOSED:
        brought = revisions.files_of(session, revision.id)
        found = [each for each in found if each.resource_id in brought]
    return {
        **_summary(revision),
        "changes": revision.changes,
        "files": described(session, found),
    }


def described(session: AlchemySession, found: list[Candidate]) -> list[dict[str, Any]]:
    """Return files as the API shows them, each with the verdict of its check."""
    checks = checked(session, found)
    standing, waived = standings(session, checks), in_force(session, checks)
    return [
        {
            "resource_id": each.resource_id,
            "name": each.name,
            "sha256": each.sha256,
            "verdict": standing[each.resource_id].verdict if each.resource_id in standing else None,
            "about_people": about_people(checks[each.resource_id], waived.get(each.resource_id, ()))
            if each.resource_id in checks
            else [],
            "schema_ref": each.schema_ref or None,
            "conforms_to": conforms_to(session, each, checks.get(each.resource_id)),
        }
        for each in found
    ]


def _summary(revision: revisions.Revision) -> dict[str, Any]:
    return {
        "id": revision.id,
        "package_id": revision.package_id,
        "number": revision.number,
        "state": revision.state,
        "reason": revision.reason,
        "reasons": revision.reasons,
        "created_at": as_utc(revision.created_at),
        "changed_at": as_utc(revision.changed_at),
        "publish_at": as_utc(revision.publish_at),
        "published_at": as_utc(revision.published_at),
    }


@tk.side_effect_free
@domain_action
def opengov_version_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the versions of a dataset that were published, the newest first.

    Each is ``{"number", "published_at", "fields", "lacks_words", "has_rows"}``; ``fields`` names
    what it changed, ``resources`` among them where files did. ``lacks_words``: words that may no
    longer be public were taken out, at once and without a reviewer; nothing else changed.
    ``has_rows``: rows came through the API by a standing approval; nothing else changed. A
    dataset that is older than the suite has no first version.

    Args:
        id (str): id or name of the dataset
        cursor (str): ``next_cursor`` of the page before
        limit (int): 1 to 100, 20 by default
    """
    package = package_of(context, tk.get_or_bust(data_dict, "id"))
    tk.check_access("opengov_version_list", context, {"id": package.id})
    query, number = revisions.of_dataset(package.id)
    query = query.where(revisions.Revision.state == State.PUBLISHED)
    found = pager.page(context["session"], query, [number], data_dict, newest_first=True)
    return found.as_dict(lambda row: _version(row[0]))


def _version(revision: revisions.Revision) -> dict[str, Any]:
    return {
        "number": revision.number,
        "published_at": as_utc(revision.published_at),
        "fields": sorted(revision.changes),
        "lacks_words": revisions.REDACTED in revision.reasons,
        "has_rows": revisions.ROWS in revision.reasons,
    }


def number_of(text: object) -> int:
    """Return a revision number; 0, which no revision has, for what is none."""
    try:
        number = int(str(text))
    except ValueError:
        return 0
    return number if 0 < number <= MAX_NUMBER else 0
