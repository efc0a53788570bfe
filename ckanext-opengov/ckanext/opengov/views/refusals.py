"""Pages for refusals that other pages do not expect: deleting what is published, say."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk

log = logging.getLogger(__name__)

refusals = Blueprint("opengov_refusals", __name__)


@refusals.app_errorhandler(tk.ValidationError)
def say_why(error: tk.ValidationError) -> ResponseReturnValue:
    """Say in the reader's language why the step was not taken, and where to go on."""
    # Ids and codes: the sentences may repeat what somebody typed.
    log.info("%s was refused: %s", request.endpoint, error.error_dict.get("__codes"))
    found = {field: each for field, each in error.error_dict.items() if field != "__codes"}
    values = {"sentences": list(_sentences(found)), "pkg_dict": _dataset()}
    return tk.render("opengov/refused.html", values), HTTPStatus.CONFLICT


@refusals.app_errorhandler(tk.ObjectNotFound)
def say_that_it_is_gone(_error: tk.ObjectNotFound) -> ResponseReturnValue:
    """Answer 404 where a page did not look whether its dataset is there: a deleted draft, say."""
    values = {"code": HTTPStatus.NOT_FOUND, "name": "Not Found"}
    return tk.render("error_document_template.html", values), HTTPStatus.NOT_FOUND


def _sentences(found: Any) -> Iterator[str]:
    if isinstance(found, dict):
        found = list(found.values())
    if not isinstance(found, list):
        yield str(found)
        return
    for each in found:
        yield from _sentences(each)


def _dataset() -> dict[str, Any] | None:
    """Return the dataset that the address names, if the reader works on it; None: there is none."""
    endpoint, id_ = request.endpoint or "", (request.view_args or {}).get("id")
    if not endpoint.startswith("dataset") or not id_:
        return None
    try:
        tk.check_access("package_update", {}, {"id": id_})
        return dict(tk.get_action("package_show")({}, {"id": id_}))
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return None
