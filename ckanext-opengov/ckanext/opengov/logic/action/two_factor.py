"""Two-step sign-in as actions. The second step itself has none: a session is a browser's."""

from __future__ import annotations

from typing import Any

import segno

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import Context, DataDict

from ckanext.opengov.domain.membership import is_colleague
from ckanext.opengov.model import publication
from ckanext.opengov.shared import second_factor
from ckanext.opengov.shared.domain import totp
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.moments import as_utc, utc_now
from ckanext.opengov.shared.domain.second_factor import (
    BodyNotTrusted,
    NoColleague,
    NothingToReset,
    NotOfThisBody,
    NotOn,
    Oneself,
    Policy,
    Required,
    State,
    SwitchedOff,
    WrongPassword,
)
from ckanext.opengov.shared.glue.actions import domain_action, sentence_of
from ckanext.opengov.shared.second_factor import attempts, steps
from ckanext.opengov.shared.second_factor.rows import Standing

__all__ = [
    "opengov_two_factor_begin",
    "opengov_two_factor_confirm",
    "opengov_two_factor_disable",
    "opengov_two_factor_list",
    "opengov_two_factor_recovery",
    "opengov_two_factor_reset",
    "opengov_two_factor_show",
    "opengov_two_factor_trust",
]

KNEW_PASSWORD = "opengov_knew_password"  # noqa: S105 - a key of the context
"""In the context, which no caller of the API writes: the page asked for the password."""


def _caller(context: Context, action: str) -> ckan_model.User:
    """Return who calls: everyone acts on their own account alone."""
    tk.check_access(action, context, {})
    if second_factor.policy() is Policy.OFF:
        raise SwitchedOff
    user = ckan_model.User.get(context["user"])
    if user is None:
        raise tk.NotAuthorized
    return user


@tk.side_effect_free
@domain_action
def opengov_two_factor_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return where the caller's own second factor stands.

    ``state`` is ``off``, ``on``, ``reset`` (a colleague lets the caller set it up anew) or
    ``broken`` (what is stored was changed past the site, and opens nothing).
    ``is_verified`` tells whether this very request comes from a browser's session that
    passed it: with an API token, never. ``bodies`` are those of the caller: whether
    their administrators may reset it, ``is_trusted``, is the caller's choice.

    The key of the app and the recovery codes are shown when they are made and never again.
    """
    user = _caller(context, "opengov_two_factor_show")
    session = context["session"]
    found = second_factor.standing(session, user.id)
    bodies = [
        session.get_one(ckan_model.Group, id_) for id_ in second_factor.bodies_of(session, user.id)
    ]
    return {
        "state": found.state,
        "is_required": second_factor.is_required(session, user),
        "is_verified": second_factor.is_verified(session, user.id),
        "changed_at": as_utc(found.values.get("changed_at")),
        "used_at": as_utc(found.values.get("used_at")),
        "recovery_codes_left": len(found.values.get("recovery", [])),
        "bodies": [
            {
                "id": body.id,
                "name": body.name,
                "title": body.title or body.name,
                "is_trusted": body.id in found.bodies,
            }
            for body in sorted(bodies, key=lambda body: body.title or body.name)
        ],
    }


@domain_action
def opengov_two_factor_begin(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Make a key for the caller's authenticator app; it counts once it is confirmed.

    Answers ``key`` (to type into the app), ``uri`` and ``svg`` (the same as a QR code) and
    ``candidate`` (for ``opengov_two_factor_confirm``, within an hour). Nothing is stored.

    Args:
        password (str): of the account: a stolen token or session must not be enough
        code (str): where an app is set up already, its code or a recovery code, used up by
            this; after a reset, the code that the colleague hands over
        candidate (str): of an earlier answer, to read that answer again; then no other is needed
    """
    user = _caller(context, "opengov_two_factor_begin")
    session, now = context["session"], utc_now()
    if data_dict.get("candidate"):
        again = steps.candidate(session, user.id, str(data_dict["candidate"]), now)
        return _described(user, again)
    with attempts.counted(session, user.id, now):
        password = str(data_dict.get("password") or "")
        if not context.get(KNEW_PASSWORD) and not user.validate_password(password):
            raise WrongPassword
        made = steps.begin(session, user.id, str(data_dict.get("code") or ""), now)
    return _described(user, made)


