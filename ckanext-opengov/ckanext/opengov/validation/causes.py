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
_NAMES = N_(
    "Programs find columns by their names. Give each column a name of its own, in the first row."
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


_PRIVACY = N_(
    "It tells about people who did not agree to it. Take the column out, or make it coarser:"
    " counts, years or places instead of people. If it may be public by law, a second person can"
    " let it pass, with a reason."
)
_DATES = N_(
    "Nobody can tell 3 April from 4 March. Write all dates as 2026-01-31, year first, from the"
    " source that you made the file from."
)

_SLOW = N_(
    "What follows was not held against it. Simplify it: repetitions inside repetitions take"
    " longest."
)
_TABLES = N_(
    "What is not read is published unchecked. Give each table a file of its own, and put the"
    " values of features into their properties."
)
_UNUSUAL = N_(
    "It may be right, or a slip of the keyboard, or of the unit. Compare with the source, and"
    " correct it or change the schema."
)

CAUSES = {
    "arabic-digits": Cause(
        N_("Numbers in Arabic-Indic digits"),
        N_(
            "Readers can neither add nor sort them. Write the numbers with the digits 0 to 9, as"
            " the official tables do."
        ),
    ),
    "ascii-value": Cause(N_("Characters beyond ASCII"), _RULE),
    "binary-value": Cause(
        N_("A column of bytes"),
        N_("Few readers can use it. Leave it out, or publish the files that it holds."),
    ),
    "blank-area": Cause(
        N_("Empty rows or columns at the end"),
        N_("They are formatted, and make the file larger. Delete them; nothing is lost."),
    ),
    "blank-header": Cause(N_("No names of columns"), _NAMES),
    "blank-label": Cause(N_("A column without a name"), _NAMES),
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
    "check-error": Cause(
        N_("A check that cannot be made"),
        N_("Correct the rules of the schema: they name a column that is not there."),
    ),
    "constraint-error": Cause(N_("Values that break a rule"), _RULE),
    "constraint-error/enum": Cause(N_("Values outside the list"), _RULE),
    "constraint-error/maxLength": Cause(N_("Texts that are too long"), _RULE),
    "constraint-error/maximum": Cause(N_("Values that are too large"), _RULE),
    "constraint-error/minLength": Cause(N_("Texts that are too short"), _RULE),
    "constraint-error/minimum": Cause(N_("Values that are too small"), _RULE),
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
    "deviated-cell": Cause(N_("Texts far longer than the others"), _UNUSUAL),
    "deviated-value": Cause(N_("Values far from the others"), _UNUSUAL),
    "duplicate-key": Cause(N_("Two values under one name"), _JSON),
    "duplicate-label": Cause(N_("Two columns with one name"), _NAMES),
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
    "forbidden-value": Cause(N_("Values that the schema forbids"), _RULE),
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
    "formula-empty": Cause(
        N_("Formulas without results"),
        N_("Open the file in a spreadsheet, which computes them; save it and send it again."),
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
    "header-again": Cause(
        N_("Names of columns among the rows"),
        N_("They are counted as data, and make numbers texts. Delete these rows."),
    ),
    "header-below": Cause(
        N_("The names of the columns are not in the first row"),
        N_("Programs expect them there. Delete what stands above, or accept the repair."),
    ),
    "header-data": Cause(
        N_("No names of columns, it seems"),
        N_("Programs take the first row for names. Write the names of the columns above it."),
    ),
    "header-lines": Cause(
        N_("Names of columns in several lines"),
        N_("Programs expect one line. See whether the joined names are right."),
    ),
    "hidden-sheets": Cause(
        N_("Hidden sheets"),
        N_("They are published with the file. Delete them if they are not meant for everybody."),
    ),
    "header-lines/second": Cause(
        N_("Names of columns in several lines"),
        N_("Programs expect one line. Join the names in the first row, or accept the repair."),
    ),
    "hidden-cells": Cause(
        N_("Hidden rows or columns"),
        N_("They are published with the file. Delete them if they are not meant for everybody."),
    ),
    "hidden-characters": Cause(
        N_("Characters that nobody sees"),
        N_(
            "They come from web pages and old programs. Take them away, or save the table again"
            " from its source: two names that look alike must be alike."
        ),
    ),
    "incorrect-label": Cause(N_("A column with another name"), _HEADER),
    "keys-differ": Cause(
        N_("Names that not all records have"),
        N_("Programs may miss what is in few records. Give each record all names."),
    ),
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
    "macros": Cause(
        N_("Macros"),
        N_("They could harm those who open the file. Save it as XLSX or ODS without macros."),
    ),
    "merged-cells": Cause(
        N_("Merged cells"),
        N_("Only the first row gets the value. Undo the merging, and fill in each row."),
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
    "nested-value": Cause(
        N_("Lists or objects in cells"),
        N_("They can be neither sorted nor filtered. Give each value a column of its own."),
    ),
    "no-such-sheet": Cause(N_("No such sheet"), N_("Choose one of the sheets of the file.")),
    "no-rows": Cause(
        N_("A table without rows"), N_("See whether the file was saved with its data.")
    ),
    "not-a-number": Cause(N_("Values that JSON does not know"), _JSON),
    "nul-character": Cause(N_("Characters that belong in no text"), _SAVE),
    "odd-cell": Cause(N_("Cells of another kind than their column"), _TYPE),
    "one-column": Cause(
        N_("Everything in one column"),
        N_("Save the table again, with commas or semicolons between its cells."),
    ),
    "other-sheets": Cause(
        N_("Further sheets"),
        N_(
            "Each table needs a file of its own to be found, checked and previewed. "
            "You can choose which sheet is read."
        ),
    ),
    "other-sheets/lists": Cause(N_("Further lists"), _TABLES),
    "other-sheets/members": Cause(N_("Values outside the properties"), _TABLES),
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
    "record-differs": Cause(N_("Records of two kinds"), _JSON),
    "record-too-large": Cause(
        N_("A record that is too large"),
        N_("A table has many small records. Split it, or publish the file as it is in a ZIP."),
    ),
    "required-value": Cause(N_("Values that must be there, and are not"), _RULE),
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
    "sequential-value": Cause(N_("Values that do not follow one another"), _RULE),
    "slow-pattern": Cause(N_("A pattern that takes too long"), _SLOW),
    "slow-rule": Cause(N_("A rule that takes too long"), _SLOW),
    "source-error": Cause(N_("The file cannot be read"), _SAVE),
    "source-error/damaged": Cause(
        N_("The file is damaged"),
        N_("It may not have been sent whole. Open it on your computer, save it and send it again."),
    ),
    "source-error/empty": Cause(
        N_("The file is empty"), N_("Send the file again; it may not have been saved.")
    ),
    "source-error/json": Cause(N_("Not JSON to its end"), _JSON),
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
    "swallowed-rows": Cause(
        N_("Rows within a cell"),
        N_(
            "A quotation mark that is never closed takes the rows after it into one cell. Close it,"
            " or double it if it is part of the text."
        ),
    ),
    "table-dimensions": Cause(
        N_("Another size than the schema asks for"),
        N_("Rows may be missing, or be there twice. Compare with the source."),
    ),
    "table-below": Cause(
        N_("Something above the table"),
        N_("Programs expect the names of the columns in the first row. Delete what is above."),
    ),
    "too-deep": Cause(N_("Too deeply nested"), _JSON),
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
    "truncated-value": Cause(
        N_("Values that may be cut off"),
        N_("A database may have cut them to the size of its field. Compare with the source."),
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
