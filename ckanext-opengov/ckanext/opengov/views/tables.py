"""The whole table of a file, to be downloaded in several formats."""

from __future__ import annotations

import re
from http import HTTPStatus

from flask import Blueprint, Response, make_response, request, send_file
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk

from ckanext.opengov.logic import downloads

tables = Blueprint("opengov_tables", __name__)

RETRY_SECONDS = 30
RANGE = re.compile("bytes=([0-9]{0,15})-([0-9]{0,15})")


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
    etag = f"{version}-{format}"
    try:
        size = path.stat().st_size
        asked = _range_of(etag, size)
        if asked and asked[0] >= size:
            refused = _told("", HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
            refused.headers["Content-Range"] = f"bytes */{size}"
            return refused
        request.environ.pop("HTTP_RANGE", None)
        if asked:
            request.environ["HTTP_RANGE"] = "bytes={}-{}".format(*asked)
        response = send_file(
            path,
            mimetype=downloads.MEDIA_TYPES[format],
            as_attachment=True,
            download_name=downloads.name_of(resource, format),
            etag=etag,
            conditional=True,
        )
    except FileNotFoundError:
        # Its words have just become another, or none.
        return _not_yet()
    response.cache_control.no_cache = True
    return response


def _range_of(etag: str, size: int) -> tuple[int, int] | None:
    """Return the first byte and the last that are asked for; None: all of it.

    So it is for whoever has a part of another file, and says which in ``If-Range``.

    Source: RFC 9110, 13.1.5 and 14.2
    """
    found = RANGE.fullmatch(request.headers.get("Range", ""))
    is_of_this = request.headers.get("If-Range", f'"{etag}"') == f'"{etag}"'
    if request.method != "GET" or not is_of_this or not found or not any(found.groups()):
        return None
    first, last = found.groups()
    if not first:
        return max(size - int(last), 0), size - 1
    end = min(int(last or size), size - 1)
    # One that ends before it begins is none.
    return None if last and int(last) < int(first) else (int(first), end)


def _not_yet() -> Response:
    text = tk._("This download is being made. Try again in a minute.")
    response = _told(text, HTTPStatus.SERVICE_UNAVAILABLE)
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _told(text: str, status: HTTPStatus) -> Response:
    response = make_response(text, status)
    response.mimetype = "text/plain"
    return response
