"""The suite's options, one reader each; config_declaration.yaml describes them."""

from __future__ import annotations

from flask import has_request_context

import ckan.plugins.toolkit as tk


def languages() -> list[str]:
    """Return the codes of the site's languages, its default first."""
    default = str(tk.config["ckan.locale_default"])
    offered = tk.aslist(tk.config["ckan.locales_offered"] or default)
    return [default, *(each for each in offered if each != default)]


def readers_languages() -> list[str]:
    """Return the languages to show a text in, the reader's first; commands have no reader."""
    return [tk.h.lang(), *languages()] if has_request_context() else languages()


def allows_one_person_bodies() -> bool:
    """Tell whether a body with a single member may approve its own datasets."""
    return bool(tk.config["ckanext.opengov.one_person_bodies"])
