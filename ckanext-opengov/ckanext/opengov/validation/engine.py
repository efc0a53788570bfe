"""Reads a file, holds it against a schema and reports what is wrong with it.

Frictionless does the checking: codes and row numbers are its own. Importing it takes
a third of a second: only jobs and the command import this module.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import openpyxl
from frictionless import Field as SchemaField
from frictionless import FrictionlessException, Schema

from ckanext.opengov.validation import encodings, guesses, reading, rowwise
from ckanext.opengov.validation import schema as schemas
from ckanext.opengov.validation.reading import Unreadable
from ckanext.opengov.validation.report import Field, File, Finding, Findings, Kept, Report
from ckanext.opengov.validation.sources import Done, Progress, Source, weighed
from ckanext.opengov.validation.table import columnwise, inferring, limits

FORMATS = ("csv", "xlsx")
SLOWLY_UP_TO = 64 << 10
"""Bytes of a file which Frictionless reads sooner than we set out."""

WRITTEN = ("decimalChar", "groupChar", "bareNumber", "trueValues", "falseValues", "missingValues")
"""What a report says of how values are written: it is read again by it."""
WIDER = {"date": "datetime"}
"""What a guessed type may still be where a row contradicts it; all others are texts."""
AS_WRITTEN = frozenset({"duration", "geopoint", "yearmonth"})
"""Types of which readers get the text of the file: a table has no such type."""


def check_file(
    path: Path,
    *,
    name: str,
    format: str,
    schema: Mapping[str, object] | None = None,
    progress: Progress = lambda _share: None,
) -> Report:
    """Return what is wrong with the file. Whatever is in it, there is a report.

    ``schema`` is a Table Schema; None: it is inferred from the file.
    """
    kind = format.lower().lstrip(".")
    size, sha256 = path.stat().st_size, reading.digest(path)
    report = Report(File(name, kind, size, sha256), (), Findings())
    try:
        return _check(report, path, schema, progress)
    except Unreadable as error:
        finding = error.finding
    except FrictionlessException as error:
        finding = Finding(error.error.type, params={"note": error.error.note[:500]})
    except MemoryError:
        finding = Finding("check-aborted")
    except Exception as error:  # noqa: BLE001 - a broken file breaks its parser anywhere
        finding = Finding("source-error", params={"note": type(error).__name__})
    report.findings.add(weighed(finding))
    return report


def _check(
    report: Report, path: Path, descriptor: Mapping[str, object] | None, progress: Progress
) -> Report:
    reading.refuse_program(path)
    source = _source(path, report.file.format)
    given = schemas.read(descriptor) if descriptor is not None else None
    schema = given.schema if given else _inferred(source)
    done = _read(source, schema, given, progress)
    # A guess that a later row contradicts was a bad guess, not a bad row.
    while done.guessed_wrong:
        for column in done.guessed_wrong:
            guess = schema.get_field(column).type
            is_book = source.kind == "xlsx"
            schema.set_field_type(column, (is_book and WIDER.get(guess)) or "string")
        done = _read(source, schema, given, progress)
    watched = done.watching.findings() if done.watching else ()
    for finding in (*_unsure(source), *watched):
        done.findings.add(weighed(source.placed(finding)))
    facts = replace(
        report.file,
        encoding=source.encoding,
        delimiter=done.delimiter,
        sheet=_sheet(path) if source.kind == "xlsx" else None,
        rows=done.rows,
    )
    columns = tuple(
        Field(
            each.name,
            each.type,
            each.format or "default",
            dict(each.constraints),
            _written(each),
        )
        for each in schema.fields
    )
    return Report(facts, columns, done.findings, tuple(done.first))


def _source(path: Path, kind: str) -> Source:
    if kind not in FORMATS:
        raise Unreadable(Finding("format-not-checked", params={"format": kind.upper()}))
    if kind == "xlsx":
        reading.look_at_workbook(path)
        return Source(path, kind)
    limits.refuse_endless(path)
    text = reading.look_at_text(path)
    return Source(path, kind, text.encoding, text.lines, text.others)


def _unsure(source: Source) -> Iterator[Finding]:
    if source.others:
        named = encodings.NAMES_OF_ENCODINGS
        others = ", ".join(named[each] for each in source.others)
        params = {"encoding": named[source.encoding or ""], "others": others}
        yield Finding("encoding-unsure", params=params)


def _sheet(path: Path) -> str:
    # Given a path, the library would judge the file by the end of its name.
    with path.open("rb") as stream:
        workbook = openpyxl.load_workbook(stream, read_only=True)  # type: ignore[no-untyped-call]
        return str(workbook.sheetnames[0])


def _inferred(source: Source) -> Schema:
    """Return the schema that the head of the file suggests."""
    if source.kind == "csv":
        found = inferring.infer(source)
        if found is not None:
            return found
    with source.open(None) as resource:
        schema, rows = resource.schema, resource.fragment
    for name, better in guesses.mended(schema, rows):
        schema.update_field(name, dict(better))
    for name in schemas.identifiers(schema, rows):
        schema.set_field_type(name, "string")
    copy: Schema = schema.to_copy()
    return copy


def _read(source: Source, schema: Schema, given: schemas.Given | None, progress: Progress) -> Done:
    """Read the whole file once: by columns where that finds the same as Frictionless."""
    if source.path.stat().st_size > SLOWLY_UP_TO:
        done = columnwise.read(source, schema, given, Findings(), progress)
        if done is not None:
            return done
    return rowwise.read(source, schema, given, Findings(), progress)


def _written(field: SchemaField) -> dict[str, object]:
    """Return how the values of a column are written, where that is not as usual."""
    said = field.to_descriptor()
    return {name: said[name] for name in WRITTEN if name in said}


def typed_rows(
    path: Path, report: Mapping[str, Mapping[str, object]], given: Mapping[str, object] | None
) -> Iterator[list[object]]:
    """Yield the rows of a file without findings, cast to the fields of its report.

    ``report`` is what :meth:`Report.as_dict` gave for this very file under this schema.
    """
    facts = report["file"]
    source = Source(path, str(facts["format"]), facts["encoding"])  # type: ignore[arg-type]
    if given is not None:
        schema = schemas.read(given).schema
    else:
        schema = Schema.from_descriptor({"fields": report["fields"]})
    kept = sorted({each.type for each in schema.fields} - AS_WRITTEN)
    with source.open(schema) as resource:
        for row in resource.row_stream:
            yield row.to_list(types=kept)


def cells(path: Path, report: Kept) -> Iterator[list[object]]:
    """Yield the rows as they stand in the file, the names of its columns first.

    ``report`` is what :meth:`Report.as_dict` gave for this very file.
    """
    facts = report["file"]
    source = Source(path, str(facts["format"]), facts["encoding"])  # type: ignore[arg-type]
    with source.open(Schema.from_descriptor({"fields": report["fields"]})) as resource:
        yield from resource.cell_stream
