"""Names that CKAN stores or builds in one language, said in the reader's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit

from flask_babel import force_locale

import ckan.plugins.toolkit as tk

from ckanext.opengov import config
from ckanext.opengov.shared.domain.wording import N_

TITLES = (N_("Table"), N_("Text"))
"""What CKAN calls a view of a file, in the language of whoever added the file."""

STATES = (N_("active"), N_("deleted"), N_("draft"), N_("pending"))
"""States of accounts and datasets, as CKAN shows them."""

ERRORS = (
    N_("Bad Request"),
    N_("Unauthorized"),
    N_("Forbidden"),
    N_("Not Found"),
    N_("Method Not Allowed"),
    N_("Conflict"),
    N_("Gone"),
    N_("Request Entity Too Large"),
    N_("Unsupported Media Type"),
    N_("Too Many Requests"),
    N_("The browser (or proxy) sent a request that this server could not understand."),
    N_(
        "The server could not verify that you are authorized to access the URL requested. You"
        " either supplied the wrong credentials (e.g. a bad password), or your browser doesn't"
        " understand how to supply the credentials required."
    ),
    N_(
        "You don't have the permission to access the requested resource. It is either"
        " read-protected or not readable by the server."
    ),
    N_("The method is not allowed for the requested URL."),
    N_(
        "A conflict happened while processing the request. The resource might have been modified"
        " while the request was being processed."
    ),
    N_(
        "The requested URL is no longer available on this server and there is no forwarding"
        " address. If you followed a link from a foreign page, please contact the author of this"
        " page."
    ),
    N_("The data value transmitted exceeds the capacity limit."),
    N_("The server does not support the media type transmitted in the request."),
    N_("This user has exceeded an allotted request count. Try again later."),
    N_("The CSRF token is missing."),
    N_("The CSRF session token is missing."),
    N_("The CSRF token has expired."),
    N_("The CSRF token is invalid."),
    N_("The CSRF tokens do not match."),
)
"""What Werkzeug and Flask-WTF say of a request, and the page of errors shows."""

Humanize = Callable[[str, str, str], str | None]


def view_title(title: str) -> str:
    """Return a view's title; one that CKAN gave, in the reader's language."""
    given = _given_titles().get(title)
    return tk._(given) if given else title


@cache
def _given_titles() -> dict[str, str]:
    return dict(_titles())


def _titles() -> Iterator[tuple[str, str]]:
    for language in ("en", *config.languages()):
        with force_locale(language):
            yield from ((tk._(title), title) for title in TITLES)


@tk.chained_helper
def resource_display_name(
    up: Callable[[Mapping[str, Any]], str], resource: Mapping[str, Any]
) -> str:
    """Return what a file is called: one without a name or a text, by the name it was sent with."""
    if any(resource.get(name) for name in ("name", "name_translated", "description")):
        return up(resource)
    return file_name(resource.get("url")) or up(resource)


def file_name(url: object) -> str:
    """Return the last part of the address of a file."""
    return unquote(urlsplit(str(url or "")).path.rstrip("/").rpartition("/")[2])


@tk.chained_helper
def humanize_entity_type(up: Humanize, entity_type: str, object_type: str, purpose: str) -> object:
    """Return CKAN's label of a kind of object, with the name of the kind translated as well."""
    label = up(entity_type, object_type, purpose)
    name = object_type.replace("_", " ").capitalize()
    return label.replace(name, tk._(name)) if label else label
