"""What the pages tell search engines, of what is loaded for the page already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.opengov import config
from ckanext.opengov.domain import vocabularies as known
from ckanext.opengov.domain.structured import Thing, download, period, thing
from ckanext.opengov.logic import licences
from ckanext.opengov.logic.texts import choice_labels, in_language, texts_of, titles_of_body
from ckanext.opengov.shared import site


def dataset(values: Mapping[str, Any]) -> Thing:
    """Return a dataset as schema.org describes it."""
    language, titles = tk.h.lang(), texts_of(values, "title")
    title = in_language(titles, language) or values["name"]
    others = set(titles.values()) - {title} if isinstance(titles, dict) else set()
    theme = in_language(choice_labels("theme", values.get("theme") or ""), language)
    keywords = [tag["name"] for tag in values.get("tags", [])]
    return thing(
        "Dataset",
        **{"@id": _address("dataset.read", id=values["id"], locale="default")},
        name=title,
        alternateName=sorted(others),
        # Search engines want a description; without one the title is all there is to say.
        description=in_language(texts_of(values, "notes"), language)[:5000] or title,
        url=_address("dataset.read", id=values["name"]),
        identifier=values["id"],
        keywords=[*keywords, theme] if theme else keywords,
        license=_licence(values.get("license_id")),
        isAccessibleForFree=True,
        creator=_publisher(values),
        includedInDataCatalog=catalogue(),
        dateModified=values.get("metadata_modified"),
        temporalCoverage=period(values.get("temporal_start"), values.get("temporal_end")),
        spatialCoverage=_place(values.get("spatial_name")),
        distribution=[_file(each, values) for each in values.get("resources", [])],
    )


def catalogue() -> Thing:
    """Return the portal."""
    home = _address("home.index", locale="default")
    return thing(
        "DataCatalog",
        **{"@id": home},
        name=site.name(tk.h.lang()),
        description=tk.config["ckan.site_description"]
        or tk._("The data of public bodies, for everyone"),
        url=_address("home.index"),
        inLanguage=config.languages(),
    )


def body(values: Mapping[str, Any]) -> Thing:
    """Return a public body."""
    return thing(
        "GovernmentOrganization",
        **{"@id": _address("organization.read", id=values["id"], locale="default")},
        name=in_language(titles_of_body(values), tk.h.lang()) or values["name"],
        description=in_language(texts_of(values, "description"), tk.h.lang()),
        url=_address("organization.read", id=values["name"]),
        logo=values.get("image_display_url"),
    )


def _publisher(values: Mapping[str, Any]) -> Thing | None:
    found = values.get("organization")
    if not found:
        return None
    contact = thing(
        "ContactPoint", name=values.get("contact_name"), email=values.get("contact_email")
    )
    return {**body(found), **({"contactPoint": contact} if len(contact) > 1 else {})}


def _place(name: str | None) -> Thing | None:
    return thing("Place", name=name) if name else None


def _file(resource: Mapping[str, Any], values: Mapping[str, Any]) -> Thing:
    name = in_language(texts_of(resource, "name"), tk.h.lang())
    own = resource.get("license_id")
    licence = _licence(own) if own and own != values.get("license_id") else None
    return download(resource, name, known.media_type(resource), licence)


def _licence(licence_id: str | None) -> str | None:
    entry = licences.register().get(licence_id or "")
    # Search engines know the licence's own page rather than the European list.
    return (entry.get("url") or known.licence_address(entry)) if entry else None


def _address(endpoint: str, **values: str) -> str:
    return str(tk.h.url_for(endpoint, _external=True, **values))
