"""What a dataset's fields may hold; schemas/dataset.yaml says which field asks for what."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context, FlattenDataDict, FlattenErrorDict, FlattenKey

from ckanext.opengov import config
from ckanext.opengov.domain.licences import LicenceRequired, UnknownLicence
from ckanext.opengov.logic import licences, schemas
from ckanext.opengov.logic.steps import is_by_the_suite
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.texts import (
    HIDDEN,
    HiddenCharacters,
    TextNeeded,
    TooLong,
    as_texts,
    check_text,
    check_texts,
)
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.glue.actions import Sentence, invalid, sentence_of
from ckanext.scheming.validation import scheming_validator

__all__ = [
    "opengov_computed",
    "opengov_json_output",
    "opengov_licence",
    "opengov_period",
    "opengov_schema_ref",
    "opengov_table_schema",
    "opengov_text",
    "opengov_translated",
    "opengov_translated_output",
]

MAX_SCHEMA = 256 * 1024
"""Characters of a Table Schema."""

MAX_REF = 100
"""Characters of ``NAME@VERSION``."""

Validator = Callable[..., Any]


class NoSchema(DomainError):
    """Not a Table Schema."""

    code = "no-table-schema"
    template = N_("A schema is a JSON object with a list named fields.")


class PeriodReversed(DomainError):
    """A period that ends before it starts."""

    code = "period-reversed"
    template = N_("The period ends before it starts.")


@scheming_validator
def opengov_text(field: dict[str, Any], _schema: dict[str, Any]) -> Validator:
    """Take a text of at most ``max_length`` characters."""

    def validator(value: Any) -> str:
        try:
            return check_text(value, field["max_length"])
        except DomainError as error:
            raise invalid(error) from error

    return validator


@scheming_validator
def opengov_translated(field: dict[str, Any], _schema: dict[str, Any]) -> Validator:
    """Take a text per language of the site, and keep them as JSON."""

    def validator(value: Any) -> str:
        if not value or value is tk.missing:
            raise invalid(TextNeeded)
        try:
            checked = check_texts(value, config.languages(), field["max_length"])
        except DomainError as error:
            raise invalid(error) from error
        # Arabic stays readable to the search engine, which knows nothing of escapes.
        return json.dumps(checked, ensure_ascii=False)

    return validator


def opengov_translated_output(value: Any) -> dict[str, str]:
    """Return the texts by language."""
    return as_texts(value) or {}


def opengov_licence(value: Any) -> str:
    """Take the id of a licence in the register."""
    if not value or value is tk.missing:
        raise invalid(LicenceRequired)
    if not isinstance(value, str) or value not in licences.register():
        raise invalid(UnknownLicence)
    return value


def opengov_table_schema(value: Any) -> str:
    """Take a Table Schema as an object or its JSON; return the JSON."""
    text = value if isinstance(value, str) else json.dumps(value)
    if len(text) > MAX_SCHEMA:
        raise invalid(TooLong, most=MAX_SCHEMA, count=len(text))
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise invalid(NoSchema) from error
    if not isinstance(content, dict) or not isinstance(content.get("fields"), list):
        raise invalid(NoSchema)
    written = json.dumps(content, ensure_ascii=False, sort_keys=True)
    if HIDDEN.search(written):
        raise invalid(HiddenCharacters)
    return written


def opengov_schema_ref(
    key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context
) -> None:
    """Take a version of the catalogue, and its descriptor in the place of the file's schema.

    The descriptor is copied, so that what a check was about can be read for ever.
    """
    ref, place = data.get(key), (*key[:-1], "schema")
    if not ref or ref is tk.missing:
        data.pop(key, None)
        raise tk.StopOnError
    given = data.get(place)
    try:
        text = check_text(ref, MAX_REF)
        found = schemas.declared(context["session"], text, given if isinstance(given, str) else "")
    except DomainError as error:
        errors[key].append(Sentence(sentence_of(error), error.code))
        raise tk.StopOnError from error
    data[place] = found


def opengov_json_output(value: Any) -> Any:
    """Return what the JSON holds."""
    return json.loads(value) if isinstance(value, str) else value


def opengov_computed(
    key: FlattenKey, data: FlattenDataDict, _errors: FlattenErrorDict, _context: Context
) -> None:
    """Ignore what callers say about a field that the suite computes."""
    if not is_by_the_suite() or data.get(key) is tk.missing:
        data.pop(key, None)
        raise tk.StopOnError


def opengov_period(
    _key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, _context: Context
) -> None:
    """Refuse a period that ends before it starts."""
    start, end = (str(data.get((name,)) or "") for name in ("temporal_start", "temporal_end"))
    has_days = not errors[("temporal_start",)] and not errors[("temporal_end",)]
    if has_days and start and end and end < start:
        sentence = Sentence(tk._(PeriodReversed.template), PeriodReversed.code)
        errors[("temporal_end",)].append(sentence)
