"""The regions of the country: where something happened, and which body is competent there."""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path

from ckanext.complaints import config
from ckanext.opengov.shared.domain.texts import Texts


def regions() -> dict[str, Texts]:
    """Return what the regions are called, by code and language, in their usual order."""
    return _read(config.regions_file())


def codes() -> frozenset[str]:
    """Return the codes of the regions."""
    return frozenset(regions())


@lru_cache(maxsize=2)
def _read(path: Path) -> dict[str, Texts]:
    with path.open(encoding="utf-8", newline="") as stream:
        return {
            row["code"]: {
                name.removeprefix("name_"): text
                for name, text in row.items()
                if name.startswith("name_")
            }
            for row in csv.DictReader(stream)
        }
