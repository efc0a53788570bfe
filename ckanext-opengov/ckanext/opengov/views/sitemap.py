"""What search engines read first: where all public pages are, in every language."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from flask import Blueprint, Response, stream_with_context

import ckan.plugins.toolkit as tk

from ckanext.opengov import config
from ckanext.opengov.domain import sitemaps
from ckanext.opengov.shared import places
from ckanext.opengov.shared.web.conditional import MINUTES, anyone, conditional

sitemap = Blueprint("opengov_sitemap", __name__)

Page = tuple[dict[str, str], str | None]

PART = 10_000
"""Pages in a part; in three languages 30 000 addresses."""
AT_ONCE = 100
STANDING = (
    "home.index",
    "dataset.search",
    "organization.index",
    "opengov_schemas.index",
    "opengov_developers.page",
    "home.about",
)
"""Pages that are always there."""


@sitemap.get("/sitemap.xml")
def index() -> Response:
    """Answer with the addresses of the parts."""
    parts: list[tuple[str, str | None]] = [(_here("opengov_sitemap.pages"), None)]
    for each in tk.get_action("opengov_sitemap_show")(anyone(), {})["parts"]:
        values = {"cursor": each["cursor"]} if each["cursor"] else {}
        parts.append((_here("opengov_sitemap.datasets", **values), each["changed"]))
    others = places.registered(places.Part)
    parts += [(_here("opengov_sitemap.part", name=each.name), None) for each in others]
    return conditional(parts, lambda: "".join(sitemaps.index(parts)), "application/xml")


@sitemap.get("/sitemap-pages.xml")
def pages() -> Response:
    """Answer with the pages that are always there, and those of the public bodies."""
    return _streamed(islice(_pages(), PART))


@sitemap.get("/sitemap-datasets.xml")
@sitemap.get("/sitemap-datasets-<cursor>.xml")
def datasets(cursor: str | None = None) -> Response:
    """Answer with a part of the datasets."""
    try:
        first = _names(cursor)
    except tk.ValidationError:
        return tk.abort(404)
    return _streamed(islice(_datasets(first), PART))


@sitemap.get("/sitemap/<name>.xml")
def part(name: str) -> Response:
    """Answer with the pages of another plugin."""
    found = [each for each in places.registered(places.Part) if each.name == name]
    if not found:
        return tk.abort(404)
    listed = islice(found[0].pages(), PART)
    return _streamed(
        (_in_every_language(endpoint, **values), changed) for endpoint, values, changed in listed
    )


def _streamed(pages: Iterator[Page]) -> Response:
    """Answer as the pages are found: no more than a few of them are held at a time."""
    response = Response(stream_with_context(sitemaps.addresses(pages)), mimetype="application/xml")
    response.cache_control.public = True
    response.cache_control.max_age = MINUTES
    return response


def _pages() -> Iterator[Page]:
    for endpoint in STANDING:
        yield _in_every_language(endpoint), None
    offset = 0
    while names := _bodies(offset):
        for name in names:
            yield _in_every_language("organization.read", id=name), None
        offset += len(names)


def _bodies(offset: int) -> list[str]:
    asked = {"limit": AT_ONCE, "offset": offset, "sort": "name asc"}
    return list(tk.get_action("organization_list")(anyone(), asked))


def _names(cursor: str | None) -> dict[str, Any]:
    asked = {"cursor": cursor, "limit": AT_ONCE}
    return dict(tk.get_action("opengov_dataset_list")(anyone(), asked))


def _datasets(found: dict[str, Any]) -> Iterator[Page]:
    while True:
        for each in found["results"]:
            addresses = _in_every_language("dataset.read", id=each["name"])
            yield addresses, each["metadata_modified"]
        if not found["next_cursor"]:
            return
        found = _names(found["next_cursor"])


def _here(endpoint: str, **values: str) -> str:
    return str(tk.h.url_for(endpoint, locale="default", _external=True, **values))


def _in_every_language(endpoint: str, **values: str) -> dict[str, str]:
    return {
        language: str(tk.h.url_for(endpoint, locale=language, _external=True, **values))
        for language in config.languages()
    }
