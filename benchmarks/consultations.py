"""What large consultations cost: 100,000 comments, 10,000 answers under one root, 1,000,000 votes.

The processor time of pages is beside that of CKAN's ``/about``, of CKAN with its own defaults;
no page is kept. Statements are those of one consultation with 1,000 comments and of one with
100,000. A comment is written beside a row that an empty action of CKAN writes.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1])]
from crowds import LARGE, SMALL
from overhead import PLAIN, UNCACHED, Site, settings, upper_bound
from pages import OWN_SETTINGS

WARM_UP, PAIRS = 5, 40
MOST_STATEMENTS = 10
PLACE = f"/consultation/{LARGE}"


@dataclass(frozen=True, slots=True)
class Claim:
    """A page costs at most so many times as much as another."""

    page: str
    path: str
    beside: str
    """Another page of the suite; ``about``: CKAN's own of that name."""
    most: float
    statements: int = MOST_STATEMENTS


def claims(deep: str, deep_replies: str) -> list[Claim]:
    """Return what is claimed; the addresses of deep pages are found by walking."""
    return [
        Claim("thread", PLACE, "about", 2.5),
        Claim("thread, most supported", f"{PLACE}?sort=top", "about", 2.5),
        Claim("thread, deepest page", deep, PLACE, 1.5),
        Claim("10,000 answers", f"{PLACE}/c/1", "about", 2.5, 15),
        Claim("10,000 answers, deepest", deep_replies, f"{PLACE}/c/1", 1.5, 15),
        Claim("thread of 100,000", PLACE, f"/consultation/{SMALL}", 1.5),
        Claim("list of 5,000", "/consultation/", "about", 2.5),
    ]
