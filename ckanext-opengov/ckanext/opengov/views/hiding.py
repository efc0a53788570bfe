"""What the visitor may not know of has no page."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, g, make_response, request

import ckan.plugins.toolkit as tk

from ckanext.opengov.logic import visibility

hiding = Blueprint("opengov_hiding", __name__)

SAFE_PAGES = ("read", "download", "search")
"""CKAN's pages that answer 404 by themselves; the public's pages cost no query of ours."""


@hiding.before_app_request
def hide_what_is_not_public() -> None:
    """Answer 404 on the pages of a dataset that the visitor may not know of.

    CKAN answers 403 to who may not edit, and stumbles over the table of a private
    dataset: both tell that it exists.
    """
    blueprint, _, page = (request.endpoint or "").partition(".")
    given = request.view_args or {}
    id_, user = given.get("id"), {"user": tk.current_user.name, "auth_user_obj": tk.current_user}
    if request.endpoint == "datastore.dump":
        _hide_table(user, given["resource_id"])
    is_dataset = blueprint.removesuffix("_resource") == "dataset"
    if not is_dataset or not id_ or page in SAFE_PAGES:
        return
    if not visibility.may_see_by_name(user, id_):
        tk.abort(404, tk._("Dataset not found"))


def _hide_table(user: Any, resource_id: str) -> None:
    if visibility.is_gone(resource_id) or visibility.is_hidden(user, resource_id):
        tk.abort(404, tk._("DataStore resource not found"))


@hiding.after_app_request
def say_what_was_withdrawn(response: Response) -> Response:
    """Tell readers of a withdrawn dataset's page that it was withdrawn, when and why."""
    if response.status_code != HTTPStatus.NOT_FOUND or request.endpoint != "dataset.read":
        return response
    notice = visibility.withdrawal_of((request.view_args or {})["id"])
    if notice is None:
        return response
    # The page of the error took the style sheets; CKAN hands them out once in a request.
    g.pop("_webassets", None)
    page = tk.render("opengov/withdrawn.html", {"notice": notice})
    return make_response(page, HTTPStatus.GONE)


def only_its_people() -> None:
    """Answer 404 to everyone who may not change the dataset that the address names."""
    id_ = (request.view_args or {}).get("id")
    if id_ is None:
        return
    try:
        tk.check_access("package_update", {}, {"id": id_})
    except (tk.NotAuthorized, tk.ObjectNotFound):
        tk.abort(404, tk._("Dataset not found"))
