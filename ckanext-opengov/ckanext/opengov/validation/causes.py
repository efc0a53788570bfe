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
    "duplicate-label": Cause(N_("Two columns with one name"), _HEADER),
    "encoding-error": Cause(N_("Damaged letters"), _SAVE),
    "extra-cell": Cause(N_("Rows that are too long"), _LENGTH),
    "extra-label": Cause(N_("A column that the schema does not know"), _HEADER),
    "foreign-key": Cause(
        N_("References to nothing"),
        N_("Readers cannot follow them. Add the missing rows, or correct the references."),
    ),
    "format-error": Cause(N_("Not the format that it says"), _SAVE),
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
    "incorrect-label": Cause(N_("A column with another name"), _HEADER),
    "missing-cell": Cause(N_("Rows that are too short"), _LENGTH),
    "missing-label": Cause(N_("A column is missing"), _HEADER),
    "nul-character": Cause(N_("Characters that belong in no text"), _SAVE),
    "primary-key": Cause(N_("Keys that are there twice"), _KEY),
    "primary-key/empty": Cause(
        N_("Rows without a key"), N_("Others refer to a row by it. Give each row its key.")
    ),
    "program": Cause(
        N_("A program"),
        N_("It could harm those who open it. Publish the data that it reads or makes instead."),
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
    "too-large-inside": Cause(
        N_("Too large inside"),
        N_("Split the file, by year for example, or send it as CSV."),
    ),
    "too-long-row": Cause(N_("A row without end"), _SAVE),
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
