"""What pages tell search engines and other machines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from ckanext.opengov.domain.structured import as_script
from ckanext.opengov.logic import alternates, structured


def opengov_alternates(
    dataset: Mapping[str, Any] | None = None, body: Mapping[str, Any] | None = None
) -> list[dict[str, str]]:
    """Return where a page is in other languages and forms; nothing of what is not public."""
    if dataset:
        return list(alternates.of_dataset(dataset)) if _is_public(dataset) else []
    return list(alternates.of_body(body) if body else alternates.of_portal())


def opengov_structured_data(
    dataset: Mapping[str, Any] | None = None, body: Mapping[str, Any] | None = None
) -> Markup:
    """Return what a page tells search engines, as JSON-LD for a script element; often nothing."""
    if dataset:
        found = structured.dataset(dataset) if _is_public(dataset) else None
    else:
        found = structured.body(body) if body else structured.catalogue()
    # as_script leaves no sign that HTML would read.
    return Markup(as_script(found) if found else "")  # noqa: S704


def _is_public(dataset: Mapping[str, Any]) -> bool:
    return dataset.get("state") == "active" and not dataset.get("private")
