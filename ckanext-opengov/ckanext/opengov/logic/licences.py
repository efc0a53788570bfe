"""The register of licences: the one that CKAN itself uses."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model

from ckanext.opengov import config
from ckanext.opengov.domain.licences import Licence
from ckanext.opengov.shared.domain.texts import pick


def register() -> dict[str, dict[str, Any]]:
    """Return the entries of the register by id."""
    found = ckan_model.Package.get_license_register()
    return {entry.id: entry.license_dictize() for entry in found.values()}


def terms() -> dict[str, Licence]:
    """Return what each licence of the register asks for, by id."""
    names = [field.name for field in dataclasses.fields(Licence)]
    found = {}
    for key, entry in register().items():
        given = {name: entry[name] for name in names if name in entry}
        found[key] = Licence(**given)
    return found


def title_of(entry: dict[str, Any]) -> str:
    """Return the title of an entry in the reader's language."""
    texts = entry.get("title_translated") or {}
    return pick(texts, [tk.h.lang(), *config.languages()]) or str(entry["title"])


def is_open(entry: dict[str, Any]) -> bool:
    """Tell whether the licence is open, as CKAN sees it."""
    return "approved" in (entry.get("od_conformance"), entry.get("osd_conformance"))


def grants(licence_id: str | None) -> bool:
    """Tell whether the licence lets anyone do anything. One outside the register may."""
    return bool(licence_id) and not register().get(licence_id or "", {}).get("grants_nothing")


def named(names: Iterable[str]) -> str | None:
    """Return the id of the first licence that has one of these names: its id, or in SPDX."""
    wanted = {name.casefold() for name in names}
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
