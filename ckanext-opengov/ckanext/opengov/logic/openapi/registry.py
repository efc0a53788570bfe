"""The actions that anyone may call to read, in the order of the page for developers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ckanext.opengov.logic import action as ours
from ckanext.opengov.logic.openapi import docstrings
from ckanext.opengov.shared.domain.public_api import Parameter, PublicAction
from ckanext.opengov.shared.domain.wording import N_

DATASETS, TABLES = N_("Datasets"), N_("Rows of tables")
SCHEMAS = N_("Schemas")
BODIES, LICENCES, SITE = N_("Public bodies"), N_("Licences"), N_("The site")

SEARCH = (
    Parameter(
        "q",
        N_("Words to look for, in any language. Without them: everything."),
        example="budget",
    ),
    Parameter(
        "fq",
        N_("Filters, as field:value pairs: organization, theme, tags, res_format, license_id."),
        example="res_format:CSV",
    ),
    Parameter(
        "sort",
        N_("Order of the results: a field and asc or desc."),
        example="metadata_modified desc",
    ),
    Parameter(
        "rows",
        N_("How many results to return."),
        "integer",
        default=10,
        cap="ckan.search.rows_max",
    ),
    Parameter("start", N_("How many results to skip."), "integer", default=0),
    Parameter(
        "facet.field",
        N_("Fields to count the values of, as a JSON list."),
        "list",
        example='["organization"]',
    ),
    Parameter(
        "facet.limit",
        N_("How many values to count of each field."),
        "integer",
        default=50,
        minimum=-1,
    ),
)
ROWS = (
    Parameter("resource_id", N_("Id of the file."), required=True),
    Parameter("q", N_("Words to look for in all columns."), "words"),
    Parameter(
        "filters",
        N_('Values by column, as a JSON object: {"year": 2026}.'),
        "object",
        example="{}",
    ),
    Parameter("fields", N_("Columns to return, all by default."), "strings"),
    Parameter("sort", N_("Order of the rows: columns, each with asc or desc."), "strings"),
    Parameter(
        "limit",
        N_("How many rows to return."),
        "integer",
        default=100,
        cap="ckan.datastore.search.rows_max",
    ),
    Parameter("offset", N_("How many rows to skip."), "integer", default=0),
    Parameter("distinct", N_("Return each row once."), "boolean", default=False),
    Parameter("include_total", N_("Count all rows that fit."), "boolean", default=True),
    Parameter(
        "records_format",
        N_("How the rows come."),
        choices=("objects", "lists", "csv", "tsv"),
        default="objects",
    ),
)
NAME = N_("Id or name.")
SCHEMA = "budget-execution"
ORDERS = tuple(
    (name + direction).strip()
    for name in ("name", "title", "package_count")
    for direction in ("", " asc", " desc")
)

ACTIONS: list[PublicAction] = [
    PublicAction(
        "package_search", DATASETS, N_("Search the datasets"), "DatasetPage", SEARCH,
        N_("Only what is published is found."), codes=(400,),
    ),
    PublicAction(
        "package_show", DATASETS, N_("Show a dataset and its files"), "Dataset",
        (Parameter("id", NAME, required=True),),
        N_("The address of each file is in the field url of its resource."), codes=(404,),
    ),
    PublicAction("opengov_dataset_list", DATASETS, N_("List all datasets"), "DatasetNames"),
    PublicAction(
        "resource_show", DATASETS, N_("Show a file"), "Resource",
        (Parameter("id", N_("Id of the file."), required=True),),
        N_("The description of the file; the field url leads to the file itself."), codes=(404,),
    ),
    PublicAction(
        "tag_list", DATASETS, N_("List the keywords"), "Names",
        (Parameter("query", N_("Only keywords that contain this text.")),),
        N_("Keywords of published datasets."), codes=(404,),
    ),
    PublicAction(
        "datastore_search", TABLES, N_("Read rows of a table"), "Rows", ROWS,
        N_("Files that are tables can be filtered, sorted and read in pages."), codes=(404,),
    ),
    PublicAction(
        "datastore_info", TABLES, N_("Describe the columns of a table"), "TableDescription",
        (Parameter("resource_id", N_("Id of the file."), required=True),),
        N_("Names, types and descriptions of the columns."), codes=(404,),
    ),
    PublicAction(
        "opengov_schema_list", SCHEMAS, N_("List the schemas of tables"), "SchemaPage",
        (
            Parameter("q", N_("Words in their names and titles, or those of their columns.")),
            Parameter("cursor", N_("The field next_cursor of the page before.")),
            Parameter("limit", N_("How many to return, up to 100."), "integer", default=20),
        ),
        N_("Each in its newest version, by name."),
    ),
    PublicAction(
        "opengov_schema_show", SCHEMAS, N_("Show a schema"), "SchemaVersion",
        (
            Parameter("name", N_("Name of the schema."), required=True, example=SCHEMA),
            Parameter("version", N_("The newest, if none is given."), example="1.0.0"),
        ),
        N_("The Table Schema of a version, which never changes, and which versions there are."),
        codes=(404,),
    ),
    PublicAction(
        "opengov_schema_match", SCHEMAS, N_("Find the schemas that a table fits"),
        "SchemaMatches",
        (
            Parameter("labels", N_("Names of its columns."), "strings"),
            Parameter("resource_id", N_("Or a file that was checked, for those who edit it.")),
        ),
        N_("At most five. Names are compared without case, accents and ways to write a letter."),
        codes=(404,),
    ),
    PublicAction(
        "organization_list", BODIES, N_("List the public bodies"), "NamesOrBodies",
        (
            Parameter(
                "all_fields", N_("Return descriptions instead of names."), "boolean",
                default=False,
            ),
            Parameter(
                "limit", N_("How many to return."), "integer",
                cap="ckan.group_and_organization_list_max",
            ),
            Parameter("offset", N_("How many to skip."), "integer", default=0),
            Parameter(
                "sort", N_("Order of the list: name, title or package_count, and asc or desc."),
                choices=(*ORDERS, "packages"), default="title asc",
            ),
        ),
        N_("At most 25 at once with descriptions, 1000 with names alone."),
    ),
    PublicAction(
        "organization_show", BODIES, N_("Show a public body"), "Body",
        (
            Parameter("id", NAME, required=True),
            Parameter(
                "include_datasets", N_("With its first ten datasets."), "boolean", default=False
            ),
        ),
        N_("Its name, its description and how many datasets it has published."), codes=(404,),
    ),
    PublicAction("opengov_licence_list", LICENCES, N_("List the licences"), "LicencePage"),
    PublicAction(
        "opengov_licence_check",
        LICENCES,
        N_("Check a licence against sources"),
        "LicenceVerdict",
        codes=(404,),
    ),
    PublicAction("opengov_search", SITE, N_("Search everything"), "FoundByKind"),
    PublicAction(
        "status_show", SITE, N_("Show how the site is set up"), "Status",
        text=N_("Versions, languages and extensions."),
    ),
]  # fmt: skip


def text_of(action: PublicAction) -> str:
    """Return what the action does: in its row, or in its own documentation."""
    return action.text or docstrings.text_of(_function(action))


def parameters_of(action: PublicAction) -> tuple[Parameter, ...]:
    """Return what the action takes: by its row, or by its own documentation."""
    function = None if action.text else _function(action)
    return action.parameters or (docstrings.parameters_of(function) if function else ())


def _function(action: PublicAction) -> Callable[..., Any]:
    found: Callable[..., Any] = getattr(ours, action.name)
    return found


def texts_from_documentation() -> Iterator[str]:
    """Yield the texts that stand in docstrings, for the catalogues of translations."""
    for action in ACTIONS:
        if not action.text:
            yield text_of(action)
            for parameter in parameters_of(action):
                yield parameter.text
