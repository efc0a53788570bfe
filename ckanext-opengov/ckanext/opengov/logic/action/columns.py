"""The schema of a file, column by column: what becomes its data dictionary."""

from __future__ import annotations

import json
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import AlchemySession, Context, DataDict

from ckanext.opengov import config
from ckanext.opengov.domain import columns
from ckanext.opengov.domain.columns import NoSuchValue
from ckanext.opengov.logic.action.checks import candidate_from
from ckanext.opengov.logic.candidates import Candidate, candidate_of, checked
from ckanext.opengov.shared.domain.errors import DomainError, Several
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = ["opengov_resource_schema_show", "opengov_resource_schema_update"]


class SchemaDeclared(DomainError):
    """A version of the catalogue is as it is."""

    code = "schema-declared"
    field = "fields"
    template = N_(
        "This file declares a schema of the catalogue, which nobody changes. Declare none, then"
        " describe its columns."
    )


class BadColumn(DomainError):
    """The check could not use it."""

    code = "bad-column"
    template = N_("This column cannot be checked so: {note}")


@tk.side_effect_free
@domain_action
def opengov_resource_schema_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the Table Schema of a file as it will be published, or the one that was inferred.

    ``{"resource_id", "package_id", "schema", "schema_ref", "is_inferred"}``; ``schema`` is null
    until the file is checked, where it has none of its own.

    Args:
        resource_id (str): id of the resource
    """
    candidate = _candidate(context, data_dict)
    return _shown(context["session"], candidate)


@domain_action
def opengov_resource_schema_update(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Describe the columns of a file; return what ``opengov_resource_schema_show`` does.

    Of a published dataset it is a change, which someone else approves. The file is checked
    again. What is wrong is told by place: ``fields__3__minimum`` is the smallest value of the
    fourth column.

    Args:
        resource_id (str): id of the resource
        fields (list): all columns in their order, as fields of a Table Schema: ``name``,
            ``type``, ``format``, ``constraints`` (``required``, ``unique``, ``minimum``,
            ``maximum``, ``enum``, ``pattern``), ``title_translated``, ``description_translated``
        primary_key (list of str, optional): names of the columns that tell rows apart
    """
    candidate = _candidate(context, data_dict)
    if candidate.schema_ref:
        raise SchemaDeclared
    languages = config.languages()
    fields, errors = columns.described(_parsed(data_dict.get("fields")), languages)
    old = candidate.descriptor or {}
    given = data_dict.get("primary_key", old.get("primaryKey"))
    try:
        key = columns.key(_parsed(given), [str(each.get("name")) for each in fields])
    except DomainError as error:
        key, errors = [], [*errors, error]
    errors = errors or list(_unusable(fields))
    if errors:
        raise Several(*errors)
    schema = {**old, "fields": fields, "primaryKey": key}
    if not key:
        del schema["primaryKey"]
    _check_key(schema)
    _store(context, candidate, schema)
    found = candidate_of(context["session"], candidate.resource_id) or candidate
    return _shown(context["session"], found)


def _parsed(given: object) -> object:
    if isinstance(given, str) and given[:1] in ("[", "{"):
        try:
            return json.loads(given)
        except (ValueError, RecursionError):
            return None
    return given


def _unusable(fields: list[dict[str, Any]]) -> list[DomainError]:
    """Return what the check itself would say against the columns."""
    from ckanext.opengov.validation import samples  # noqa: PLC0415 - slow to import

    errors: list[DomainError] = []
    for number, each in enumerate(fields):
        bounds = [name for name in columns.BOUNDS if name in each["constraints"]]
        try:
            samples.check({"fields": [each]})
        except ValueError as error:
            place = f"fields__{number}__"
            if bounds:
                errors.append(NoSuchValue(field=place + bounds[0]))
            else:
                errors.append(BadColumn(field=place + "type", note=str(error)[:200]))
    return errors


def _check_key(schema: dict[str, Any]) -> None:
    """See that the check can compare the cells of the key.

    Raises:
        UnknownKey: it cannot.
    """
    from ckanext.opengov.validation import samples  # noqa: PLC0415 - slow to import

    if "primaryKey" in schema:
        try:
            samples.check({"fields": schema["fields"], "primaryKey": schema["primaryKey"]})
        except ValueError as error:
            raise columns.UnknownKey from error


def _candidate(context: Context, data_dict: DataDict) -> Candidate:
    """Return the file, if the caller may describe it."""
    candidate = candidate_from(context, data_dict)
    tk.check_access("opengov_resource_schema_update", context, {"id": candidate.package_id})
    return candidate


def _shown(session: AlchemySession, candidate: Candidate) -> dict[str, Any]:
    schema = candidate.descriptor
    if schema is None and (check := checked(session, [candidate]).get(candidate.resource_id)):
        found = check.found["fields"]
        schema = {"fields": [dict(each) for each in found]} if found else None
    return {
        "resource_id": candidate.resource_id,
        "package_id": candidate.package_id,
        "schema": schema,
        "schema_ref": candidate.schema_ref or None,
        "is_inferred": candidate.descriptor is None,
    }


def _store(context: Context, candidate: Candidate, schema: dict[str, Any]) -> None:
    """Store the schema: in the draft, or in the change to what is published."""
    session = context["session"]
    package = session.get_one(ckan_model.Package, candidate.package_id)
    ours = Context(user=context["user"], session=session)
    text = json.dumps(schema, ensure_ascii=False)
    if package.state == "active":
        place = f"resources__{candidate.resource_id}__schema"
        tk.get_action("opengov_revision_create")(ours, {"id": package.id, place: schema})
    else:
        patch = {"id": candidate.resource_id, "schema": text}
        tk.get_action("resource_patch")(ours, patch)
    session.expire_all()
