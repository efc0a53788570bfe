"""The page on which a body, or the country, chooses which findings block."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk

from ckanext.opengov.shared.web import csrf, forms

policies = Blueprint("opengov_policies", __name__)
policies.before_request(csrf.need_token)

UNPROCESSABLE = 422


@policies.before_request
def only_signed_in() -> ResponseReturnValue | None:
    """Ask everyone else to sign in."""
    return None if tk.current_user.is_authenticated else forms.sign_in()


@policies.route("/organization/policy/<id>", methods=["GET", "POST"])
def body(id: str) -> ResponseReturnValue:
    """Show, and change, the policy of a body."""
    try:
        group = tk.get_action("organization_show")({}, {"id": id})
    except tk.ObjectNotFound:
        return tk.abort(404, tk._("Organization not found"))
    return _page({"id": group["id"]}, {"group_dict": group})


@policies.route("/ckan-admin/policy", methods=["GET", "POST"])
def country() -> ResponseReturnValue:
    """Show, and change, what no body may go below."""
    return _page({}, {})


def _page(asked: dict[str, Any], values: dict[str, Any]) -> ResponseReturnValue:
    try:
        if request.method == "POST":
            weights = {key: value for key, value in request.form.items() if key != "_csrf_token"}
            try:
                update = tk.get_action("opengov_policy_update")
                values["policy"] = update({}, {**asked, "weights": weights})
            except tk.ValidationError as error:
                values |= {"typed": weights, "errors": error.error_dict}
            else:
                tk.h.flash_success(tk._("The policy is stored."))
                return tk.redirect_to(request.path)
        values["policy"] = tk.get_action("opengov_policy_show")({}, asked)
    except tk.NotAuthorized:
        return tk.abort(403, tk._("You may not do this."))
    try:
        tk.check_access("opengov_policy_update", {}, {"id": asked.get("id", "")})
        values["can_edit"] = True
    except tk.NotAuthorized:
        values["can_edit"] = False
    page = tk.render("opengov/policy.html", {"errors": {}, "typed": {}, **values})
    return page, UNPROCESSABLE if values.get("errors") else 200
