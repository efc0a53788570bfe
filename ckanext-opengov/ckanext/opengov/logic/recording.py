"""What the suite notes beside CKAN's own writes, in the same transaction, and shows with them."""

from __future__ import annotations

from ckan import model as ckan_model
from ckan.types import Context, DataDict

from ckanext.opengov.domain.publication import State
from ckanext.opengov.logic.candidates import candidates, results_of
from ckanext.opengov.logic.steps import actor_of, check_new_files, is_by_the_suite
from ckanext.opengov.model import publication
from ckanext.opengov.shared import audit
from ckanext.opengov.shared.domain.moments import utc_now


def note_draft(context: Context, package_id: str) -> None:
    """Note a new draft and its author."""
    publication.begin(context["session"], package_id, State.DRAFT, utc_now())
    _note_author(context, package_id, "create")
    _check_new_files(context, package_id)


def note_change(context: Context, package_id: str) -> None:
    """Note who wrote in the dataset, and have files checked that have no current report."""
    if is_by_the_suite():
        return
    _note_author(context, package_id, "edit")
    _check_new_files(context, package_id)


def _note_author(context: Context, package_id: str, step: str) -> None:
    session, actor = context["session"], actor_of(context, None)
    if actor.user_id:
        publication.add_contributor(session, package_id, 1, actor.user_id)
    audit.record(
        session,
        subject=f"dataset:{package_id}",
        step=step,
        actor_id=actor.user_id,
        at=utc_now(),
    )


def _check_new_files(context: Context, package_id: str) -> None:
    session = context["session"]
    session.flush()
    package = session.get_one(ckan_model.Package, package_id)
    check_new_files(context, candidates(session, package, None))


def show_state(context: Context, pkg_dict: DataDict) -> None:
    """Add what the suite computes to a dataset that is shown.

    Between publication and withdrawal a dataset is active, and only then: the
    lists and pages that the public reads cost no query of ours.
    """
    if pkg_dict.get("state") == "active":
        pkg_dict["publication_state"] = State.PUBLISHED
        return
    row = publication.states_of(context["session"], [pkg_dict["id"]]).get(pkg_dict["id"])
    pkg_dict["publication_state"] = row.state if row else State.DRAFT
    package = context["session"].get_one(ckan_model.Package, pkg_dict["id"])
    results = results_of(context["session"], package)
    for resource in pkg_dict.get("resources", []):
        resource.update(results.get(resource["id"], {}))
