"""Holidays of a year that no rule dates for sure: the moon decides, and a steward confirms."""

from __future__ import annotations

from typing import Any

from ckanext.complaints import defaults


def expected(year: int) -> list[dict[str, Any]]:
    """Return what may be holidays of a year: ``day``, ``label_translated`` and ``source`` each."""
    return [
        {"day": each.day.isoformat(), "label_translated": dict(each.names), "source": each.source}
        for each in defaults.holidays(year)
        if each.is_expected
    ]
