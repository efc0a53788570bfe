"""What the pages of standing approvals ask for."""

from __future__ import annotations

import ckan.plugins.toolkit as tk

from ckanext.opengov.domain.standing import ENDS, End


def opengov_standing_end(code: str) -> str:
    """Return why an approval ended, in words; nothing where somebody says it."""
    return "" if code == End.PERSON else str(tk._(ENDS[End(code)]))
