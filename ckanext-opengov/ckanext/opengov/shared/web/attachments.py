"""Names of files that an answer carries."""

from __future__ import annotations

from urllib.parse import quote


def attachment(name: str, plain: str) -> str:
    """Return the header ``Content-Disposition`` of a file to keep.

    A header holds ``plain`` and nothing but ASCII; the name, in any script, follows in a form of
    its own (RFC 6266).
    """
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
