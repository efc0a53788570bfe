"""Finds the cells by which a column of numbers or days has become one of texts."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date

from ckanext.opengov.validation.report import MAX_CELL, Finding
from ckanext.opengov.validation.watches import signs
from ckanext.opengov.validation.watches.columns import CODES, DATE_NAME, NEARLY_ALL, SERIALS
from ckanext.opengov.validation.watches.sample import NUMBERS as PLAIN
from ckanext.opengov.validation.watches.sample import TEXT, Column, Seen

NUMBERS, DAYS = (*PLAIN, "science", "arabic"), ("iso", "day")
MOST, HALF = 0.8, 0.5
FEW, MANY = 3, 20
"""Numbers that make a column of numbers of it, and odd cells that are named."""
ERROR = re.compile(r"#(?:REF!|N/A|DIV/0!|VALUE!|NAME\?|NUM!|NULL!|SPILL!|CALC!)|Err:5[0-9]{2}")
HASHES = re.compile(r"#{3,}")
FAILED = re.compile(f"{ERROR.pattern}|{HASHES.pattern}")
NEARLY_A_NUMBER = re.compile(
    r"[(\u2212\u2013-]?\s?[0-9OolI][0-9OolI .,\u00a0\u202f']*\s?[)-]?|nan|[+-]?inf(?:inity)?",
    re.IGNORECASE,
)
SIGNED = re.compile(
    r"[(\u2212\u2013]\s?[0-9][0-9 .,\u00a0\u202f']*\)?|[0-9][0-9 .,\u00a0\u202f']*-"
)
"""Numbers below zero, as accountants and word processors write them."""
UNKNOWN = re.compile(
    r"n\.?\s?[acd]\.?|n/[ad]|-+|\.{2,}|…|\?+|null|none|unknown|inconnue?|non disponible"
    r"|non communiquée?|غير متوفرة?|غير متاحة?|غير معروف|غ\.?\s?م\.?|لا يوجد",
    re.IGNORECASE,
)
"""What people write where nothing is known."""
NUMBERED = re.compile(
    r"(?:^|[\W_])(?:n°|no|num|numéro|numero|number|réf|ref|version|رقم|t[ée]l|t[ée]l[ée]phones?|phone"
    r"|fax|gsm|mobile|هاتف|الهاتف|فاكس|الفاكس)(?:$|[\W_])",
    re.IGNORECASE,
)
"""Names of columns whose cells may be «12 bis», or «71 234 567 / 568»."""
PHONE = re.compile(r"[2-9][0-9][ .\xa0][0-9]{3}[ .\xa0][0-9]{3}")


def judge(columns: Sequence[Column], first_row: int) -> Iterator[Finding]:
    """Yield the cells that are of another kind than their columns."""
    second = [each for each in columns if _stands_first(each, first_row)]
    if second:
        cells = ", ".join(filter(None, (_cell_at(each, first_row) for each in columns)))
        yield Finding("header-lines", first_row, None, cells[:MAX_CELL], {"variant": "second"})
    for column in columns:
        yield from _failed(column)
        if column not in second:
            yield from _odd(column)
        yield from _serials(column)


def _at(column: Column, code: str, cell: str, **params: object) -> Finding:
    return Finding(code, column.cells[cell].row, column.name, cell[:MAX_CELL], params)


def _cell_at(column: Column, row: int) -> str:
    return next((cell for cell, seen in column.cells.items() if seen.row == row), "")


def _stands_first(column: Column, first_row: int) -> bool:
    """Tell whether the first cell of a column is a text, and all others are numbers."""
    texts, numbers = column.of(TEXT), column.of(*NUMBERS)
    is_alone = len(texts) == 1 and len(texts) + len(numbers) == len(column.cells)
    if not is_alone or len(numbers) < 2:  # noqa: PLR2004
        return False
    ((cell, seen),) = texts.items()
    return seen.row == first_row and seen.times == 1 and not _is_nearly(cell)


def _is_nearly(cell: str) -> bool:
    """Tell whether a cell stands for a number, or for none."""
    try:
        float(cell)
    except ValueError:
        return bool(NEARLY_A_NUMBER.fullmatch(cell) or UNKNOWN.fullmatch(cell))
    return True


def _failed(column: Column) -> Iterator[Finding]:
    for cell in column.texts_like(FAILED):
        variant = {"variant": "hashes"} if HASHES.fullmatch(cell) else {}
        yield _at(column, "error-cell", cell, **variant)


def _odd(column: Column) -> Iterator[Finding]:
    numbers, days = column.of(*NUMBERS), column.of(*DAYS)
    if CODES.search(column.name) or NUMBERED.search(column.name):
        return
    if any(len(each) > 1 and each.startswith("0") and each.isdigit() for each in numbers):
        return
    if column.share(filter(PHONE.fullmatch, column.of("grouped"))) > HALF:
        return
    for kind, variant in ((numbers, ""), (days, "date")):
        if len(column.cells) > MANY and column.share(kind) < HALF:
            continue
        others = {
            cell: seen
            for cell, seen in column.cells.items()
            if (cell not in kind and not _is_told(cell)) or (variant and _is_no_day(cell))
        }
        likely = [*kind, *(() if variant else filter(SIGNED.fullmatch, others))]
        if others and len(likely) >= FEW and _are_few(column, likely, others):
            for cell in sorted(others, key=lambda each: others[each].row)[:MANY]:
                yield _at(column, "odd-cell", cell, variant=variant)


def _are_few(column: Column, kind: Collection[str], others: Mapping[str, Seen]) -> bool:
    share = column.share(kind)
    if share >= NEARLY_ALL or all(map(_is_nearly, others)):
        return share > HALF
    return share >= MOST and len(others) <= 2  # noqa: PLR2004


def _is_told(cell: str) -> bool:
    """Tell whether something else is said of a cell."""
    if cell.isdigit() and int(cell) in SERIALS:
        return True
    return bool(FAILED.fullmatch(cell) or signs.hidden_in(cell))


def _is_no_day(cell: str) -> bool:
    """Tell whether a cell is written as a day that no calendar has."""
    try:
        date.fromisoformat(cell[:10])
    except ValueError:
        return bool(re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", cell))
    return False


def _serials(column: Column) -> Iterator[Finding]:
    """Yield that a column of days holds them as spreadsheets count them."""
    digits = column.of("digits")
    if len(digits) < FEW or not DATE_NAME.search(column.name) or column.share(digits) < NEARLY_ALL:
        return
    if all(int(each) in SERIALS for each in digits):
        first = min(digits, key=lambda each: digits[each].row)
        yield _at(column, "spreadsheet-date", first, variant="serials")
