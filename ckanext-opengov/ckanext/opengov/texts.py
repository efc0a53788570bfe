"""The portal's own pages, as Markdown: the suite's, and the country's in their place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ckanext.opengov import config

OWN = Path(__file__).with_name("texts")
REMEMBERED = 64
NAMES = ("about", "accessibility", "legal", "privacy")


@dataclass(frozen=True, slots=True)
class Text:
    """A page: the heading of its first line, and the Markdown below."""

    title: str
    body: str


def read(name: str, language: str) -> Text | None:
    """Return a page in a language, or in the site's default; None: there is none."""
    if not re.fullmatch(r"[a-z-]{1,40}", name):
        return None
    folders = [folder for folder in (config.texts(), OWN) if folder]
    for each in (language, *config.languages(), "en"):
        for folder in folders:
            path = folder / f"{name}.{each}.md"
            if path.is_file():
                return _parsed(path, path.stat().st_mtime_ns)
    return None


@lru_cache(REMEMBERED)
def _parsed(path: Path, _changed_at: int) -> Text:
    """Return a page as its file has it; every footer asks for the titles of all."""
    title, _, body = path.read_text(encoding="utf-8").partition("\n")
    return Text(title.lstrip("# ").strip(), body.strip())
