"""The suite's options, one reader each; config_declaration.yaml describes them."""

from __future__ import annotations

from babel import Locale

import ckan.plugins.toolkit as tk


def languages() -> list[str]:
    """Return the codes of the site's languages, its default first."""
    default = str(tk.config["ckan.locale_default"])
    offered = tk.aslist(tk.config["ckan.locales_offered"] or default)
    return [default, *(each for each in offered if each != default)]


def allows_one_person_bodies() -> bool:
    """Tell whether a body with a single member may approve its own datasets."""
    return bool(tk.config["ckanext.opengov.one_person_bodies"])


def locale_variants() -> dict[str, Locale]:
    """Return, for languages that are written in different ways, the locale that counts here.

    Raises:
        UnknownLocaleError: The settings name a locale that there is not.
    """
    pairs = (each.partition("=") for each in tk.config["ckanext.opengov.locale_variants"])
    return {language: Locale.parse(locale) for language, _sign, locale in pairs}
