"""Names and numbers with hyphens, kept as they are in any line of any language."""

from __future__ import annotations

import re

BEFORE_DIGIT = re.compile(r"(?<=\w)-(?=\d)")
NUMBER = re.compile(r"(?<!\w)(?:-?\d+(?:-[0-9A-Z]+)+(?:[:.]\d+)*Z?|-\d[\d.,]*)")
JOINER = "\u2060"
LEFT_TO_RIGHT, POP = "\u2066", "\u2069"
"""Isolate what stands between them."""


def whole(text: str) -> str:
    """Return a sentence in which no line breaks UTF-8, nor turns 2026-01-31 round."""
    # Behind Arabic letters, numbers that hyphens join run from right to left.
    isolated = NUMBER.sub(lambda found: f"{LEFT_TO_RIGHT}{found[0]}{POP}", text)
    return BEFORE_DIGIT.sub(f"-{JOINER}", isolated)
