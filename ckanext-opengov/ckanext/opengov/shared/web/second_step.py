"""The two steps of a sign-in, in the browser's session.

After the password a session only says who is half-way in; CKAN knows nobody yet. After
the code it names the person and what they are enrolled with. Every request asks whether
that still holds: so no other way into a session goes around the code, and a reset ends
the sessions from before.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from flask import Response, g, request, session

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.common import current_user, login_user
from ckan.lib import api_token
from ckan.types import AlchemySession
from ckan.views.user import next_page_or_default, regenerate_session, rotate_token

from ckanext.opengov.shared import second_factor
from ckanext.opengov.shared.second_factor import PASSED

HALFWAY = "opengov_halfway"
WITHIN_SECONDS = 600
"""From the password to the code."""


@dataclass(frozen=True, slots=True)
class Halfway:
    """Someone who knew the password, and where they wanted to go."""

    user: ckan_model.User
    target: str | None


def enter(user: ckan_model.User, target: str | None, enrolment: str = "") -> Response:
    """Sign the person in; ``enrolment`` is what their code belonged to."""
    regenerate_session()
    forget()
    login_user(user)
    if enrolment:
        note_passed(user.id, enrolment)
    rotate_token()
    answer: Response = next_page_or_default(target)
    return answer


def note_passed(user_id: str, enrolment: str) -> None:
    """Let this session count as one that passed the second step."""
    session[PASSED] = [user_id, enrolment]


def go_halfway(user: ckan_model.User, target: str | None) -> None:
    """Remember who knew the password, for some minutes."""
    regenerate_session()
    session[HALFWAY] = [user.id, int(time.time()), target]


def halfway() -> Halfway | None:
    """Return who has yet to enter a code here."""
    user_id, at, target = session.get(HALFWAY) or (None, 0, None)
    if user_id is None or not 0 <= time.time() - at <= WITHIN_SECONDS:
        return None
    user = ckan_model.User.get(user_id)
    return Halfway(user, target) if user is not None and user.is_active else None


def forget() -> None:
    """Forget what this session passed: its person signs out."""
    session.pop(PASSED, None)
    session.pop(HALFWAY, None)


def stands(db: AlchemySession, user: ckan_model.User) -> bool:
    """Tell whether a session of this person may be used: verified, or nothing to verify."""
    return second_factor.is_verified(db, user.id) or not second_factor.is_needed(db, user)


def identify(user_id: str | None) -> ckan_model.User | ckan_model.AnonymousUser | None:
    """Take the person of a session that lacks the second step for nobody; else leave it to CKAN.

    An API token in the same request counts by itself, as it does in CKAN.
    """
    if user_id is None:
        return None
    db = ckan_model.Session  # noqa: TID251 - who asks is not known yet
    user = ckan_model.User.get(user_id)
    if user is None or stands(db, user):
        return None
    token = request.headers.get(tk.config["apitoken_header_name"], "")
    owner = api_token.get_user_from_token(token) if token else None
    g.login_via_auth_header = owner is not None
    return owner or ckan_model.AnonymousUser()


def whoever_is_here() -> ckan_model.User | None:
    """Return who is signed in, or half-way in."""
    if current_user.is_authenticated:
        return ckan_model.User.get(current_user.id)
    found = halfway()
    return found.user if found else None
