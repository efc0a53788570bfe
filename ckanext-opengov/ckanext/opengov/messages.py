"""Who is told what when a dataset takes a step."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import AlchemySession

from ckanext.opengov.domain.publication import Step
from ckanext.opengov.model import publication
from ckanext.opengov.shared import outbox
from ckanext.opengov.shared.domain.wording import N_

WORDING = {
    Step.SUBMIT: ("dataset-submitted", N_("To review: {title}")),
    Step.RETURN: ("dataset-returned", N_("Returned to you: {title}")),
    Step.SCHEDULE: ("dataset-approved", N_("Approved, to be published later: {title}")),
    Step.PUBLISH: ("dataset-published", N_("Published: {title}")),
    Step.WITHDRAW: ("dataset-withdrawn", N_("Withdrawn: {title}")),
}


def tell(
    session: AlchemySession, package_id: str, number: int, step: Step, *, now: datetime
) -> None:
    """Post a message about the step: to reviewers when they are asked, else to the authors.

    ``number`` is that of the revision; 1 is the dataset itself.
    """
    if step not in WORDING:
        return
    kind, _template = WORDING[step]
    readers = publication.contributors(session, package_id, number)
    if step is Step.SUBMIT:
        package = session.get_one(ckan_model.Package, package_id)
        roles = publication.roles_in(session, package.owner_org)
        readers = frozenset(user for user, role in roles.items() if role == "admin") - readers
    for reader in sorted(readers):
        params = {"package_id": package_id}
        outbox.post(session, kind=kind, recipient_id=reader, params=params, now=now)


def _register(kind: str, template: str) -> None:
    @outbox.message(kind)
    def render(session: AlchemySession, params: Mapping[str, str]) -> tuple[str, str]:
        """Return the title in a sentence, and where the dataset is."""
        package = session.get_one(ckan_model.Package, params["package_id"])
        sentence = tk._(template).format(title=package.title or package.name)
        return (
            sentence,
            f"{sentence}\n\n{tk.url_for('dataset.read', id=package.id, _external=True)}\n",
        )


for _kind, _template in WORDING.values():
    _register(_kind, _template)
