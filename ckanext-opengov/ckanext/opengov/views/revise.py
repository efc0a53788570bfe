"""The pages on which a change to a published dataset is prepared: CKAN's own forms, kept aside."""

from __future__ import annotations

from typing import Any, cast

from flask import Blueprint, request, send_file
from flask.typing import ResponseReturnValue
from flask.views import MethodView
from markupsafe import escape

import ckan.plugins.toolkit as tk
from ckan.lib.navl import dictization_functions
from ckan.logic import clean_dict, parse_params, tuplize_dict
from ckan.types import DataDict
from ckan.views.dataset import EditView, _get_pkg_template

from ckanext.opengov import storage
from ckanext.opengov.shared.web import csrf
from ckanext.opengov.views.hiding import only_its_people

revise = Blueprint("opengov_revise", __name__)
revise.before_request(csrf.need_token)
revise.before_request(only_its_people)

NOT_FIELDS = ("_ckan_phase", "csrf_token", "pkg_name", "save")
EDIT_PAGES = {
    "dataset.edit": "opengov_revise.dataset",
    "dataset_resource.edit": "opengov_revise.file",
    "dataset_resource.new": "opengov_revise.new_file",
}


@revise.before_app_request
def lead_to_revision() -> ResponseReturnValue | None:
    """Lead from CKAN's edit pages of a published dataset to those that keep the change aside."""
    page = EDIT_PAGES.get(request.endpoint or "")
    if page is None or request.method != "GET":
        return None
    given = request.view_args or {}
    values = {key: value for key, value in given.items() if key != "package_type"}
    try:
        dataset = tk.get_action("package_show")({}, {"id": values["id"]})
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return None
    return tk.redirect_to(page, **values) if dataset["state"] == "active" else None


class DatasetView(MethodView):
    """CKAN's edit form of a dataset; what is sent becomes a revision."""

    def get(
        self, id: str, data: DataDict | None = None, error: tk.ValidationError | None = None
    ) -> ResponseReturnValue:
        """Show the form with what was prepared so far, or what was sent and is wrong."""
        changes = _changes(id)
        changes.pop("resources", None)
        errors, summary = (error.error_dict, error.error_summary) if error else (None, None)
        return EditView().get("dataset", id, data or changes, errors, summary)

    def post(self, id: str) -> ResponseReturnValue:
        """Keep the change aside."""
        data = _form()
        changes = {key: value for key, value in data.items() if key != "tag_string"}
        names = [name.strip() for name in data.get("tag_string", "").split(",")]
        changes["tags"] = [{"name": name, "state": "active"} for name in names if name]
        try:
            tk.get_action("opengov_revision_create")({}, {**changes, "id": id})
        except tk.ValidationError as error:
            return self.get(id, data, error)
        return tk.redirect_to("opengov_review.show", id=id)


class FileView(MethodView):
    """CKAN's form of a resource; what is sent becomes part of a revision."""

    def get(
        self,
        id: str,
        resource_id: str = "",
        data: DataDict | None = None,
        error: tk.ValidationError | None = None,
    ) -> ResponseReturnValue:
        """Show the form; without ``resource_id``, for a new file."""
        dataset, resources = _proposed(id)
        place = _index(resources, resource_id)
        resource = resources[place] if resource_id else {}
        errors: dict[str, Any] = dict(error.error_dict) if error else {}
        if len(errors.get("resources", [])) > place:
            errors = errors["resources"][place]
        values = {
            "data": data or resource,
            "errors": errors,
            "error_summary": tk.ValidationError(errors).error_summary if errors else {},
            "resource_form_snippet": _get_pkg_template("resource_form", dataset["type"]),
            "dataset_type": dataset["type"],
            "resource": resource,
            "pkg_dict": dataset,
            "form_action": tk.url_for(request.endpoint, **(request.view_args or {})),
        }
        return tk.render("opengov/revise_file.html", values)

    def post(self, id: str, resource_id: str = "") -> ResponseReturnValue:
        """Keep the change aside."""
        data = _form()
        _, resources = _proposed(id)
        place = _index(resources, resource_id)
        kept = resources[place] if resource_id else {}
        resources[place : place + 1] = [{**kept, **data}]
        try:
            tk.get_action("opengov_revision_create")({}, {"id": id, "resources": resources})
        except tk.ValidationError as error:
            return self.get(id, resource_id, data, error)
        return tk.redirect_to("opengov_review.show", id=id)


@revise.post("/dataset/<id>/revise/file/<resource_id>/remove")
def remove(id: str, resource_id: str) -> ResponseReturnValue:
    """Take a file out of the next version."""
    _, resources = _proposed(id)
    del resources[_index(resources, resource_id)]
    try:
        tk.get_action("opengov_revision_create")({}, {"id": id, "resources": resources})
    except tk.ValidationError as error:
        # CKAN shows these messages as HTML.
        tk.h.flash_error(escape(" ".join(error.error_summary.values())))
    return tk.redirect_to("opengov_review.show", id=id)


@revise.get("/dataset/<id>/review/file/<resource_id>")
def download(id: str, resource_id: str) -> ResponseReturnValue:
    """Send the file as it will be published, to those who prepare or review it."""
    place = tk.get_action("opengov_review_show")({}, {"id": id})
    for file in place["files"]:
        if file["resource_id"] == resource_id and file["sha256"]:
            path = storage.path_of(file["sha256"])
            return send_file(path, download_name=file["name"], as_attachment=True)
    return tk.abort(404, tk._("Resource not found"))


revise.add_url_rule("/dataset/<id>/revise", view_func=DatasetView.as_view("dataset"))
revise.add_url_rule("/dataset/<id>/revise/file", view_func=FileView.as_view("new_file"))
revise.add_url_rule("/dataset/<id>/revise/file/<resource_id>", view_func=FileView.as_view("file"))


def _form() -> DataDict:
    """Return the fields and files of the request's form, as CKAN's own views read them."""
    data: DataDict = {}
    for part in (request.form, request.files):
        try:
            found = dictization_functions.unflatten(tuplize_dict(parse_params(part)))
        except dictization_functions.DataError:
            tk.abort(400, tk._("Integrity Error"))
        data |= clean_dict(found)
    return {key: value for key, value in data.items() if key not in NOT_FIELDS}


def _changes(id: str) -> dict[str, Any]:
    """Return what the change under way changes so far."""
    revision = tk.get_action("opengov_review_show")({}, {"id": id})["revision"]
    return dict(revision["changes"]) if revision else {}


def _proposed(id: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the dataset, and its resources as they will be."""
    changes = _changes(id)
    dataset = tk.get_action("package_show")({}, {"id": id})
    return dataset, list(changes.get("resources", dataset["resources"]))


def _index(resources: list[dict[str, Any]], resource_id: str) -> int:
    """Return the place of a resource in the list, that of a new one without an id."""
    if not resource_id:
        return len(resources)
    for index, resource in enumerate(resources):
        if resource["id"] == resource_id:
            return index
    return cast(int, tk.abort(404, tk._("Resource not found")))
