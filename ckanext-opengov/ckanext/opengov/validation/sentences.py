"""What each code says to people. Cells and names come from the file: they stay as they are."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping

from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.validation.formats import kinds

# A finding's ``variant``, where it has one, chooses among sentences of the same code.
SENTENCES = {
    # The whole file
    "blank-header": N_("The first row is empty: it must name the columns."),
    "check-error": N_("The schema asks for a check that cannot be made: {note}"),
    "check-aborted": N_("The check took too long or too much memory. Split the file."),
    "encoding-error": N_("The text of this file is damaged. Save it again as UTF-8."),
    "encoding-unsure": N_(
        "Little tells in which encoding this file is written. It is read as {encoding}; it may be"
        " {others}."
    ),
    "format-error": N_(
        "This file is not what its format says, or it is damaged. Save it again as CSV or XLSX."
    ),
    "format-not-checked": N_("Files of the format {format} are not checked."),
    "nul-character": N_("The file holds characters that belong in no text. Save it again as CSV."),
    "program": N_("This file is a program. Programs are not published as data."),
    "schema-error": N_("The schema cannot be used: {note}"),
    "source-error": N_("The file cannot be read: {note}"),
    "source-error/empty": N_("The file is empty."),
    "source-error/damaged": N_(
        "The file is damaged or cut off: it cannot be read to its end. Send it again."
    ),
    "source-error/quote": N_(
        "A quotation mark that opens in row {row} is never closed: what follows it is one cell."
    ),
    "blank-tail": N_("Empty rows from here to the end of the table: {number}."),
    "row-limit": N_(
        "The table ends at row {limit}, where a sheet ends: what came after it may be missing."
    ),
    "too-large-inside": N_("Unpacked, this file is larger than {most} MB. Split it."),
    "too-long-row": N_(
        "A row is longer than {most} MB: the file has no line ends, or a quotation mark is never"
        " closed."
    ),
    "too-many-columns": N_("This table has more than {most} columns."),
    "wrong-format": N_("This is not a table but a file of another kind ({found})."),
    "crs-member": N_(
        "The file names its coordinate system, as GeoJSON did before 2016. Leave that out: it is"
        " always WGS 84."
    ),
    "crs-other": N_(
        "The coordinates are in another system ({crs}) than that of GeoJSON, degrees of WGS 84."
    ),
    "encrypted": N_("This file is protected by a password."),
    "format-mismatch": N_("This file is called {declared}, and is one of the format {found}."),
    "geometry-mixed": N_("The places are of several kinds: {types}."),
    "header-lines": N_(
        "The names of the columns stand in {lines} lines. They are read as one, such as"
        " “{example}”."
    ),
    "formula-empty": N_(
        "Formulas without a result: {number}. The program that wrote the file did not compute them,"
        " and their cells are empty."
    ),
    "formula-empty/zero": N_(
        "Formulas without a result: {number}. The program that wrote the file did not compute them,"
        " and put 0 into their cells."
    ),
    "hidden-cells": N_(
        "Rows ({rows}) or columns ({columns}) of the sheet are hidden. Readers can see them, and"
        " they are published."
    ),
    "hidden-sheets": N_("The file has hidden sheets, which readers can open: {sheets}."),
    "macros": N_("The workbook holds macros, which are programs."),
    "merged-cells": N_(
        "{number} areas of merged cells are among the rows. Only the first cell of each has a"
        " value."
    ),
    "blank-area": N_(
        "{rows} rows and {columns} columns at the end of the sheet are formatted and empty. They"
        " are left out."
    ),
    "no-such-sheet": N_("There is no sheet “{sheet}”."),
    "other-sheets": N_("Only the sheet “{sheet}” is read. There are others: {sheets}."),
    "other-sheets/lists": N_("Only the list “{sheet}” is read. There are others: {sheets}."),
    "other-sheets/members": N_(
        "Only the properties of the features are read. Beside them stand: {sheets}."
    ),
    "record-too-large": N_("From line {line} on, one record is larger than {most} MB."),
    "source-error/json": N_("From line {line} on, this is no JSON."),
    "table-below": N_("The table is read from row {position} on. Above it stands: {title}"),
    "table-below/blank": N_("The table is read from row {position} on: above it, all is empty."),
    "too-deep": N_("In this file, too much is nested in one another."),
    "too-large-inside/cells": N_(
        "Unpacked, this file has more than {most} million cells. Split it."
    ),
    "deviated-cell": N_(
        "The text in column “{name}” of row {other} is far longer than the others."
    ),
    "deviated-cell/calculation": N_("The lengths of texts could not be compared: {note}"),
    "deviated-value": N_(
        "“{value}” in column “{name}” of row {other} is far from the others, which lie between"
        " {least} and {most}."
    ),
    "deviated-value/calculation": N_("Values could not be compared with the others: {note}"),
    "required-value": N_(
        "In no row does column “{name}” hold “{value}”, which the schema asks for."
    ),
    "table-dimensions": N_("The table is not as large as the schema asks: {note}"),
    "table-dimensions/fields-maximum": N_(
        "Columns of the schema: {number}. At most {wanted} are asked for."
    ),
    "table-dimensions/fields-minimum": N_(
        "Columns of the schema: {number}. At least {wanted} are asked for."
    ),
    "table-dimensions/fields-required": N_("Columns of the schema: {number}. Asked for: {wanted}."),
    "table-dimensions/rows-maximum": N_(
        "Rows of the table: {number}. At most {wanted} are asked for."
    ),
    "table-dimensions/rows-minimum": N_(
        "Rows of the table: {number}. At least {wanted} are asked for."
    ),
    "table-dimensions/rows-required": N_("Rows of the table: {number}. Asked for: {wanted}."),
    # Columns
    "slow-pattern": N_(
        "The pattern of column “{field}” takes too long for “{cell}”. From there on, the column"
        " was not held against it."
    ),
    "header-below": N_(
        "The names of the columns seem to stand in row {row}, and not in the first. Above them"
        " stands: {cell}"
    ),
    "header-below/blank": N_(
        "The names of the columns seem to stand in row {row}: the rows above it are empty."
    ),
    "header-data": N_(
        "The first row seems to hold data and no names of columns: {cell}. It is read as names."
    ),
    "header-lines/second": N_(
        "This row seems to belong to the names of the columns, and is read as data: {cell}"
    ),
    "no-rows": N_("The table has names of columns, and no rows."),
    "one-column": N_(
        "Everything is read as one column. In each row stands “{sign}”: perhaps it parts the"
        " cells, such as in “{cell}”."
    ),
    "binary-value": N_("Column “{field}” holds bytes. They are written as hexadecimal numbers."),
    "keys-differ": N_("{number} records have no “{field}”. Their cells in this column are empty."),
    "nested-value": N_("Column “{field}” holds lists or objects. They are written as JSON."),
    "blank-label": N_("Column {position} has no name."),
    "duplicate-label": N_("Two columns have the name “{field}”."),
    "extra-label": N_("The schema has no column “{field}”."),
    "incorrect-label": N_("Where the schema has “{expected}”, the file has the column “{field}”."),
    "missing-label": N_("The file has no column “{field}”."),
    "unmatched-header": N_("The columns are not those of the schema."),
    # Rows
    "blank-row": N_("This row is empty."),
    "duplicate-row": N_("This row is the same as row {other}."),
    "duplicate-row/there": N_("The same row is in the table already."),
    "header-again": N_("In this row stand the names of the columns again."),
    "extra-cell": N_("This row is longer than the first: “{cell}” is in no column."),
    "foreign-key": N_("This row refers to a row that does not exist: {note}"),
    "missing-cell": N_("This row is shorter than the first: it has no cell in column “{field}”."),
    "primary-key": N_("This row has the same key as row {other}."),
    "primary-key/there": N_("A row with the same key is in the table already."),
    "primary-key/empty": N_("The key of this row is empty."),
    "row-constraint": N_("This row breaks the rule {note}"),
    "row-constraint/formula": N_("This row breaks the rule {formula}"),
    "slow-rule": N_("The rule {formula} takes too long. Not all rows were held against it."),
    "duplicate-key": N_("This record has “{field}” twice. Only the last one counts."),
    "feature-invalid": N_("This is no feature of GeoJSON."),
    "feature-invalid/properties": N_("The properties of this feature are no object."),
    "geometry-direction": N_(
        "An outline runs the wrong way round: outer ones run anticlockwise, holes clockwise."
    ),
    "geometry-empty": N_("This feature has no place."),
    "geometry-invalid": N_("The place of this feature is none that GeoJSON knows."),
    "geometry-invalid/coordinates": N_("The coordinates of this feature are no pairs of numbers."),
    "geometry-invalid/line": N_("A line of this feature has fewer than two points."),
    "geometry-invalid/ring": N_(
        "An outline of this feature is not closed: its last point must be its first, the fourth or"
        " a later one."
    ),
    "geometry-range": N_("No place on Earth has the coordinates of this feature."),
    "geometry-range/swapped": N_(
        "No place on Earth has the coordinates of this feature. Longitude and latitude seem to be"
        " swapped: longitude comes first."
    ),
    "geometry-swapped": N_(
        "Longitude and latitude of this feature seem to be swapped: longitude comes first."
    ),
    "record-differs": N_("This record is a list, and others are objects with names."),
    "record-differs/value": N_("This record is a single value, and others hold several."),
    # Cells
    "ascii-value": N_("“{cell}” in column “{field}” has characters beyond ASCII."),
    "forbidden-value": N_("“{cell}” in column “{field}” is a value that the schema forbids."),
    "sequential-value": N_("“{cell}” in column “{field}” does not follow the value before it."),
    "truncated-value": N_(
        "“{cell}” in column “{field}” may be cut off: it fills exactly what a database can hold."
    ),
    "error-cell": N_("In column “{field}”, a formula failed: {cell}."),
    "error-cell/hashes": N_(
        "“{cell}” in column “{field}”: the column was too narrow, and its number is lost."
    ),
    "not-a-number": N_("In column “{field}” stands {cell}, which JSON does not know as a number."),
    "constraint-error": N_("“{cell}” in column “{field}” breaks the rule {constraint} {value}."),
    "constraint-error/enum": N_("“{cell}” in column “{field}” is not one of {value}."),
    "constraint-error/maximum": N_("“{cell}” in column “{field}” is more than {value}."),
    "constraint-error/maxLength": N_(
        "“{cell}” in column “{field}” has more than {value} characters."
    ),
    "constraint-error/minimum": N_("“{cell}” in column “{field}” is less than {value}."),
    "constraint-error/minLength": N_(
        "“{cell}” in column “{field}” has fewer than {value} characters."
    ),
    "constraint-error/pattern": N_("“{cell}” in column “{field}” does not have the form {value}."),
    "constraint-error/required": N_("A cell in column “{field}” is empty, and must not be."),
    "formula-cell": N_(
        "“{cell}” in column “{field}” starts like a formula: spreadsheets would run it."
    ),
    "formula-cell/name": N_("The name “{field}” starts like a formula: spreadsheets would run it."),
    "hidden-characters": N_(
        "“{cell}” in column “{field}” has characters that nobody sees: programs take it for"
        " something else than it looks."
    ),
    "hidden-characters/name": N_(
        "The name “{field}” has characters that nobody sees: programs do not find the column."
    ),
    "arabic-digits": N_(
        "Numbers in column “{field}” have Arabic-Indic digits, such as “{cell}”: many programs do"
        " not read them."
    ),
    "lost-letters": N_("Letters of “{cell}” in column “{field}” are lost."),
    "lost-letters/name": N_("Letters of the name “{field}” are lost."),
    "lost-letters/questions": N_(
        "“{cell}” in column “{field}” has question marks where letters were."
    ),
    "lost-zeros": N_(
        "“{cell}” in column “{field}” is shorter than the others, of {length} digits: it may have"
        " lost a zero at its start."
    ),
    "misread-text": N_("“{cell}” in column “{field}” was read in a wrong encoding."),
    "misread-text/forms": N_(
        "“{cell}” in column “{field}” has letters in single forms, as PDF files have them: no"
        " search finds it."
    ),
    "misread-text/name": N_("The name “{field}” was read in a wrong encoding."),
    "mixed-dates": N_(
        "In column “{field}” the month comes first in some dates (“{cell}”, “{other}”)."
    ),
    "mixed-dates/styles": N_(
        "Dates in column “{field}” are written in two ways: “{cell}” and “{other}”."
    ),
    "mixed-decimals": N_(
        "Decimals in column “{field}” follow a comma here, a point there: “{cell}” and “{other}”."
    ),
    "odd-cell": N_(
        "“{cell}” in column “{field}” is no number as the others are: programs read the whole"
        " column as text."
    ),
    "odd-cell/date": N_(
        "“{cell}” in column “{field}” is no date as the others are: programs read the whole column"
        " as text."
    ),
    "personal-data/account": N_(
        "Column “{field}” holds bank account numbers ({percent}% of its cells)."
    ),
    "personal-data/birth": N_(
        "Column “{field}” holds the dates of birth of people who are named beside them."
    ),
    "personal-data/card": N_(
        "Column “{field}” holds numbers of identity cards ({percent}% of its cells)."
    ),
    "personal-data/mail": N_(
        "Column “{field}” holds private email addresses ({percent}% of its cells)."
    ),
    "personal-data/phone": N_(
        "Column “{field}” holds mobile numbers of people ({percent}% of its cells)."
    ),
    "scientific-notation": N_(
        "“{cell}” in column “{field}” is a number that a spreadsheet has shortened."
    ),
    "spreadsheet-date": N_(
        "“{cell}” in column “{field}” is a date that a spreadsheet has made of something else."
    ),
    "spreadsheet-date/serial": N_(
        "“{cell}” in column “{field}” is a day as spreadsheets count them, among dates."
    ),
    "spreadsheet-date/serials": N_(
        "Column “{field}” has days as spreadsheets count them, such as “{cell}”."
    ),
    "swallowed-rows": N_(
        "A cell in column “{field}” has {number} line ends and, it seems, whole rows: a quotation"
        " mark is missing before or behind them."
    ),
    "total-row": N_("“{cell}”: this row is a sum of others."),
    "unit-inside": N_("Numbers in column “{field}” bring their unit along: “{cell}”."),
    "type-error": N_("“{cell}” in column “{field}” is not of the type {type}."),
    "type-error/boolean": N_("“{cell}” in column “{field}” is neither true nor false."),
    "type-error/date": N_("“{cell}” in column “{field}” is not a date such as 2026-01-31."),
    "type-error/datetime": N_(
        "“{cell}” in column “{field}” is not a day and time such as 2026-01-31T08:00:00."
    ),
    "type-error/integer": N_("“{cell}” in column “{field}” is not a whole number."),
    "type-error/number": N_("“{cell}” in column “{field}” is not a number."),
    "type-error/time": N_("“{cell}” in column “{field}” is not a time such as 08:00:00."),
    "type-error/year": N_("“{cell}” in column “{field}” is not a year."),
    "unique-error": N_("“{cell}” in column “{field}” is already in row {other}."),
    "unique-error/there": N_("“{cell}” in column “{field}” is already in the table."),
}
OTHER = N_("There is something wrong here: {note}")
NAMELESS, ANY_NAMELESS = N_("{number} (without a name)"), N_("(without a name)")
QUOTED = re.compile(r"[“«]\s?\{field\}\s?[”»]")


def sentence(
    finding: Mapping[str, object],
    translate: Callable[[str], str],
    language: str,
    nameless: Mapping[str, int],
) -> str:
    """Return the sentence of a kept finding. A rule of the schema may bring its own words.

    ``nameless``: the places of columns that the file gives no name.
    """
    code, params = finding["code"], finding["params"]
    assert isinstance(params, Mapping)  # noqa: S101 - tells the type checker
    own = params.get("messages")
    if isinstance(own, Mapping) and own:
        return str(own.get(language) or next(iter(own.values())))
    template = SENTENCES.get(f"{code}/{params.get('variant')}") or SENTENCES.get(str(code), OTHER)
    if isinstance(kind := params.get("kind"), str):
        named = translate(kinds.NAMES.get(kind, kind))
        params = {"format": named, "found": named, **params}
    words = translate(template)
    place = {name: finding[name] for name in ("row", "field", "cell")}
    number = nameless.get(str(finding["field"]))
    if number or finding["field"] == "":
        # Nobody finds the name that we call it by in their file.
        words = QUOTED.sub("{field}", words)
        place["field"] = translate(NAMELESS if number else ANY_NAMELESS).format(number=number)
    return words.format_map(defaultdict(str, {**place, **params}))
