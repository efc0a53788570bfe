"""How the files of a table are called, and what they are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.opengov.domain import vocabularies as known
from ckanext.opengov.model import exports, rows

MEDIA_TYPES = {
    "csv": known.FORMATS["CSV"],
    "jsonl": "application/jsonl",
    "xlsx": known.FORMATS["XLSX"],
    "parquet": known.FORMATS["PARQUET"],
}
FORMATS = exports.FORMATS


def addresses_of(resource: Mapping[str, Any]) -> dict[str, str]:
    """Return the address of each file of the resource's table, by format."""
    first = FORMATS[0]
    address = tk.url_for(
        "opengov_tables.download",
        id=resource["package_id"],
        resource_id=resource["id"],
        format=first,
        locale="default",
        qualified=True,
    )
    # To make one address takes as long as a query.
    stem = str(address).removesuffix(first)
    return {each: stem + each for each in FORMATS}


def listed(resource: Any, standing: rows.Standing) -> list[dict[str, Any]]:
    """Return the files of a resource's table as the API lists them."""
    addresses = addresses_of({"id": resource.id, "package_id": resource.package_id})
    return [
        {
            "format": each.format,
            "version": each.version,
            "status": _status(each),
            "size": None if each.is_none else each.size,
            "url": addresses[each.format],
        }
        for each in exports.found(resource.id, standing)
    ]


def _status(export: exports.Export) -> str:
    if export.size is None:
        return "waiting"
    return "none" if export.is_none else "ready"


def path_of(resource_id: str, version: str, format: str) -> Path:
    """Return where a file lies, whole or not at all."""
    return exports.path_of(resource_id, version, format)


def name_of(resource: Mapping[str, str], format: str) -> str:
    """Return the name under which readers save a file."""
    plain = re.sub(r"[^\w.-]+", "-", resource.get("name") or "").strip("-.")
    stem = re.sub(r"\.(csv|xlsx?|json|parquet|ods)$", "", plain, flags=re.IGNORECASE)[:100]
    return f"{stem or 'table'}.{format}"
