"""What waits for whom, what may be done next, and who did what."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan.types import Context, DataDict

from ckanext.opengov.domain.publication import REVISION_TRANSITIONS, TRANSITIONS, State, Step
from ckanext.opengov.logic.action.revisions import described, shown
from ckanext.opengov.logic.candidates import candidates
from ckanext.opengov.logic.steps import (
    actor_of,
    as_utc,
    facts_of,
    package_of,
    state_of,
    utc_now,
)
from ckanext.opengov.model import publication, revisions
from ckanext.opengov.shared import audit, pager
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.lifecycle import outlook
from ckanext.opengov.shared.glue.actions import domain_action, sentence_of

__all__ = ["opengov_dataset_history", "opengov_review_list", "opengov_review_show"]

_LATER = timedelta(days=1)


@tk.side_effect_free
@domain_action
def opengov_dataset_history(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return who took which step when, the oldest first.

    Args:
        id (str): id or name of the dataset
        cursor (str): ``next_cursor`` of the page before
        limit (int): 1 to 100, 20 by default
    """
    package = package_of(context, tk.get_or_bust(data_dict, "id"))
    tk.check_access("opengov_dataset_history", context, {"id": package.id})
    query, number = audit.of_subject(f"dataset:{package.id}")
    found = pager.page(context["session"], query, [number], data_dict)
    return found.as_dict(lambda row: _step(row[0]))


def _step(row: audit.AuditRow) -> dict[str, Any]:
    return {"step": row.step, "actor_id": row.actor_id, "at": as_utc(row.at), **row.details}


@tk.side_effect_free
@domain_action
def opengov_review_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the datasets that wait for the caller's review, the longest waiting first.

    Args:
        owner_org (str): only those of this body, by id
        cursor (str): ``next_cursor`` of the page before
        limit (int): 1 to 100, 20 by default
    """
    tk.check_access("opengov_review_list", context, data_dict)
    session, actor = context["session"], actor_of(context, None)
    user_id = actor.user_id or ""
    bodies = publication.bodies_reviewed_by(session, user_id)
    if data_dict.get("owner_org"):
        bodies = [body for body in bodies if body == data_dict["owner_org"]]
    query, *order = revisions.waiting_for(user_id, bodies)
    return pager.page(session, query, order, data_dict).as_dict(_waiting)


def _waiting(row: sa.Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "title": row.title,
        "owner_org": row.owner_org,
        "revision": row.revision,
        "state": row.state,
        "waiting_since": as_utc(row.waiting_since),
        "publish_at": as_utc(row.publish_at),
    }


@tk.side_effect_free
def opengov_review_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return where a dataset, or the change to it that is under way, stands in the review.

    ``steps`` has what the caller's role allows next: ``{"step", "obstacle"}``, where
    ``obstacle`` is null or ``{"code", "field", "message"}``. ``revision`` is null, or
    as ``opengov_revision_show`` gives it. ``files`` are those under review:
    ``{"resource_id", "name", "sha256", "verdict"}``.

    Args:
        id (str): id or name of the dataset
    """
    package = package_of(context, tk.get_or_bust(data_dict, "id"))
    tk.check_access("opengov_review_show", context, {"id": package.id})
    session = context["session"]
    row, revision = publication.find(session, package.id), revisions.open_of(session, package.id)
    place, table = (revision, REVISION_TRANSITIONS) if revision else (row, TRANSITIONS)
    actor, now = actor_of(context, package.owner_org), utc_now()
    # What the steps themselves bring is taken as given.
    facts = facts_of(context, package, revision, now=now, reason="-", publish_at=_LATER + now)
    steps = outlook(table, state_of(place), actor, facts)
    if revision:
        steps |= outlook(TRANSITIONS, State.PUBLISHED, actor, facts)
    return {
        "id": package.id,
        "name": package.name,
        "title": package.title,
        "state": place.state,
        "reason": place.reason,
        "changed_at": as_utc(place.changed_at),
        "publish_at": as_utc(place.publish_at),
        "files": described(session, candidates(session, package, revision)),
        "revision": shown(context, package, revision) if revision else None,
        "steps": [
            {"step": step, "obstacle": _obstacle(error)}
            for step, error in steps.items()
            if step is not Step.EDIT
        ],
    }


def _obstacle(error: DomainError | None) -> dict[str, str] | None:
    if error is None:
        return None
    return {"code": error.code, "field": error.field, "message": sentence_of(error)}
