"""Files that are sent in pieces, and gone on with after a cut connection."""

from __future__ import annotations

import uuid
from typing import IO, Any

import ckan.plugins.toolkit as tk
from ckan.lib import uploader
from ckan.types import Context, DataDict

from ckanext.opengov import storage
from ckanext.opengov.logic.steps import actor_of, package_of
from ckanext.opengov.model import uploads
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.moments import utc_now
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = [
    "opengov_upload_append",
    "opengov_upload_create",
    "opengov_upload_delete",
    "opengov_upload_show",
]

MOST_AT_ONCE = 20
MAX_NAME = 255


class TooLarge(DomainError):
    """The site takes no file of this size."""

    code = "too-large"
    field = "size"
    template = N_("The file is larger than {limit} MB.")


class NotASize(DomainError):
    """Without its size nobody knows when a file is complete."""

    code = "not-a-size"
    field = "size"
    template = N_("Say how many bytes the file has.")


class NoName(DomainError):
    """A file has a name."""

    code = "required"
    field = "name"
    template = N_("Say what the file is called.")


class TooManyUploads(DomainError):
    """Somebody begins uploads and ends none."""

    code = "too-many-uploads"
    template = N_("Too many uploads are under way. End or cancel some of them first.")


class WrongOffset(DomainError):
    """A piece must follow what has come."""

    code = "wrong-offset"
    field = "offset"
    template = N_("Go on at byte {received}.")


@domain_action
def opengov_upload_create(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Begin to send a file of a dataset in pieces; return the upload.

    Once it is complete, give its id as ``upload_id`` in the place of ``upload``:
    in ``resource_create``, ``resource_update`` or the resources of
    ``opengov_revision_create``. It is kept for a day. The same is spoken as tus 1.0
    at ``/dataset/<id>/upload``.

    Args:
        id (str): id or name of the dataset
        name (str): name of the file
        size (int): its bytes
    """
    package = package_of(context, tk.get_or_bust(data_dict, "id"))
    tk.check_access("opengov_upload_create", context, {"id": package.id})
    session, user_id = context["session"], actor_of(context, None).user_id or ""
    name, size = str(data_dict.get("name") or "").strip(), _number(data_dict.get("size"))
    if not name or "\0" in name or len(name) > MAX_NAME:
        raise NoName
    if size is None:
        raise NotASize
    limit = uploader.get_max_resource_size()
    if size > limit * storage.MB:
        raise TooLarge(limit=limit)
    if uploads.count_of(session, user_id) >= MOST_AT_ONCE:
        raise TooManyUploads
    row = uploads.Upload(
        id=str(uuid.uuid4()),
        package_id=package.id,
        user_id=user_id,
        name=name,
        size=size,
        received=0,
        created_at=utc_now(),
    )
    session.add(row)
    session.commit()
    return _shown(row)


@tk.side_effect_free
@domain_action
def opengov_upload_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return how much of a file has come: ``{"id", "package_id", "name", "size", "received"}``.

    Args:
        id (str): id of the upload
    """
    return _shown(_upload(context, data_dict, lock=False))


@domain_action
def opengov_upload_append(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Add a piece to a file; return the upload. What came before a cut is kept.

    Args:
        id (str): id of the upload
        offset (int): ``received`` as it stands; any other is refused and says it
        chunk: the piece, as a file of the request
    """
    row = _upload(context, data_dict, lock=True)
    if _number(data_dict.get("offset")) != row.received:
        raise WrongOffset(received=row.received)
    chunk: Any = data_dict.get("chunk")
    stream: IO[bytes] = getattr(chunk, "stream", chunk)
    row.received = storage.append(row.id, row.received, stream, row.size)
    context["session"].commit()
    return _shown(row)


@domain_action
def opengov_upload_delete(context: Context, data_dict: DataDict) -> None:
    """Cancel an upload, or forget one that was used.

    Args:
        id (str): id of the upload
    """
    row = _upload(context, data_dict, lock=True)
    uploads.forget(context["session"], [row.id])
    context["session"].commit()
    storage.forget_part(row.id)


def _upload(context: Context, data_dict: DataDict, *, lock: bool) -> uploads.Upload:
    """Return the caller's upload; of another's nobody knows."""
    row = uploads.find(context["session"], str(tk.get_or_bust(data_dict, "id")), lock=lock)
    if row is None or row.user_id != actor_of(context, None).user_id:
        raise tk.ObjectNotFound(tk._("This upload is gone. Send the file again."))
    tk.check_access("opengov_upload_create", context, {"id": row.package_id})
    return row


def _shown(row: uploads.Upload) -> dict[str, Any]:
    return {
        "id": row.id,
        "package_id": row.package_id,
        "name": row.name,
        "size": row.size,
        "received": row.received,
    }


def _number(value: object) -> int | None:
    text = str(value)
    is_number = text.isascii() and text.isdigit() and len(text) < len(str(2**62))
    return int(text) if is_number else None
