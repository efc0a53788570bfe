"""The inbox of the signed-in person, and how they want to be told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk

from ckanext.opengov.shared.web import csrf, forms

inbox = Blueprint("opengov_inbox", __name__, url_prefix="/dashboard/inbox")
inbox.before_request(csrf.need_token)


@inbox.before_request
def only_for_the_signed_in() -> ResponseReturnValue | None:
    """Ask visitors to sign in."""
    if tk.current_user.is_authenticated:
        return None
    return forms.sign_in()


@inbox.get("/")
def show() -> ResponseReturnValue:
    """Show what the visitor was told."""
    asked = {name: request.args[name] for name in ("cursor", "unread") if name in request.args}
    try:
        found = tk.get_action("opengov_notice_list")({}, asked)
    except tk.ValidationError:
        return tk.redirect_to("opengov_inbox.show")
    # «All» means what is shown here, and not what comes while it is read.
    until = datetime.now(UTC).isoformat()
    return tk.render("opengov/inbox.html", {**found, "asked": asked, "until": until})


@inbox.post("/read")
def read() -> ResponseReturnValue:
    """Mark one notice, or all that were shown, as read."""
    names = ("id", "all", "until")
    given = {name: request.form[name] for name in names if request.form.get(name)}
    try:
        tk.get_action("opengov_notice_read")({}, given)
    except tk.ObjectNotFound:
        return tk.abort(404, tk._("Notice not found"))
    except tk.ValidationError:
        return tk.abort(400)
    places = ("cursor", "unread")
    return tk.redirect_to(
        "opengov_inbox.show",
        **{name: request.args[name] for name in places if name in request.args},
    )


@inbox.get("/settings")
def settings() -> ResponseReturnValue:
    """Show how the visitor is told of things."""
    return _settings(tk.get_action("opengov_notice_settings_show")({}, {}))


@inbox.post("/settings")
def choose() -> ResponseReturnValue:
    """Keep how the visitor wants to be told."""
    given = {name: request.form.get(name, "") for name in ("frequency", "language")}
    try:
        tk.get_action("opengov_notice_settings_update")({}, given)
    except tk.ValidationError as error:
        known = tk.get_action("opengov_notice_settings_show")({}, {})
        return _settings({**known, **given}, error.error_dict), 422
    tk.h.flash_success(tk._("Your choice is kept."))
    return tk.redirect_to("opengov_inbox.settings")


def _settings(chosen: dict[str, Any], errors: dict[str, Any] | None = None) -> str:
    return tk.render("opengov/inbox_settings.html", {"chosen": chosen, "errors": errors or {}})
