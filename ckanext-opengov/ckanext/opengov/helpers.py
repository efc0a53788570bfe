"""What templates ask for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from babel.numbers import format_decimal

import ckan.plugins.toolkit as tk
from ckan import authz

from ckanext.opengov import config
from ckanext.opengov.domain.translated import SUFFIX
from ckanext.opengov.logic import licences

NEWS = 5

__all__ = [
    "opengov_differences",
    "opengov_languages",
    "opengov_licence_title",
    "opengov_licences",
    "opengov_news",
    "opengov_number",
    "opengov_role",
    "opengov_second_factors",
    "opengov_two_factor",
]


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


def opengov_number(number: int) -> str:
    """Return a whole number as the reader's language groups it, in the digits 0 to 9."""
    text = format_decimal(number, locale="en")
    return text if tk.h.lang() == "en" else text.replace(",", "\u00a0")


def opengov_news() -> dict[str, Any]:
    """Return what the home page shows: the newest datasets, how many there are, of how many bodies.

    Bodies are those with something public: ``{"results", "count", "bodies"}``.
    """
    asked = {
        "rows": NEWS,
        "sort": "metadata_modified desc",
        "facet.field": ["organization"],
        "facet.limit": -1,
    }
    found = tk.get_action("package_search")({}, asked)
    bodies = found["search_facets"].get("organization", {"items": []})["items"]
    return {"results": found["results"], "count": found["count"], "bodies": len(bodies)}


def opengov_role(title: str) -> str:
    """Return the role that CKAN names so in the reader's language."""
    roles = {authz.trans_role(role): role for role in authz.ROLE_PERMISSIONS}
    return roles.get(title, title)


def opengov_two_factor() -> str:
    """Return who needs a second step to sign in: ``off``, ``optional`` or ``staff``."""
    return config.two_factor()


def opengov_second_factors(body_id: str) -> dict[str, dict[str, Any]]:
    """Return where the second factor of each member of a body stands, by user id.

    Nothing for those who may not know: everyone but the body's administrators.
    """
    try:
        found = tk.get_action("opengov_two_factor_list")({}, {"id": body_id})
    except (tk.NotAuthorized, tk.ObjectNotFound, tk.ValidationError):
        return {}
    return {each["user"]: each for each in found}


@dataclass(frozen=True, slots=True)
class Difference:
    """A value of a dataset, or of one of its files, before and after a change."""

    label: str
    language: str
    """Empty: the value is in no language."""
    before: str
    after: str


def opengov_differences(dataset: Mapping[str, Any], changes: Mapping[str, Any]) -> list[Difference]:
    """Return what a change does to the descriptions, for people to read."""
    schema = tk.h.scheming_get_dataset_schema(dataset["type"])
    found = list(_differences(schema["dataset_fields"], dataset, {**dataset, **changes}))
    before = {each["id"]: each for each in dataset["resources"]}
    for resource in changes.get("resources", []):
        old = before.get(resource["id"], {})
        title = tk.h.resource_display_name(resource)
        found += _differences(schema["resource_fields"], old, resource, f"{title}: ")
    return found


def _differences(
    fields: list[dict[str, Any]],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    prefix: str = "",
) -> Iterator[Difference]:
    names = {field["field_name"] for field in fields}
    for field in fields:
        name = field["field_name"]
        old, new = _shown(field, before), _shown(field, after)
        if name == "url" or name + SUFFIX in names:
            continue
        label = prefix + tk.h.scheming_language_text(field["label"])
        for key in dict.fromkeys([*old, *new]):
            if old.get(key, "") != new.get(key, ""):
                yield Difference(label, key, old.get(key, ""), new.get(key, ""))


def _shown(field: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, str]:
    """Return a value by language, as people read it; the key is empty where it has none."""
    name = field["field_name"]
    value = values.get(name)
    if name == "tag_string":
        value = ", ".join(tag["name"] for tag in values.get("tags", []))
    if name == "license_id" and value:
        value = opengov_licence_title(value)
    if "choices" in field and value:
        value = tk.h.scheming_choices_label(field["choices"], value)
    if isinstance(value, dict) and name.endswith(SUFFIX):
        return value
    return {"": str(value)} if value else {}
