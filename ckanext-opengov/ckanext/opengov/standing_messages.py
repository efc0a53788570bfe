"""Who is told what of standing approvals, and what each reads of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import AlchemySession

from ckanext.opengov.domain.standing import State, Step
from ckanext.opengov.messages import DONE, Wording, title_of
from ckanext.opengov.model import publication, standing
from ckanext.opengov.shared import outbox
from ckanext.opengov.shared.domain.notices import isolated
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.outbox import Message
from ckanext.opengov.shared.rendering import Said, To, renders

REQUEST = "request"
KINDS = {
    REQUEST: "standing-requested",
    Step.GRANT: "standing-granted",
    Step.DECLINE: "standing-declined",
    Step.END: "standing-ended",
}
WORDING = {
    "standing-requested": Wording(
        N_("Standing approvals to decide"),
        N_("A standing approval is asked for: {title}"),
        N_("A colleague wants to add rows without a review of each. Give it, or decline it."),
    ),
    "standing-granted": Wording(
        N_("Standing approvals that you were given"),
        N_("Standing approval given: {title}"),
        N_("Rows can be added through the API now, within what was approved."),
    ),
    "standing-declined": Wording(
        N_("Standing approvals that were declined"),
        N_("Standing approval declined: {title}"),
        N_("The reviewer says on its page why."),
    ),
    "standing-ended": Wording(
        N_("Standing approvals that ended"),
        N_("A standing approval ended: {title}"),
        N_("Rows are added by a reviewed change again. Its page says why."),
    ),
}


def tell(
    session: AlchemySession,
    row: standing.Standing,
    step: str,
    *,
    actor_id: str | None,
    now: datetime,
) -> None:
    """Tell reviewers of what is asked, and both sides of what became of it; nobody of their own."""
    if step not in KINDS:
        return
    readers = {row.asked_by}
    if step == REQUEST:
        package = session.get_one(ckan_model.Package, row.package_id)
        roles = publication.roles_in(session, package.owner_org)
        readers = {user for user, role in roles.items() if role == "admin"}
    elif step == Step.END and row.decided_by:
        readers.add(row.decided_by)
    params = {"package_id": row.package_id, "standing": row.id}
    for reader in sorted(readers - {actor_id}):
        outbox.post(session, kind=KINDS[step], recipient_id=reader, params=params, now=now)


@renders({kind: wording.heading for kind, wording in WORDING.items()})
def render(session: AlchemySession, to: To, messages: Sequence[Message]) -> list[Said | None]:
    """Return what each message says, to those who work in the body still."""
    if not isinstance(to.user, ckan_model.User):
        return [None] * len(messages)
    packages = publication.packages_of(session, {each.params["package_id"] for each in messages})
    bodies = {each.id for each in publication.bodies_worked_in(session, to.user.id)}
    found: list[Said | None] = []
    for message in messages:
        package = packages.get(message.params["package_id"])
        row = standing.find(session, message.params["standing"])
        if package is None or row is None or not (to.user.sysadmin or package.owner_org in bodies):
            found.append(None)
            continue
        wording = WORDING[message.kind]
        title = title_of(package.extras, package.title or package.name, to.language)
        is_done = message.kind == KINDS[REQUEST] and row.state != State.REQUESTED
        url = tk.url_for(
            "opengov_standing.show", id=package.name, locale=to.language, _external=True
        )
        quote = row.end_reason or "" if message.kind == KINDS[Step.DECLINE] else ""
        sentence = tk._(wording.sentence).format(title=isolated(title, to.language))
        found.append(Said(sentence, tk._(DONE if is_done else wording.todo), str(url), quote))
    return found
