"""The catalogue and its datasets as DCAT-AP, where ckanext-dcat is switched on.

Its own pages stumble over unknown formats and answer for the one who asks; these take
their place at the same addresses, and hold what everyone may read.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

import ckan.plugins.toolkit as tk

from ckanext.opengov.logic.texts import titles_of_body
from ckanext.opengov.shared.web.conditional import anyone, conditional

catalogue = Blueprint("opengov_catalogue", __name__)

MEDIA_TYPES = {
    "jsonld": "application/ld+json",
    "n3": "text/n3",
    "rdf": "application/rdf+xml",
    "ttl": "text/turtle",
    "xml": "application/rdf+xml",
}
PER_PAGE = 100
MAX_DIGITS = 7


@catalogue.before_app_request
def serve() -> Response | None:
    """Answer in the place of ckanext-dcat's pages."""
    given = request.view_args or {}
    if request.endpoint in ("dcat.read_dataset", "dcat.read_dataset_series"):
        return _dataset(given["_id"], given.get("_format"))
    if request.endpoint == "dcat.read_catalog":
        return _catalogue(given.get("_format"))
    return None


def _dataset(id_: str, form: str | None) -> Response:
    from ckanext.opengov import dcat  # noqa: PLC0415 - an optional package

    if form not in MEDIA_TYPES:
        return tk.abort(404)
    try:
        dataset = tk.get_action("package_show")(anyone(), {"id": id_})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404, tk._("Dataset not found"))
    return conditional(
        [dataset, _names_of_bodies([dataset])],
        lambda: dcat.dataset_document(dataset, form),
        MEDIA_TYPES[form],
        dataset["metadata_modified"],
    )


def _catalogue(form: str | None) -> Response:
    from ckanext.opengov import dcat  # noqa: PLC0415 - an optional package

    page = request.args.get("page", "1")
    if form not in MEDIA_TYPES or not _is_page(page):
        return tk.abort(404)
    asked: dict[str, Any] = {
        "rows": PER_PAGE,
        "start": PER_PAGE * (int(page) - 1),
        "sort": "metadata_modified desc, id asc",
    }
    found = tk.get_action("package_search")(anyone(), asked)
    pages = _pages(int(page), found["count"])
    return conditional(
        [found, _names_of_bodies(found["results"])],
        lambda: dcat.catalogue_document(found["results"], pages, form),
        MEDIA_TYPES[form],
    )


def _names_of_bodies(datasets: list[dict[str, Any]]) -> dict[str, Any]:
    bodies = (dataset["organization"] for dataset in datasets if dataset.get("organization"))
    return {body["id"]: titles_of_body(body) for body in bodies}


def _is_page(text: str) -> bool:
    return text.isdecimal() and len(text) <= MAX_DIGITS and int(text) > 0


def _pages(page: int, count: int) -> dict[str, Any]:
    """Return where the other pages are, in the words of ckanext-dcat."""
    last = max(1, -(-count // PER_PAGE))
    numbers = {"current": page, "first": 1, "last": last}
    if page > 1:
        numbers["previous"] = page - 1
    if page < last:
        numbers["next"] = page + 1
    address = tk.config["ckan.site_url"].rstrip("/") + request.path
    links = {name: f"{address}?page={number}" for name, number in numbers.items()}
    return {"count": count, "items_per_page": PER_PAGE, **links}
