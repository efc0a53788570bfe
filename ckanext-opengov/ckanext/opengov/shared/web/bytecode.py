"""Templates are compiled once for all processes of a machine, not once for each."""

from __future__ import annotations

import hashlib
from typing import Any

from jinja2 import FileSystemBytecodeCache


def keep(environment: Any) -> None:
    """Let compiled templates be kept, in a folder that belongs to this account alone.

    A template that extends another of the same name has the other's folder compiled in: each
    order of plugins keeps its own.
    """
    order = hashlib.blake2b("\n".join(environment.loader.searchpath).encode(), digest_size=8)
    pattern = f"opengov-{order.hexdigest()}-%s.cache"
    environment.bytecode_cache = FileSystemBytecodeCache(pattern=pattern)
