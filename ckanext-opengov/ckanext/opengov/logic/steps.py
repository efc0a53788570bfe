"""What every step of a dataset's life shares: who acts, what is known, how it is stored."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import AlchemySession, Context

from ckanext.opengov import config, messages
from ckanext.opengov.domain.membership import beholden
from ckanext.opengov.domain.publication import Facts, Role, State, Step
from ckanext.opengov.logic import licences, sources
from ckanext.opengov.logic.candidates import Candidate, candidates, checked
from ckanext.opengov.logic.waivers import has_personal_data, standings
from ckanext.opengov.model import publication, revisions
from ckanext.opengov.shared import audit, jobs
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.moments import utc_now

ROLES = {
    "admin": frozenset({Role.AUTHOR, Role.REVIEWER}),
    "editor": frozenset({Role.AUTHOR}),
}

_by_the_suite: ContextVar[bool] = ContextVar("opengov_by_the_suite", default=False)


@contextlib.contextmanager
def by_the_suite() -> Iterator[None]:
    """Let CKAN's own write actions pass the guards until the block ends.

    A variable of the running thread, because CKAN's actions call each other with
    fresh contexts, which would lose a key.
    """
    token = _by_the_suite.set(True)
    try:
        yield
    finally:
        _by_the_suite.reset(token)


def is_by_the_suite() -> bool:
    """Tell whether the suite itself is at work."""
    return _by_the_suite.get()


def package_of(context: Context, id_or_name: str) -> ckan_model.Package:
    """Return the dataset, if the caller may see it.

    Raises:
        tk.ObjectNotFound: there is none, or the caller may not know of it.
    """
    package = ckan_model.Package.get(id_or_name)
    if package is None or package.state == "deleted":
        raise tk.ObjectNotFound(tk._("Dataset not found"))
    tk.check_access("package_show", context, {"id": package.id})
    return package


def actor_of(context: Context, owner_org: str | None) -> Actor:
    """Return the caller with their roles in the body.

    A sysadmin has no part in the review, unless they are a member of the body.
    """
    user = context.get("auth_user_obj") or ckan_model.User.get(context.get("user"))
    user_id = getattr(user, "id", None)
    if user_id is None or owner_org is None:
        return Actor(user_id, frozenset())
    role = publication.roles_in(context["session"], owner_org).get(user_id, "")
    return Actor(user_id, ROLES.get(role, frozenset()))


def clock() -> Actor:
    """Return the actor who publishes what a reviewer scheduled."""
    return Actor(None, frozenset({Role.CLOCK}))


def facts_of(
    context: Context,
    package: ckan_model.Package,
    revision: revisions.Revision | None,
    **details: Any,
) -> Facts:
    """Gather what the guards look at. ``details`` are further fields of :class:`Facts`."""
    session = context["session"]
    found = candidates(session, package, revision)
    checks = checked(session, found)
    number = revision.number if revision else 1
    barred = _with_beholden(session, package, publication.contributors(session, package.id, number))
    roles = publication.roles_in(session, package.owner_org)
    is_alone = config.allows_one_person_bodies() and len(roles) == 1
    personal = [each for each in found if has_personal_data(checks.get(each.resource_id))]
    unheard = frozenset() if is_alone else barred | senders(session, package, personal)
    found_in = standings(session, checks, unheard).values()
    changes: dict[str, Any] = revision.changes if revision else {}
    used = sources.used_by(package, changes)
    return Facts(
        is_licensed=licences.grants(changes.get("license_id") or package.license_id),
        on_sources=tuple(reason for _source, reason in used.reasons()),
        barred=barred,
        files=len(found),
        unchecked_files=sum(each.sha256 is not None for each in found) - len(checks),
        blocking_findings=sum(each.blocking for each in found_in),
        waivable_findings=sum(each.waivable for each in found_in),
        one_person_body=is_alone,
        **details,
    )


def senders(
    session: AlchemySession, package: ckan_model.Package, found: Iterable[Candidate]
) -> frozenset[str]:
    """Return whoever wrote in the versions that brought these files, and owes them their role.

    Nobody lets pass what they sent themselves, be it in an earlier version.
    """
    sent = {(each.resource_id, each.sha256) for each in found if each.sha256}
    if not sent:
        return frozenset()
    numbers = revisions.bringing(session, package.id, sent)
    return _with_beholden(session, package, publication.contributors(session, package.id, *numbers))


def _with_beholden(
    session: AlchemySession, package: ckan_model.Package, people: frozenset[str]
) -> frozenset[str]:
    return people | beholden(publication.roles_given(session, package.owner_org), people)


def state_of(row: publication.Reviewed) -> State:
    """Return the row's state as the rules know it."""
    return State(row.state)


def check_new_files(context: Context, found: Iterable[Candidate]) -> None:
    """Have those files checked that have no current report."""
    session, found = context["session"], list(found)
    checks = checked(session, found)
    for each in found:
        if each.sha256 and each.resource_id not in checks:
            jobs.enqueue(session, "opengov.check", each.resource_id, now=utc_now())


def note_step(
    context: Context, package_id: str, step: Step, actor: Actor, now: datetime, **details: Any
) -> None:
    """Write in the dataset's history who took which step."""
    audit.record(
        context["session"],
        subject=f"dataset:{package_id}",
        step=step,
        actor_id=actor.user_id,
        at=now,
        details=details,
    )
    number = details.get("revision", 1)
    messages.tell(context["session"], package_id, number, step, actor_id=actor.user_id, now=now)


def patch_package(context: Context, package_id: str, changes: dict[str, Any]) -> None:
    """Change CKAN's dataset in the open transaction; the search index follows by a job.

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
        tk.get_action("package_patch")(ours, {**changes, "id": package_id})
