"""What waits for whom, what may be done next, and who did what."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import AlchemySession, Context, DataDict

from ckanext.opengov import messages
from ckanext.opengov.domain.publication import REVISION_TRANSITIONS, TRANSITIONS, State, Step
from ckanext.opengov.logic.action.revisions import described, shown
from ckanext.opengov.logic.bodies import title as title_of_body
from ckanext.opengov.logic.candidates import candidates
from ckanext.opengov.logic.comparing import uncompared
from ckanext.opengov.logic.people import FORMER, people_in, people_of, submissions
from ckanext.opengov.logic.sight import sight_of
from ckanext.opengov.logic.sizes import sizes
from ckanext.opengov.logic.sources import used_by, verdict
from ckanext.opengov.logic.steps import actor_of, facts_of, package_of, state_of
from ckanext.opengov.model import publication, revisions
from ckanext.opengov.shared import audit, pager
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.lifecycle import outlook
from ckanext.opengov.shared.domain.moments import as_utc, utc_now
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.glue.actions import domain_action, sentence_of

__all__ = ["opengov_dataset_history", "opengov_review_list", "opengov_review_show"]

_LATER = timedelta(days=1)


class NoSuchState(DomainError):
    """Nothing waits in this state."""

    code = "no-such-state"
    field = "state"
    template = N_("Ask for what is submitted, or for what is scheduled.")


@tk.side_effect_free
@domain_action
def opengov_dataset_history(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return who took which step when, the oldest first.

    ``actor`` is ``{"name", "role"}``: ``author`` or ``reviewer`` of the body, ``member``,
    ``former`` (no member any more), ``operator`` (acts for the site, and has no name here)
    or ``clock`` (a time that was set had come).

    Args:
        id (str): id or name of the dataset
        cursor (str): ``next_cursor`` of the page before
        limit (int): 1 to 100, 20 by default
    """
    package = package_of(context, tk.get_or_bust(data_dict, "id"))
    tk.check_access("opengov_dataset_history", context, {"id": package.id})
    query, number = audit.of_subject(f"dataset:{package.id}")
    session = context["session"]
    found = pager.page(session, query, [number], data_dict)
    people = people_of(session, package.owner_org, (row[0].actor_id for row in found.rows))
    return found.as_dict(lambda row: _step(row[0], people))


def _step(row: audit.AuditRow, people: dict[str | None, Any]) -> dict[str, Any]:
    return {
        "step": row.step,
        "actor_id": row.actor_id,
        "actor": people.get(row.actor_id, {"name": None, "role": FORMER}),
        "at": as_utc(row.at),
        **row.details,
    }


