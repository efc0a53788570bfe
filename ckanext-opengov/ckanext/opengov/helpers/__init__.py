"""What templates ask for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request
from markupsafe import Markup

import ckan.plugins.toolkit as tk

from ckanext.opengov import config, texts
from ckanext.opengov.domain import hyphens
from ckanext.opengov.formats import (
    NO_BREAK_SPACE,
    SI_number_span,
    format_resource_items,
    localised_filesize,
    localised_nice_date,
    localised_number,
    localised_SI_number,
    render_datetime,
    time_ago_from_timestamp,
)
from ckanext.opengov.helpers.accounts import (
    opengov_here,
    opengov_role,
    opengov_second_factors,
    opengov_two_factor,
)
from ckanext.opengov.helpers.dashboard import (
    opengov_language_name,
    opengov_tabs,
    opengov_unread,
    opengov_work_url,
)
from ckanext.opengov.helpers.datasets import (
    opengov_api_examples,
    opengov_citation,
    opengov_file_page,
    opengov_freshness,
    opengov_period,
    opengov_permissions,
    opengov_preview,
    opengov_row_url,
    opengov_sources,
    opengov_table,
    opengov_versions,
)
from ckanext.opengov.helpers.machines import opengov_alternates, opengov_structured_data
from ckanext.opengov.helpers.markdown import markdown_extract, render_markdown
from ckanext.opengov.helpers.places import (
    opengov_body_pages,
    opengov_doors,
    opengov_is_behind,
    opengov_origins,
)
from ckanext.opengov.helpers.review import (
    opengov_change_size,
    opengov_language,
    opengov_marked,
    opengov_reasons,
    opengov_waiting,
    opengov_zone,
)
from ckanext.opengov.helpers.schemas import (
    opengov_column_type,
    opengov_column_types,
    opengov_conforms,
    opengov_schema,
    opengov_schema_newer,
    opengov_schema_proposal,
    opengov_schema_state,
    opengov_schema_text,
)
from ckanext.opengov.helpers.standing import opengov_standing_end
from ckanext.opengov.logic import bodies, licences
from ckanext.opengov.logic.descriptions import compared, described
from ckanext.opengov.naming import humanize_entity_type, resource_display_name
from ckanext.opengov.shared import site
from ckanext.opengov.shared.domain.texts import as_texts

THEMES = 8
NEWS = 5

__all__ = [
    "SI_number_span",
    "format_resource_items",
    "humanize_entity_type",
    "localised_SI_number",
    "localised_filesize",
    "localised_nice_date",
    "localised_number",
    "markdown_extract",
    "opengov_all_licences",
    "opengov_alternates",
    "opengov_api_examples",
    "opengov_body_pages",
    "opengov_brand_url",
    "opengov_change_size",
    "opengov_citation",
    "opengov_colon",
    "opengov_column_type",
    "opengov_column_types",
    "opengov_conforms",
    "opengov_contact",
    "opengov_delimiters",
    "opengov_described",
    "opengov_doors",
    "opengov_error_link",
    "opengov_facet_label",
    "opengov_file_page",
    "opengov_freshness",
    "opengov_here",
    "opengov_is_behind",
    "opengov_language",
    "opengov_language_name",
    "opengov_languages",
    "opengov_largest_file",
    "opengov_licence_title",
    "opengov_licences",
    "opengov_marked",
    "opengov_name",
    "opengov_news",
    "opengov_notice",
    "opengov_number",
    "opengov_origins",
    "opengov_page_url",
    "opengov_pages",
    "opengov_period",
    "opengov_permissions",
    "opengov_preview",
    "opengov_reasons",
    "opengov_role",
    "opengov_row_url",
    "opengov_schema",
    "opengov_schema_newer",
    "opengov_schema_proposal",
    "opengov_schema_state",
    "opengov_schema_text",
    "opengov_second_factors",
    "opengov_sources",
    "opengov_standing_end",
    "opengov_structured_data",
    "opengov_table",
    "opengov_tabs",
    "opengov_text",
    "opengov_title",
    "opengov_two_factor",
    "opengov_unread",
    "opengov_versions",
    "opengov_waiting",
    "opengov_whole",
    "opengov_work_url",
    "opengov_zone",
    "render_datetime",
    "render_markdown",
    "resource_display_name",
    "time_ago_from_timestamp",
]

opengov_number = localised_number
opengov_whole = hyphens.whole


def opengov_name() -> str:
    """Return the portal's name in the reader's language."""
    return site.name(tk.h.lang())


def opengov_brand_url() -> str:
    """Return the address of the country's colours; it changes with them."""
    return str(tk.url_for("opengov_portal.colours", v=config.brand_version(), locale="default"))


def opengov_contact() -> str:
    """Return the mail address of those who run the portal, or nothing."""
    return config.contact()


