"""Categories, a policy and holidays to begin with, as the files in data have them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from ckanext.complaints import config
from ckanext.complaints.domain.holidays import Holiday, YearOutOfRange, holidays_of, rules_in


def policy() -> dict[str, Any]:
    """Return the policy that all categories begin with, by the names of its columns."""
    found = dict(_read(config.defaults_file())["policy"])
    labels = found.pop("label")
    return {**found, "labels": labels, "active": True}


def categories() -> list[dict[str, Any]]:
    """Return the categories in their order, by the names of their columns."""
    return [
        {
            "code": each["code"],
            "track": each.get("track", "ordinary"),
            "labels": each["label"],
            "position": 10 * number,
            "active": True,
        }
        for number, each in enumerate(_read(config.defaults_file())["categories"], start=1)
    ]


def holidays(year: int) -> tuple[Holiday, ...]:
    """Return the days off of a year by the country's rules; of a year out of their reach, none."""
    path = config.defaults_file()
    try:
        return holidays_of(year, rules_in(path.with_name(_read(path)["holidays"])))
    except YearOutOfRange:
        return ()


@lru_cache(maxsize=2)
def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found
