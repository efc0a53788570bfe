"""The shapes of answers, as JSON Schema (the dialect of OpenAPI 3.1)."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.opengov import config
from ckanext.opengov.domain.licences import TERMS, Answer
from ckanext.opengov.domain.publication import State
from ckanext.opengov.domain.schema_states import State as SchemaState
from ckanext.opengov.shared.domain.texts import SUFFIX
from ckanext.opengov.shared.domain.wording import N_

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
MAYBE_TEXT: Schema = {"type": ["string", "null"]}
NUMBER: Schema = {"type": "integer"}
MAYBE_NUMBER: Schema = {"type": ["integer", "null"]}
TRUTH: Schema = {"type": "boolean"}
ANYTHING: Schema = {}
TIME: Schema = {"type": ["string", "null"], "description": N_("Time in UTC, ISO 8601.")}
VERDICTS = ("clean", "warned", "blocked")


def ref(name: str) -> Schema:
    """Return a reference to a shape by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def listed(item: Schema) -> Schema:
    """Return the shape of a list."""
    return {"type": "array", "items": item}


def made_of(required: str, properties: Schema) -> Schema:
    """Return the shape of an object; ``required`` names the fields that are always there."""
    return {"type": "object", "required": required.split(), "properties": properties}


ORGANIZATION = {
    "id": TEXT,
    "name": {**TEXT, "description": N_("Name in addresses.")},
    "title": {**TEXT, "description": N_("Name for people.")},
    "description": MAYBE_TEXT,
    "image_url": MAYBE_TEXT,
    "created": TIME,
}
DATASET = {
    "id": TEXT,
    "name": {**TEXT, "description": N_("Name in addresses.")},
    "title": {**TEXT, "description": N_("Title in the first language that has one.")},
    "notes": {**MAYBE_TEXT, "description": N_("Description in the first language that has one.")},
    "owner_org": {**MAYBE_TEXT, "description": N_("Id of the public body.")},
    "license_id": {**MAYBE_TEXT, "description": N_("Id of the licence, see opengov_licence_list.")},
    "license_title": MAYBE_TEXT,
    "license_url": MAYBE_TEXT,
    "isopen": {**TRUTH, "description": N_("Whether the licence is open.")},
    "metadata_created": TIME,
    "metadata_modified": TIME,
    "num_resources": {**NUMBER, "description": N_("How many files it has.")},
    "num_tags": NUMBER,
    "private": TRUTH,
    "state": TEXT,
    "type": TEXT,
    "organization": {"anyOf": [ref("BodyInShort"), {"type": "null"}]},
    "resources": listed(ref("Resource")),
    "tags": listed(ref("Keyword")),
    "publication_state": {"enum": list(State)},
}
RESOURCE = {
    "id": TEXT,
    "package_id": {**TEXT, "description": N_("Id of the dataset.")},
    "name": {**MAYBE_TEXT, "description": N_("Name in the first language that has one.")},
    "url": {**TEXT, "description": N_("Address of the file itself.")},
    "format": MAYBE_TEXT,
    "mimetype": MAYBE_TEXT,
    "size": {**MAYBE_NUMBER, "description": N_("Size in bytes.")},
    "created": TIME,
    "last_modified": TIME,
    "metadata_modified": TIME,
    "datastore_active": {**TRUTH, "description": N_("Whether datastore_search reads its rows.")},
    "sha256": {**MAYBE_TEXT, "description": N_("Fingerprint of the file.")},
}
FIELD = made_of("id type", {"id": TEXT, "type": TEXT})
LICENCE = {
    "id": TEXT,
    "title": TEXT,
    "url": MAYBE_TEXT,
    "spdx": {**MAYBE_TEXT, "description": N_("Id at SPDX.")},
    "eu_uri": {**MAYBE_TEXT, "description": N_("Address in the European list of licences.")},
    "is_open": TRUTH,
    "status": {"enum": ["active", "retired"]},
    "version": MAYBE_TEXT,
    **{term: {"type": ["boolean", "null"]} for term in TERMS},
    "flows_into": {
        **listed(TEXT),
        "description": N_("Ids of the licences under which the data may be passed on too."),
    },
    "flows_into_source": {**MAYBE_TEXT, "description": N_("The clause that says so.")},
}
SCHEMA_IN_SHORT = {
    "name": TEXT,
    "version": TEXT,
    "ref": {**TEXT, "description": N_("What a file declares: name@version.")},
    "title": {**TEXT, "description": N_("Title in the language of the caller.")},
    "columns": {**NUMBER, "description": N_("How many columns it has.")},
}
SCHEMA = {
    **SCHEMA_IN_SHORT,
    "state": {"enum": list(SchemaState)},
    "title_translated": {"type": "object", "additionalProperties": TEXT},
    "description": TEXT,
}

