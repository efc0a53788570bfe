"""The page of API tokens: shown once, and revoked after a question. It needs no script."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk

from ckanext.opengov.shared.web import csrf, forms
from ckanext.opengov.views.two_factor import sentences

tokens = Blueprint("opengov_tokens", __name__)
tokens.before_request(csrf.need_token)


@tokens.before_request
def only_signed_in() -> ResponseReturnValue | None:
    """Ask everyone else to sign in."""
    if tk.current_user.is_authenticated:
        return None
    return forms.sign_in()


@tokens.get("/user/<id>/api-tokens")
def show(id: str) -> ResponseReturnValue:
    """List the visitor's tokens, with their last use."""
    return _page(id)


@tokens.post("/user/<id>/api-tokens")
def create(id: str) -> ResponseReturnValue:
    """Make a token and show it, this once."""
    name = request.form.get("name", "").strip()
    if not name:
        return _page(id, errors={"name": tk._("Give the token a name.")}), 422
    try:
        made = tk.get_action("api_token_create")({}, {"user": id, "name": name})
    except tk.ValidationError as error:
        return _page(id, errors=sentences(error)), 422
    except tk.ObjectNotFound:
        return tk.abort(404)
    except tk.NotAuthorized as error:
        return tk.abort(403, str(error) or tk._("You may not do this."))
    return _page(id, created={"name": name, "token": made["token"]})


@tokens.get("/user/<id>/api-tokens/revoke")
def ask(id: str) -> ResponseReturnValue:
    """Ask whether the token is to be revoked."""
    found = next((each for each in _list(id) if each["id"] == request.args.get("token")), None)
    if found is None:
        return tk.abort(404)
    return tk.render("opengov/account/revoke.html", {"owner": id, "token": found})


@tokens.post("/user/<id>/api-tokens/revoke")
def revoke(id: str) -> ResponseReturnValue:
    """Revoke the token."""
    try:
        tk.get_action("api_token_revoke")({}, {"jti": request.form.get("token", "")})
    except (tk.NotAuthorized, tk.ObjectNotFound, tk.ValidationError):
        return tk.abort(404)
    tk.h.flash_success(tk._("The token is revoked: it opens nothing any more."))
    return tk.redirect_to("opengov_tokens.show", id=id)


def _list(id: str) -> list[dict[str, Any]]:
    try:
        found = tk.get_action("api_token_list")({}, {"user_id": id})
    except tk.NotAuthorized:
        tk.abort(404)
    return list(reversed(found))


def _page(
    id: str, *, created: dict[str, str] | None = None, errors: dict[str, str] | None = None
) -> str:
    values = {
        "owner": id,
        "tokens": _list(id),
        "created": created,
        "errors": errors or {},
        "may_create": tk.h.check_access("api_token_create", {"user": id}),
    }
    return tk.render("opengov/account/tokens.html", values)
