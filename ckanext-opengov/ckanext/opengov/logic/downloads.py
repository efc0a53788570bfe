"""How the files of a table are called, and what they are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from ckanext.opengov.domain.vocabularies import FORMATS
from ckanext.opengov.model import exports

MEDIA_TYPES = {
    "csv": f"{FORMATS['CSV']}; charset=utf-8",
    "jsonl": "application/jsonl",
    "xlsx": FORMATS["XLSX"],
    "parquet": FORMATS["PARQUET"],
}


def path_of(resource_id: str, version: str, format: str) -> Path:
    """Return where a file lies, whole or not at all."""
    return exports.path_of(resource_id, version, format)


def name_of(resource: Mapping[str, str], format: str) -> str:
    """Return the name under which readers save a file."""
    plain = re.sub(r"[^\w.-]+", "-", resource.get("name") or "").strip("-.")
    stem = re.sub(r"\.(csv|xlsx?|json|parquet|ods)$", "", plain, flags=re.IGNORECASE)[:100]
    return f"{stem or 'table'}.{format}"
