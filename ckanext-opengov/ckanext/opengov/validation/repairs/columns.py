"""What the cells of one column are, once their digits and marks are read as they were meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from typing import cast

from ckanext.opengov.validation import guesses
from ckanext.opengov.validation.repairs import making, months, values
from ckanext.opengov.validation.repairs.steps import ORDERS, Kind, Params, Step

ENOUGH = 0.8
"""Share of the cells that must fit before a column is taken for one of numbers or days."""
MARKS = ((",", " "), (",", "."), (".", ","), (".", " "), (".", "'"), (",", "'"))
"""Marks of decimals and of thousands, those that are written most first."""
MANY = 0.2
"""Share of the cells that must have a mark: «2,2» among whole numbers may be two numbers."""
PLAIN = re.compile(r"\s*[+-]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?\s*")
THOUSANDS = re.compile(r"\s*[+-]?[1-9][0-9]{0,2}\.[0-9]{3}\s*")
"""Or three decimals: where a column has no other point, only its publisher knows."""
ISO = re.compile(r"\s*[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.+Z]+)?\s*")
COUNTS = re.compile(
    r"\b(?:nombre|nbr?e?|numbers?) (?:total )?(?:of\b|d)|رقم (?:ال)?(?:معاملات|اعمال)"
)
"""Names of columns that only seem to be of those: «nombre de comptes», «رقم المعاملات»."""
IDENTIFIER = re.compile(
    r"\bn°|№|\b(?:(?:num)?tel|tele(?:ph|c)\w*|\w*phone\w*|fax|gsms?|mobiles?|portables?|contacts?"
    r"|whats ?app|(?:num)?c\W?i\W?n|cnss|cnrps|cnam|code\w*|ids?|ident\w*|no|num|numeros?|numbers?"
    r"|ref|references?|mat|matricules?|immat\w*|ibans?|ribs?|bic|comptes?|accounts?|siret|siren"
    r"|rne|patentes?|zip|postal|cp|cedex|isbn|issn|ean|registres?|dossiers?|passe?port|parcelles?"
    r"|foncier|serie|serial)\b"
    r"|\bو?(?:ال)?(?:هاتف|هواتف|جوال|نقال|محمول|فاكس|رمز|رموز|رقم|ارقام|معرف|معرفات|ترقيم|تسجيل"
    r"|حساب|بطاقه|جواز|مرجع|سجل|رخصه|عقاري)\b"
)
"""Folded names of columns whose numbers name something: blanks in them part no thousands."""
LONG = 8
"""Digits of a telephone number or of an identity card: all of a column have as many."""


def is_identifier(name: str) -> bool:
    """Tell whether the numbers of a column of this name count nothing."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", name)
    text = months.folded(apart)
    return IDENTIFIER.search(text) is not None and not COUNTS.search(text)


def digits(cells: Iterable[str]) -> bool:
    """Tell whether some cells are numbers or days in other digits than 0 to 9."""
    return any(values.in_plain_digits(cell) != cell for cell in cells)


def numbers(name: str, cells: Sequence[str]) -> list[Step]:
    """Return how the numbers of a column may be meant; several: only its publisher knows."""
    if not cells or is_identifier(name):
        return []
    plain = [cell if PLAIN.fullmatch(cell) else None for cell in cells]
    least = max(len(cells) - plain.count(None) + 1, ENOUGH * len(cells))
    most, readings = 0, dict[tuple[str | None, ...], Step]()
    for decimal, group in MARKS:
        # A reading leaves plain numbers that do not fit it as they are.
        read = tuple(
            values.as_number(decimal, group, cell) or left
            for cell, left in zip(cells, plain, strict=True)
        )
        fits = len(cells) - read.count(None)
        if fits < max(least, most):
            continue
        if fits > most:
            readings = {each: step for each, step in readings.items() if _contradict(each, read)}
        most = fits
        step = Step(Kind.NUMBER, name, {"decimal": decimal, "group": group})
        readings.setdefault(read, step)
    return list(readings.values())


def points(name: str, cells: Sequence[str]) -> list[Step]:
    """Return the readings of numbers whose only mark is a point, where it may part thousands."""
    plain = [cell for cell in cells if PLAIN.fullmatch(cell)]
    pointed = [cell for cell in plain if "." in cell]
    is_doubtful = pointed and all(map(THOUSANDS.fullmatch, pointed))
    counts_nothing = is_identifier(name) or guesses.is_of_degrees(name)
    if not is_doubtful or counts_nothing or len(plain) < ENOUGH * len(cells):
        return []
    marks = ((",", "."), (".", ""))
    return [Step(Kind.NUMBER, name, {"decimal": d, "group": group}) for d, group in marks]


def _contradict(one: Sequence[str | None], other: Sequence[str | None]) -> bool:
    """Tell whether two readings make different numbers of some cell."""
    return any(a != b and a and b for a, b in zip(one, other, strict=True))


def undecided(steps: Sequence[Step], cells: Iterable[str]) -> set[str]:
    """Return the cells of which these steps make different ones."""
    changes = [change for step in steps if (change := making.change_of(step))]
    return {cell for cell in cells if len({change(cell) for change in changes}) > 1}


def is_certain(step: Step, cells: Sequence[str]) -> bool:
    """Tell whether the only reading of these cells can be no other one, for all that they tell."""
    if "pivot" in step.params:
        return False
    change = making.change_of(step)
    changed = [cell for cell in cells if change and change(cell) != cell]
    # «71 123 456» is a telephone number, whatever its column is called.
    lengths = {sum(map(str.isdigit, cell)) for cell in changed}
    is_code = (
        step.kind is Kind.NUMBER
        and len(lengths) == 1
        and min(lengths) >= LONG
        and not any(step.params["decimal"] in cell for cell in changed)
    )
    is_rule = len(changed) >= MANY * len(cells)
    return is_rule and not is_code and not any(map(contradicting(step), cells))


def contradicting(step: Step) -> Callable[[str], bool]:
    """Return what tells whether only another reading than this one makes something of a cell."""
    if step.kind is Kind.NUMBER:
        named = [{"decimal": decimal, "group": group} for decimal, group in MARKS]
    else:
        named = [{"order": order} for order in ORDERS]
    steps = [replace(step, params=cast(Params, {**step.params, **each})) for each in named]
    others = [change for each in steps if each != step and (change := making.change_of(each))]
    this = making.change_of(step) or str

    def contradicts(cell: str) -> bool:
        if cell.isdecimal() or this(cell) != cell:
            return False
        return any(other(cell) != cell for other in others)

    return contradicts


def days(name: str, cells: Sequence[str]) -> list[Step]:
    """Return in which order the days of a column may be meant; several: only its publisher knows.

    No order is certain that another one fits as well, or that some cells contradict.
    """
    if not cells or sum(ISO.fullmatch(cell) is not None for cell in cells) >= ENOUGH * len(cells):
        return []
    total, params = set(cells), Params()
    read = _days(total, None)
    if not is_identifier(name):
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