@tk.side_effect_free
@domain_action
def opengov_review_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the datasets that wait for the caller's review, the longest waiting first.

    Each has ``kind`` (``first`` publication or ``change``), ``submitted_by`` and
    ``submitted_at``, and ``size``: how many fields, files and rows it changes, and whether the
    files are in another order (``is_reordered``); ``is_known`` is false while rows are being
    compared. ``bodies`` are those that the caller reviews,
    ``count`` how many wait in all of the list.

    Args:
        owner_org (str): only those of this body, by id
        state (str): only ``submitted`` (to decide), or only ``scheduled`` (approved for later)
        cursor (str): ``next_cursor`` or ``previous_cursor`` of another page
        limit (int): 1 to 100, 20 by default
    """
    tk.check_access("opengov_review_list", context, data_dict)
    session, actor = context["session"], actor_of(context, None)
    user_id = actor.user_id or ""
    reviewed = publication.bodies_reviewed_by(session, user_id)
    wanted = data_dict.get("owner_org")
    asked = [body for body in reviewed if not wanted or body == wanted]
    state = data_dict.get("state") or ""
    if state not in ("", *revisions.WAITING):
        raise NoSuchState
    query, *order = revisions.waiting_for(user_id, asked, state)
    page = pager.page(session, query, order, data_dict)
    return {
        "results": _waiting(context, page.rows),
        "next_cursor": page.next_cursor,
        "previous_cursor": page.previous_cursor,
        "bodies": [
            {"id": group.id, "name": group.name, "title": title_of_body(group)}
            for group in publication.bodies(session, reviewed)
        ],
        "count": session.execute(sa.select(sa.func.count()).select_from(query.subquery())).scalar(),
    }


def _waiting(context: Context, rows: Sequence[sa.Row[Any]]) -> list[dict[str, Any]]:
    """Return the rows as the API shows them, by as many queries as for one."""
    session = context["session"]
    asked = submissions(session, (row.id for row in rows))
    actors = {row.id: asked[row.id].actor_id for row in rows if row.id in asked}
    people = people_in(session, [(row.owner_org, actors.get(row.id)) for row in rows])
    titles = {
        group.id: title_of_body(group)
        for group in publication.bodies(session, {row.owner_org for row in rows})
    }
    packages = publication.packages_of(session, [row.id for row in rows])
    known, language = sizes(session, packages), tk.h.lang() or ""
    return [
        {
            "id": row.id,
            "name": row.name,
            "title": messages.title_of(packages[row.id].extras, row.title or row.name, language),
            "owner_org": row.owner_org,
            "body": titles.get(row.owner_org, ""),
            "revision": row.revision,
            "kind": "change" if row.revision > 1 else "first",
            "state": row.state,
            "waiting_since": as_utc(row.waiting_since),
            "publish_at": as_utc(row.publish_at),
            "submitted_by": people.get((row.owner_org, actors.get(row.id))),
            "submitted_at": as_utc(asked[row.id].at) if row.id in asked else None,
            "size": known[row.id],
        }
        for row in rows
        if row.id in packages
    ]


def _asked(
    session: AlchemySession, package: ckan_model.Package, row: audit.AuditRow | None
) -> dict[str, Any]:
    """Return who asked for the review last, and when."""
    if row is None:
        return {"submitted_by": None, "submitted_at": None}
    people = people_of(session, package.owner_org, [row.actor_id])
    return {"submitted_by": people.get(row.actor_id), "submitted_at": as_utc(row.at)}


@tk.side_effect_free
def opengov_review_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return where a dataset, or the change to it that is under way, stands in the review.

    ``steps`` has what the caller's role allows next: ``{"step", "obstacle"}``, where
    ``obstacle`` is null or ``{"code", "field", "message"}``. ``revision`` is null, or
    as ``opengov_revision_show`` gives it. ``files`` are those under review:
    ``{"resource_id", "name", "sha256", "verdict", "about_people", "schema_ref", "conforms_to"}``.
    ``seen`` stands for all that is shown: sent back with a step, it keeps the step from meeting
    something else.
    ``contributors`` are the people who wrote in it or submitted it. ``uncompared`` counts
    the files whose rows are not compared with the published ones yet: while there are some,
    approval needs ``without_comparison``. ``licence`` is what ``opengov_licence_check`` says of
    it; where its ``answer`` is ``not-sure``, approval needs ``licence_word``.

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
    given: dict[str, Any] = {"reason": "-", "publish_at": _LATER + now, "without_comparison": True}
    given["licence_word"] = "-"
    facts = facts_of(context, package, revision, now=now, **given)
    steps = outlook(table, state_of(place), actor, facts)
    if revision:
        steps |= outlook(TRANSITIONS, State.PUBLISHED, actor, facts)
    authors = publication.contributors(session, package.id, place.number)
    people = people_of(session, package.owner_org, authors)
    return {
        "id": package.id,
        "name": package.name,
        "title": package.title,
        "state": place.state,
        "kind": "change" if revision else "first",
        "reason": place.reason,
        "reasons": place.reasons,
        "seen": sight_of(context, package),
        **_asked(session, package, submissions(session, [package.id]).get(package.id)),
        "contributors": [people[each] for each in sorted(authors) if each in people],
        "changed_at": as_utc(place.changed_at),
        "publish_at": as_utc(place.publish_at),
        "uncompared": uncompared(session, package, revision),
        "licence": verdict(used_by(package, revision.changes if revision else {})),
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
