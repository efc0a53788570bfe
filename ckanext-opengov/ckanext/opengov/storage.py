"""Resource files, stored once under the SHA-256 of their bytes.

CKAN writes a new file over the old one before the database has committed, so
that a failed update has already changed what the public downloads. Here the
bytes are added first, under a name of their own, and a row says which bytes a
resource serves: the swap is the commit of that row, with the rest of the change.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import HTTPException

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.lib import uploader

from ckanext.opengov.model import files, uploads

CHUNK = 1 << 20
MB = 1 << 20


def folder() -> Path:
    """Return the folder of the stored files."""
    return Path(tk.config["ckan.storage_path"]) / "opengov" / "files"


def path_of(sha256: str) -> Path:
    """Return where the bytes with this hash lie."""
    return folder() / sha256[:2] / sha256[2:]


def store(stream: IO[bytes], max_bytes: int) -> tuple[str, int]:
    """Store the stream's bytes and return their SHA-256 and size.

    Raises:
        tk.ValidationError: there are more than ``max_bytes``.
    """
    folder().mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    handle, name = tempfile.mkstemp(dir=folder(), prefix="incoming-")
    incoming = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            while chunk := stream.read(CHUNK):
                size += len(chunk)
                if size > max_bytes:
                    limit = max_bytes // MB
                    sentence = tk._("The file is larger than {limit} MB.").format(limit=limit)
                    raise tk.ValidationError({"upload": [sentence]})
                digest.update(chunk)
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
        target = path_of(digest.hexdigest())
        target.parent.mkdir(exist_ok=True)
        # The name is the content: whoever stored the same bytes before stored the same file.
        incoming.replace(target)
    finally:
        incoming.unlink(missing_ok=True)
    return digest.hexdigest(), size


def part_of(upload_id: str) -> Path:
    """Return where the bytes of an upload in pieces lie."""
    return folder().parent / "uploads" / upload_id


def append(upload_id: str, offset: int, stream: IO[bytes], size: int) -> int:
    """Add a piece at ``offset``; return how many bytes have come, ``size`` at most.

    What arrives before a cut is kept. Bytes behind ``offset``, which a crash may have
    left without a note, are written over.
    """
    path = part_of(upload_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("r+b" if path.exists() else "xb") as out:
        out.seek(offset)
        try:
            while offset < size and (chunk := stream.read(min(CHUNK, size - offset))):
                out.write(chunk)
                offset += len(chunk)
        except (OSError, HTTPException):
            # The connection was cut: the client asks how much has come, and goes on.
            pass
        out.flush()
        os.fsync(out.fileno())
    return offset


def forget_part(upload_id: str) -> None:
    """Delete the bytes of an upload in pieces."""
    part_of(upload_id).unlink(missing_ok=True)


class ResourceFileUpload(uploader.ResourceUpload):
    """CKAN's uploader of resources, with the bytes in the store above."""

    def __init__(self, resource: dict[str, Any]) -> None:
        upload_id = resource.pop("upload_id", None)
        if upload_id:
            resource["upload"] = _complete_upload(str(upload_id), resource.get("package_id"))
        super().__init__(resource)

    def get_path(self, id: str) -> str:
        """Return the path of the bytes that the resource serves, as CKAN's download wants it."""
        row = files.file_of(ckan_model.Session, id)  # noqa: TID251 - IUploader has no context
        if row is None:
            # Uploaded before the suite was installed.
            return super().get_path(id)
        return str(path_of(row.sha256))

    def store(self, max_size: int) -> tuple[str, int]:
        """Store the bytes (``max_size`` in MB) and return their SHA-256 and size."""
        self.upload_file.seek(0)
        return store(self.upload_file, max_size * MB)

    def upload(self, id: str, max_size: int = 10) -> None:
        """Store the bytes, and let the resource serve them once the change commits."""
        if not self.filename or self.upload_file is None:
            return
        sha256, size = self.store(max_size)
        session = ckan_model.Session  # noqa: TID251 - IUploader has no context
        files.put_file(session, id, sha256, size, datetime.now(UTC))


def _complete_upload(upload_id: str, package_id: str | None) -> FileStorage:
    """Return a file that was sent in pieces for this dataset."""
    session = ckan_model.Session  # noqa: TID251 - IUploader has no context
    row = uploads.find(session, upload_id)
    if row is not None and row.size == 0:
        raise tk.ValidationError({"upload": [tk._("The file is empty.")]})
    if row is None or row.package_id != package_id or not part_of(row.id).exists():
        raise tk.ValidationError({"upload": [tk._("This upload is gone. Send the file again.")]})
    if row.received != row.size:
        raise tk.ValidationError(
            {"upload": [tk._("The file has not arrived whole. Go on with it.")]}
        )
    return FileStorage(part_of(row.id).open("rb"), row.name)


def resource_uploader(resource: dict[str, Any]) -> ResourceFileUpload:
    """Return the uploader of one resource."""
    return ResourceFileUpload(resource)
