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

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.lib import uploader

from ckanext.opengov.model import files

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


class ResourceFileUpload(uploader.ResourceUpload):
    """CKAN's uploader of resources, with the bytes in the store above."""

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


def resource_uploader(resource: dict[str, Any]) -> ResourceFileUpload:
    """Return the uploader of one resource."""
    return ResourceFileUpload(resource)
