"""What templates ask for."""

from __future__ import annotations

from ckanext.opengov import config
from ckanext.opengov.logic import licences

__all__ = ["opengov_languages", "opengov_licence_title", "opengov_licences"]


def opengov_languages() -> list[str]:
    """Return the site's languages, its default first."""
    return config.languages()


def opengov_licences(current: str | None = None) -> list[dict[str, str]]:
    """Return the licences to choose from; ``current`` stays, also if it went out of use."""
    return [
        {"id": key, "title": licences.title_of(entry)}
        for key, entry in licences.register().items()
        if entry.get("status", "active") == "active" or key == current
    ]


def opengov_licence_title(licence_id: str) -> str:
    """Return a licence's title in the reader's language."""
    entry = licences.register().get(licence_id)
    return licences.title_of(entry) if entry else licence_id
