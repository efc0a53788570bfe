"""Whether something is still what a reviewer saw when they decided."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping

from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.wording import N_

SHORT = 8
"""Signs of a part's hash: enough to tell people which parts moved; the whole is hashed in full."""


class ChangedSinceSeen(DomainError):
    """Nobody decides on what they did not see."""

    code = "changed-since-seen"
    field = "seen"
    template = N_("This has changed since you opened it: {what}. Look at it again, then decide.")


def token_of(parts: Mapping[str, str]) -> str:
    """Return what stands for all parts: sent out with what is shown, and back with a decision."""
    short = {name: _hash(text)[:SHORT] for name, text in parts.items()}
    content = json.dumps([_whole(parts), short], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def moved_since(token: str, parts: Mapping[str, str]) -> list[str] | None:
    """Return the names of the parts that are not as they were; None: nothing moved.

    A token that nobody gave out tells of no part: the list is empty.
    """
    try:
        whole, short = json.loads(base64.b64decode(token.encode() + b"==", altchars=b"-_"))
        short = dict(short)
    except (ValueError, TypeError, RecursionError):
        return []
    if whole == _whole(parts):
        return None
    now = {name: _hash(text)[:SHORT] for name, text in parts.items()}
    names = [*parts, *(name for name in short if name not in parts)]
    return [str(name) for name in names if now.get(name) != short.get(name)]


def _whole(parts: Mapping[str, str]) -> str:
    return _hash(json.dumps(sorted(parts.items())))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
