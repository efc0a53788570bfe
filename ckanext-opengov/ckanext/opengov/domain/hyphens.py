"""Names and numbers with hyphens, kept as they are in any line of any language."""

from __future__ import annotations

import re

from ckanext.opengov.shared.domain.characters import END_OF_ISOLATE, ISOLATES

BEFORE_DIGIT = re.compile(r"(?<=\w)-(?=\d)")
NUMBER = re.compile(r"(?<!\w)(?:-?\d+(?:-[0-9A-Z]+)+(?:[:.]\d+)*Z?|-\d[\d.,]*)")
JOINER = "\u2060"
LEFT_TO_RIGHT = ISOLATES[0]


def whole(text: str) -> str:
    """Return a sentence in which no line breaks UTF-8, nor turns 2026-01-31 round."""
    # Behind Arabic letters, numbers that hyphens join run from right to left.
    isolated = NUMBER.sub(lambda found: f"{LEFT_TO_RIGHT}{found[0]}{END_OF_ISOLATE}", text)
    return BEFORE_DIGIT.sub(f"-{JOINER}", isolated)