def _described(user: ckan_model.User, made: steps.Candidate) -> dict[str, Any]:
    """Return a key that waits for its first code, as people and apps read it."""
    issuer = str(tk.config["ckan.site_title"])
    uri = totp.as_uri(made.secret, user.name, issuer)
    drawn = segno.make(uri, error="m").svg_inline(
        scale=4, svgclass=None, lineclass=None, omitsize=True
    )
    return {
        "candidate": made.token,
        "key": totp.as_text(made.secret),
        "uri": uri,
        "svg": drawn,
    }


@domain_action
def opengov_two_factor_confirm(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Turn the second factor on; return the ten ``recovery_codes``, this once.

    Sessions in other browsers end. The administrators of the caller's bodies may reset it
    from now on (see ``opengov_two_factor_trust``).

    Args:
        candidate (str): from ``opengov_two_factor_begin``
        code (str): what the app shows
    """
    user = _caller(context, "opengov_two_factor_confirm")
    token, code = tk.get_or_bust(data_dict, ["candidate", "code"])
    session, now = context["session"], utc_now()
    before = second_factor.standing(session, user.id)
    bodies = second_factor.bodies_of(session, user.id)
    if before.state is State.ON:
        bodies &= before.bodies
    with attempts.counted(session, user.id, now):
        codes = steps.confirm(session, user.id, str(token), str(code), now, bodies=bodies)
    return {"recovery_codes": codes}


@domain_action
def opengov_two_factor_recovery(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Make ten new ``recovery_codes``, shown this once; those from before open nothing any more.

    Args:
        code (str): what the app shows, or a recovery code
    """
    user = _caller(context, "opengov_two_factor_recovery")
    session, now = context["session"], utc_now()
    _use_code(context, user, data_dict)
    return {"recovery_codes": steps.renew_recovery(session, user.id, now)}


@domain_action
def opengov_two_factor_disable(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Turn the caller's second factor off, unless the site requires it of them.

    Args:
        code (str): what the app shows, or a recovery code
    """
    user = _caller(context, "opengov_two_factor_disable")
    if second_factor.is_required(context["session"], user):
        raise Required
    _use_code(context, user, data_dict)
    steps.turn_off(context["session"], user.id, utc_now())
    return {"state": State.OFF}


@domain_action
def opengov_two_factor_trust(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Choose the caller's bodies whose administrators may reset the second factor, and no others.

    Any body can make anyone a member: without this word, one of its administrators could
    reset a stranger's.

    Args:
        bodies (list of str): ids of bodies of which the caller is a member
        code (str): what the app shows, or a recovery code; not needed in a browser's
            session that passed the second step
    """
    user = _caller(context, "opengov_two_factor_trust")
    session, asked = context["session"], data_dict.get("bodies")
    asked = asked if isinstance(asked, list) else [asked]
    own = second_factor.bodies_of(session, user.id)
    if second_factor.standing(session, user.id).state is not State.ON:
        raise NotOn
    if not second_factor.is_verified(session, user.id):
        _use_code(context, user, data_dict)
    trusted = sorted(own & {str(each) for each in asked})
    steps.trust(session, user.id, trusted, utc_now())
    return {"bodies": trusted}


@tk.side_effect_free
@domain_action
def opengov_two_factor_list(context: Context, data_dict: DataDict) -> list[dict[str, Any]]:
    """Return for each member of a body whether their second factor is on, to its administrators.

    Each has ``user``, ``name``, ``role``, ``state``, and ``obstacle``: null if the caller may
    reset it, else ``{"code", "field", "message"}``.

    Args:
        id (str): id or name of the body
    """
    body = _body(context, data_dict, "opengov_two_factor_list")
    session, caller = context["session"], _caller(context, "opengov_two_factor_show")
    roles, is_ours = publication.roles_in(session, body.id), _is_colleague(context, caller, body)
    answer = []
    for user_id, role in roles.items():
        found = second_factor.standing(session, user_id)
        obstacle: DomainError | None = None if is_ours else NoColleague()
        if user_id == caller.id:
            obstacle = Oneself()
        answer.append(
            {
                "user": user_id,
                "name": session.get_one(ckan_model.User, user_id).name,
                "role": role,
                "state": found.state,
                "obstacle": _written(obstacle or _reset_obstacle(found, body)),
            }
        )
    return sorted(answer, key=lambda each: each["name"])


@domain_action
def opengov_two_factor_reset(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Let a member of the caller's body set up two-step sign-in anew, after a loss.

    For an administrator of the body whom someone else made one, and of a body that the
    person trusts with it; being a sysadmin is no reason. What the person had enrolled
    opens nothing any more, sessions included. Answers ``handover_code``, shown this once
    and valid until ``handover_until``: the person needs it, with their password, to set
    up a new app. Give it to them in person or by voice, not by mail. Both are told, and
    so are the other administrators.

    Args:
        id (str): id or name of the body
        user (str): id or name of the person
        code (str): the caller's own code: a stolen token or session must not be enough
    """
    body = _body(context, data_dict, "opengov_two_factor_reset")
    caller = _caller(context, "opengov_two_factor_show")
    user = ckan_model.User.get(tk.get_or_bust(data_dict, "user"))
    if user is None:
        raise NotOfThisBody
    _check_reset(context, caller, body, user)
    _use_code(context, caller, data_dict)
    session, now = context["session"], utc_now()
    roles = publication.roles_in(session, body.id)
    admins = {user_id for user_id, role in roles.items() if role == "admin"}
    code = steps.reset(session, user.id, by=caller.id, tell=admins, now=now, body=body.id)
    until = as_utc(now + steps.HANDOVER_WITHIN)
    return {"user": user.id, "handover_code": code, "handover_until": until}


def _body(context: Context, data_dict: DataDict, action: str) -> ckan_model.Group:
    body = ckan_model.Group.get(tk.get_or_bust(data_dict, "id"))
    if body is None or not body.is_organization or body.state != "active":
        raise tk.ObjectNotFound(tk._("Organization not found"))
    tk.check_access(action, context, {"id": body.id})
    return body


def _use_code(context: Context, user: ckan_model.User, data_dict: DataDict) -> None:
    """Use up a code of the caller's; wrong ones are counted."""
    session, now = context["session"], utc_now()
    with attempts.counted(session, user.id, now):
        steps.use(session, user.id, str(data_dict.get("code") or ""), now)


def _is_colleague(context: Context, caller: ckan_model.User, body: ckan_model.Group) -> bool:
    return is_colleague(
        caller.id, publication.vouched_roles(context["session"], body.id).get(caller.id)
    )


def _check_reset(
    context: Context, caller: ckan_model.User, body: ckan_model.Group, user: ckan_model.User
) -> None:
    """Refuse who is no colleague of the person in this body.

    Raises:
        DomainError: says why.
    """
    session = context["session"]
    if user.id not in publication.roles_in(session, body.id):
        raise NotOfThisBody
    if user.id == caller.id:
        raise Oneself
    if not _is_colleague(context, caller, body):
        raise NoColleague
    obstacle = _reset_obstacle(second_factor.standing(session, user.id), body)
    if obstacle:
        raise obstacle


def _reset_obstacle(found: Standing, body: ckan_model.Group) -> DomainError | None:
    """Return what in the person's own standing is in the way of a reset by this body."""
    if found.state is State.OFF:
        return NothingToReset()
    return None if body.id in found.bodies else BodyNotTrusted()


def _written(error: DomainError | None) -> dict[str, str] | None:
    if error is None:
        return None
    return {"code": error.code, "field": error.field, "message": sentence_of(error)}
