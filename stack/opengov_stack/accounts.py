"""The file of the demo accounts: their passwords and keys, and receipts of sample complaints.

Its owner alone reads it. ``{"accounts": [{"name", "password", "role", "key"}], "receipts":
[{"title", "reference", "secret"}]}``; ``key`` has who needs a second step to sign in.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from opengov_stack.installation import write_private

Content = dict[str, list[dict[str, Any]]]


def read(path: Path) -> Content:
    """Return what the file holds; portals from before have a list of accounts in it."""
    found = json.loads(path.read_text(encoding="utf-8"))
    if isinstance(found, list):
        return {"accounts": found, "receipts": []}
    content: Content = found
    return content


def write(path: Path, content: Content) -> None:
    """Replace the file."""
    write_private(path, json.dumps(content, ensure_ascii=False))


def named(content: Content, name: str) -> dict[str, Any] | None:
    """Return an account."""
    return next((each for each in content["accounts"] if each["name"] == name), None)


def put(path: Path, kind: str, by: str, entry: dict[str, Any]) -> None:
    """Keep an account or a receipt, in the place of the one with the same ``by``."""
    content = read(path)
    others = [each for each in content[kind] if each[by] != entry[by]]
    write(path, {**content, kind: [*others, entry]})
