"""What a dataset's fields may hold; schemas/dataset.yaml says which field asks for what."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context, FlattenDataDict, FlattenErrorDict, FlattenKey

from ckanext.opengov import config
from ckanext.opengov.domain.licences import (
    MAX_SOURCES,
    LicenceRequired,
    NoSuchSource,
    SourceSaysNothing,
    TooManySources,
    UnknownLicence,
)
from ckanext.opengov.domain.vocabularies import is_address
from ckanext.opengov.logic import licences, schemas, sources
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
    leaves,
)
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.glue.actions import Sentence, invalid, sentence_of
from ckanext.scheming.validation import scheming_validator

__all__ = [
    "opengov_address",
    "opengov_computed",
    "opengov_day",
    "opengov_json_output",
    "opengov_licence",
    "opengov_period",
    "opengov_schema_ref",
    "opengov_source_dataset",
    "opengov_source_licence",
    "opengov_sources",
    "opengov_table_schema",
    "opengov_text",
    "opengov_translated",
    "opengov_translated_output",
]

MAX_SCHEMA = 256 * 1024
"""Characters of a Table Schema."""
MAX_LICENCE, MAX_ADDRESS = 300, 2000
SAYS_WHAT = ("title", "url", "license_id", "dataset_id")

MAX_REF = 100
"""Characters of ``NAME@VERSION``."""

Validator = Callable[..., Any]


class NoSchema(DomainError):
    """Not a Table Schema."""

    code = "no-table-schema"
    template = N_("A schema is a JSON object with a list named fields.")


class NoAddress(DomainError):
    """Nowhere on the web."""

    code = "no-address"
    template = N_("Give a whole address, which begins with https://")


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


def opengov_source_licence(value: Any) -> str:
    """Take the licence of a source: by any name that the register knows, or in free words."""
    try:
        text = check_text(value, MAX_LICENCE)
    except DomainError as error:
        raise invalid(error) from error
    return licences.named([text]) or text


def opengov_source_dataset(
    key: FlattenKey, data: FlattenDataDict, _errors: FlattenErrorDict, context: Context
) -> None:
    """Take the id or name of a dataset that the public may see; keep the id.

    What the author alone may see would tell the public that it is there. What was taken
    once stays: a source that was withdrawn later keeps nobody from other changes.
    """
    value, package = data[key], context.get("package")
    found = sources.dataset_of({"dataset_id": value}) if isinstance(value, str) else None
    stored = sources.listed((package.extras or {}).get("sources")) if package else []
    if found is not None:
        data[key] = found.id
    elif not is_by_the_suite() and value not in [each.get("dataset_id") for each in stored]:
        raise invalid(NoSuchSource)


def opengov_address(value: Any) -> str:
    """Take an address on the web."""
    try:
        text = check_text(value, MAX_ADDRESS)
    except DomainError as error:
        raise invalid(error) from error
    if not is_address(text):
        raise invalid(NoAddress)
    return text


def opengov_day(value: Any) -> str:
    """Return the day of a date, as it is stored among other values."""
    return str(value)[:10]


def opengov_table_schema(value: Any) -> str:
    """Take a Table Schema as an object or its JSON; return the JSON."""
    text = value if isinstance(value, str) else json.dumps(value)
    if len(text) > MAX_SCHEMA:
        raise invalid(TooLong, most=MAX_SCHEMA, count=len(text))
    try:
        content = json.loads(text)
        # Neither NaN nor 1e999 is JSON to those who read the schema.
        written = json.dumps(content, ensure_ascii=False, sort_keys=True, allow_nan=False)
    except (ValueError, RecursionError) as error:
        raise invalid(NoSchema) from error
    if not isinstance(content, dict) or not isinstance(content.get("fields"), list):
        raise invalid(NoSchema)
    if any(isinstance(each, str) and HIDDEN.search(each) for each in leaves(content)):
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


def opengov_sources(
    _key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, _context: Context
) -> None:
    """Refuse sources that nobody could find, and more of them than anyone reads."""
    places = sorted({key[1] for key in data if key[0] == "sources" and key[1:]})
    if len(places) > MAX_SOURCES:
        broken: DomainError = TooManySources(most=MAX_SOURCES, count=len(places))
        errors[("sources", places[-1], "title")] = [_sentence(broken)]
    for place in places:
        data.pop(("sources", place, "__extras"), None)
        said = [data.get(("sources", place, name)) for name in SAYS_WHAT]
        wrong = [errors.get(("sources", place, name)) for name in SAYS_WHAT]
        if not any(each and each is not tk.missing for each in said) and not any(wrong):
            errors[("sources", place, "title")] = [_sentence(SourceSaysNothing())]


def _sentence(error: DomainError) -> Sentence:
    return Sentence(sentence_of(error), error.code)
