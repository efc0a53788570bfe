"""The register of licences: the one that CKAN itself uses."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model

from ckanext.opengov import config
from ckanext.opengov.domain.licences import TERMS, Licence
from ckanext.opengov.shared.domain.texts import pick

FOLDER = Path(__file__).parents[1]
REGISTER, CHANGES = FOLDER / "licenses.json", FOLDER / "licenses_changes.json"


def register() -> dict[str, dict[str, Any]]:
    """Return the entries of the register by id."""
    found = ckan_model.Package.get_license_register()
    return {entry.id: entry.license_dictize() for entry in found.values()}


def history() -> dict[str, Any] | None:
    """Return version and changes of the register; None: the operator has one of their own."""
    if tk.config.get("licenses_group_url") != f"file://{REGISTER}":
        return None
    found: dict[str, Any] = json.loads(CHANGES.read_text(encoding="utf-8"))
    return found


def terms() -> dict[str, Licence]:
    """Return what each licence of the register asks for, by id.

    A register that is not the suite's may lack what it says, or say it in another shape.
    """
    return {key: _terms_of(key, entry) for key, entry in register().items()}


def _terms_of(key: str, entry: Mapping[str, Any]) -> Licence:
    flows_into = entry.get("flows_into")
    return Licence(
        id=key,
        grants_nothing=entry.get("grants_nothing") is True,
        is_generic=entry.get("is_generic") is True,
        flows_into=tuple(map(str, flows_into)) if isinstance(flows_into, list) else None,
        **{name: entry[name] for name in TERMS if isinstance(entry.get(name), bool)},
    )


def title_of(entry: dict[str, Any]) -> str:
    """Return the title of an entry in the reader's language."""
    texts = entry.get("title_translated") or {}
    return pick(texts, config.readers_languages()) or str(entry["title"])


def is_open(entry: dict[str, Any]) -> bool:
    """Tell whether the licence is open, as CKAN sees it."""
    return "approved" in (entry.get("od_conformance"), entry.get("osd_conformance"))


def grants(licence_id: str | None) -> bool:
    """Tell whether the licence lets anyone do anything. One outside the register may."""
    return bool(licence_id) and not register().get(licence_id or "", {}).get("grants_nothing")


def named(names: Iterable[str]) -> str | None:
    """Return the id of the first licence that has one of these names: its id, or in SPDX."""
    wanted = {name.casefold() for name in names} - {""}
    for key, entry in register().items():
        known = (key, entry.get("spdx") or "", *entry.get("legacy_ids", ()))
        if wanted & {name.casefold() for name in known}:
            return key
    return None


def recommended() -> str:
    """Return the id of the licence that new datasets get: the site's, or its first open one."""
    entries, wished = register(), config.recommended_licence()
    if wished in entries:
        return wished
    active = (key for key, entry in entries.items() if entry.get("status", "active") == "active")
    return next((key for key in active if is_open(entries[key])), "")
