"""The steps of a dataset's life, from draft to withdrawal."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import AlchemySession, Context, DataDict

from ckanext.opengov.domain.licences import Answer
from ckanext.opengov.domain.publication import (
    REVISION_TRANSITIONS,
    TRANSITIONS,
    Facts,
    NoOpenRevision,
    State,
    Step,
)
from ckanext.opengov.domain.reasons import check_reasons
from ckanext.opengov.domain.standing import End
from ckanext.opengov.logic import standing
from ckanext.opengov.logic.candidates import keep_results
from ckanext.opengov.logic.changes import apply_changes, close, live_dataset
from ckanext.opengov.logic.comparing import uncompared
from ckanext.opengov.logic.sight import check_seen
from ckanext.opengov.logic.steps import (
    actor_of,
    clock,
    facts_of,
    note_step,
    package_of,
    patch_package,
    state_of,
)
from ckanext.opengov.logic.upserting import unwritten
from ckanext.opengov.model import activities, publication, revisions, upserts
from ckanext.opengov.shared import jobs
from ckanext.opengov.shared.domain import moments
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.lifecycle import advance
from ckanext.opengov.shared.domain.moments import utc_now
from ckanext.opengov.shared.glue.actions import domain_action, is_yes

__all__ = [
    "opengov_dataset_publish",
    "opengov_dataset_return",
    "opengov_dataset_submit",
    "opengov_dataset_withdraw",
]

APPROVALS = (Step.PUBLISH, Step.SCHEDULE)


@domain_action
def opengov_dataset_submit(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Hand a draft or returned dataset over for review; return the dataset.

    Of a published dataset, hand over the change that is under way. So do return and publish.

    Args:
        id (str): id or name of the dataset
        seen (str): ``seen`` of ``opengov_review_show``: if anything has changed since, the step is
            refused (``changed-since-seen``). Return, publish, withdraw and discard take it too.
    """
    package = package_of(context, tk.get_or_bust(data_dict, "id"))
    tk.check_access("opengov_dataset_submit", context, {"id": package.id})
    actor = actor_of(context, package.owner_org)
    return _take(context, package, Step.SUBMIT, actor, data_dict)