SHAPES: dict[str, Schema] = {
    "SchemaPage": made_of(
        "results next_cursor",
        {
            "results": listed(made_of(" ".join(SCHEMA), SCHEMA)),
            "next_cursor": {**MAYBE_TEXT, "description": N_("Where the next page begins.")},
        },
    ),
    "SchemaVersion": made_of(
        " ".join((*SCHEMA, "newer", "steps", "sha256", "versions", "maps_to", "schema")),
        {
            **SCHEMA,
            "newer": {**MAYBE_TEXT, "description": N_("What files should declare instead.")},
            "steps": listed(TEXT),
            "sha256": {**TEXT, "description": N_("Fingerprint of the schema.")},
            "versions": {**listed(TEXT), "description": N_("All versions, the newest first.")},
            "maps_to": {
                **listed({"type": "object"}),
                "description": N_("The standards that its columns come from."),
            },
            "schema": made_of("fields", {"fields": listed({"type": "object"})}),
        },
    ),
    "SchemaMatches": made_of(
        "results",
        {
            "results": listed(
                made_of(
                    " ".join((*SCHEMA_IN_SHORT, "score", "found", "mapping", "missing", "extra")),
                    {
                        **SCHEMA_IN_SHORT,
                        "score": {"type": "number", "minimum": 0, "maximum": 1},
                        "found": {
                            **NUMBER,
                            "description": N_("How many of its columns the table has."),
                        },
                        "mapping": {
                            "type": "object",
                            "additionalProperties": TEXT,
                            "description": N_("The column of the schema by the name in the table."),
                        },
                        "missing": listed(TEXT),
                        "extra": listed(TEXT),
                    },
                )
            ),
        },
    ),
    "DatasetPage": made_of(
        "count results",
        {
            "count": {**NUMBER, "description": N_("How many datasets were found in all.")},
            "results": listed(ref("Dataset")),
            "sort": MAYBE_TEXT,
            "facets": {"type": "object"},
            "search_facets": {
                "type": "object",
                "additionalProperties": made_of(
                    "title items", {"title": TEXT, "items": listed(ref("FacetItem"))}
                ),
            },
        },
    ),
    "DatasetNames": made_of(
        "results next_cursor",
        {
            "results": listed(
                made_of(
                    "id name metadata_modified",
                    {"id": TEXT, "name": TEXT, "metadata_modified": TIME},
                )
            ),
            "next_cursor": {**MAYBE_TEXT, "description": N_("Where the next page begins.")},
        },
    ),
    "FoundByKind": made_of(
        "kinds",
        {
            "kinds": listed(
                made_of(
                    "kind count results",
                    {
                        "kind": TEXT,
                        "count": {**MAYBE_NUMBER, "description": N_("How many were found in all.")},
                        "results": listed({"anyOf": [ref("Dataset"), ref("Body")]}),
                    },
                )
            ),
        },
    ),
    "FacetItem": made_of(
        "name display_name count", {"name": TEXT, "display_name": TEXT, "count": NUMBER}
    ),
    "BodyInShort": made_of("id name title", ORGANIZATION),
    "Body": made_of(
        "id name title display_name package_count",
        {
            **ORGANIZATION,
            "display_name": TEXT,
            "package_count": {**NUMBER, "description": N_("How many datasets it has published.")},
            "packages": listed({"type": "object"}),
        },
    ),
    "NamesOrBodies": {"anyOf": [ref("Names"), listed(ref("Body"))]},
    "Keyword": made_of("id name display_name", {"id": TEXT, "name": TEXT, "display_name": TEXT}),
    "Names": listed(TEXT),
    "Rows": made_of(
        "resource_id fields records",
        {
            "resource_id": TEXT,
            "fields": listed(FIELD),
            "records": {
                "description": N_("The rows, in the form of records_format."),
                "anyOf": [listed({"type": "object"}), listed({"type": "array"}), TEXT],
            },
            "total": {**NUMBER, "description": N_("How many rows fit in all.")},
            "limit": NUMBER,
            "offset": NUMBER,
        },
    ),
    "TableDescription": made_of(
        "meta fields", {"meta": {"type": "object"}, "fields": listed(FIELD)}
    ),
    "LicencePage": made_of(
        "results next_cursor",
        {
            "results": listed(made_of("id title is_open", LICENCE)),
            "next_cursor": {"type": "null"},
            "register": {
                "anyOf": [
                    made_of("version changes", {"version": TEXT, "changes": {"type": "array"}}),
                    {"type": "null"},
                ]
            },
        },
    ),
    "LicenceVerdict": made_of(
        "compatible answer reasons basis ask attribution",
        {
            "compatible": TRUTH,
            "answer": {"enum": list(Answer)},
            "reasons": listed(
                made_of(
                    "source title candidate code answer message",
                    {
                        **dict.fromkeys(("source", "title", "candidate", "code"), TEXT),
                        "answer": {"enum": [Answer.NO, Answer.NOT_SURE]},
                        "message": TEXT,
                    },
                )
            ),
            "basis": listed(made_of("source text", {"source": TEXT, "text": TEXT})),
            "ask": {**MAYBE_TEXT, "description": N_("Whom to ask where it is not sure.")},
            "attribution": {
                **listed(TEXT),
                "description": N_("The words to name each source by."),
            },
        },
    ),
    "Status": made_of(
        "site_title site_url locale_default extensions",
        {
            "site_title": TEXT,
            "site_description": MAYBE_TEXT,
            "site_url": TEXT,
            "locale_default": TEXT,
            "extensions": listed(TEXT),
            "ckan_version": TEXT,
        },
    ),
    "Error": made_of(
        "success error",
        {
            "success": {"const": False},
            "help": TEXT,
            "error": {
                "type": "object",
                "required": ["__type"],
                "properties": {
                    "__type": {**TEXT, "description": N_("Kind of the error.")},
                    "message": ANYTHING,
                    "__codes": {
                        "type": "object",
                        "description": N_("Stable codes of the errors, by field."),
                    },
                },
                "description": N_("Sentences by field, in the language of the caller."),
            },
        },
    ),
}


