"""A dataset's description, field by field and language by language, as people read it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.opengov.logic import licences, sources
from ckanext.opengov.logic.bodies import in_readers_language
from ckanext.opengov.shared.domain.texts import SUFFIX

KEPT_BY_CKAN = frozenset(
    {
        *("creator_user_id", "id", "isopen", "license_title", "license_url", "metadata_created"),
        *("metadata_modified", "num_resources", "num_tags", "organization", "private"),
        *("publication_state", "relationships_as_object", "relationships_as_subject"),
        *("resources", "state", "tags", "type"),
    }
)
"""What is no part of the description, or shown in another way."""
KEPT_BY_CKAN_OF_FILES = frozenset(
    {
        *("cache_last_updated", "cache_url", "columns", "conforms_to", "created"),
        *("datastore_active", "hash"),
        *("id", "last_modified", "metadata_modified", "mimetype", "mimetype_inner", "package_id"),
        *("position", "resource_type", "rows", "sha256", "size", "state", "tracking_summary"),
        *("url_type", "validation_status"),
    }
)

ORDER = "resources"
"""The field of :class:`Place` in which the order of the files stands."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands."""

    resource_id: str | None
    field: str
    language: str | None


@dataclass(frozen=True, slots=True)
class Value:
    """A value of the description."""

    label: str
    value: Any
    text: str
    """As people read it."""


Description = dict[Place, Value]


def described(dataset: Mapping[str, Any]) -> Description:
    """Return everything that a dataset says of itself and of its files. Empty values are left out.

    Fields that the site's schema does not know are there too, under their own names.
    """
    schema = tk.h.scheming_get_dataset_schema(dataset["type"])
    found = dict(_values(schema["dataset_fields"], dataset, KEPT_BY_CKAN, None))
    for resource in dataset.get("resources", []):
        hidden = KEPT_BY_CKAN_OF_FILES
        if resource.get("url_type") == "upload":
            hidden |= {"url"}
        found |= _values(schema["resource_fields"], resource, hidden, resource["id"])
    return found


def compared(before: Description, after: Description) -> list[dict[str, Any]]:
    """Return the values that are not the same, in the order of the form."""
    places = dict.fromkeys([*after, *before])
    return [
        {
            **asdict(place),
            "label": (after.get(place) or before[place]).label,
            **_side("before", before.get(place)),
            **_side("after", after.get(place)),
        }
        for place in places
        if _raw(before.get(place)) != _raw(after.get(place))
    ]


def reordered(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return how the files that both have are ordered, as :func:`compared` tells of a field.

    None: in the same order. What came and what went is told of as files.
    """
    old, new = (_files_of(each) for each in (before, after))
    was, now = [each for each in old if each in new], [each for each in new if each in old]
    if was == now:
        return []
    place = Place(None, ORDER, None)
    sides = (Value("", was, _numbered(was, old)), Value("", now, _numbered(now, new)))
    values = _side("before", sides[0]) | _side("after", sides[1])
    return [{**asdict(place), "label": tk._("Order of the files"), **values}]


def _files_of(dataset: Mapping[str, Any]) -> dict[str, str]:
    """Return what the files of a dataset are called, by id, in their order."""
    listed = dataset.get("resources") or []
    return {each["id"]: str(tk.h.resource_display_name(each)) for each in listed}


def _numbered(ids: list[str], names: Mapping[str, str]) -> str:
    return "\n".join(f"{number}. {names[each]}" for number, each in enumerate(ids, 1))


def _side(name: str, value: Value | None) -> dict[str, Any]:
    return {
        name: value.value if value else None,
        f"{name}_text": value.text if value else "",
    }


def _raw(value: Value | None) -> Any:
    return value.value if value else None


def _values(
    fields: list[dict[str, Any]],
    values: Mapping[str, Any],
    hidden: frozenset[str],
    resource_id: str | None,
) -> Iterator[tuple[Place, Value]]:
    names = {field["field_name"] for field in fields}
    # CKAN's own field repeats the text in the first language.
    repeated = {name.removesuffix(SUFFIX) for name in values if name.endswith(SUFFIX)}
    others = [{"field_name": name} for name in values if name not in names]
    for field in (*fields, *others):
        name = field["field_name"]
        if name in hidden or name in repeated:
            continue
        label = tk.h.scheming_language_text(field["label"]) if "label" in field else name
        for language, value in _by_language(name, values).items():
            if value not in (None, "", [], {}):
                text = _text(field, value, values)
                yield Place(resource_id, name, language or None), Value(label, value, text)


def _by_language(name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    if name == "tag_string":
        return {"": ", ".join(sorted(tag["name"] for tag in values.get("tags") or []))}
    value = values.get(name)
    if name.endswith(SUFFIX) and isinstance(value, dict):
        return {language: value[language] for language in sorted(value)}
    return {"": value}


def _text(field: Mapping[str, Any], value: Any, values: Mapping[str, Any]) -> str:
    name = field["field_name"]
    if name == "license_id":
        entry = licences.register().get(value)
        return licences.title_of(entry) if entry else str(value)
    if name == "owner_org" and values.get("organization"):
        body = values["organization"]
        title = in_readers_language(body.get("title" + SUFFIX))
        return title or str(body.get("title") or value)
    if name == "sources":
        return "\n".join(map(sources.attribution, sources.listed(value)))
    if "choices" in field:
        return str(tk.h.scheming_choices_label(field["choices"], value))
    if field.get("form_snippet") == "date.html":
        return str(tk.h.render_datetime(value) or value)
    return _plain(name, value)


def _plain(name: str, value: Any) -> str:
    if name == "extras" and isinstance(value, list):
        return "\n".join(f"{each.get('key')}: {each.get('value')}" for each in value)
    if isinstance(value, list) and all(isinstance(each, dict) for each in value):
        return ", ".join(str(each.get("display_name") or each.get("name")) for each in value)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, indent=2)
    return str(value)
