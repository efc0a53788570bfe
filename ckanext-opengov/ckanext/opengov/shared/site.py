"""What the portal is called."""

from __future__ import annotations

import ckan.plugins.toolkit as tk


def name(language: str) -> str:
    """Return the portal's name in a language."""
    return str(tk.config.get(f"ckanext.opengov.name_{language}") or tk.config["ckan.site_title"])


def domain() -> str:
    """Return the portal's domain, for ids of mails and dates."""
    return str(tk.config["ckan.site_url"]).split("//")[-1].split("/")[0].split(":")[0]
