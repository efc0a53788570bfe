"""Reads a file, holds it against a schema and reports what is wrong with it.

Frictionless does the checking: codes and row numbers are its own. Importing it takes
a third of a second: only jobs and the command import this module.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import repeat
from pathlib import Path
from typing import cast

import pyarrow as pa
from frictionless import Detector, FrictionlessException, Schema
from frictionless import Field as SchemaField
from frictionless.settings import DEFAULT_FIELD_CANDIDATES

from ckanext.opengov.validation import bounds, guesses, heads, reading, rowwise
from ckanext.opengov.validation import schema as schemas
from ckanext.opengov.validation.formats import kinds, open_table
from ckanext.opengov.validation.formats.tables import Hints
from ckanext.opengov.validation.reading import Unreadable
from ckanext.opengov.validation.repairs.steps import ENCODINGS
from ckanext.opengov.validation.report import Field, File, Finding, Findings, Kept, Report
from ckanext.opengov.validation.sources import Done, Progress, Source, weighed
from ckanext.opengov.validation.table import columnwise, inferring, limits
from ckanext.opengov.validation.watching import Watching

SLOWLY_UP_TO = 64 << 10
"""Bytes of a file which Frictionless reads sooner than we set out."""

WRITTEN = ("decimalChar", "groupChar", "bareNumber", "trueValues", "falseValues", "missingValues")
"""What a report says of how values are written: it is read again by it."""
WIDER = {"date": "datetime"}
"""What a guessed type may still be where a row contradicts it; all others are texts."""
NO_JSON = frozenset({"duration", "geopoint", "yearmonth"})
AS_WRITTEN = NO_JSON | {"array", "geojson", "list", "object"}
"""Types of which readers get the text of the file: a table has no such type."""
CANDIDATES = tuple(each["type"] for each in DEFAULT_FIELD_CANDIDATES if each["type"] != "geojson")
"""Types that a column may be of. What is a geometry is an object, too: to tell takes seconds."""
NO_HINTS = Hints()

# Frictionless loads its parts at their first use: who forks has loaded them once for all.
Schema.from_descriptor({"fields": [{"name": "a", "type": "any"}]})
# Of the allocators that Arrow has, this one gives back what it no longer needs.
if "jemalloc" in pa.supported_memory_backends():
    pa.set_memory_pool(pa.jemalloc_memory_pool())


def check_file(
    path: Path,
    *,
    name: str,
    format: str,
    schema: Mapping[str, object] | None = None,
    progress: Progress = lambda _share: None,
    hints: Hints = NO_HINTS,
) -> Report:
    """Return what is wrong with the file. Whatever is in it, there is a report.

    ``format`` is what people call it; what it is, its bytes say. ``schema`` is a
    Table Schema; None: it is inferred from the file.
    """
    with ThreadPoolExecutor(1) as beside:
        digest = beside.submit(reading.digest, path)
        report = _checked(path, name, kinds.plain(format), schema, progress, hints)
        return replace(report, file=replace(report.file, sha256=digest.result()))


def _checked(
    path: Path,
    name: str,
    declared: str,
    schema: Mapping[str, object] | None,
    progress: Progress,
    hints: Hints,
) -> Report:
    kind = _kind(path, declared)
    report = Report(File(name, kind or declared, path.stat().st_size, ""), (), Findings())
    try:
        reading.refuse_program(path)
        noted = _noted(declared, kind)
        if kind not in kinds.TABLES:
            report.findings.include(noted)
            raise Unreadable(Finding("format-not-checked", params={"kind": kind}))  # noqa: TRY301
        source = _source(path, report.file.format, hints)
        report.findings.include(noted)
        with bounds.bounded() as taken:
            return _check(report, source, schema, progress, taken)
    except Exception as error:  # noqa: BLE001 - a broken file breaks its parser anywhere
        finding = _fault_of(error)
    if finding.code == "format-not-checked" and _is_misnamed(declared, kind):
        params = {**finding.params, "declared": declared.upper()}
        finding = replace(finding, code="wrong-format", params=params)
    report.findings.add(weighed(finding))
    return report


def _fault_of(error: Exception) -> Finding:
    """Return what is wrong with a file that could not be read."""
    if isinstance(error, FrictionlessException):
        error = _cause_of(error)
    if isinstance(error, Unreadable):
        return error.finding
    if isinstance(error, FrictionlessException) and error.error.type != "source-error":
        return Finding(error.error.type, params={"note": error.error.note[:500]})
    if isinstance(error, MemoryError):
        return Finding("check-aborted")
    if isinstance(error, RecursionError):
        return Finding("too-deep")
    note = error.error.note if isinstance(error, FrictionlessException) else type(error).__name__
    return Finding("source-error", params={"note": note[:500], "variant": "damaged"})


def _cause_of(error: FrictionlessException) -> Exception:
    cause = error.__cause__ or error.__context__
    if isinstance(cause, Unreadable):
        return cause
    return limits.too_long(None) if "field larger than" in error.error.note else error


def _kind(path: Path, declared: str) -> str | None:
    """Return what a file is, taking the word of those who sent it where its bytes say nothing."""
    found = kinds.kind_of(path)
    if found is None and (declared in kinds.CALLED_CSV or not path.stat().st_size):
        # The reader of text says best what is wrong with it.
        return "csv"
    if found == "json" and declared == "geojson":
        return declared
    if found == "json" and declared in kinds.CALLED_LINES:
        return "jsonl"
    if found == "csv" and declared in kinds.CALLED_JSON and not kinds.is_tabular(path):
        return "json"
    is_called_a_table = declared in kinds.CALLED_TABLES
    return (
        "text" if found == "csv" and not is_called_a_table and not kinds.is_tabular(path) else found
    )


def _is_misnamed(declared: str, kind: str | None) -> bool:
    return declared in kinds.CALLED_TABLES and (kind is None or kinds.contradicts(declared, kind))


def _noted(declared: str, kind: str | None) -> Findings:
    """Return the remark that a file is something else than it is called, if it is.

    Raises:
        Unreadable: no table is to be had from such a file.
    """
    if kind is None and declared in kinds.CALLED_TABLES:
        raise Unreadable(Finding("format-error"))
    if kind is None:
        raise Unreadable(Finding("format-not-checked", params={"format": declared.upper()}))
    if kind == "encrypted":
        raise Unreadable(Finding("encrypted"))
    if kind == "broken":
        raise Unreadable(Finding("source-error", params={"variant": "damaged"}))
    if kind not in kinds.TABLES and declared in kinds.CALLED_TABLES:
        params = {"kind": kind, "declared": declared.upper()}
        raise Unreadable(Finding("wrong-format", params=params))
    found = Findings()
    if kinds.contradicts(declared, kind):
        params = {"kind": kind, "declared": declared.upper()}
        found.add(weighed(Finding("format-mismatch", params=params)))
    return found


def _check(
    report: Report,
    source: Source,
    descriptor: Mapping[str, object] | None,
    progress: Progress,
    taken: bounds.Bounds,
) -> Report:
    table = source.table
    if table:
        report.findings.include(table.findings)
    given = schemas.read(descriptor) if descriptor is not None else None
    schema = given.schema if given else _inferred(source)
    done = _read(source, schema, given, progress)
    # A guess that a later row contradicts was a bad guess, not a bad row.
    while done.guessed_wrong:
        for column in done.guessed_wrong:
            guess = schema.get_field(column).type
            # Cells that are no texts are none by another name: they stay what they are.
            schema.set_field_type(column, WIDER.get(guess, "any") if table else "string")
        done = _read(source, schema, given, progress)
    for finding in (*_unsure(source), *_of_shape(source, done), *done.watched):
        if _counts(finding, schema, given):
            done.findings.add(weighed(source.placed(finding)))
    for finding in given.slow(taken.slow) if given else ():
        done.findings.add(weighed(finding))
    facts = replace(
        report.file,
        encoding=source.encoding,
        delimiter=done.delimiter,
        sheet=table.sheet if table else None,
        header_rows=table.header_rows if table else 1,
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
    report.findings.include(done.findings)
    return Report(facts, columns, report.findings, tuple(done.first))


def _source(path: Path, kind: str, hints: Hints) -> Source:
    if kind != "csv":
        table = open_table(path, kind, hints)
        return Source(path, kind, rows=table.rows, table=table)
    limits.refuse_endless(path)
    text = reading.look_at_text(path)
    watch = partial(Watching, few=1) if hints.is_part else Watching
    return Source(
        path,
        kind,
        text.encoding,
        text.lines,
        text.others,
        decimals=hints.decimals,
        separators=text.separators,
        watch=watch,
    )


def _unsure(source: Source) -> Iterator[Finding]:
    if source.others:
        others = ", ".join(ENCODINGS[each] for each in source.others)
        params = {"encoding": ENCODINGS[source.encoding or ""], "others": others}
        yield Finding("encoding-unsure", params=params)


def _of_shape(source: Source, done: Done) -> Iterator[Finding]:
    """Yield that a table begins further down than it is read, or that it has no rows."""
    below = heads.lower(source) if source.kind == "csv" else None
    if below:
        yield below
    elif not done.rows:
        yield Finding("no-rows")


def _counts(finding: Finding, schema: Schema, given: schemas.Given | None) -> bool:
    """Tell whether what a watch found is worth a word."""
    if finding.code == "duplicate-row":
        # The check of the schema has told it.
        return given is None or not given.asks_for("duplicate-row")
    if finding.code == "odd-cell":
        # Cells of another kind made the column one of texts: no schema says so.
        texts = {each.name for each in schema.fields if each.type in ("string", "any")}
        return given is None and finding.field in texts
    return True


def _inferred(source: Source) -> Schema:
    """Return the schema that the head of the file suggests."""
    if source.kind == "csv":
        found = inferring.infer(source)
        if found is not None:
            return found
    with source.open(None, field_type="any" if source.table else None) as resource:
        schema, rows = resource.schema, resource.fragment
    types = source.table.types if source.table else ()
    if source.table:
        _guess(schema, rows, types)
    # What the file itself says of a column is no guess.
    said = {name for name, kind in zip(schema.field_names, types, strict=False) if kind}
    if len(said) < len(schema.fields):
        better = dict(guesses.mended(schema, rows))
        for name in better.keys() - said:
            schema.update_field(name, dict(better[name]))
        for name in schemas.identifiers(schema, rows) - said:
            schema.set_field_type(name, "string")
    copy: Schema = schema.to_copy()
    return copy


def _guess(schema: Schema, rows: Sequence[Sequence[object]], types: Sequence[str | None]) -> None:
    """Give the columns of a table that is no text the types of its file, or those of its rows."""
    kinds_of = dict(zip(schema.field_names, types or repeat(None), strict=False))
    places = [place for place, kind in enumerate(kinds_of.values()) if not kind]
    if rows and places:
        guessed = Detector(field_confidence=1).detect_schema(
            [[row[place] if place < len(row) else None for place in places] for row in rows],
            labels=[schema.field_names[place] for place in places],
            field_candidates=[{"type": kind} for kind in CANDIDATES],
        )
        for each, place in zip(guessed.fields, places, strict=True):
            is_mixed = each.type != "boolean" and any(
                isinstance(row[place], bool) for row in rows if place < len(row)
            )
            # To Python, true is the number 1.
            kinds_of[each.name] = "any" if is_mixed else each.type
    for name, kind in kinds_of.items():
        schema.set_field_type(name, kind or "any")


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


def _of_checked(path: Path, report: Mapping[str, object]) -> Source:
    """Return a file as its report says that it was read."""
    facts = cast(Mapping[str, str | None], report["file"])
    kind = str(facts["format"])
    if kind != "csv":
        return Source(path, kind, table=open_table(path, kind, Hints(sheet=facts["sheet"])))
    return Source(path, kind, facts["encoding"])


def typed_rows(
    path: Path, report: Mapping[str, Mapping[str, object]], given: Mapping[str, object] | None
) -> Iterator[list[object]]:
    """Yield the rows of a file without findings, cast to the fields of its report.

    ``report`` is what :meth:`Report.as_dict` gave for this very file under this schema.
    """
    source = _of_checked(path, report)
    if given is not None:
        schema = schemas.read(given).schema
    else:
        schema = Schema.from_descriptor({"fields": report["fields"]})
    kept = sorted({each.type for each in schema.fields} - NO_JSON)
    texts = [place for place, each in enumerate(schema.fields) if each.type in AS_WRITTEN]
    with source.open(schema) as resource:
        for row in resource.row_stream:
            values = row.to_list(types=kept)
            # A body may let pass that columns of the schema are missing.
            values += [None] * (len(schema.fields) - len(values))
            for place in texts:
                if values[place] is not None and isinstance(row.cells[place], str):
                    values[place] = row.cells[place]
            yield values


def cells(path: Path, report: Kept) -> Iterator[list[object]]:
    """Yield the rows as they stand in the file, the names of its columns first.

    ``report`` is what :meth:`Report.as_dict` gave for this very file.
    """
    source = _of_checked(path, report)
    with source.open(Schema.from_descriptor({"fields": report["fields"]})) as resource:
        yield from resource.cell_stream