def opengov_notice() -> str:
    """Return the line that the operator shows on every page, in the reader's language."""
    return config.notice(tk.h.lang())


def opengov_languages() -> list[str]:
    """Return the site's languages, its default first."""
    return config.languages()


def opengov_licences(current: str | None = None) -> list[dict[str, Any]]:
    """Return the licences to choose from; ``current`` stays, also if it went out of use."""
    return [
        {
            "id": key,
            "title": licences.title_of(entry),
            "recommended": key == licences.recommended(),
        }
        for key, entry in licences.register().items()
        if entry.get("status", "active") == "active" or key == current
    ]


def opengov_all_licences() -> list[dict[str, Any]]:
    """Return the whole register, for the licences of sources."""
    return [
        {"id": key, "title": licences.title_of(entry)} for key, entry in licences.register().items()
    ]


def opengov_licence_title(licence_id: str) -> str:
    """Return a licence's title in the reader's language."""
    entry = licences.register().get(licence_id)
    return licences.title_of(entry) if entry else licence_id


def opengov_news() -> dict[str, Any]:
    """Return what the home page shows: the newest datasets, how many there are, of how many bodies.

    ``{"results", "count", "bodies", "themes"}``; bodies are counted as their own list has them.
    """
    asked = {
        "rows": NEWS,
        "sort": "metadata_modified desc",
        "facet.field": ["theme"],
        "facet.limit": -1,
    }
    found = tk.get_action("package_search")({}, asked)
    counted = {name: facet["items"] for name, facet in found["search_facets"].items()}
    return {
        "results": found["results"],
        "count": found["count"],
        "bodies": len(tk.get_action("organization_list")({}, {})),
        "themes": sorted(counted.get("theme", []), key=lambda item: -item["count"])[:THEMES],
    }


def opengov_described(dataset: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what a dataset says of itself, as ``opengov_revision_diff`` tells it of a new one."""
    return compared({}, described({**dataset, "resources": []}))


def opengov_largest_file() -> int:
    """Return how many bytes a file may have."""
    return int(tk.config["ckan.max_resource_size"]) * 1_000_000


def opengov_title(described: Mapping[str, Any]) -> str:
    """Return the title of a body, group or dataset in the reader's language."""
    # Activities keep bodies as the database does.
    extras = described.get("extras")
    stored = extras if isinstance(extras, dict) else {}
    texts_of_it = described.get("title_translated") or stored.get("title_translated")
    title = bodies.in_readers_language(as_texts(texts_of_it))
    return title or str(described.get("title") or described["name"])


def opengov_pages() -> list[dict[str, str]]:
    """Return the portal's own pages for the menu: ``{"name", "title"}``."""
    found = ((name, texts.read(name, tk.h.lang())) for name in texts.NAMES)
    return [{"name": name, "title": text.title} for name, text in found if text]


def opengov_text(name: str) -> texts.Text | None:
    """Return one of the portal's own pages."""
    return texts.read(name, tk.h.lang())


def opengov_page_url(number: int) -> str:
    """Return the address of another page of the list that is shown."""
    args = {**request.args.to_dict(flat=False), "page": [number]}
    return str(tk.url_for(request.endpoint, **(request.view_args or {}), **args))


def opengov_colon() -> str:
    """Return a colon as the reader's language sets it: in French behind a no-break space."""
    return f"{NO_BREAK_SPACE}:" if tk.h.lang() == "fr" else ":"


def opengov_delimiters() -> dict[str, str]:
    """Return what people call the signs that part cells."""
    return {
        ",": tk._("Comma"),
        ";": tk._("Semicolon"),
        "\t": tk._("Tab"),
        "|": tk._("Upright line"),
    }


def opengov_error_link(key: str) -> Markup:
    """Return a link to the field of the form that was sent, if ``key`` names one of its fields."""
    for name in request.form:
        if key in (name, tk._(name.replace("_", " ").capitalize())):
            return Markup('<a href="#field-{}" data-og-field="{}">{}</a>{} ').format(
                name.replace("_", "-"), name, key, opengov_colon()
            )
    # What belongs to no field has no name that people know.
    is_named = key and not key.startswith("__")
    return Markup("{}{} ").format(key, opengov_colon()) if is_named else Markup()


def opengov_facet_label(name: str, item: Mapping[str, Any]) -> str:
    """Return what people read for a value by which results are narrowed."""
    if name == "license_id":
        return opengov_licence_title(item["name"])
    fields = tk.h.scheming_get_dataset_schema("dataset")["dataset_fields"]
    field = tk.h.scheming_field_by_name(fields, name)
    if field and "choices" in field:
        return str(tk.h.scheming_choices_label(field["choices"], item["name"]))
    return str(item.get("display_name") or item["name"])
