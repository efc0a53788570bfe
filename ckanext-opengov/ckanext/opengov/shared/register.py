"""Who ever had a second factor, and which of their rows is the newest: kept outside the database.

A signature shows that a row was ours once. It does not show that it still is: whoever
writes to the database could delete a row, so that its owner seems never to have enrolled,
or put back an old one. Each person therefore has a small file beside the keys, with the
generation of the row that counts.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of one person past the database."""

    generations: tuple[int, ...]
    """Of the row that counts: two while a change is being committed."""
    bodies: frozenset[str]
    """Those whose administrators may help, by the person's own word."""


def _path(folder: Path, user_id: str) -> Path:
    name = hashlib.sha256(user_id.encode()).hexdigest()
    return folder / "register" / name[:2] / name


def find(folder: Path, user_id: str) -> Entry | None:
    """Return the person's entry; None: they never enrolled.

    Raises:
        ValueError: the file is no entry.
    """
    try:
        text = _path(folder, user_id).read_text()
    except FileNotFoundError:
        return None
    try:
        kept = json.loads(text)
        return Entry(tuple(kept["generations"]), frozenset(kept["bodies"]))
    except (KeyError, TypeError) as error:
        raise ValueError("not an entry of the register") from error


def put(folder: Path, user_id: str, generations: Iterable[int], bodies: Iterable[str]) -> None:
    """Write the person's entry, whole or not at all, and only then return."""
    path = _path(folder, user_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    content = {"generations": sorted(generations), "bodies": sorted(bodies)}
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        json.dump(content, out)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(path)
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def is_empty(folder: Path) -> bool:
    """Tell whether nobody ever enrolled."""
    return not any((folder / "register").glob("??/*"))
