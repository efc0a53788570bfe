"""Reads a file, holds it against a schema and reports what is wrong with it.

Frictionless does the checking: codes and row numbers are its own. Importing it takes
a third of a second: only jobs and the command import this module.
"""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import frictionless
from frictionless import Detector, FrictionlessException, Schema, formats
from frictionless.resources import TableResource

from ckanext.opengov.validation.report import Field, File, Finding, Report, Severity

FORMATS = ("csv", "xlsx")
MAX_FINDINGS = 1000
"""Findings kept of one file; checking stops there, as whoever mends them checks again."""
SAMPLE_ROWS = 10_000
CHUNK = 1 << 20
ARABIC = range(0x0621, 0x0653)


class UnreadableFile(Exception):
    """The file is not one that can be checked. The text says why."""


def digest(path: Path) -> str:
    """Return the SHA-256 of the file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def is_utf8(path: Path) -> bool:
    """Tell whether the whole file, not just its head, is UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(CHUNK):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def encoding_of(path: Path) -> str:
    """Return the encoding of a text file.

    Ministries' files that are not UTF-8 come from Windows: windows-1256 where
    most letters beyond ASCII read as Arabic, windows-1252 otherwise.
    """
    with path.open("rb") as stream:
        head = stream.read(CHUNK)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if is_utf8(path):
        return "utf-8"
    letters = [ord(sign) for sign in head.decode("cp1256", "replace") if sign > "\x7f"]
    arabic = sum(letter in ARABIC for letter in letters)
    return "cp1256" if 2 * arabic > len(letters) else "cp1252"


def check_file(
    path: Path, *, name: str, format: str, schema: Mapping[str, object] | None = None
) -> Report:
    """Return what is wrong with the file.

    ``schema`` is a Table Schema; None: it is inferred from the file.

    Raises:
        UnreadableFile: the format is none of ``FORMATS``, or the schema is none.
    """
    kind = format.lower().lstrip(".")
    if kind not in FORMATS:
        raise UnreadableFile(kind)
    encoding = encoding_of(path) if kind == "csv" else None
    try:
        resource, result = _validate(path, kind, encoding, schema)
    except FrictionlessException as error:
        raise UnreadableFile(error.error.note) from error
    facts = File(
        name=name,
        format=kind,
        encoding=encoding,
        delimiter=getattr(resource.dialect.get_control(kind), "delimiter", None),
        sheet=None,
        header_rows=1,
        rows=result.tasks[0].stats.get("rows") or 0 if result.tasks else 0,
        bytes=path.stat().st_size,
        sha256=digest(path),
    )
    columns = tuple(
        Field(field.name, field.type, field.format or "default", dict(field.constraints))
        for field in resource.schema.fields
    )
    errors = [*result.errors, *(error for task in result.tasks for error in task.errors)]
    return Report(facts, columns, tuple(_finding(error) for error in errors))


def _open(path: Path, kind: str, encoding: str | None, schema: Schema | None) -> TableResource:
    control = formats.CsvControl() if kind == "csv" else formats.ExcelControl()
    return TableResource(
        path=path.name,
        basepath=str(path.parent),
        name="file",
        format=kind,
        encoding=encoding,
        schema=schema,  # type: ignore[arg-type]
        control=control,
        detector=Detector(field_confidence=1, sample_size=SAMPLE_ROWS),
    )


def _validate(
    path: Path, kind: str, encoding: str | None, given: Mapping[str, object] | None
) -> tuple[TableResource, frictionless.Report]:
    schema = Schema.from_descriptor(dict(given)) if given is not None else None
    if schema is None:
        schema = inferred(_open(path, kind, encoding, None))
    resource = _open(path, kind, encoding, schema)
    result = resource.validate(limit_errors=MAX_FINDINGS)
    guessed_wrong = {
        getattr(error, "field_name", "")
        for task in result.tasks
        for error in task.errors
        if error.type == "type-error"
    }
    if given is None and guessed_wrong:
        # A guess that a later row contradicts was a bad guess, not a bad row.
        for field_name in guessed_wrong:
            schema.set_field_type(field_name, "string")
        resource = _open(path, kind, encoding, schema)
        result = resource.validate(limit_errors=MAX_FINDINGS)
    return resource, result


def inferred(resource: TableResource) -> Schema:
    """Return the schema that the head of the file suggests.

    Numbers with a leading zero are identifiers, which a number would damage.
    """
    with resource:
        schema, rows = resource.schema, resource.sample
    for position, field in enumerate(schema.fields):
        cells = (row[position] for row in rows if position < len(row))
        if field.type in ("integer", "number") and any(
            str(cell)[:1] == "0" and str(cell)[1:2].isdigit() for cell in cells
        ):
            schema.set_field_type(field.name, "string")
    return schema.to_copy()


def typed_rows(path: Path, report: Mapping[str, dict[str, str]]) -> Iterator[list[object]]:
    """Yield the rows of a file without findings, cast to the fields of its report.

    ``report`` is what :meth:`Report.as_dict` gave for this very file.
    """
    facts = report["file"]
    schema = Schema.from_descriptor({"fields": report["fields"]})
    with _open(path, facts["format"], facts["encoding"], schema) as resource:
        for row in resource.row_stream:
            yield row.to_list()


def _finding(error: object) -> Finding:
    row = getattr(error, "row_number", None)
    cell = getattr(error, "cell", None)
    return Finding(
        code=str(getattr(error, "type", "error")),
        severity=Severity.ERROR,
        row=row,
        field=getattr(error, "field_name", None) or getattr(error, "label", None),
        cell=None if cell is None else str(cell),
        message=str(getattr(error, "message", "")),
    )
