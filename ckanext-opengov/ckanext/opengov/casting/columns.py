"""Columns of text as PostgreSQL reads them: by columns where that is exact, else cell by cell."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from frictionless import Field, Schema, fields

from ckanext.opengov.casting.cells import as_text
from ckanext.opengov.casting.source import NotCovered, text_columns
from ckanext.opengov.validation import engine
from ckanext.opengov.validation import schema as schemas

ROWS_AT_ONCE = 5000
YEAR, MONTH, DAY = "([0-9]{4})", "([0-9]{2})", "([0-9]{2})"
CLOCK = "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
PLACES = {"%Y": YEAR, "%m": MONTH, "%d": DAY}
ISO = "%Y-%m-%d"
SIGNS = "0123456789+-eE"
"""Of numbers, beside the marks that a schema may choose."""

Columns = list[pa.StringArray]
Cast = Callable[[pa.StringArray], pa.StringArray]


def by_columns(
    path: Path, report: Mapping[str, Mapping[str, object]], given: Mapping[str, object] | None
) -> Iterator[Columns]:
    """Yield the cells of a file without findings as PostgreSQL reads them; null: there is none.

    ``report`` is what :meth:`Report.as_dict` gave for this very file under this schema.

    Raises:
        NotCovered: see :func:`by_rows`; at any moment.
    """
    schema = _schema(report, given)
    casts = [_cast(field) for field in schema.fields]
    for columns in text_columns(path, report["file"], schema):
        yield [cast(column) for cast, column in zip(casts, columns, strict=True)]


def by_rows(
    path: Path, report: Mapping[str, Mapping[str, object]], given: Mapping[str, object] | None
) -> Iterator[Columns]:
    """Yield the same as :func:`by_columns`, of any file that was checked, at Frictionless' pace."""
    rows = engine.typed_rows(path, report, given)
    while chunk := list(itertools.islice(rows, ROWS_AT_ONCE)):
        yield [pa.array(map(as_text, cells), pa.string()) for cells in zip(*chunk, strict=True)]


def _schema(
    report: Mapping[str, Mapping[str, object]], given: Mapping[str, object] | None
) -> Schema:
    if given is not None:
        return schemas.read(given).schema
    return Schema.from_descriptor({"fields": report["fields"]})


def _cast(field: Field) -> Cast:
    """Return what turns a field's texts into PostgreSQL's: fast for texts of the usual form."""
    missing = _missing_values(field)
    others = _one_by_one(field)
    pattern, mend = _usual(field)

    def cast(texts: pa.StringArray) -> pa.StringArray:
        is_missing = pc.is_in(texts, value_set=missing)
        if pc.any(is_missing).as_py():
            texts = pc.if_else(is_missing, pa.scalar(None, pa.string()), texts)
        if pattern is None:
            return others(texts)
        if pattern and not pc.all(pc.match_substring_regex(texts, pattern)).as_py():
            return others(texts)
        return mend(texts)

    return cast


def _missing_values(field: Field) -> pa.Array:
    found = field.missing_values
    if not field.has_defined("missing_values") and field.schema:
        found = field.schema.missing_values
    return pa.array([str(each) for each in found], pa.string())


def _one_by_one(field: Field) -> Cast:
    """Return the cast that asks Frictionless, once for each text that there is."""
    read = field.create_cell_reader()

    def value(text: str) -> str | None:
        cell, _notes = read(text)
        is_as_written = cell is not None and field.type in engine.AS_WRITTEN
        return text if is_as_written else as_text(cell)

    def cast(texts: pa.StringArray) -> pa.StringArray:
        coded = texts.dictionary_encode()
        known = [value(text) for text in coded.dictionary.to_pylist()]
        return pa.array(known, pa.string()).take(coded.indices)

    return cast


def _as_they_are(texts: pa.StringArray) -> pa.StringArray:
    return texts


def _usual(field: Field) -> tuple[str | None, Cast]:
    """Return the form of a field's texts that need no look at each, and what is done to them.

    An empty form: they all are. None: there is no such form.
    """
    if isinstance(field, fields.NumberField):
        return _usual_number(field)
    if field.type == "date":
        return _usual_date(ISO if field.format in (None, "default") else field.format)
    is_plain = field.format in (None, "default") and getattr(field, "bare_number", True)
    return USUAL.get(field.type if is_plain else "", (None, _as_they_are))


def _without(sign: str) -> Cast:
    return lambda texts: pc.replace_substring(texts, sign, "")


USUAL: Mapping[str, tuple[str, Cast]] = {
    "any": ("", _as_they_are),
    "string": ("", _as_they_are),
    "integer": ("^[+-]?[0-9]+$", _as_they_are),
    "datetime": (f"^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T{CLOCK}Z?$", _without("Z")),
    "time": (f"^{CLOCK}$", _as_they_are),
}


def _usual_number(field: fields.NumberField) -> tuple[str | None, Cast]:
    """Return the form of numbers with this mark of decimals, and of thousands if there is one."""
    decimal, group = field.decimal_char, field.group_char
    is_known = len(decimal) == 1 and decimal not in SIGNS and group not in (*SIGNS, decimal)
    if not is_known or not field.bare_number or field.float_number:
        return None, _as_they_are
    point, mark = re.escape(decimal), re.escape(group)
    digits = f"[0-9](?:{mark}?[0-9])*" if group else "[0-9]+"
    pattern = f"^[+-]?{digits}(?:{point}[0-9]+)?$"

    def mend(texts: pa.StringArray) -> pa.StringArray:
        if group:
            texts = pc.replace_substring(texts, group, "")
        return texts if decimal == "." else pc.replace_substring(texts, decimal, ".")

    return pattern, mend


def _usual_date(form: str) -> tuple[str | None, Cast]:
    """Return the pattern of days in a form such as ``%d/%m/%Y``."""
    parts = re.split("(%[Ymd])", form)
    signs = parts[1::2]
    if sorted(signs) != sorted(PLACES) or any("%" in part for part in parts[::2]):
        return None, _as_they_are
    pattern = "^" + "".join(PLACES.get(part) or re.escape(part) for part in parts) + "$"
    if form == ISO:
        return pattern, _as_they_are
    iso = "-".join(rf"\{signs.index(sign) + 1}" for sign in ("%Y", "%m", "%d"))
    return pattern, lambda texts: pc.replace_substring_regex(texts, pattern, iso)


__all__ = ["Columns", "NotCovered", "by_columns", "by_rows"]
