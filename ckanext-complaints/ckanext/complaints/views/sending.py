"""Sends evidence to who may open it: as a file to keep, never as a page to run."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Response

from ckanext.complaints.domain.evidence import KINDS, tidy_name
from ckanext.opengov.shared.web.attachments import attachment

__all__: list[str] = []

SAFE_NAME = "file"


def send(content: Iterator[bytes], name: str, kind_code: str, size: int) -> Response:
    """Return the answer that carries a file; it is opened as it is sent.

    Damage that shows later than in the first chunk cuts the answer short of its length.
    """
    kind = KINDS[kind_code]
    plain = SAFE_NAME + kind.extensions[0]
    answer = Response(content, mimetype=kind.media_type)
    answer.headers["Content-Length"] = str(size)
    answer.headers["Content-Disposition"] = attachment(tidy_name(name, kind), plain)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
