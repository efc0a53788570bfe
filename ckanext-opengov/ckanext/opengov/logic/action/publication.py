"""The steps of a dataset's life, from draft to withdrawal."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dateutil.parser import isoparse

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import Context, DataDict

from ckanext.opengov.domain.publication import TRANSITIONS, State, Step
from ckanext.opengov.logic.steps import (
    actor_of,
    by_the_suite,
    clock,
    facts_of,
    package_of,
    state_of,
    utc_now,
)
from ckanext.opengov.model import publication
from ckanext.opengov.shared import audit, jobs
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.lifecycle import advance
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = [
    "opengov_dataset_history",
    "opengov_dataset_publish",
    "opengov_dataset_return",
    "opengov_dataset_submit",
    "opengov_dataset_withdraw",
    "opengov_review_list",
]

REVIEW_LIST_LIMIT = 100


class NotATime(DomainError):
    """The time of publication cannot be read."""

    code = "not-a-time"
    field = "publish_at"
    template = N_("Give the time of publication as 2026-05-04T08:00:00Z, with its time zone.")


@domain_action
def opengov_dataset_submit(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Hand a draft or returned dataset over for review; return the dataset.

    Args:
        id (str): id or name of the dataset
    """
    package = package_of(context, tk.get_or_bust(data_dict, "id"))
    tk.check_access("opengov_dataset_submit", context, {"id": package.id})
    return _take(context, package, Step.SUBMIT, actor_of(context, package.owner_org))


@domain_action
def opengov_dataset_return(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Give a dataset back to its authors; return the dataset.

    Args:
        id (str): id or name of the dataset
        reason (str): what to mend, for the authors
    """
    package = package_of(context, tk.get_or_bust(data_dict, "id"))
    tk.check_access("opengov_dataset_return", context, {"id": package.id})
    actor = actor_of(context, package.owner_org)
    return _take(context, package, Step.RETURN, actor, reason=_reason(data_dict))


@domain_action
def opengov_dataset_publish(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Approve a dataset: now, or at a time; return the dataset.

    Args:
        id (str): id or name of the dataset
        publish_at (str): when, in ISO 8601 with a time zone; without it, at once
    """
    package = package_of(context, tk.get_or_bust(data_dict, "id"))
    tk.check_access("opengov_dataset_publish", context, {"id": package.id})
    actor = actor_of(context, package.owner_org)
    publish_at = _moment(data_dict.get("publish_at"))
    if publish_at is not None:
        return _take(context, package, Step.SCHEDULE, actor, publish_at=publish_at)
    return _take(context, package, Step.PUBLISH, actor)


@domain_action
def opengov_dataset_withdraw(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Take a published dataset back; return the dataset.

    Args:
        id (str): id or name of the dataset
        reason (str): why, for the public
    """
    package = package_of(context, tk.get_or_bust(data_dict, "id"))
    tk.check_access("opengov_dataset_withdraw", context, {"id": package.id})
    actor = actor_of(context, package.owner_org)
    return _take(context, package, Step.WITHDRAW, actor, reason=_reason(data_dict))


@tk.side_effect_free
def opengov_dataset_history(context: Context, data_dict: DataDict) -> list[dict[str, Any]]:
    """Return who took which step when, the oldest first.

    Args:
        id (str): id or name of the dataset
    """
    package = package_of(context, tk.get_or_bust(data_dict, "id"))
    tk.check_access("opengov_dataset_history", context, {"id": package.id})
    rows = audit.history(context["session"], f"dataset:{package.id}")
    return [
        {"step": row.step, "actor_id": row.actor_id, "at": as_utc(row.at), **row.details}
        for row in rows
    ]


@tk.side_effect_free
def opengov_review_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the datasets that wait for the caller's review, the longest waiting first.

    Args:
        owner_org (str): only those of this body, by id
    """
    tk.check_access("opengov_review_list", context, data_dict)
    session, actor = context["session"], actor_of(context, None)
    bodies = publication.bodies_reviewed_by(session, actor.user_id or "")
    if data_dict.get("owner_org"):
        bodies = [body for body in bodies if body == data_dict["owner_org"]]
    query = publication.waiting(bodies).limit(REVIEW_LIST_LIMIT)
    rows = session.execute(query).mappings()
    return {"results": [{**row, "waiting_since": as_utc(row["waiting_since"])} for row in rows]}


def publish_scheduled(context: Context, package: ckan_model.Package, now: datetime) -> None:
    """Publish a dataset whose time has come. For the sweep; no caller of the API is the clock."""
    _take(context, package, Step.PUBLISH, clock(), now=now)


def as_utc(moment: datetime | None) -> str | None:
    """Return the moment as the API writes it: ISO 8601 in UTC with ``Z``."""
    return None if moment is None else f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _reason(data_dict: DataDict) -> str:
    reason = data_dict.get("reason")
    return reason.strip() if isinstance(reason, str) else ""


def _moment(text: object) -> datetime | None:
    if text in (None, ""):
        return None
    try:
        moment = isoparse(str(text))
    except ValueError as error:
        raise NotATime from error
    if moment.tzinfo is None:
        raise NotATime
    return moment


def _take(
    context: Context, package: ckan_model.Package, step: Step, actor: Actor, **details: Any
) -> dict[str, Any]:
    """Take the step: ask the rules, store, audit, commit once.

    ``details`` are the fields of the facts that the step itself brings.
    """
    session = context["session"]
    row = publication.find(session, package.id, lock=True)
    known = {"now": utc_now(), "publish_at": row.publish_at, **details}
    facts = facts_of(context, package, **known)
    now = facts.now
    after = advance(TRANSITIONS, state_of(row), step, actor, facts)
    if step is Step.SUBMIT and actor.user_id:
        publication.add_contributor(session, package.id, actor.user_id)
    row.state, row.changed_at = after, now
    row.reason = details.get("reason")
    row.publish_at = facts.publish_at if after is State.SCHEDULED else None
    if after is State.PUBLISHED:
        row.published_at = now
        _set_package_state(context, package, "active")
        jobs.enqueue(session, "opengov.tables", package.id, now=now)
    elif after is State.WITHDRAWN:
        row.withdrawn_at = now
        _set_package_state(context, package, "draft")
        jobs.enqueue(session, "opengov.tables", package.id, now=now)
    audit.record(
        session,
        subject=f"dataset:{package.id}",
        step=step,
        actor_id=actor.user_id,
        at=now,
        details={"state": after},
    )
    jobs.enqueue(session, "opengov.index", package.id, now=now)
    session.commit()
    shown: Any = {"user": context["user"], "session": session, "ignore_auth": True}
    dataset: dict[str, Any] = tk.get_action("package_show")(shown, {"id": package.id})
    return dataset


def _set_package_state(context: Context, package: ckan_model.Package, state: str) -> None:
    """Change CKAN's own state in the open transaction; the search index follows by a job.

    With ``defer_commit`` CKAN neither commits nor indexes: were the index written
    first, a crash before the commit would show the public what is not published.
    """
    ours: Any = {
        "session": context["session"],
        "user": context["user"],
        "auth_user_obj": context.get("auth_user_obj"),
        "ignore_auth": True,
        "defer_commit": True,
        "return_id_only": True,
        "allow_state_change": True,
    }
    with by_the_suite():
        tk.get_action("package_patch")(ours, {"id": package.id, "state": state})
