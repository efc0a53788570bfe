"""The suite's options, one reader each; config_declaration.yaml describes them."""

from __future__ import annotations

import ckan.plugins.toolkit as tk


def allows_one_person_bodies() -> bool:
    """Tell whether a body with a single member may approve its own datasets."""
    return bool(tk.config["ckanext.opengov.one_person_bodies"])
