"""Uploads in pieces, as tus 1.0 speaks them (https://tus.io/protocols/resumable-upload).

Any tus client works: with the cookie of the browser and the token of its form in
``X-CSRFToken``, or with an API token in ``Authorization``.
"""

from __future__ import annotations

import base64
import binascii
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, make_response, request

import ckan.plugins.toolkit as tk

from ckanext.opengov.shared.web import csrf
from ckanext.opengov.views.hiding import only_its_people

uploads = Blueprint("opengov_uploads", __name__)
uploads.before_request(csrf.need_token)
uploads.before_request(only_its_people)

VERSION = "1.0.0"
EXTENSIONS = "creation,termination"
PIECE = "application/offset+octet-stream"


@uploads.after_request
def speak_tus(response: Response) -> Response:
    """Say which protocol this is."""
    response.headers["Tus-Resumable"] = VERSION
    response.cache_control.no_store = True
    return response


@uploads.route("/dataset/<id>/upload", methods=["OPTIONS"])
def offer(id: str) -> Response:
    """Say what this server can do."""
    limit = int(tk.config["ckan.max_resource_size"]) << 20
    headers = {"Tus-Version": VERSION, "Tus-Extension": EXTENSIONS, "Tus-Max-Size": str(limit)}
    return _answer(HTTPStatus.NO_CONTENT, **headers)


@uploads.post("/dataset/<id>/upload")
def create(id: str) -> Response:
    """Begin an upload."""
    asked = {"id": id, "size": request.headers.get("Upload-Length"), "name": _name()}
    try:
        row = tk.get_action("opengov_upload_create")({}, asked)
    except tk.ValidationError as error:
        is_large = "too-large" in str(error.error_dict.get("__codes"))
        status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE if is_large else HTTPStatus.BAD_REQUEST
        return _refusal(error, status)
    place = tk.url_for("opengov_uploads.show", id=id, upload_id=row["id"], locale="default")
    return _answer(HTTPStatus.CREATED, Location=str(place))


@uploads.route("/dataset/<id>/upload/<upload_id>", methods=["HEAD"])
def show(id: str, upload_id: str) -> Response:
    """Say how much has come."""
    row = _found("opengov_upload_show", {"id": upload_id})
    headers = {"Upload-Offset": str(row["received"]), "Upload-Length": str(row["size"])}
    return _answer(HTTPStatus.OK, **headers)


@uploads.route("/dataset/<id>/upload/<upload_id>", methods=["PATCH"])
def append(id: str, upload_id: str) -> Response:
    """Take a piece."""
    if request.mimetype != PIECE:
        return _answer(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    piece = {"offset": request.headers.get("Upload-Offset"), "chunk": request.stream}
    try:
        row = _found("opengov_upload_append", {"id": upload_id, **piece})
    except tk.ValidationError as error:
        return _refusal(error, HTTPStatus.CONFLICT)
    return _answer(HTTPStatus.NO_CONTENT, **{"Upload-Offset": str(row["received"])})


@uploads.route("/dataset/<id>/upload/<upload_id>", methods=["DELETE"])
def cancel(id: str, upload_id: str) -> Response:
    """Cancel an upload."""
    _found("opengov_upload_delete", {"id": upload_id})
    return _answer(HTTPStatus.NO_CONTENT)


def _found(action: str, asked: dict[str, Any]) -> Any:
    try:
        return tk.get_action(action)({}, asked)
    except tk.ObjectNotFound:
        return tk.abort(404, tk._("This upload is gone. Send the file again."))


def _answer(status: HTTPStatus, text: str = "", **headers: str) -> Response:
    answer = make_response(text, status)
    answer.headers.update(headers)
    answer.mimetype = "text/plain"
    return answer


def _refusal(error: tk.ValidationError, status: HTTPStatus) -> Response:
    return _answer(status, " ".join(error.error_summary.values()))


def _name() -> str:
    """Return the file's name from ``Upload-Metadata``: pairs of a key and its value in base64."""
    for pair in request.headers.get("Upload-Metadata", "").split(","):
        key, _, value = pair.strip().partition(" ")
        if key == "filename":
            try:
                return base64.b64decode(value, validate=True).decode()
            except (binascii.Error, UnicodeDecodeError):
                return ""
    return ""
