"""The work before a review: a draft is begun, and what is left to do is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import AlchemySession, Context, DataDict

from ckanext.opengov import config
from ckanext.opengov.domain.licences import Answer, answer_of
from ckanext.opengov.domain.publication import State
from ckanext.opengov.domain.tasks import Prepared, next_task, tasks, tasks_to_mend
from ckanext.opengov.logic import licences
from ckanext.opengov.logic.candidates import candidates, checked
from ckanext.opengov.logic.sources import used_by
from ckanext.opengov.logic.steps import actor_of, package_of, state_of
from ckanext.opengov.logic.waivers import standings
from ckanext.opengov.model import publication, revisions
from ckanext.opengov.shared.domain.moments import utc_now
from ckanext.opengov.shared.domain.texts import as_texts, pick
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = ["opengov_dataset_start", "opengov_dataset_tasks"]

SAME_WISH = timedelta(minutes=1)
"""Within this time the same title in the same body by the same person is a form sent twice."""


@domain_action
def opengov_dataset_start(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Begin a dataset with what one knows at once; return it.

    It has the site's recommended licence until another one is chosen. Sent twice
    within a minute, also in parallel, it makes one draft.

    Args:
        title_translated (dict): the title, in one language at least
        owner_org (str): id or name of the body
    """
    tk.check_access("opengov_dataset_start", context, data_dict)
    session, user_id = context["session"], actor_of(context, None).user_id or ""
    texts = as_texts(data_dict.get("title_translated")) or {}
    title = pick(texts, config.languages())
    body = ckan_model.Group.get(str(data_dict.get("owner_org") or ""))
    body_id = body.id if body else ""
    lock = sa.func.hashtextextended("\n".join(("opengov_start", user_id, body_id, title)), 0)
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(lock)))
    twin = _twin(session, user_id, body_id, title) if title else None
    if twin is None:
        wanted = {
            "title_translated": data_dict.get("title_translated"),
            "owner_org": data_dict.get("owner_org"),
            "license_id": licences.recommended(),
        }
        ours = Context(user=context["user"], session=session)
        twin = tk.get_action("package_create")({**ours, "return_id_only": True}, wanted)
    return dict(tk.get_action("package_show")({"user": context["user"]}, {"id": twin}))


def _twin(session: AlchemySession, user_id: str, body_id: str, title: str) -> str | None:
    package: Any = ckan_model.Package
    since = utc_now().replace(tzinfo=None) - SAME_WISH
    query = sa.select(package.id).where(
        package.creator_user_id == user_id,
        package.owner_org == body_id,
        package.title == title,
        package.state == "draft",
        package.metadata_created > since,
    )
    return session.execute(query.limit(1)).scalar_one_or_none()


@tk.side_effect_free
def opengov_dataset_tasks(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return what is left to do before a dataset, or the change to it, can be reviewed.

    ``{"tasks": [{"name", "progress"}], "next", "state"}``. Names are ``describe``,
    ``files``, ``check``, ``licence`` and ``submit``; ``progress`` is ``done``,
    ``to-do``, ``running``, ``problem`` or ``later``; ``next`` is a name, or null.

    Args:
        id (str): id or name of the dataset
    """
    package = package_of(context, tk.get_or_bust(data_dict, "id"))
    tk.check_access("opengov_dataset_tasks", context, {"id": package.id})
    session = context["session"]
    revision = revisions.open_of(session, package.id)
    place = revision or publication.find(session, package.id)
    changes: dict[str, Any] = revision.changes if revision else {}
    found = candidates(session, package, revision)
    checks = checked(session, found)
    extras = package.extras or {}
    notes = changes.get(
        "notes_translated", as_texts(extras.get("notes_translated")) or package.notes
    )
    used = used_by(package, changes)
    progress = tasks(
        Prepared(
            is_described=bool(notes),
            files=len(found),
            unchecked_files=sum(each.sha256 is not None for each in found) - len(checks),
            blocked_files=sum(each.blocking > 0 for each in standings(session, checks).values()),
            is_licensed=licences.grants(changes.get("license_id") or package.license_id),
            is_forbidden=answer_of(reason for _, reason in used.reasons()) is Answer.NO,
            is_submitted=state_of(place) in (State.SUBMITTED, State.SCHEDULED),
            has_changes=revision is not None or state_of(place) is not State.PUBLISHED,
            to_mend=tasks_to_mend(place.reasons if state_of(place) is State.RETURNED else ()),
        )
    )
    return {
        "tasks": [{"name": name, "progress": state} for name, state in progress.items()],
        "next": next_task(progress),
        "state": place.state,
    }
