"""The whole table of a file, to be downloaded in several formats."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Response, make_response, request, send_file
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk

from ckanext.opengov.logic import downloads

tables = Blueprint("opengov_tables", __name__)

RETRY_SECONDS = 30


@tables.get("/dataset/<id>/resource/<resource_id>/table.<any(csv, jsonl, xlsx, parquet):format>")
def download(id: str, resource_id: str, format: str) -> ResponseReturnValue:
    """Send the table as a file: whole, or the range that is asked for."""
    # No cache between us and the reader keeps what may be withdrawn.
    request.environ["__no_cache__"] = True
    try:
        dataset = tk.get_action("package_show")({}, {"id": id})
        table = tk.get_action("opengov_table_show")({}, {"resource_id": resource_id})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404, tk._("This file has no table."))
    if table["package_id"] != dataset["id"]:
        return tk.abort(404, tk._("This file has no table."))
    found = next(each for each in table["downloads"] if each["format"] == format)
    if found["status"] == "none":
        return tk.abort(404, tk._("A cell of this table is too long for Excel. Take CSV instead."))
    if found["status"] == "waiting":
        return _not_yet()
    resource = next(each for each in dataset["resources"] if each["id"] == resource_id)
    return _sent(found["version"], resource, format)


def _sent(version: str, resource: dict[str, str], format: str) -> Response:
    path = downloads.path_of(resource["id"], version, format)
    try:
        response = send_file(
            path,
            mimetype=downloads.MEDIA_TYPES[format],
            as_attachment=True,
            download_name=downloads.name_of(resource, format),
            etag=f"{version}-{format}",
            conditional=True,
        )
    except FileNotFoundError:
        # Its words have just become another, or none.
        return _not_yet()
    response.cache_control.no_cache = True
    return response


def _not_yet() -> Response:
    text = tk._("This download is being made. Try again in a minute.")
    response = make_response(text, HTTPStatus.SERVICE_UNAVAILABLE)
    response.mimetype = "text/plain"
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response
