"""The suite's options, one reader each; config_declaration.yaml describes them."""

from __future__ import annotations

import ckan.plugins.toolkit as tk

from ckanext.opengov.shared import second_factor


def languages() -> list[str]:
    """Return the codes of the site's languages, its default first."""
    default = str(tk.config["ckan.locale_default"])
    offered = tk.aslist(tk.config["ckan.locales_offered"] or default)
    return [default, *(each for each in offered if each != default)]


def allows_one_person_bodies() -> bool:
    """Tell whether a body with a single member may approve its own datasets."""
    return bool(tk.config["ckanext.opengov.one_person_bodies"])


def two_factor() -> str:
    """Return who needs a second step to sign in: nobody (off), who likes (optional), staff."""
    return second_factor.policy().value
