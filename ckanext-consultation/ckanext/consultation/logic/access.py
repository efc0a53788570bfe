"""Who may know of a consultation, and what each person is to it."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import has_request_context, request

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import AlchemySession, Context, DataDict

from ckanext.consultation.domain import guests as rules
from ckanext.consultation.domain.description import Settings
from ckanext.consultation.domain.life import Role
from ckanext.consultation.model import comments, consultations, guests
from ckanext.consultation.model.comments import Participant
from ckanext.consultation.model.consultations import Consultation
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.errors import NotPermitted
from ckanext.opengov.shared.web import pages

COOKIE = "opengov_guest"
KEY_FIELD = "guest_key"
"""Where a guest's key comes from: the cookie of a browser's pages, or a field of the API."""

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


@dataclass(frozen=True, slots=True)
class Caller:
    """Someone who takes part in a consultation: an account holder, or a guest by their key."""

    consultation_id: str
    user_id: str | None
    guest: Participant | None

    @property
    def key(self) -> str:
        """Return under what limits count them."""
        return self.user_id or f"guest {self.guest.id if self.guest else ''}"

    def known(self, session: AlchemySession) -> Participant | None:
        """Return who they are in the consultation; None: they did nothing there yet."""
        if self.user_id is None:
            return self.guest
        return comments.participant_of(session, self.consultation_id, self.user_id)

    def enter(self, session: AlchemySession, now: datetime) -> Participant:
        """Return who they are in the consultation, from now on if not before.

        Raises:
            NotPermitted: a guest who was erased meanwhile.
        """
        if self.user_id is None and self.guest is not None:
            guest = comments.still_there(session, self.guest.id)
            if guest is None:
                raise NotPermitted
            return guest
        return comments.take_part(session, self.consultation_id, str(self.user_id), now)


def key_of(data_dict: DataDict) -> str:
    """Return the key by which a guest acts: that of the request's body, or of a page's cookie.

    Raises:
        KeyInAddress: it stands in the address, which histories and logs keep.
    """
    if has_request_context() and KEY_FIELD in request.args:
        raise rules.KeyInAddress
    given = data_dict.get(KEY_FIELD)
    if given:
        return str(given)
    # The cookie is for pages, whose forms other sites cannot forge.
    return page_key()


def page_key() -> str:
    """Return the key in the cookie of the page under way; nothing outside of pages."""
    if not has_request_context() or request.blueprint == "api":
        return ""
    key = request.cookies.get(COOKIE, "")
    if key:
        pages.is_for_one()
    return key


def form_holder(context: Context, data_dict: DataDict) -> str | None:
    """Return to whom a form was shown; None: a visitor."""
    key = key_of(data_dict)
    return user_id_of(context) or (rules.hashed(key).hex() if key else None)


def signing_key() -> bytes:
    """Return what the keys of guests are signed with."""
    secret: Any = tk.config["SECRET_KEY"]
    return hmac.digest(str(secret).encode(), b"consultation guest keys", "sha256")


def may_try(context: Context, data_dict: DataDict) -> bool:
    """Tell whether the caller may be somebody who takes part: the action looks closer."""
    return user_id_of(context) is not None or bool(key_of(data_dict))


def caller_of(context: Context, row: Consultation, data_dict: DataDict) -> Caller:
    """Return who reads their own things in a consultation.

    Raises:
        NotPermitted: neither an account nor a key of a guest there.
    """
    user_id = user_id_of(context)
    guest = None if user_id else _guest(context, row, key_of(data_dict))
    if user_id is None and guest is None:
        raise NotPermitted
    return Caller(row.id, user_id, guest)


def taking_part(context: Context, row: Consultation, data_dict: DataDict) -> Caller:
    """Return who acts in a consultation.

    Raises:
        NotPermitted: neither an account nor a key of a guest there.
        GuestsNotWelcome: a guest, and the body asks for accounts now.
    """
    caller = caller_of(context, row, data_dict)
    if caller.guest is not None:
        check_guests(row)
    return caller


def check_guests(row: Consultation) -> None:
    """Refuse guests where the body asks for an account.

    Raises:
        GuestsNotWelcome: it does.
    """
    if not Settings.read(row.settings).guests:
        raise rules.GuestsNotWelcome


def participant_of(context: Context, row: Consultation, data_dict: DataDict) -> Participant | None:
    """Return who the caller is among those who take part; None: they do not."""
    try:
        return caller_of(context, row, data_dict).known(context["session"])
    except NotPermitted:
        return None


def _guest(context: Context, row: Consultation, key: str) -> Participant | None:
    if not key or not rules.is_ours(signing_key(), row.id, key):
        return None
    return guests.participant_by_key(context["session"], row.id, rules.hashed(key))


def visible_to(context: Context, id_or_name: object, *, share: bool = False) -> Consultation:
    """Return the consultation, if the caller may know of it; most do, as everyone may.

    Raises:
        tk.ObjectNotFound: there is none, or the caller may not know of it.
    """
    row = consultations.find(context["session"], str(id_or_name or ""), share=share)
    if row is not None and (row.is_public or actor_of(context, row).roles):
        return row
    raise tk.ObjectNotFound(tk._("Consultation not found"))


def consultation_of(
    context: Context, id_or_name: object, *, lock: bool = False, share: bool = False
) -> tuple[Consultation, Actor]:
    """Return the consultation and what the caller is to it, if they may know of it.

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
