"""What stays and what is replaced between two texts, word by word."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import NamedTuple

WORDS = re.compile(r"\s+|[\w\u0300-\u036f\u064b-\u065f\u0670]+|.", re.DOTALL)
"""Blanks, words with the marks that belong to their letters, and single signs."""
MOST_WORDS = 4000
"""Longer texts are marked as a whole: to compare them word by word takes too long."""


class Run(NamedTuple):
    """A piece of two texts: equal in both, or what went and what came in its place."""

    is_equal: bool
    before: str
    after: str


def word_runs(before: str, after: str) -> list[Run]:
    """Return the pieces of two texts in turns; a blank between two changes is no pause.

    Texts that are too long for it, or empty, are one piece each.
    """
    old, new = WORDS.findall(before), WORDS.findall(after)
    if before == after:
        return [Run(True, before, after)] if before else []
    if len(old) + len(new) > MOST_WORDS or not old or not new:
        return [Run(False, before, after)]
    return _runs(old, new)


def _runs(old: list[str], new: list[str]) -> list[Run]:
    found: list[Run] = []
    codes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for place, (kind, i, j, m, n) in enumerate(codes):
        gone, came = "".join(old[i:j]), "".join(new[m:n])
        is_between = 0 < place < len(codes) - 1 and not gone.strip()
        is_equal = kind == "equal" and not is_between
        if found and found[-1].is_equal is is_equal:
            _same, before, after = found.pop()
            gone, came = before + gone, after + came
        found.append(Run(is_equal, gone, came))
    return found
