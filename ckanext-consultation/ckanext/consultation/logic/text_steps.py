"""What every change of a text has in common: who may write, what was seen, what is noted."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession, Context, DataDict

from ckanext.consultation.domain.life import Role
from ckanext.consultation.domain.texts import publishing
from ckanext.consultation.logic import texts
from ckanext.consultation.model import consultations
from ckanext.consultation.model.consultations import Consultation
from ckanext.consultation.model.texts import Version
from ckanext.opengov.shared import audit
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.errors import NotPermitted

NOT_WRITING = frozenset({"version-discard", "version-publish", "comment-place"})
"""Steps that make nobody an author of the text."""


def check_revision(version: Version, data_dict: DataDict) -> None:
    """Refuse to act on a draft that is no longer the one that was looked at.

    Raises:
        ChangedMeanwhile: it was changed since.
    """
    seen = data_dict.get("revision")
    if seen not in (None, "", version.revision, str(version.revision)):
        raise publishing.ChangedMeanwhile(field="revision")


def note(
    session: AlchemySession, row: Consultation, actor: Actor, step: str, details: dict[str, Any]
) -> None:
    """Write in the consultation's history who did what to a text; ids and numbers only."""
    if actor.user_id and step not in NOT_WRITING:
        consultations.add_author(session, row.id, actor.user_id)
    now = consultations.now(session)
    subject = f"consultation:{row.id}"
    audit.record(
        session, subject=subject, step=step, actor_id=actor.user_id, at=now, details=details
    )


def check_writes(context: Context, actor: Actor) -> None:
    """Refuse who may not write in the texts of the consultation.

    Raises:
        NotPermitted: they may read it, no more.
    """
    tk.check_access("consultation_update", context, {"roles": actor.roles})
    if Role.AUTHOR not in actor.roles:
        raise NotPermitted


def draft(context: Context, data_dict: DataDict) -> texts.Found:
    """Return the draft that someone may write in, held against others.

    Raises:
        NotPermitted: they may read it, no more.
        DomainError: nothing is written in it now.
    """
    found = texts.version_of(context, data_dict.get("version_id"), lock=True)
    tk.check_access("consultation_update", context, {"roles": found.actor.roles})
    if Role.AUTHOR not in found.actor.roles:
        raise NotPermitted
    publishing.check_writable(texts.standing(context["session"], found))
    check_revision(found.version, data_dict)
    return found


def count(context: Context, found: texts.Found, step: str, what: object) -> None:
    """Count the change, note it and commit."""
    found.version.revision += 1
    number = {"document": found.document.id, "number": found.version.number}
    note(context["session"], found.row, found.actor, step, {**number, "node": what})
    context["session"].commit()
