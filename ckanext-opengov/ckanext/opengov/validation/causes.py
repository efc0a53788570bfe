"""What each kind of finding is called, why it matters and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ckanext.opengov.shared.domain.wording import N_

_SAVE = N_("Open the file where it was made, save it as “CSV UTF-8” or XLSX and send it again.")
_LENGTH = N_(
    "Usually a separator inside a text: put such texts between quotation marks, or save the table"
    " again from the program it was made in."
)
_HEADER = N_(
    "Programs find columns by their names. Give the columns the names of the schema, or change the"
    " schema."
)
_RULE = N_(
    "The schema promises this to those who use the data. Correct the cells, or change the schema."
)
_TYPE = N_(
    "One cell of another kind makes programs read the whole column as text. Correct these cells,"
    " or leave them empty where nothing is known."
)
_PLACE = N_(
    "Maps show it nowhere, or in the wrong place. Correct it in the program that the file was made"
    " with, and export it again."
)
_JSON = N_(
    "Programs refuse such a file, or read something else than you mean. Let a program write the"
    " file, not a template of text."
)
_KEY = N_(
    "Others refer to a row by it. Remove the row that is there twice, or correct the one that is"
    " wrong: only you can know which."
)


@dataclass(frozen=True, slots=True)
class Cause:
    """A kind of finding, in words."""

    title: str
    advice: str


CAUSES = {
    "binary-value": Cause(
        N_("A column of bytes"),
        N_("Few readers can use it. Leave it out, or publish the files that it holds."),
    ),
    "blank-area": Cause(
        N_("Empty rows or columns at the end"),
        N_("They are formatted, and make the file larger. Delete them; nothing is lost."),
    ),
    "blank-header": Cause(N_("No names of columns"), _HEADER),
    "blank-label": Cause(N_("A column without a name"), _HEADER),
    "blank-row": Cause(
        N_("Empty rows"),
        N_("They are counted as data. Delete them; nothing is lost."),
    ),
    "check-aborted": Cause(
        N_("The check was stopped"),
        N_("The file takes too much time or memory. Split it, by year for example."),
    ),
    "constraint-error": Cause(N_("Values that break a rule"), _RULE),
    "constraint-error/enum": Cause(N_("Values outside the list"), _RULE),
    "constraint-error/maximum": Cause(N_("Values that are too large"), _RULE),
    "constraint-error/maxLength": Cause(N_("Texts that are too long"), _RULE),
    "constraint-error/minimum": Cause(N_("Values that are too small"), _RULE),
    "constraint-error/minLength": Cause(N_("Texts that are too short"), _RULE),
    "constraint-error/pattern": Cause(N_("Values of another form"), _RULE),
    "constraint-error/required": Cause(N_("Cells that must not be empty"), _RULE),
    "crs-member": Cause(
        N_("An outdated member “crs”"),
        N_("Programs may ignore it. Export the file as GeoJSON of RFC 7946."),
    ),
    "crs-other": Cause(
        N_("Another coordinate system"),
        N_("Maps would show these places elsewhere. Export the file in WGS 84 (EPSG:4326)."),
    ),
    "duplicate-key": Cause(N_("Two values under one name"), _JSON),
    "duplicate-label": Cause(N_("Two columns with one name"), _HEADER),
    "encoding-error": Cause(N_("Damaged letters"), _SAVE),
    "encrypted": Cause(
        N_("A password"), N_("Nobody could read it. Remove the password and send the file again.")
    ),
    "error-cell": Cause(
        N_("Formulas that failed"),
        N_("Readers would get no value. Correct the formula, or leave the cell empty."),
    ),
    "extra-cell": Cause(N_("Rows that are too long"), _LENGTH),
    "extra-label": Cause(N_("A column that the schema does not know"), _HEADER),
    "feature-invalid": Cause(N_("Records that are no features"), _PLACE),
    "foreign-key": Cause(
        N_("References to nothing"),
        N_("Readers cannot follow them. Add the missing rows, or correct the references."),
    ),
    "format-error": Cause(N_("Not the format that it says"), _SAVE),
    "format-mismatch": Cause(
        N_("Another format than it is called"),
        N_(
            "Readers choose the program by the format. Correct the format in the description of the"
            " file, or send the file in the format that it is called."
        ),
    ),
    "format-not-checked": Cause(
        N_("Not checked"),
        N_("It can be published, but has no table and no preview. A CSV file beside it helps."),
    ),
    "formula-cell": Cause(
        N_("Cells that start like a formula"),
        N_(
            "Spreadsheets would run them on readers' machines. If they are plain text, put a blank"
            " or an apostrophe before them."
        ),
    ),
    "geometry-direction": Cause(
        N_("Outlines that run the wrong way round"),
        N_("Some maps fill everything else instead. Export the file as GeoJSON of RFC 7946."),
    ),
    "geometry-empty": Cause(
        N_("Features without a place"),
        N_("Maps do not show them. Add the place if it is known."),
    ),
    "geometry-invalid": Cause(N_("Places that cannot be read"), _PLACE),
    "geometry-mixed": Cause(
        N_("Places of several kinds"),
        N_("Many programs take one kind a file. Publish points, lines and areas apart."),
    ),
    "geometry-range": Cause(N_("Impossible coordinates"), _PLACE),
    "geometry-swapped": Cause(N_("Swapped coordinates"), _PLACE),
    "header-lines": Cause(
        N_("Names of columns in several lines"),
        N_("Programs expect one line. See whether the joined names are right."),
    ),
    "hidden-sheets": Cause(
        N_("Hidden sheets"),
        N_("They are published with the file. Delete them if they are not meant for everybody."),
    ),
    "incorrect-label": Cause(N_("A column with another name"), _HEADER),
    "keys-differ": Cause(
        N_("Names that not all records have"),
        N_("Programs may miss what is in few records. Give each record all names."),
    ),
    "macros": Cause(
        N_("Macros"),
        N_("They could harm those who open the file. Save it as XLSX or ODS without macros."),
    ),
    "merged-cells": Cause(
        N_("Merged cells"),
        N_("Only the first row gets the value. Undo the merging, and fill in each row."),
    ),
    "missing-cell": Cause(N_("Rows that are too short"), _LENGTH),
    "missing-label": Cause(N_("A column is missing"), _HEADER),
    "nested-value": Cause(
        N_("Lists or objects in cells"),
        N_("They can be neither sorted nor filtered. Give each value a column of its own."),
    ),
    "no-such-sheet": Cause(N_("No such sheet"), N_("Choose one of the sheets of the file.")),
    "not-a-number": Cause(N_("Values that JSON does not know"), _JSON),
    "nul-character": Cause(N_("Characters that belong in no text"), _SAVE),
    "other-sheets": Cause(
        N_("Further sheets"),
        N_("Each table needs a file of its own to be found, checked and previewed."),
    ),
    "primary-key": Cause(N_("Keys that are there twice"), _KEY),
    "primary-key/empty": Cause(
        N_("Rows without a key"), N_("Others refer to a row by it. Give each row its key.")
    ),
    "program": Cause(
        N_("A program"),
        N_("It could harm those who open it. Publish the data that it reads or makes instead."),
    ),
    "record-differs": Cause(N_("Records of two kinds"), _JSON),
    "record-too-large": Cause(
        N_("A record that is too large"),
        N_("A table has many small records. Split it, or publish the file as it is in a ZIP."),
    ),
    "row-constraint": Cause(N_("Rows that break a rule"), _RULE),
    "schema-error": Cause(
        N_("The schema cannot be used"),
        N_("Correct the Table Schema of the file, or remove it: it is then inferred."),
    ),
    "source-error": Cause(N_("The file cannot be read"), _SAVE),
    "source-error/empty": Cause(
        N_("The file is empty"), N_("Send the file again; it may not have been saved.")
    ),
    "source-error/quote": Cause(
        N_("A quotation mark is never closed"),
        N_("Close it, or double it if it is part of the text: what follows is read as one cell."),
    ),
    "source-error/json": Cause(N_("Not JSON to its end"), _JSON),
    "table-below": Cause(
        N_("Something above the table"),
        N_("Programs expect the names of the columns in the first row. Delete what is above."),
    ),
    "too-deep": Cause(N_("Too deeply nested"), _JSON),
    "too-large-inside": Cause(
        N_("Too large inside"),
        N_("Split the file, by year for example, or send it as CSV."),
    ),
    "too-many-columns": Cause(
        N_("Too many columns"),
        N_("Put into rows what is counted in columns, such as years or places."),
    ),
    "type-error": Cause(N_("Values of another type"), _TYPE),
    "type-error/boolean": Cause(N_("Values that are neither true nor false"), _TYPE),
    "type-error/date": Cause(N_("Values that are no dates"), _TYPE),
    "type-error/datetime": Cause(N_("Values that are no days and times"), _TYPE),
    "type-error/integer": Cause(N_("Values that are no whole numbers"), _TYPE),
    "type-error/number": Cause(N_("Values that are no numbers"), _TYPE),
    "type-error/time": Cause(N_("Values that are no times"), _TYPE),
    "type-error/year": Cause(N_("Values that are no years"), _TYPE),
    "unique-error": Cause(N_("Values that are there twice"), _KEY),
    "unmatched-header": Cause(N_("Other columns than the schema's"), _HEADER),
    "wrong-format": Cause(N_("A file of another kind"), _SAVE),
}
OTHER = Cause(N_("Something else"), N_("Look at the rows below."))


def cause_of(code: str, variants: Iterable[object]) -> Cause:
    """Return what a kind of finding is; ``variants`` are those of its findings."""
    found = set(variants)
    only = found.pop() if len(found) == 1 else None
    return CAUSES.get(f"{code}/{only}") or CAUSES.get(code, OTHER)
