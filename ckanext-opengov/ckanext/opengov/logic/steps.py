"""What every step of a dataset's life shares: who acts, what is known, how it is stored."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import Context

from ckanext.opengov import config
from ckanext.opengov.domain.membership import beholden
from ckanext.opengov.domain.publication import Facts, Role, State
from ckanext.opengov.model import files, publication
from ckanext.opengov.shared.domain.actors import Actor

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


def utc_now() -> datetime:
    """Return this moment."""
    return datetime.now(UTC)


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


def fingerprint(sha256: str, schema: str) -> str:
    """Return what a check was about: these bytes under this schema (JSON text, may be empty)."""
    return hashlib.sha256(f"{sha256}\n{schema}".encode()).hexdigest()


def schema_text(resource: ckan_model.Resource) -> str:
    """Return the resource's Table Schema as its author gave it; empty: none."""
    schema = (resource.extras or {}).get("schema") or ""
    return schema if isinstance(schema, str) else json.dumps(schema, sort_keys=True)


def facts_of(context: Context, package: ckan_model.Package, **details: Any) -> Facts:
    """Gather what the guards look at. ``details`` are further fields of :class:`Facts`."""
    session = context["session"]
    resources = [resource for resource in package.resources if resource.state == "active"]
    ids = [resource.id for resource in resources]
    stored, checks = files.files_of(session, ids), files.checks_of(session, ids)
    wanted = {
        resource.id: fingerprint(stored[resource.id].sha256, schema_text(resource))
        for resource in resources
        if resource.id in stored
    }
    current = {id_: check for id_, check in checks.items() if wanted.get(id_) == check.fingerprint}
    authors = publication.contributors(session, package.id)
    roles = publication.roles_in(session, package.owner_org)
    return Facts(
        barred=authors | beholden(publication.roles_given(session, package.owner_org), authors),
        files=len(resources),
        unchecked_files=len(stored.keys() - current.keys()),
        blocking_findings=sum(check.blocking for check in current.values()),
        one_person_body=config.allows_one_person_bodies() and len(roles) == 1,
        **details,
    )


def state_of(row: publication.Publication) -> State:
    """Return the row's state as the rules know it."""
    return State(row.state)
