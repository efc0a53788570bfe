"""Judges one column by its sample: what spreadsheets and hands did to it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from ckanext.opengov.validation.report import MAX_CELL, Finding
from ckanext.opengov.validation.watches.sample import NUMBERS, TEXT, Column, Seen, decimal_mark

SOME, HALF, MOST, NEARLY_ALL = 0.01, 0.5, 0.8, 0.95
"""Shares of the filled cells of a column."""
SERIALS = range(20_000, 60_000)
"""Days since 1900 as spreadsheets count them: 1954 to 2064."""
EXACT_DIGITS = 11
"""From this exponent on, a spreadsheet shows whole numbers as 1.23E+11 and forgets digits."""
RANGE = re.compile(r"[0-9]{1,2}[-/][0-9]{1,2}")
"""«5-10»: what a spreadsheet takes for a day of this year."""
MONTHS = 12
SHORT = re.compile(r"[0-9]+[.-][0-9]+[.-][0-9]{2}(?: .*)?")
"""«01.13.02»: a number of a budget rather than a day, unless the column says so."""
DATE_NAME = re.compile(r"(?:^|[\W_])(?:date|jour|day|تاريخ|التاريخ)(?:$|[\W_])", re.IGNORECASE)
CODES = re.compile(
    r"(?:^|[\W_])(?:code|cod|codes|cin|postal|zip|insee|iban|rib|matricule|mat|identifiant|ident"
    r"|rne|siret|رمز|الرمز|رموز|المعرف|معرف|الترقيم)(?:$|[\W_])",
    re.IGNORECASE,
)
"""Names of columns whose numbers are no quantities."""


def judge(column: Column) -> Iterator[Finding]:
    """Yield what is wrong with a column."""
    if column.filled:
        yield from _dates_of_spreadsheets(column)
        yield from _rounded(column)
        yield from _lost_zeros(column)
        yield from _mixed_dates(column)
        yield from _mixed_decimals(column)
        yield from _arabic_digits(column)
        yield from _units(column)


def _at(column: Column, code: str, cell: str, **params: object) -> Finding:
    return Finding(code, column.cells[cell].row, column.name, cell[:MAX_CELL], params)


def _first(cells: Mapping[str, Seen]) -> str:
    return min(cells, key=lambda cell: cells[cell].row)


def _dates_of_spreadsheets(column: Column) -> Iterator[Finding]:
    months, days, digits = column.of("month"), column.of("day", "iso"), column.of("digits")
    # A column of months is one; a month among codes and ranges was made of one of them.
    if months and column.share(months) < HALF and not days:
        for cell in months:
            yield _at(column, "spreadsheet-date", cell)
    ranges = column.texts_like(RANGE) if days else []
    if ranges and column.share(ranges) > column.share(days):
        for cell in days:
            yield _at(column, "spreadsheet-date", cell)
    if column.share(days) > HALF:
        for cell in digits:
            if int(cell) in SERIALS:
                yield _at(column, "spreadsheet-date", cell, variant="serial")


def _rounded(column: Column) -> Iterator[Finding]:
    for cell in column.of("science"):
        if int(cell[-2:]) >= EXACT_DIGITS:
            yield _at(column, "scientific-notation", cell)


def _lost_zeros(column: Column) -> Iterator[Finding]:
    digits = column.of("digits")
    if column.share(digits) < NEARLY_ALL:
        return
    zeros = {len(cell) for cell in digits if cell.startswith("0") and len(cell) > 1}
    lengths = Counter(map(len, digits))
    if len(zeros) == 1:
        (length,) = zeros
        short = {cell: seen for cell, seen in digits.items() if len(cell) < length and cell != "0"}
        is_lost = max(lengths) == length and bool(short)
    else:
        length = lengths.most_common(1)[0][0]
        short = {cell: seen for cell, seen in digits.items() if len(cell) == length - 1}
        is_lost = not zeros and bool(short) and _is_code(column, digits, lengths, length)
    if is_lost:
        yield _at(column, "lost-zeros", _first(short), length=length)


def _is_code(
    column: Column, digits: Mapping[str, Seen], lengths: Mapping[int, int], length: int
) -> bool:
    """Tell whether these are codes of a fixed length, and no numbers that count something."""
    if not CODES.search(column.name) or length < 4 or set(lengths) - {length, length - 1}:  # noqa: PLR2004
        return False
    # One after the other: a list that was numbered.
    is_dense = len(digits) > SOME * 10 * (max(map(int, digits)) - min(map(int, digits)))
    return not is_dense and lengths[length] > HALF * len(digits)


def _mixed_dates(column: Column) -> Iterator[Finding]:
    days, iso = column.of("day"), column.of("iso")
    if not DATE_NAME.search(column.name):
        days = {cell: seen for cell, seen in days.items() if not SHORT.fullmatch(cell)}
    parts = {cell: [int(part) for part in re.split(r"[/.-]", cell)[:2]] for cell in days}
    month_last = {cell: days[cell] for cell, (_, second) in parts.items() if second > MONTHS}
    day_first = {cell: days[cell] for cell, (first, _) in parts.items() if first > MONTHS}
    if month_last and day_first:
        rare = min(month_last, day_first, key=column.share)
        usual = day_first if rare is month_last else month_last
        yield _at(column, "mixed-dates", _first(rare), other=_first(usual))
    elif days and iso and column.share({**days, **iso}) > MOST:
        rare = min(days, iso, key=column.share)
        usual = iso if rare is days else days
        yield _at(column, "mixed-dates", _first(rare), other=_first(usual), variant="styles")


def _mixed_decimals(column: Column) -> Iterator[Finding]:
    numbers = column.of(*NUMBERS)
    if column.share(numbers) < MOST:
        return
    marks = {cell: decimal_mark(cell) for cell in numbers}
    commas, points = (
        {cell: seen for cell, seen in numbers.items() if marks[cell] == mark} for mark in ",."
    )
    if commas and points:
        rare = min(commas, points, key=column.share)
        usual = points if rare is commas else commas
        yield _at(column, "mixed-decimals", _first(rare), other=_first(usual))


def _arabic_digits(column: Column) -> Iterator[Finding]:
    found = column.of("arabic")
    if found:
        yield _at(column, "arabic-digits", _first(found))


def _units(column: Column) -> Iterator[Finding]:
    units = column.of("unit")
    if len(units) > 2 and column.share(units) > MOST and column.share(column.of(TEXT)) < SOME * 10:  # noqa: PLR2004
        yield _at(column, "unit-inside", _first(units))
