"""What makes two processes show the same: their settings, their code, their templates."""

from __future__ import annotations

import hashlib
import inspect
from pathlib import Path

import ckan
import ckan.plugins as p
import ckan.plugins.toolkit as tk

SHOWN = frozenset({".css", ".html", ".js", ".json", ".md", ".mo", ".py", ".yaml"})
SKIPPED = frozenset({"node_modules", "__pycache__", "migration"})


def fingerprint() -> str:
    """Return a text that is another one after each deployment that changes something.

    Made of contents, not of times: machines that were installed one after the other agree.
    """
    core = Path(inspect.getfile(ckan)).parent
    found = hashlib.blake2b(ckan.__version__.encode())
    for name, value in sorted(tk.config.items()):
        if isinstance(value, str | int | list):
            found.update(f"\n{name}={value}".encode())
    for folder in sorted(_folders()):
        # CKAN's own files are those of its version.
        if not folder.is_relative_to(core):
            _add(found, folder)
    return found.hexdigest()[:16]


def _folders() -> set[Path]:
    """Return the folders of the plugins, and those of templates that an operator added."""
    plugins = map(p.get_plugin, tk.aslist(tk.config["ckan.plugins"]))
    own = {Path(inspect.getfile(type(each))).parent for each in plugins}
    return own | {Path(each) for each in tk.config["computed_template_paths"]}


def _add(found: hashlib.blake2b, folder: Path) -> None:
    for path in sorted(folder.rglob("*")):
        if path.suffix in SHOWN and not SKIPPED.intersection(path.parts):
            found.update(f"\n{path.relative_to(folder)}\n".encode())
            found.update(path.read_bytes())
