"""The suite's options, one reader each; config_declaration.yaml describes them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from babel import Locale
from flask import has_request_context

import ckan.plugins.toolkit as tk

from ckanext.opengov.domain import brand
from ckanext.opengov.shared import readers, second_factor
from ckanext.opengov.validation.formats.tables import Box


def languages() -> list[str]:
    """Return the codes of the site's languages, its default first."""
    return readers.languages()


def readers_languages() -> list[str]:
    """Return the languages to show a text in, the reader's first; commands have no reader."""
    return [tk.h.lang(), *languages()] if has_request_context() else languages()


def notice_days() -> int:
    """Return for how many days a notice is kept after it was read; 0: for good."""
    return int(tk.config["ckanext.opengov.notice_days"])


def country_box() -> Box | None:
    """Return where the country lies; None: the operator does not say."""
    return Box.read(tk.config["ckanext.opengov.country_box"])


def allows_one_person_bodies() -> bool:
    """Tell whether a body with a single member may approve its own datasets."""
    return bool(tk.config["ckanext.opengov.one_person_bodies"])


def colours() -> dict[str, dict[str, str]]:
    """Return the colours that the country sets, by scheme."""
    return brand.parse(tk.config["ckanext.opengov.colours"])


def stylesheet() -> str:
    """Return the country's colours, and the rules that an administrator wrote, as CSS."""
    return f"{brand.sheet(colours())}\n{tk.config.get('ckan.site_custom_css') or ''}".strip()


def brand_version() -> str:
    """Return what changes when the stylesheet does."""
    return hashlib.sha256(stylesheet().encode()).hexdigest()[:12]


def content_security_policy() -> str:
    """Return what pages may load and run."""
    return str(tk.config["ckanext.opengov.content_security_policy"])


def contact() -> str:
    """Return the mail address of those who run the portal; empty: none is shown."""
    return str(tk.config["ckanext.opengov.contact"])


def texts() -> Path | None:
    """Return the folder of the country's own legal texts."""
    path = tk.config["ckanext.opengov.texts"]
    return Path(path) if path else None


def schemas_folder() -> Path | None:
    """Return the folder of schemas that the operator adds to the catalogue."""
    path = tk.config["ckanext.opengov.schemas_folder"]
    return Path(path) if path else None


def notice(language: str) -> str:
    """Return the line that the operator shows on every page."""
    return str(tk.config.get(f"ckanext.opengov.notice_{language}") or "")


def is_closed_for_maintenance() -> bool:
    """Tell whether only administrators get in for now."""
    return tk.asbool(tk.config.get("ckanext.opengov.maintenance") or False)


def recommended_licence() -> str:
    """Return the id of the licence that the country recommends."""
    return str(tk.config["ckanext.opengov.recommended_licence"])


def locale_variants() -> dict[str, Locale]:
    """Return, for languages that are written in different ways, the locale that counts here.

    Raises:
        UnknownLocaleError: The settings name a locale that there is not.
    """
    pairs = (each.partition("=") for each in tk.config["ckanext.opengov.locale_variants"])
    return {language: Locale.parse(locale) for language, _sign, locale in pairs}


def two_factor() -> str:
    """Return who needs a second step to sign in: nobody (off), who likes (optional), staff."""
    return second_factor.policy().value
