"""What the pages of figures ask for: charts drawn here, and the names of months and quarters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel.dates import format_date

import ckan.plugins.toolkit as tk

from ckanext.opengov.shared.domain.notices import RIGHT_TO_LEFT
from ckanext.opengov.shared.domain.wording import N_

__all__ = [
    "complaints_chart",
    "complaints_month",
    "complaints_months",
    "complaints_quarter",
    "complaints_quarter_short",
    "complaints_quarters",
    "complaints_spark",
]

QUARTERS = (
    N_("First quarter of {year}"),
    N_("Second quarter of {year}"),
    N_("Third quarter of {year}"),
    N_("Fourth quarter of {year}"),
)
WIDTH, TOP, BOTTOM, MARGIN, EDGE = 340, 20, 180, 56, 36
"""Of a chart, in its own units: at the width of a phone a text of 14 is one of 14 px."""
SPARK_WIDTH, SPARK_HEIGHT = 96, 24
TUNISIAN = {"ar": "ar_TN"}
"""The names of months as people say them here."""


@dataclass(frozen=True, slots=True)
class Point:
    """A number on a chart."""

    x: int
    y: int
    value: int
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Shares in percent over time; in a language that runs from the right, so does time."""

    points: Sequence[Point]
    lines: Sequence[str]
    """Where neighbours are known: the points of each unbroken line."""
    marks: Sequence[tuple[int, str]]
    """Below the axis."""
    is_from_right: bool
    last: Point | None


def complaints_month(month: str) -> str:
    """Return what a month is called, short, from ``2026-07``."""
    return str(format_date(date.fromisoformat(f"{month}-01"), "MMM y", locale=_locale()))


def complaints_months(trend: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what stands for the months of a trend below a chart."""
    days = (date.fromisoformat(f"{each['month']}-01") for each in trend)
    return [str(format_date(day, "MMM", locale=_locale())) for day in days]


def complaints_quarter(code: str) -> str:
    """Return what a quarter is called, from ``2026-Q3``."""
    year, number = code.split("-Q")
    return tk._(QUARTERS[int(number) - 1]).format(year=year)


def complaints_quarter_short(code: str) -> str:
    """Return what stands for a quarter where there is little room."""
    year, number = code.split("-Q")
    return tk._("Q{number} {year}").format(number=number, year=year)


def complaints_quarters(codes: Sequence[str]) -> list[str]:
    """Return what stands for quarters below a chart."""
    return [complaints_quarter_short(each) for each in codes]


def _locale() -> str:
    language = tk.h.lang() or "en"
    return TUNISIAN.get(language, language)


def complaints_chart(values: Sequence[int | None], labels: Sequence[str]) -> Chart:
    """Return a chart of shares, the oldest first; None: not known."""
    is_from_right = (tk.h.lang() or "") in RIGHT_TO_LEFT
    first, last = MARGIN, WIDTH - EDGE
    step = (last - first) / max(len(values) - 1, 1)
    across = [round(first + step * number) for number in range(len(values))]
    if is_from_right:
        across = [WIDTH - each for each in across]
    places = [
        None if value is None else Point(x, _height(value, TOP, BOTTOM), value, label)
        for x, value, label in zip(across, values, labels, strict=True)
    ]
    points = [each for each in places if each]
    marks = _marks(across, labels)
    return Chart(points, _lines(places), marks, is_from_right, points[-1] if points else None)


def _height(value: int, top: int, bottom: int) -> int:
    return round(bottom - (bottom - top) * value / 100)


def _lines(places: Sequence[Point | None]) -> list[str]:
    """Return the points of each unbroken line: where a number is missing, the line is."""
    found: list[list[Point]] = [[]]
    for each in places:
        if each is None:
            found.append([])
        else:
            found[-1].append(each)
    return [" ".join(f"{each.x},{each.y}" for each in line) for line in found if len(line) > 1]


def _marks(across: Sequence[int], labels: Sequence[str]) -> list[tuple[int, str]]:
    """Return which labels find room below the axis: the last one always."""
    every = max(-(-len(labels) // 4), 1)
    chosen = [n for n in range(len(labels)) if (len(labels) - 1 - n) % every == 0]
    return [(across[n], labels[n]) for n in chosen]


def complaints_spark(values: Sequence[int | None]) -> list[str]:
    """Return the lines of a small picture of shares, the oldest first."""
    step = (SPARK_WIDTH - 4) / max(len(values) - 1, 1)
    places = [
        None
        if value is None
        else Point(round(2 + step * number), _height(value, 3, SPARK_HEIGHT - 3), value, "")
        for number, value in enumerate(values)
    ]
    return _lines(places)
