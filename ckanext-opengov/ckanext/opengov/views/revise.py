"""The files that a draft or a change will publish, for those who prepare or review it."""

from __future__ import annotations

from flask import Blueprint, send_file
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk

from ckanext.opengov import storage
from ckanext.opengov.views.hiding import only_its_people

revise = Blueprint("opengov_revise", __name__)
revise.before_request(only_its_people)


@revise.get("/dataset/<id>/review/file/<resource_id>")
def download(id: str, resource_id: str) -> ResponseReturnValue:
    """Send the file as it will be published, to those who prepare or review it."""
    place = tk.get_action("opengov_review_show")({}, {"id": id})
    for file in place["files"]:
        if file["resource_id"] == resource_id and file["sha256"]:
            path = storage.path_of(file["sha256"])
            return send_file(path, download_name=file["name"], as_attachment=True)
    return tk.abort(404, tk._("Resource not found"))
