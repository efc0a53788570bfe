"""What the cells of one column are, once their digits and marks are read as they were meant."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from ckanext.opengov.validation.repairs import making, values
from ckanext.opengov.validation.repairs.steps import ORDERS, Kind, Params, Step

ENOUGH = 0.8
"""Share of the cells that must fit before a column is taken for one of numbers or days."""
MARKS = ((",", " "), (",", "."), (".", ","), (".", " "), (".", "'"), (",", "'"))
"""Marks of decimals and of thousands, those that are written most first."""
MANY = 0.2
"""Share of the cells that must have a mark: «2,2» among whole numbers may be two numbers."""
PLAIN = re.compile(r"\s*[+-]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?\s*")
ISO = re.compile(r"\s*[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.+Z]+)?\s*")
IDENTIFIER = re.compile(
    r"tel|phone|fax|gsm|mobile|cin\b|code|\bid\b|num[eé]ro|iban|rib\b|siret|postal"
    r"|هاتف|فاكس|رمز|الرقم|رقم|معرف|معرّف",
    re.IGNORECASE,
)
"""Names of columns whose numbers name something: blanks in them part no thousands."""


def digits(cells: Iterable[str]) -> bool:
    """Tell whether some cells are numbers or days in other digits than 0 to 9."""
    return any(values.in_plain_digits(cell) != cell for cell in cells)


def numbers(name: str, cells: Sequence[str]) -> list[Step]:
    """Return how the numbers of a column may be meant; several: only its publisher knows."""
    if not cells or IDENTIFIER.search(name):
        return []
    plain = sum(PLAIN.fullmatch(cell) is not None for cell in cells)
    readings: dict[tuple[str | None, ...], Step] = {}
    most = max(plain + 1, ENOUGH * len(cells))
    for decimal, group in MARKS:
        read = tuple(values.as_number(decimal, group, cell) for cell in cells)
        fits = sum(value is not None for value in read)
        if fits < most:
            continue
        if fits > most:
            readings.clear()
        most = max(most, fits)
        step = Step(Kind.NUMBER, name, {"decimal": decimal, "group": group})
        readings.setdefault(read, step)
    return list(readings.values())


def is_rule(step: Step, cells: Sequence[str]) -> bool:
    """Tell whether so many cells are written in this way that it was meant for the column."""
    change = making.change_of(step)
    return change is not None and sum(change(each) != each for each in cells) >= MANY * len(cells)


def days(name: str, cells: Sequence[str]) -> list[Step]:
    """Return in which order the days of a column may be meant; several: only its publisher knows.

    No order is certain that another one fits as well, or that some cells contradict.
    """
    if not cells or sum(ISO.fullmatch(cell) is not None for cell in cells) >= ENOUGH * len(cells):
        return []
    total, params = set(cells), Params()
    read = _days(total, None)
    if not IDENTIFIER.search(name):
        short = _days(total, values.PIVOT)
        if max(map(len, short.values())) > max(map(len, read.values())):
            read, params = short, {"pivot": values.PIVOT}
    good = [order for order in read if len(read[order]) >= ENOUGH * len(total)]
    certain = [
        order
        for order in good
        if all({*read[other]} < {*read[order]} for other in read if other != order and read[other])
    ]
    chosen = certain or [order for order in read if order in good or (good and read[order])]
    return [Step(Kind.DATE, name, {"order": each, **params}) for each in sorted(chosen)]


def _days(cells: Collection[str], pivot: int | None) -> dict[str, dict[str, str]]:
    """Return what each order makes of the cells that it fits.

    Of orders that make the same of them, as where all months are words, one is there.
    """
    found: dict[str, dict[str, str]] = {}
    for order in reversed(ORDERS):
        change = values.day(order, pivot)
        read = {cell: changed for cell in cells if (changed := change(cell)) != cell}
        if read not in found.values():
            found[order] = read
    return found
