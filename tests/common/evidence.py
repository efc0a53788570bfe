"""Files of evidence, and requests that bring them."""

from __future__ import annotations

import io
import uuid
from dataclasses import replace
from datetime import UTC, datetime

from ckanext.complaints import evidence, keys
from ckanext.complaints.logic import preparing
from ckanext.complaints.model import files
from ckanext.complaints.model.files import File


def sent(site, *given, path="/complaints/new", **fields):
    """Return the context of a request with these files, each a name and its bytes."""
    app = site._wsgi_app
    parts = [(io.BytesIO(content), name) for name, content in given]
    return app.test_request_context(path, method="POST", data={**fields, "files": parts})


def filed(session, each, **changed):
    """Keep a file that came, and write its row, as an action does."""
    file_id = str(uuid.uuid4())
    each.keep()
    file = File(
        id=file_id,
        case_id=None,
        draft_id=None,
        message_id=None,
        kind=files.ORIGINAL,
        parent_id=None,
        storage_key=each.location,
        epoch=1,
        sealed_key=keys.ring().seal(preparing.FILE_KEY, file_id, each.key),
        meta_blob=keys.ring().seal(preparing.META, file_id, b'{"name": "x"}'),
        scan=files.Scan.PENDING,
        bytes=each.size,
        sha256_ct=each.sha256_ct,
        created_at=datetime.now(UTC),
    )
    files.add(session, replace(file, **changed))
    session.commit()
    return file_id


def clear_of(session, file_id):
    """Return a file as those who may open it read it."""
    file = files.find(session, file_id)
    key = preparing.keeper().key_of(session, file)
    return b"".join(evidence.content(file.storage_key, key))
