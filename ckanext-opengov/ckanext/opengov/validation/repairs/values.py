"""Single cells: trimmed, in plain digits, as plain numbers and days. What does not fit stays."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time
from functools import lru_cache

from ckanext.opengov.validation.repairs import months

Change = Callable[[str], str]
"""Returns the cell as it will be; the same where there is nothing to change."""


class Typed(str):
    """A number, a day or a yes of a workbook: it says what it means, and is read as no text."""

    __slots__ = ()


UNSEEN = "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
"""Signs that nobody sees: marks of direction, blanks without width."""
BESIDE = "".join(filter(str.isspace, map(chr, range(0x3001)))) + UNSEEN
"""What is taken away at the ends of a cell."""
INDIC = "٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹"
PLAIN = str.maketrans(
    {**{sign: str(n % 10) for n, sign in enumerate(INDIC)}, "\u066b": ".", "\u066c": ""}
)
NUMERIC = re.compile(rf"[0-9{INDIC}\s{UNSEEN}.,\u066b\u066c/:%+\-\u2212]+")
"""Cells of nothing but digits and the marks of numbers, days and times."""
MARKED = re.compile(
    rf"[\s{UNSEEN}]*[+\-\u2212]?(?:[{INDIC}]+|[{INDIC}]{{1,3}}(?:\u066c[{INDIC}]{{3}})+)"
    rf"(?:([\u066b.,])[{INDIC}]+)?[\s{UNSEEN}%]*"
)
"""Numbers whose decimals or thousands are where the Arabic marks say so."""
HAS_INDIC = re.compile(f"[{INDIC}]")
BLANKS = " \u00a0\u2009\u202f"
"""Between thousands."""
CLOCK = r"(?:[T ]+([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?)?\s*"
DAY = re.compile(r"\s*([0-9]{1,4})([/.\- ])([0-9]{1,2})\2([0-9]{1,4})" + CLOCK)
BETWEEN, MONTH, NTH = r"[\s./,\u060c\-]+", r"([^\W\d_]+(?: [^\W\d_]+)?)", "(?:er|st|nd|rd|th)?"
NAMED = {
    "dmy": re.compile(rf"\s*([0-9]{{1,2}}){NTH}{BETWEEN}{MONTH}{BETWEEN}([0-9]{{2,4}})" + CLOCK),
    "mdy": re.compile(rf"\s*{MONTH}{BETWEEN}([0-9]{{1,2}}){NTH}{BETWEEN}([0-9]{{2,4}})" + CLOCK),
    "ymd": re.compile(rf"\s*([0-9]{{4}}){BETWEEN}{MONTH}{BETWEEN}([0-9]{{1,2}})" + CLOCK),
}
"""Days whose month is a word, by the order of their parts, which nobody can mistake."""
LIKE_WORDS = re.compile(r"(?=(?:\D*\d){3})(?=.*[^\W\d_])", re.DOTALL)
"""What has a word, and as many digits as a day and a year at the least."""
LONGEST_DAY = 40
YEAR_DIGITS, SHORT_YEAR_DIGITS = 4, 2
FIRST_YEAR = 1600
"""Earlier ones are of another calendar: in 2026 the Islamic one has 1447."""
PIVOT = 30
"""Spreadsheets take years of two digits for 1930 to 2029, if nobody tells them otherwise."""


def is_blank(cell: str) -> bool:
    """Tell whether there is nothing to see in the cell."""
    return not cell.strip(BESIDE)


def trimmed(cell: str) -> str:
    """Return the cell without blanks at its ends."""
    return cell.strip(BESIDE)


def in_plain_digits(cell: str) -> str:
    """Return a number, a day or a time in the digits 0 to 9; other texts stay.

    A number with an Arabic decimal mark is read in no second way.
    """
    if not (HAS_INDIC.search(cell) and NUMERIC.fullmatch(cell)):
        return cell
    if not ("\u066b" in cell or "\u066c" in cell):
        return cell.translate(PLAIN)
    found = MARKED.fullmatch(cell)
    if not found:
        return cell
    plain = cell.translate(PLAIN)
    return Typed(plain) if found[1] == "\u066b" else plain


@lru_cache
def _number(decimal: str, group: str) -> re.Pattern[str]:
    sign = f"[{BLANKS}]" if group == " " else re.escape(group)
    grouped = rf"[0-9]{{1,3}}(?:{sign}[0-9]{{3}})+|" if group else ""
    mark = re.escape(decimal)
    return re.compile(rf"\s*([+\-\u2212]?)({grouped}[0-9]+)(?:{mark}([0-9]+))?\s*")


def as_number(decimal: str, group: str, cell: str) -> str | None:
    """Return a number with these marks as 1234.5; None: the cell is none.

    A number that begins with a zero is an identifier.
    """
    found = _number(decimal, group).fullmatch(cell)
    if not found:
        return None
    sign, whole, part = found.groups()
    whole = "".join(each for each in whole if each.isdigit())
    if len(whole) > 1 and whole.startswith("0"):
        return None
    return sign.replace("\u2212", "-") + whole + (f".{part}" if part else "")


@lru_cache
def number(decimal: str, group: str) -> Change:
    """Return what writes numbers with these marks as 1234.5."""

    def change(cell: str) -> str:
        plain = as_number(decimal, group, cell)
        return cell if plain is None else plain

    return change


@lru_cache
def day(order: str, pivot: int | None = None) -> Change:
    """Return what writes days in this order (``dmy``, ``mdy``, ``ymd``) as 2026-01-31.

    Days whose month is a word are read whatever their order. ``pivot``: the first year of two
    digits that belongs to 19..; None: such years are read by nobody.
    """

    def change(cell: str) -> str:
        found = _parts(order, cell)
        if not found:
            return cell
        parts, clock = found
        try:
            year = _year(parts["y"], pivot)
            is_day = date(year, int(parts["m"]), int(parts["d"])).isoformat()
            hour, minute, second = (int(each or 0) for each in clock)
            is_time = time(hour, minute, second).isoformat()
        except ValueError:
            return cell
        return f"{is_day}T{is_time}" if clock[0] else is_day

    return change


def _parts(order: str, cell: str) -> tuple[dict[str, str], list[str | None]] | None:
    """Return day, month and year of a cell by their letters, and its time; None: it is no day."""
    found = DAY.fullmatch(cell)
    if found:
        first, mark, second, third, *clock = found.groups()
        parts = dict(zip(order, (first, second, third), strict=True))
        # «71 20 30» is a number of a telephone, and «24/01/13» has a year where none is expected.
        is_short = len(parts["y"]) != YEAR_DIGITS
        return None if is_short and (mark == " " or order == "ymd") else (parts, clock)
    return _in_words(cell) if len(cell) <= LONGEST_DAY else None


@lru_cache(maxsize=10_000)
def _in_words(cell: str) -> tuple[dict[str, str], list[str | None]] | None:
    """Return the same of a day whose month is a word. A column is read in several ways."""
    if not LIKE_WORDS.match(cell):
        return None
    text = months.folded(cell.translate(PLAIN))
    for named, pattern in NAMED.items():
        if match := pattern.fullmatch(text):
            *three, hour, minute, second = match.groups()
            parts = dict(zip(named, three, strict=True))
            month = months.MONTHS.get(parts["m"])
            return ({**parts, "m": str(month)}, [hour, minute, second]) if month else None
    return None


def _year(digits: str, pivot: int | None) -> int:
    """Return a year.

    Raises:
        ValueError: it is none.
    """
    if len(digits) == YEAR_DIGITS:
        if int(digits) < FIRST_YEAR:
            raise ValueError(digits)
        return int(digits)
    if len(digits) != SHORT_YEAR_DIGITS or pivot is None:
        raise ValueError(digits)
    return int(digits) + (1900 if int(digits) >= pivot else 2000)
