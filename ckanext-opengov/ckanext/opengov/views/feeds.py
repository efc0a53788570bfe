"""Atom feeds in the reader's language, at the addresses of CKAN's own, which are in English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request

import ckan.plugins.toolkit as tk
from ckan.lib.search import SearchError, SearchQueryError

from ckanext.opengov import config
from ckanext.opengov.domain import vocabularies as known
from ckanext.opengov.logic.texts import choice_labels, in_language, texts_of, titles_of_body
from ckanext.opengov.shared import site
from ckanext.opengov.shared.domain.feeds import Entry, Feed, atom
from ckanext.opengov.shared.domain.texts import is_storable
from ckanext.opengov.shared.web.conditional import anyone, conditional

feeds = Blueprint("opengov_feeds", __name__, url_prefix="/feeds")

MAX_PAGE = 50
SUMMARY = 400
FILTERS = ("organization", "groups", "tags", "theme", "res_format", "license_id")
"""What the feed of a search takes beside ``q``, as the search page does."""


@feeds.get("/dataset.atom")
def everything() -> Response:
    """Answer with the newest of all datasets."""
    title = tk._("Recent datasets of {site}").format(site=site.name(tk.h.lang()))
    return _feed("opengov_feeds.everything", {}, title, {})


@feeds.get("/organization/<id>.atom")
def body(id: str) -> Response:
    """Answer with the newest datasets of a public body."""
    found = _shown("organization_show", id)
    name = in_language(titles_of_body(found), tk.h.lang()) or found["name"]
    title = tk._("Recent datasets of {site}").format(site=name)
    return _feed(
        "opengov_feeds.body", {"id": found["name"]}, title, {"organization": found["name"]}
    )


@feeds.get("/group/<id>.atom")
def group(id: str) -> Response:
    """Answer with the newest datasets of a group."""
    found = _shown("group_show", id)
    title = tk._("Recent datasets of {site}").format(site=found["display_name"])
    return _feed("opengov_feeds.group", {"id": found["name"]}, title, {"groups": found["name"]})


@feeds.get("/theme/<id>.atom")
def theme(id: str) -> Response:
    """Answer with the newest datasets on a theme."""
    labels = choice_labels("theme", id)
    if not labels:
        return tk.abort(404)
    title = tk._("Recent datasets: {subject}").format(subject=in_language(labels, tk.h.lang()))
    return _feed("opengov_feeds.theme", {"id": id}, title, {"theme": id})


@feeds.get("/tag/<id>.atom")
def keyword(id: str) -> Response:
    """Answer with the newest datasets that carry a keyword."""
    title = tk._("Recent datasets: {subject}").format(subject=id)
    return _feed("opengov_feeds.keyword", {"id": id}, title, {"tags": id})


@feeds.get("/custom.atom")
def search() -> Response:
    """Answer with the newest datasets that a search finds."""
    given = {name: request.args[name] for name in ("q", *FILTERS) if request.args.get(name)}
    subject = ", ".join(given.values()) or tk._("all")
    title = tk._("Recent datasets: {subject}").format(subject=subject)
    return _feed("opengov_feeds.search", given, title, given)


def _shown(action: str, id_: str) -> dict[str, Any]:
    try:
        return dict(tk.get_action(action)(anyone(), {"id": id_, "include_users": False}))
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404)


def _feed(endpoint: str, place: dict[str, str], title: str, filters: dict[str, str]) -> Response:
    """Answer with a page of a feed.

    Args:
        endpoint: the feed's view
        place: what else makes the feed's address
        title: the feed's title
        filters: what the search page would be asked for
    """
    page = request.args.get("page", "1")
    if not is_storable([*place.values()]) or page not in map(str, range(1, MAX_PAGE + 1)):
        return tk.abort(404)
    rows = tk.config["ckan.feeds.limit"]
    found = _found(filters, rows, int(page))
    pages = min(MAX_PAGE, -(-found["count"] // rows))
    links = _links(endpoint, place, filters, int(page), pages)

    def write() -> bytes:
        feed = Feed(
            id=tk.h.url_for(endpoint, _external=True, locale=tk.h.lang(), **place),
            title=title,
            language=tk.h.lang(),
            author=site.name(tk.h.lang()),
            links=links,
            entries=[_entry(each) for each in found["results"]],
            translations=_translations(endpoint, place),
        )
        return atom(feed)

    return conditional([title, links, found["results"]], write, "application/atom+xml")


def _found(filters: Mapping[str, str], rows: int, page: int) -> dict[str, Any]:
    asked = {
        "q": filters.get("q", "*:*"),
        "fq_list": [f"{name}:{_quoted(filters[name])}" for name in FILTERS if name in filters],
        "rows": rows,
        "start": rows * (page - 1),
        "sort": "metadata_modified desc, id asc",
    }
    try:
        return dict(tk.get_action("package_search")(anyone(), asked))
    except (SearchError, SearchQueryError, tk.ValidationError):
        return tk.abort(400)


def _quoted(value: str) -> str:
    """Return the value as Solr reads it, whatever stands in it."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _links(
    endpoint: str, place: dict[str, str], filters: dict[str, str], page: int, pages: int
) -> dict[str, str]:
    """Return where the feed is, and what it is about."""
    numbers = {"self": page, "first": 1, "last": max(1, pages)}
    if page > 1:
        numbers["previous"] = page - 1
    if page < pages:
        numbers["next"] = page + 1
    links = {"alternate": tk.h.url_for("dataset.search", _external=True, **filters)}
    for relation, number in numbers.items():
        more = {"page": number} if number > 1 else {}
        links[relation] = tk.h.url_for(endpoint, _external=True, **place, **more)
    return links


def _translations(endpoint: str, place: dict[str, str]) -> dict[str, str]:
    return {
        language: tk.h.url_for(endpoint, _external=True, locale=language, **place)
        for language in config.languages()
        if language != tk.h.lang()
    }


def _entry(dataset: dict[str, Any]) -> Entry:
    language, body = tk.h.lang(), dataset.get("organization")
    return Entry(
        id=tk.h.url_for("dataset.read", id=dataset["id"], locale="default", _external=True),
        title=in_language(texts_of(dataset, "title"), language) or dataset["name"],
        updated=f"{dataset['metadata_modified']}Z",
        page=tk.h.url_for("dataset.read", id=dataset["name"], _external=True),
        summary=tk.h.markdown_extract(in_language(texts_of(dataset, "notes"), language), SUMMARY),
        author=in_language(titles_of_body(body), language) if body else "",
        categories=_categories(dataset),
        enclosures=[_enclosure(each) for each in dataset["resources"] if each.get("url")],
    )


def _categories(dataset: dict[str, Any]) -> list[dict[str, str]]:
    found = [{"term": tag["name"]} for tag in dataset.get("tags", [])]
    code = dataset.get("theme")
    if code:
        label = in_language(choice_labels("theme", code), tk.h.lang())
        found.append({"term": code, "scheme": known.THEMES, "label": label})
    return found


def _enclosure(resource: dict[str, Any]) -> dict[str, str]:
    return {
        "href": resource["url"],
        "type": known.media_type(resource) or "",
        "title": in_language(texts_of(resource, "name"), tk.h.lang()),
        "length": str(resource.get("size") or ""),
    }
