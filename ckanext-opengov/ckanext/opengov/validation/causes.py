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


_PRIVACY = N_(
    "It tells about people who did not agree to it. Take the column out, or make it coarser:"
    " counts, years or places instead of people. If it may be public by law, a second person can"
    " let it pass, with a reason."
)
_DATES = N_(
    "Nobody can tell 3 April from 4 March. Write all dates as 2026-01-31, year first, from the"
    " source that you made the file from."
)

CAUSES = {
    "arabic-digits": Cause(
        N_("Numbers in Arabic-Indic digits"),
        N_(
            "Readers can neither add nor sort them. Write the numbers with the digits 0 to 9, as"
            " the official tables do."
        ),
    ),
    "blank-header": Cause(N_("No names of columns"), _HEADER),
    "blank-label": Cause(N_("A column without a name"), _HEADER),
    "blank-row": Cause(
        N_("Empty rows"),
        N_("They are counted as data. Delete them; nothing is lost."),
    ),
    "blank-tail": Cause(
        N_("Empty rows at the end"),
        N_("They are counted as data. Delete the rows below the table, and save it again."),
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
    "duplicate-row": Cause(
        N_("Rows that are there twice, whole"),
        N_(
            "They count twice in every sum. Delete those that were copied; if they are two things,"
            " add a column that tells them apart."
        ),
    ),
    "encoding-error": Cause(N_("Damaged letters"), _SAVE),
    "encoding-unsure": Cause(
        N_("Letters that may be read wrongly"),
        N_(
            "Wrong letters make names that nobody finds. Look at the rows below; if they read"
            " wrongly, save the file as “CSV UTF-8” and send it again."
        ),
    ),
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
    "lost-letters": Cause(
        N_("Letters that are lost"),
        N_(
            "They cannot be brought back from this file. Take the table from its source again, and"
            " save it as “CSV UTF-8”."
        ),
    ),
    "lost-zeros": Cause(
        N_("Codes that have lost their zeros"),
        N_(
            "A code without its zero matches no other table. Give the column the format “text”"
            " before you open or fill it in a spreadsheet."
        ),
    ),
    "misread-text": Cause(
        N_("Text that was read wrongly"),
        N_(
            "Such names are found by nobody. The damage came before this file: take the table from"
            " its source again, and choose the encoding (UTF-8) when you open it."
        ),
    ),
    "missing-cell": Cause(N_("Rows that are too short"), _LENGTH),
    "missing-label": Cause(N_("A column is missing"), _HEADER),
    "mixed-dates": Cause(N_("Day and month in two orders"), _DATES),
    "mixed-dates/styles": Cause(N_("Dates written in two ways"), _DATES),
    "mixed-decimals": Cause(
        N_("Comma and point as decimal marks"),
        N_(
            "Programs read such a column as text, or take 1,5 for 15. Use one mark in the whole"
            " column."
        ),
    ),
    "nul-character": Cause(N_("Characters that belong in no text"), _SAVE),
    "personal-data": Cause(N_("Personal data"), _PRIVACY),
    "personal-data/account": Cause(N_("Bank accounts"), _PRIVACY),
    "personal-data/birth": Cause(N_("Names with dates of birth"), _PRIVACY),
    "personal-data/card": Cause(N_("Numbers of identity cards"), _PRIVACY),
    "personal-data/mail": Cause(N_("Private email addresses"), _PRIVACY),
    "personal-data/phone": Cause(N_("Mobile numbers of people"), _PRIVACY),
    "primary-key": Cause(N_("Keys that are there twice"), _KEY),
    "primary-key/empty": Cause(
        N_("Rows without a key"), N_("Others refer to a row by it. Give each row its key.")
    ),
    "program": Cause(
        N_("A program"),
        N_("It could harm those who open it. Publish the data that it reads or makes instead."),
    ),
    "row-constraint": Cause(N_("Rows that break a rule"), _RULE),
    "row-limit": Cause(
        N_("As many rows as a sheet can hold"),
        N_(
            "Spreadsheets drop what does not fit, and say nothing. Compare with the source; send"
            " the table as CSV from there, without a spreadsheet."
        ),
    ),
    "schema-error": Cause(
        N_("The schema cannot be used"),
        N_("Correct the Table Schema of the file, or remove it: it is then inferred."),
    ),
    "scientific-notation": Cause(
        N_("Numbers that a spreadsheet has shortened"),
        N_(
            "The last digits are gone. Take the numbers from the source again, and give the column"
            " the format “text” if they are codes."
        ),
    ),
    "source-error": Cause(N_("The file cannot be read"), _SAVE),
    "source-error/empty": Cause(
        N_("The file is empty"), N_("Send the file again; it may not have been saved.")
    ),
    "source-error/quote": Cause(
        N_("A quotation mark is never closed"),
        N_("Close it, or double it if it is part of the text: what follows is read as one cell."),
    ),
    "spreadsheet-date": Cause(
        N_("Dates that a spreadsheet has made"),
        N_(
            "Spreadsheets take 3-12 for a day. Take these cells from the source again, and give the"
            " column the format “text”; write dates as 2026-01-31."
        ),
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
    "total-row": Cause(
        N_("Sums among the data"),
        N_(
            "Whoever adds up the column counts everything twice. Delete these rows: programs make"
            " the sums."
        ),
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
    "unit-inside": Cause(
        N_("Units inside numbers"),
        N_(
            "Programs read such cells as text. Write the unit in the name of the column, and the"
            " numbers alone in its cells."
        ),
    ),
    "unmatched-header": Cause(N_("Other columns than the schema's"), _HEADER),
    "wrong-format": Cause(N_("A file of another kind"), _SAVE),
}
OTHER = Cause(N_("Something else"), N_("Look at the rows below."))


def cause_of(code: str, variants: Iterable[object]) -> Cause:
    """Return what a kind of finding is; ``variants`` are those of its findings."""
    found = set(variants)
    only = found.pop() if len(found) == 1 else None
    return CAUSES.get(f"{code}/{only}") or CAUSES.get(code, OTHER)
