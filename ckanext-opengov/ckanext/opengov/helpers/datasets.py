"""What the pages of datasets and files ask for."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import request

import ckan.plugins.toolkit as tk

from ckanext.opengov.domain.freshness import Freshness, freshness
from ckanext.opengov.logic import licences, sources
from ckanext.opengov.shared.domain.moments import utc_now
from ckanext.opengov.shared.web import pages

SHOWN_ROWS = 25
PREVIEW_ROWS = 5
SHOWN_FILES = 50
CHOICES = ("q", "field", "value", "sort", "cursor")


def opengov_freshness(dataset: Mapping[str, Any]) -> Freshness:
    """Return when the data was last changed, and when it should be again."""
    moments = [each.get("last_modified") or each["created"] for each in dataset["resources"]]
    last = max(moments, default=dataset["metadata_modified"])
    zone = tk.h.get_display_timezone()
    # CKAN writes moments in UTC without saying so.
    local = datetime.fromisoformat(f"{last[:19]}+00:00").astimezone(zone).date()
    today = utc_now().astimezone(zone).date()
    return freshness(dataset.get("frequency") or "", local, today)


def opengov_period(start: str | None, end: str | None) -> str:
    """Return the days that data covers, for people to read."""
    first, last = (tk.h.render_datetime(each) if each else "" for each in (start, end))
    if first and last:
        return f"{first} \u2013 {last}"
    return str(tk._("since {day}") if first else tk._("until {day}")).format(day=first or last)


def opengov_permissions(licence_id: str) -> list[dict[str, str]]:
    """Return what a licence allows and asks, in plain words: ``{"icon", "text"}``.

    What it asks has the icon ``info``.
    """
    terms = licences.terms().get(licence_id)
    is_unknown = terms is None or None in (terms.non_commercial, terms.no_derivatives)
    if terms is None or is_unknown or terms.grants_nothing:
        return [{"icon": "stop", "text": tk._("Ask the producer before you use these data.")}]
    use = (
        tk._("Copy and use them, but not to earn money")
        if terms.non_commercial
        else tk._("Copy and use them, also to earn money")
    )
    found = [{"icon": "check", "text": use}]
    if terms.no_derivatives:
        found.append({"icon": "stop", "text": tk._("Pass them on unchanged only")})
    else:
        found.append({"icon": "check", "text": tk._("Change them, combine them with other data")})
    if terms.attribution:
        found.append({"icon": "info", "text": tk._("Name the producer")})
    if terms.share_alike:
        found.append({"icon": "info", "text": tk._("Pass on what you make under the same licence")})
    return found


def opengov_citation(dataset: Mapping[str, Any]) -> str:
    """Return the sentence by which others name the data."""
    body = dataset.get("organization")
    parts = {
        "body": tk.h.opengov_title(body) if body else tk.h.opengov_name(),
        "title": tk.h.dataset_display_name(dataset),
        "day": tk.h.render_datetime(dataset["metadata_modified"]),
        "portal": tk.h.opengov_name(),
        "licence": tk.h.opengov_licence_title(dataset.get("license_id") or ""),
        "address": tk.url_for("dataset.read", id=dataset["name"], locale="default", qualified=True),
    }
    if not parts["licence"]:
        return tk._("{body}, “{title}”, version of {day}, {portal}, {address}").format(**parts)
    sentence = tk._("{body}, “{title}”, version of {day}, {portal}, {licence}, {address}")
    return str(sentence.format(**parts))


def opengov_sources(dataset: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the sources of a dataset: what they are called, where, and how to name them."""
    return [
        {
            "title": sources.title_of(each) or tk._("Source"),
            "address": sources.address_of(each),
            "attribution": sources.attribution(each),
        }
        for each in sources.listed(dataset.get("sources"))
    ]


def opengov_versions(dataset: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the newest publications of the dataset."""
    asked = {"id": dataset["id"], "limit": 10}
    return list(tk.get_action("opengov_version_list")({}, asked)["results"])


@dataclass(frozen=True, slots=True)
class FilePage:
    """Some of a dataset's files."""

    items: Sequence[Mapping[str, Any]]
    page: int
    page_count: int


def opengov_file_page(files: Sequence[Mapping[str, Any]]) -> FilePage:
    """Return the files that the address asks for: a page with all of hundreds helps nobody."""
    count = max(1, -(-len(files) // SHOWN_FILES))
    page = min(max(request.args.get("page", 1, type=int), 1), count)
    return FilePage(files[(page - 1) * SHOWN_FILES : page * SHOWN_FILES], page, count)


def opengov_preview(resource: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the first rows of a file's table; None: there is none."""
    return _rows(resource, {"limit": PREVIEW_ROWS})


def opengov_table(resource: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the rows of a file's table that the address asks for; None: there is none.

    What is asked for wrongly is said under ``errors``, beside the table's start.
    """
    given = {name: request.args[name] for name in CHOICES if request.args.get(name)}
    try:
        found = _rows(resource, {**given, "limit": SHOWN_ROWS})
    except tk.ValidationError as error:
        # It may have been too slow this once.
        pages.keep_out()
        found = _rows(resource, {"limit": SHOWN_ROWS})
        if found:
            found["errors"] = list(error.error_summary.values())
    if found:
        found["chosen"] = given
    return found


def _rows(resource: Mapping[str, Any], wish: dict[str, Any]) -> dict[str, Any] | None:
    if not resource.get("datastore_active"):
        return None
    try:
        return dict(tk.get_action("opengov_row_list")({}, {"resource_id": resource["id"], **wish}))
    except tk.ObjectNotFound:
        return None


def opengov_row_url(**changes: str) -> str:
    """Return the address of the page with other rows; an empty value takes a choice away."""
    given = {name: request.args[name] for name in CHOICES if request.args.get(name)}
    given.pop("cursor", None)
    wanted = {name: value for name, value in {**given, **changes}.items() if value}
    return str(tk.url_for(request.endpoint, **(request.view_args or {}), **wanted))


def opengov_api_examples(resource: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return ready calls for a file: ``{"id", "title", "code"}``."""
    root = tk.url_for("home.index", locale="default", qualified=True).rstrip("/")
    address = f"{root}/api/3/action/datastore_search?resource_id={resource['id']}&limit=100"
    place = f"{root}/dataset/{resource['package_id']}/resource/{resource['id']}"
    csv = f"{place}/table.csv"
    if not resource.get("datastore_active"):
        return [
            {"id": "curl", "title": "curl", "code": f"curl -LO {json.dumps(resource['url'])}"},
        ]
    return [
        {"id": "curl", "title": "curl", "code": f"curl {json.dumps(address)}"},
        {
            "id": "python",
            "title": "Python",
            "code": f"import pandas as pd\n\ntable = pd.read_csv({json.dumps(csv)})",
        },
        {"id": "r", "title": "R", "code": f"table <- read.csv({json.dumps(csv)})"},
    ]
