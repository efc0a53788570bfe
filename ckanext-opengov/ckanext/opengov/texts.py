"""The portal's own pages, as Markdown: the suite's, and the country's in their place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ckanext.opengov import config

OWN = Path(__file__).with_name("texts")
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
                title, _, body = path.read_text(encoding="utf-8").partition("\n")
                return Text(title.lstrip("# ").strip(), body.strip())
    return None
