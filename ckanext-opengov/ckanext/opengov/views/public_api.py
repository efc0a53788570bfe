"""What the public asks the API for is read strictly, before CKAN's actions see it.

They take every call to be well formed: a number that is none, a list in the place of a
name or a NUL in a text ends in an error of the server.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.datastructures import ImmutableMultiDict

import ckan.plugins.toolkit as tk

from ckanext.opengov.logic.openapi import registry
from ckanext.opengov.shared.domain.errors import Several
from ckanext.opengov.shared.domain.public_api import faults
from ckanext.opengov.shared.glue.actions import validation_error

public_api = Blueprint("opengov_public_api", __name__)


@public_api.before_app_request
def read_strictly() -> tuple[Response, int] | None:
    """Answer 409, with a sentence for each value, to a call that cannot be meant."""
    if request.endpoint != "api.action":
        return None
    name = (request.view_args or {})["logic_function"]
    action = next((each for each in registry.ACTIONS if each.name == name), None)
    if action is None:
        return None
    if request.method == "GET":
        # Some actions stumble over an empty number. To all, an empty value is a missing one.
        given = [(name, value) for name, value in request.args.items(True) if value]
        request.args = ImmutableMultiDict(given)
    found = list(faults(registry.parameters_of(action), _given()))
    if not found:
        return None
    error = validation_error(Several(*found)).error_dict
    answer: dict[str, Any] = {
        "help": tk.h.url_for("api.action", ver=3, logic_function="help_show", name=name),
        "success": False,
        "error": {**error, "__type": "Validation Error"},
    }
    return jsonify(answer), HTTPStatus.CONFLICT


def _given() -> dict[str, Any]:
    """Return the values of the call as CKAN reads them."""
    if request.is_json and request.method != "GET":
        body = request.get_json(silent=True)
        return body if isinstance(body, dict) else {}
    values = request.form if request.form else request.args
    found = values.to_dict(flat=False)
    return {name: each[0] if len(each) == 1 else each for name, each in found.items()}
