"""Where a page is in other languages and forms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.plugins import plugin_loaded

from ckanext.opengov import config
from ckanext.opengov.logic.texts import in_language, titles_of_body
from ckanext.opengov.shared import site

Link = dict[str, str]

ATOM = "application/atom+xml"
FORMS = {"ttl": "text/turtle", "jsonld": "application/ld+json", "xml": "application/rdf+xml"}


def of_portal() -> Iterator[Link]:
    """Yield the alternates of the home page and of the list of datasets."""
    yield from _languages("home.index")
    yield from _feed_of_all()
    yield from _catalogue()


def of_dataset(values: Mapping[str, Any]) -> Iterator[Link]:
    """Yield the alternates of the page of a public dataset."""
    yield from _languages("dataset.read", id=values["name"])
    yield from _description(values["id"])
    body = values.get("organization")
    if body:
        yield _feed_of_body(body)


def of_body(values: Mapping[str, Any]) -> Iterator[Link]:
    """Yield the alternates of the page of a public body."""
    yield from _languages("organization.read", id=values["name"])
    yield _feed_of_body(values)


def _languages(endpoint: str, **values: str) -> Iterator[Link]:
    for language in config.languages():
        href = tk.h.url_for(endpoint, locale=language, _external=True, **values)
        yield {"hreflang": language, "href": href}
    href = tk.h.url_for(endpoint, locale="default", _external=True, **values)
    yield {"hreflang": "x-default", "href": href}


def _feed_of_all() -> Iterator[Link]:
    title = tk._("Recent datasets of {site}").format(site=site.name(tk.h.lang()))
    href = tk.h.url_for("opengov_feeds.everything", _external=True)
    yield {"type": ATOM, "title": title, "href": href}


def _feed_of_body(body: Mapping[str, Any]) -> Link:
    name = in_language(titles_of_body(body), tk.h.lang()) or body["name"]
    title = tk._("Recent datasets of {site}").format(site=name)
    href = tk.h.url_for("opengov_feeds.body", id=body["name"], _external=True)
    return {"type": ATOM, "title": title, "href": href}


def _catalogue() -> Iterator[Link]:
    return _in_forms("dcat.read_catalog")


def _description(dataset_id: str) -> Iterator[Link]:
    return _in_forms("dcat.read_dataset", _id=dataset_id)


def _in_forms(endpoint: str, **values: str) -> Iterator[Link]:
    if not plugin_loaded("dcat"):
        return
    for form, kind in FORMS.items():
        values |= {"_format": form}
        address = tk.h.url_for(endpoint, locale="default", _external=True, **values)
        yield {"type": kind, "title": "DCAT-AP", "href": address}
