"""Who may know of a consultation, and what each person is to it."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import Context

from ckanext.consultation.domain.life import Role
from ckanext.consultation.model import comments, consultations
from ckanext.consultation.model.comments import Participant
from ckanext.consultation.model.consultations import Consultation
from ckanext.opengov.shared.domain.actors import Actor

IN_BODY = {
    "admin": frozenset(Role),
    "editor": frozenset({Role.AUTHOR, Role.ANALYST, Role.RESPONDER}),
}
"""What CKAN's roles in the body are to its consultations. A sysadmin as such has no part."""


def user_id_of(context: Context) -> str | None:
    """Return the caller's id; None: nobody is signed in."""
    user, name = context.get("auth_user_obj"), context.get("user")
    if not user and name:
        user = ckan_model.User.get(name)
    # CKAN's visitor is an object too, whose id is empty.
    return getattr(user, "id", None) or None


def actor_of(context: Context, row: Consultation) -> Actor:
    """Return the caller with what they are to the consultation."""
    user_id = user_id_of(context)
    if user_id is None:
        return Actor(None, frozenset())
    capacity, here = consultations.roles_of(context["session"], row, user_id)
    return Actor(user_id, IN_BODY.get(capacity, frozenset()) | frozenset(here))


def participant_of(context: Context, row: Consultation) -> Participant | None:
    """Return who the caller is among those who take part; None: they do not."""
    user_id = user_id_of(context)
    return comments.participant_of(context["session"], row.id, user_id) if user_id else None


def consultation_of(
    context: Context, id_or_name: object, *, lock: bool = False, share: bool = False
) -> tuple[Consultation, Actor]:
    """Return the consultation and the caller, if the caller may know of it.

    Raises:
        tk.ObjectNotFound: there is none, or the caller may not know of it.
    """
    session, asked = context["session"], str(id_or_name or "")
    row = consultations.find(session, asked, lock=lock, share=share)
    if row is not None:
        actor = actor_of(context, row)
        if row.is_public or actor.roles:
            return row, actor
    raise tk.ObjectNotFound(tk._("Consultation not found"))
