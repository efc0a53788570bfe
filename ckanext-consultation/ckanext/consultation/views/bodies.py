"""The consultations of one public body."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk

from ckanext.consultation.views import lists

consultation_body = Blueprint("consultation_body", __name__)


@consultation_body.get("/organization/<id>/consultations")
def show(id: str) -> ResponseReturnValue:
    """Show the consultations of a body, those that close first on top."""
    if not id.isprintable():
        # CKAN would ask its database for a NUL, and fail.
        return tk.abort(404)
    try:
        body = tk.get_action("organization_show")({"for_view": True}, {"id": id})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404)
    try:
        found = lists.listed(body["id"])
    except tk.ValidationError:
        return tk.redirect_to("consultation_body.show", id=id)
    return tk.render("consultation/body.html", {**found, "group_dict": body})
