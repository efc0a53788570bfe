"""Findings about people, which a second person may let pass."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import AlchemySession, Context, DataDict

from ckanext.opengov.domain.publication import Role
from ckanext.opengov.domain.waivers import NotWaivable, check_waiver
from ckanext.opengov.logic.action.checks import candidate_from
from ckanext.opengov.logic.candidates import checked, keep_results
from ckanext.opengov.logic.people import people_of
from ckanext.opengov.logic.steps import actor_of, facts_of, package_of, senders
from ckanext.opengov.logic.waivers import in_force, waived_as_shown
from ckanext.opengov.model import publication, revisions, waivers
from ckanext.opengov.shared import audit, jobs, pager
from ckanext.opengov.shared.domain.errors import NotPermitted
from ckanext.opengov.shared.domain.moments import as_utc, utc_now
from ckanext.opengov.shared.glue.actions import domain_action
from ckanext.opengov.validation.report import WAIVABLE
from ckanext.opengov.validation.waived import evidence_of

__all__ = [
    "opengov_validation_waive",
    "opengov_validation_waiver_list",
    "opengov_validation_waiver_revoke",
]


@domain_action
def opengov_validation_waive(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Let findings about people in a file pass; return the waiver.

    The caller reviews the body's datasets and is no author of this one. The waiver ends when
    the file, its schema or what is found in it changes, or when it is revoked.

    Args:
        resource_id (str): id of the resource
        code (str): code of the findings; ``personal-data`` is the one that can be let pass
        field (str): the column in which they are; none: the whole file
        reason (str): why they may be public, for the people of the body
    """
    candidate = candidate_from(context, data_dict)
    package = package_of(context, candidate.package_id)
    tk.check_access("opengov_validation_waive", context, {"id": package.id})
    session, now = context["session"], utc_now()
    publication.find(session, package.id, lock=True)
    actor = actor_of(context, package.owner_org)
    reason = data_dict.get("reason")
    said = reason.strip() if isinstance(reason, str) else ""
    facts = facts_of(context, package, revisions.open_of(session, package.id), now=now, reason=said)
    barred = facts.barred | senders(session, package, [candidate])
    check_waiver(actor, replace(facts, barred=barred))
    code, field = str(tk.get_or_bust(data_dict, "code")), str(data_dict.get("field") or "")
    if code not in WAIVABLE:
        raise NotWaivable
    check = checked(session, [candidate]).get(candidate.resource_id)
    evidence = evidence_of(check.report, (code, field)) if check else None
    if check is None or evidence is None:
        raise tk.ObjectNotFound(tk._("Nothing of this kind was found."))
    row = waivers.Waiver(
        package_id=package.id,
        resource_id=candidate.resource_id,
        fingerprint=check.fingerprint,
        evidence=evidence,
        code=code,
        field=field,
        reason=facts.reason,
        waived_by=actor.user_id,
        waived_at=now,
    )
    waivers.revoke_kind(session, row, actor.user_id, now)
    session.add(row)
    session.flush()
    _note(session, "waive", row, actor.user_id)
    _refresh(session, package)
    session.commit()
    return _shown(context, package.owner_org, [row], {row.id})[0]


@domain_action
def opengov_validation_waiver_revoke(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Take a waiver back; return it. What is published stays until it is withdrawn.

    Args:
        id (int): of the waiver
    """
    try:
        row = waivers.find(context["session"], int(tk.get_or_bust(data_dict, "id")))
    except (TypeError, ValueError, OverflowError):
        row = None
    try:
        package = package_of(context, row.package_id) if row else None
    except (tk.ObjectNotFound, tk.NotAuthorized):
        package = None
    if row is None or package is None:
        raise tk.ObjectNotFound(tk._("There is no such waiver."))
    tk.check_access("opengov_validation_waiver_revoke", context, {"id": package.id})
    session, actor = context["session"], actor_of(context, package.owner_org)
    if Role.REVIEWER not in actor.roles:
        raise NotPermitted
    if row.revoked_at is None:
        row.revoked_by, row.revoked_at = actor.user_id, utc_now()
        _note(session, "unwaive", row, actor.user_id)
        _refresh(session, package)
    session.commit()
    return _shown(context, package.owner_org, [row], set())[0]


@tk.side_effect_free
@domain_action
def opengov_validation_waiver_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return what was let pass in the files of a resource, the newest first.

    Each has ``id``, ``code``, ``field``, ``reason``, ``by`` (``{"name", "role"}``), ``at``,
    ``revoked_at`` and ``is_in_force``: neither revoked nor ended with the file.

    Args:
        resource_id (str): id of the resource
        cursor (str): ``next_cursor`` of the page before
        limit (int): 1 to 100, 20 by default
    """
    candidate = candidate_from(context, data_dict)
    package = package_of(context, candidate.package_id)
    tk.check_access("opengov_validation_waiver_list", context, {"id": package.id})
    session = context["session"]
    query, number = waivers.of_resource(candidate.resource_id)
    found = pager.page(session, query, [number], data_dict, newest_first=True)
    holding = in_force(session, checked(session, [candidate])).get(candidate.resource_id, [])
    shown = _shown(
        context, package.owner_org, [row[0] for row in found.rows], {each.id for each in holding}
    )
    by_id = {each["id"]: each for each in shown}
    return found.as_dict(lambda row: by_id[row[0].id])


def _refresh(session: AlchemySession, package: ckan_model.Package) -> None:
    """Let the public see how a published file stands now."""
    if package.state == "active":
        session.flush()
        keep_results(session, package.id)
        jobs.enqueue(session, "opengov.index", package.id, now=utc_now())


def _note(session: AlchemySession, step: str, row: waivers.Waiver, user_id: str | None) -> None:
    # The name of the column and the reason are people's words: they stay in the waiver.
    audit.record(
        session,
        subject=f"dataset:{row.package_id}",
        step=step,
        actor_id=user_id,
        at=utc_now(),
        details={"waiver": row.id, "code": row.code, "resource": row.resource_id},
    )


def _shown(
    context: Context, body_id: str | None, rows: list[waivers.Waiver], holding: set[int]
) -> list[dict[str, Any]]:
    people = people_of(context["session"], body_id, (row.waived_by for row in rows))
    return [
        {
            **waived_as_shown(row),
            "by": people.get(row.waived_by),
            "revoked_at": as_utc(row.revoked_at),
            "is_in_force": row.id in holding,
        }
        for row in rows
    ]
