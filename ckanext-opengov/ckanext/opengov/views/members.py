"""The page on which a colleague lets a member set up two-step sign-in anew."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk

from ckanext.opengov.shared.web import csrf, forms
from ckanext.opengov.views.two_factor import sentences, status_of

members = Blueprint("opengov_members", __name__)
members.before_request(csrf.need_token)


@members.before_request
def only_signed_in() -> ResponseReturnValue | None:
    """Ask everyone else to sign in."""
    if tk.current_user.is_authenticated:
        return None
    return forms.sign_in()


@members.get("/organization/members/<id>/two-factor")
def ask(id: str) -> ResponseReturnValue:
    """Say what a reset does, and ask for the colleague's own code."""
    return _page(id, request.args.get("user", ""))


@members.post("/organization/members/<id>/two-factor")
def reset(id: str) -> ResponseReturnValue:
    """Reset it, and show the code to hand over."""
    given = {"id": id, "user": request.form.get("user", ""), "code": request.form.get("code", "")}
    try:
        done = tk.get_action("opengov_two_factor_reset")({}, given)
    except tk.ValidationError as error:
        return _page(id, given["user"], sentences(error)), status_of(error)
    except tk.ObjectNotFound:
        return tk.abort(404)
    except tk.NotAuthorized:
        return tk.abort(403, tk._("You may not do this."))
    return _render("opengov/two_factor/handed_over.html", id, given["user"], done=done)


def _page(id: str, user: str, errors: dict[str, str] | None = None) -> str:
    try:
        found = tk.get_action("opengov_two_factor_list")({}, {"id": id})
    except tk.ObjectNotFound:
        tk.abort(404)
    except tk.NotAuthorized:
        tk.abort(403, tk._("You may not do this."))
    except tk.ValidationError:
        tk.abort(404)
    member = next((each for each in found if user in (each["user"], each["name"])), None)
    if member is None:
        tk.abort(404)
    return _render("opengov/two_factor/reset.html", id, user, member=member, errors=errors or {})


def _render(template: str, id: str, user: str, **values: Any) -> str:
    person = tk.get_action("user_show")({}, {"id": user})
    body = tk.get_action("organization_show")({}, {"id": id})
    return tk.render(template, {"person": person, "group_dict": body, **values})
