"""The page on which those who run a consultation say who works in it beside them."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk

from ckanext.consultation.views import moderating
from ckanext.opengov.shared.web import csrf, forms, kept

consultation_members = Blueprint("consultation_members", __name__)
forms.nothing_is_lost(consultation_members)
consultation_members.before_request(csrf.need_token)
consultation_members.before_request(moderating.only_for_the_signed_in)
consultation_members.register_error_handler(tk.NotAuthorized, moderating.refuse)

DONE = ("add", "remove")


@consultation_members.route("/consultation/<name>/people", methods=["GET", "POST"])
def index(name: str) -> ResponseReturnValue:
    """Show who works in a consultation by name; give a role, or take one."""
    if request.method != "POST":
        return _page(name, kept.kept() or {})
    typed = {field: request.form.get(field, "").strip() for field in ("user", "role")}
    verb = request.form.get("verb", "")
    if verb not in DONE:
        return tk.redirect_to("consultation_members.index", name=name)
    try:
        tk.get_action(f"consultation_member_{verb}")({}, {"id": name, **typed})
    except tk.ValidationError as error:
        return _page(name, typed, error), moderating.UNPROCESSABLE
    return tk.redirect_to("consultation_members.index", name=name, done=verb, **typed)


def _page(name: str, typed: dict[str, str], error: tk.ValidationError | None = None) -> str:
    shown = tk.get_action("consultation_show")({}, {"id": name})
    found = tk.get_action("consultation_member_list")({}, {"id": name})
    done = {field: request.args.get(field, "") for field in ("done", "user", "role")}
    errors = moderating.sentences(error) if error else {}
    values = {"consultation": shown, "people": found["results"], "data": typed, "errors": errors}
    return str(tk.render("consultation/members.html", {**values, **done}))