def shapes() -> dict[str, Schema]:
    """Return all shapes, those of datasets and files with the fields of the site's own form."""
    form = tk.h.scheming_get_dataset_schema("dataset")
    dataset = _with_form(DATASET, form["dataset_fields"])
    resource = _with_form(RESOURCE, form["resource_fields"])
    return {
        "Dataset": made_of("id name title state type resources", dataset),
        "Resource": made_of("id package_id url", resource),
        **SHAPES,
    }


def _with_form(known: Schema, fields: list[dict[str, Any]]) -> Schema:
    """Add the fields of the form, called as the form calls them."""
    found = dict(known)
    for field in fields:
        name = field["field_name"]
        if name == "tag_string":
            continue
        shape = found.get(name) or (_texts() if name.endswith(SUFFIX) else ANYTHING)
        if "choices" in field:
            shape = {"enum": [*(choice["value"] for choice in field["choices"]), "", None]}
        help_text = tk.h.scheming_language_text(field["help_text"]) if "help_text" in field else ""
        found[name] = {
            **shape,
            "title": tk.h.scheming_language_text(field["label"]),
            **({"description": help_text} if help_text else {}),
        }
    return found


def _texts() -> Schema:
    return {
        "type": "object",
        "properties": dict.fromkeys(config.languages(), TEXT),
        "additionalProperties": TEXT,
    }
