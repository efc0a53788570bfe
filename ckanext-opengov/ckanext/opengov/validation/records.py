"""Records of a program, as rows of a file: checked by what checks files, with the same words."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from ckanext.opengov.shared.domain.texts import is_storable, leaves
from ckanext.opengov.validation.report import Kept, KeptFinding, Severity

ENCODING, DELIMITER = "utf-8", ","
EXACT_DIGITS = 15
"""So many of a decimal number a program's own numbers keep, whatever it is."""

OF_THE_TABLE = frozenset(
    {"deviated-cell", "deviated-value", "required-value", "sequential-value", "table-dimensions"}
)
"""Checks that mean nothing for some of the rows of a table."""


class NotText(ValueError):
    """Characters that no file holds."""


class NotExact(ValueError):
    """A number that JSON's readers cut off, or that none can write."""

    def __init__(self, row: int, name: str) -> None:
        super().__init__()
        self.row, self.name = row, name
        """Of the record, counted from 1, and of the column."""


def cell(value: object, field: Mapping[str, object], missing: str = "") -> str:
    """Return a value of JSON as it is written in a file under this field of a Table Schema.

    Texts stay as they are. ``missing`` stands for null.
    """
    if value is None:
        return missing
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return _truth(value, field)
    if isinstance(value, int | float):
        return _number(value, field)
    return json.dumps(value, ensure_ascii=False)


def _truth(value: bool, field: Mapping[str, object]) -> str:
    options = field.get("trueValues" if value else "falseValues")
    if field.get("type") == "boolean" and isinstance(options, list) and options:
        return str(options[0])
    return "true" if value else "false"


def _number(value: float, field: Mapping[str, object]) -> str:
    if isinstance(value, float) and value.is_integer() and field.get("type") == "integer":
        return str(int(value))
    mark = field.get("decimalChar")
    is_other = field.get("type") == "number" and isinstance(mark, str) and mark
    return str(value).replace(".", str(mark)) if is_other else str(value)


def missing_of(schema: Mapping[str, object]) -> str:
    """Return what stands for no value under a Table Schema."""
    found = schema.get("missingValues", [""])
    values = [str(each) for each in found] if isinstance(found, list) else [""]
    return "" if "" in values or not values else values[0]


def rows(
    records: Sequence[Mapping[str, object]], names: Sequence[str], schema: Mapping[str, object]
) -> list[list[str]]:
    """Return records as rows of a file with these columns; what a record lacks is empty.

    Raises:
        NotText: a value has characters that no file holds.
        NotExact: a number may have been another one before JSON was read.
    """
    given = schema.get("fields")
    listed = given if isinstance(given, list) else []
    fields = {str(each.get("name")): each for each in listed if isinstance(each, dict)}
    empty = missing_of(schema)
    for number, record in enumerate(records, 1):
        for name, value in record.items():
            if not all(_is_exact(each) for each in leaves(value) if isinstance(each, float)):
                raise NotExact(number, name)
    found = [
        [cell(record.get(name), fields.get(name, {}), empty) for name in names]
        for record in records
    ]
    if not is_storable(found):
        raise NotText
    return found


def _is_exact(number: float) -> bool:
    return math.isfinite(number) and len(_digits(number)) <= EXACT_DIGITS


def _digits(number: float) -> tuple[int, ...]:
    return Decimal(repr(number)).normalize().as_tuple().digits


def schema_of(schema: Mapping[str, object]) -> dict[str, object]:
    """Return what of a Table Schema can be asked of some rows of a table."""
    return {
        **schema,
        **{
            name: [each for each in rules if not _is_of_the_table(each)]
            for name, rules in _rules(schema)
        },
    }


def severities(schema: Mapping[str, object], kind: str) -> set[str | None]:
    """Return what a schema makes of findings of a kind; None: it says nothing of them."""
    asked = (each for _name, rules in _rules(schema) for each in rules if _kind(each) == kind)
    return {_severity(each) for each in asked} or {None}


def is_about_the_table(schema: Mapping[str, object]) -> bool:
    """Tell whether a rule of the schema that blocks can be asked of all rows together alone."""
    return any(
        _is_of_the_table(each) and _severity(each) == Severity.ERROR
        for _name, rules in _rules(schema)
        for each in rules
    )


def _rules(schema: Mapping[str, object]) -> Iterator[tuple[str, list[object]]]:
    for name in ("rules", "checks"):
        found = schema.get(name)
        if isinstance(found, list):
            yield name, found


def _kind(rule: object) -> object:
    return rule.get("type") if isinstance(rule, dict) else None


def _severity(rule: object) -> str:
    found = rule.get("severity") if isinstance(rule, dict) else None
    return str(Severity.WARNING if found == Severity.WARNING else Severity.ERROR)


def _is_of_the_table(rule: object) -> bool:
    return _kind(rule) in OF_THE_TABLE


def write(path: Path, found: Sequence[Sequence[str]]) -> None:
    """Write rows, the names of the columns first, as a file that can be taken in one way alone."""
    with path.open("w", encoding=ENCODING, newline="") as stream:
        csv.writer(stream, quoting=csv.QUOTE_ALL).writerows(found)


def counted_from_one(finding: KeptFinding) -> KeptFinding:
    """Return a finding of the file with the number of the record in the place of the row's."""
    params = dict(finding["params"])
    if isinstance(params.get("other"), int):
        params["other"] = int(str(params["other"])) - 1
    row = finding["row"]
    return {**finding, "row": None if row is None else max(row - 1, 1), "params": params}


def facts(report: Kept) -> dict[str, object]:
    """Return what :func:`engine.typed_rows` needs to know of a file that :func:`write` wrote.

    ``report``: on the published file, whose columns it has.
    """
    file = {"format": "csv", "encoding": ENCODING, "delimiter": DELIMITER}
    return {"file": file, "fields": report["fields"]}