@domain_action
def opengov_dataset_return(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Give a dataset back to its authors; return the dataset.

    Args:
        id (str): id or name of the dataset
        reasons (list): why, in codes: see ``opengov_review_reason_list``
        reason (str): what to mend, for the authors; needed without reasons, or with "other" alone
        seen (str): what was shown of it: see submit
    """
    package = package_of(context, tk.get_or_bust(data_dict, "id"))
    tk.check_access("opengov_dataset_return", context, {"id": package.id})
    actor = actor_of(context, package.owner_org)
    reasons = check_reasons(_codes(data_dict))
    said = {"reason": _text(data_dict, "reason"), "reasons": reasons}
    return _take(context, package, Step.RETURN, actor, data_dict, **said)


@domain_action
def opengov_dataset_publish(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Approve a dataset: now, or at a time; return the dataset.

    Args:
        id (str): id or name of the dataset
        publish_at (str): when, in ISO 8601 with a time zone; without it, at once
        without_comparison (bool): approve also while rows are compared, or that has failed;
            else it is refused (``rows-uncompared``)
        licence_word (str): why it is approved although nobody is sure that the licences of the
            sources allow its own; else it is refused then (``licence-word-needed``)
        seen (str): what was shown of it: see submit
    """
    package = package_of(context, tk.get_or_bust(data_dict, "id"))
    tk.check_access("opengov_dataset_publish", context, {"id": package.id})
    actor = actor_of(context, package.owner_org)
    said: dict[str, Any] = {
        "without_comparison": is_yes(data_dict, "without_comparison"),
        "licence_word": _text(data_dict, "licence_word"),
    }
    publish_at = moments.read(data_dict.get("publish_at"), "publish_at")
    if publish_at is not None:
        said = {**said, "publish_at": publish_at}
        return _take(context, package, Step.SCHEDULE, actor, data_dict, **said)
    return _take(context, package, Step.PUBLISH, actor, data_dict, **said)


@domain_action
def opengov_dataset_withdraw(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Take a published dataset back; return the dataset.

    Args:
        id (str): id or name of the dataset
        reason (str): why, for the public
        seen (str): what was shown of it: see submit
    """
    package = package_of(context, tk.get_or_bust(data_dict, "id"))
    tk.check_access("opengov_dataset_withdraw", context, {"id": package.id})
    actor = actor_of(context, package.owner_org)
    return _take(
        context, package, Step.WITHDRAW, actor, data_dict, reason=_text(data_dict, "reason")
    )


def publish_scheduled(context: Context, package: ckan_model.Package, now: datetime) -> None:
    """Publish a dataset whose time has come. For the sweep; no caller of the API is the clock."""
    _take(context, package, Step.PUBLISH, clock(), {}, now=now)


def _text(data_dict: DataDict, name: str) -> str:
    text = data_dict.get(name)
    return text.strip() if isinstance(text, str) else ""


def _codes(data_dict: DataDict) -> list[str]:
    """Return the reasons, of which a form sends one or many."""
    given = data_dict.get("reasons") or []
    return [str(code) for code in (given if isinstance(given, list) else [given])]


def _take(
    context: Context,
    package: ckan_model.Package,
    step: Step,
    actor: Actor,
    data_dict: DataDict,
    **details: Any,
) -> dict[str, Any]:
    """Take the step: ask the rules, store, audit, commit once.

    ``details`` are the fields of the facts that the step itself brings.
    """
    session = context["session"]
    row = publication.find(session, package.id, lock=True)
    check_seen(context, package, data_dict.get("seen"))
    revision = _change_under_way(session, row, step)
    place, table = (revision, REVISION_TRANSITIONS) if revision else (row, TRANSITIONS)
    known = {"now": utc_now(), "publish_at": place.publish_at, **details}
    known["uncompared_files"] = uncompared(session, package, revision)
    if step is Step.PUBLISH:
        known["unwritten_rows"] = unwritten(session, package, revision)
    facts = facts_of(context, package, revision, **known)
    after = advance(table, state_of(place), step, actor, facts)
    if step is Step.SUBMIT and actor.user_id:
        publication.add_contributor(session, package.id, place.number, actor.user_id)
    place.state, place.changed_at = after, facts.now
    place.reason, place.reasons = _words(place, step, actor, facts), list(facts.reasons)
    place.publish_at = facts.publish_at if after is State.SCHEDULED else None
    noted = _noted(revision, step, facts)
    note_step(context, package.id, step, actor, facts.now, state=after, **noted)
    if after is State.PUBLISHED:
        place.published_at = facts.now
        _publish(context, package.id, revision, facts.now)
    elif after is State.WITHDRAWN:
        row.withdrawn_at = facts.now
        _withdraw(context, package.id, actor, facts.now)
    jobs.enqueue(session, "opengov.index", package.id, now=facts.now)
    session.commit()
    return live_dataset(context, package.id)


def _words(place: publication.Reviewed, step: Step, actor: Actor, facts: Facts) -> str | None:
    """Return what is to be read with the new state.

    The words that let a doubtful licence pass stay, also when the clock publishes.
    """
    if step in APPROVALS and facts.on_sources:
        return place.reason if actor.user_id is None else facts.licence_word or None
    return facts.reason or None


def _noted(revision: revisions.Revision | None, step: Step, facts: Facts) -> dict[str, Any]:
    """Return the details of the step for the log: numbers and codes, never words."""
    noted: dict[str, Any] = {"revision": revision.number} if revision else {}
    if facts.reasons:
        noted["reasons"] = list(facts.reasons)
    if step in APPROVALS and facts.on_sources:
        noted["licence"] = Answer.NOT_SURE
    return noted


def _change_under_way(
    session: AlchemySession, row: publication.Publication, step: Step
) -> revisions.Revision | None:
    """Return the revision that the step is about; None: it is about the dataset itself."""
    if state_of(row) is not State.PUBLISHED or step is Step.WITHDRAW:
        return None
    revision = revisions.open_of(session, row.package_id)
    if revision is None:
        raise NoOpenRevision
    return revision


def _publish(
    context: Context, package_id: str, revision: revisions.Revision | None, now: datetime
) -> None:
    if revision is None:
        revisions.add_first(context["session"], package_id, now)
        # CKAN's own form makes datasets private; what is approved is public.
        patch_package(context, package_id, {"state": "active", "private": False})
    else:
        apply_changes(context, revision, now)
    keep_results(context["session"], package_id)
    jobs.enqueue(context["session"], "opengov.tables", package_id, now=now)


def _withdraw(context: Context, package_id: str, actor: Actor, now: datetime) -> None:
    """Hide the dataset; a change to it that is under way has no object any more."""
    session = context["session"]
    revision = revisions.open_of(session, package_id)
    if revision is not None:
        revision.state, revision.changed_at = State.DISCARDED, now
        close(context, revision)
        note_step(context, package_id, Step.DISCARD, actor, now, revision=revision.number)
    standing.end_of_dataset(session, package_id, End.WITHDRAWN, now)
    patch_package(context, package_id, {"state": "draft"})
    package = session.get_one(ckan_model.Package, package_id)
    upserts.lose(session, [each.id for each in package.resources], End.WITHDRAWN)
    activities.hide(session, package)
    jobs.enqueue(session, "opengov.tables", package_id, now=now)
