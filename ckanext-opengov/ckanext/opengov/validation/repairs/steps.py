"""A repair as it is kept: a kind, the column that it is about, and what it needs to know."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypedDict, cast

from ckanext.opengov.shared.domain.texts import is_storable

MAX_STEPS = 500
MAX_NAME = 1000
MAX_ROW = 2**31 - 1
MAX_HEADER_ROWS = 5
ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16 LE",
    "utf-16-be": "UTF-16 BE",
    "cp1256": "Windows-1256",
    "cp1252": "Windows-1252",
    "iso8859-6": "ISO 8859-6",
    "iso8859-15": "ISO 8859-15",
    "cp720": "DOS 720",
    "cp850": "DOS 850",
    "mac-roman": "Mac Roman",
    "mac-arabic": "Mac Arabic",
}
"""Encodings that a publisher may choose, by Python's names."""
FORMATS = {
    "csv": "CSV",
    "doc": "DOC",
    "docx": "DOCX",
    "geojson": "GeoJSON",
    "gif": "GIF",
    "gml": "GML",
    "gpkg": "GPKG",
    "gpx": "GPX",
    "html": "HTML",
    "jpeg": "JPEG",
    "json": "JSON",
    "jsonl": "JSONL",
    "kml": "KML",
    "kmz": "KMZ",
    "odp": "ODP",
    "ods": "ODS",
    "odt": "ODT",
    "parquet": "Parquet",
    "pdf": "PDF",
    "png": "PNG",
    "ppt": "PPT",
    "pptx": "PPTX",
    "rtf": "RTF",
    "xls": "XLS",
    "xlsx": "XLSX",
    "xml": "XML",
    "zip": "ZIP",
}
"""Formats that a file may turn out to have, by the ends of their names."""
DELIMITERS = (",", ";", "\t", "|")
TYPES = ("string", "integer", "number", "boolean", "date", "datetime", "time", "year")
ORDERS = ("dmy", "mdy", "ymd")


class Kind(StrEnum):
    """What a repair does, in the order in which repairs are made."""

    FORMAT = "format"
    SHEET = "sheet"
    ENCODING = "encoding"
    DELIMITER = "delimiter"
    HEADER = "header"
    BLANK_ROWS = "blank-rows"
    TOTALS = "totals"
    BLANK_COLUMNS = "blank-columns"
    TRIM = "trim"
    DIGITS = "digits"
    NUMBER = "number"
    DATE = "date"
    TYPE = "type"


ORDER = {kind: place for place, kind in enumerate(Kind)}
OF_COLUMNS = frozenset({Kind.DIGITS, Kind.NUMBER, Kind.DATE, Kind.TYPE})
"""They need a column; all others but ``trim`` take none."""


class Params(TypedDict, total=False):
    """What a step needs to know beside its column."""

    format: str
    sheet: str
    encoding: str
    delimiter: str
    row: int
    rows: int
    decimal: str
    group: str
    order: str
    pivot: int
    type: str


def _is_row(value: object) -> bool:
    return _is_count(value, MAX_ROW)


def _is_name(value: object) -> bool:
    # Signs that no database keeps are in no name.
    return isinstance(value, str) and 0 < len(value) <= MAX_NAME and is_storable(value)


def _is_count(value: object, most: int) -> bool:
    # ``True`` is an int to Python.
    return type(value) is int and 0 < value <= most


PARAMS: dict[Kind, dict[str, Callable[[object], bool]]] = {
    Kind.FORMAT: {"format": lambda value: value in FORMATS},
    Kind.SHEET: {"sheet": _is_name},
    Kind.ENCODING: {"encoding": lambda value: value in ENCODINGS},
    Kind.DELIMITER: {"delimiter": lambda value: value in DELIMITERS},
    Kind.HEADER: {
        "row": _is_row,
        "rows": lambda value: _is_count(value, MAX_HEADER_ROWS),
    },
    Kind.TOTALS: {"row": _is_row},
    Kind.NUMBER: {
        "decimal": lambda value: value in (",", "."),
        "group": lambda value: value in ("", " ", ",", ".", "'"),
    },
    Kind.DATE: {"order": lambda value: value in ORDERS},
    Kind.TYPE: {"type": lambda value: value in TYPES},
}
"""What each kind needs to know, and which values are good."""
OPTIONAL: dict[Kind, dict[str, Callable[[object], bool]]] = {
    Kind.DATE: {"pivot": lambda value: _is_count(value, 99)},
}
"""What a kind may be told beside."""


class NotAStep(Exception):
    """This is no repair."""


class KeptStep(TypedDict):
    """A :class:`Step` as it is stored."""

    kind: str
    field: str | None
    params: Params


@dataclass(frozen=True, slots=True)
class Step:
    """One repair. Rows are records of the original file, counted from 1."""

    kind: Kind
    field: str | None = None
    params: Params = dataclasses.field(default_factory=Params)

    @property
    def id(self) -> str:
        """A short name that this repair has everywhere."""
        plain = json.dumps(self.as_dict(), sort_keys=True)
        return hashlib.sha256(plain.encode()).hexdigest()[:12]

    @property
    def place(self) -> tuple[int, str, int]:
        """Where it stands among others. Of two at one place only the last holds."""
        row = self.params["row"] if self.kind is Kind.TOTALS else 0
        return ORDER[self.kind], self.field or "", row

    def as_dict(self) -> KeptStep:
        """Return the step to be stored."""
        return {"kind": self.kind, "field": self.field, "params": self.params}


def read(found: object) -> Step:
    """Return the step that somebody described.

    Raises:
        NotAStep: it is none.
    """
    if not isinstance(found, Mapping):
        raise NotAStep
    try:
        kind = Kind(str(found.get("kind")))
    except ValueError as error:
        raise NotAStep from error
    column, params = found.get("field"), found.get("params") or {}
    if not _has_place(kind, column) or not _is_complete(kind, params):
        raise NotAStep
    return Step(kind, cast(str | None, column), cast(Params, dict(params)))


def _has_place(kind: Kind, column: object) -> bool:
    """Tell whether this is a column if the kind needs one, and else none."""
    if column is None:
        return kind not in OF_COLUMNS
    return _is_name(column) and (kind in OF_COLUMNS or kind is Kind.TRIM)


def _is_complete(kind: Kind, params: object) -> bool:
    """Tell whether these are all that the kind needs to know, and no more than it may."""
    wanted, optional = PARAMS.get(kind, {}), OPTIONAL.get(kind, {})
    if not isinstance(params, Mapping) or not {*wanted} <= {*params} <= {*wanted, *optional}:
        return False
    tests = {**wanted, **optional}
    try:
        is_good = all(tests[name](value) for name, value in params.items())
    except TypeError:  # what no set can hold is in none
        return False
    return is_good and not (kind is Kind.NUMBER and params["decimal"] == params["group"])


def read_all(found: object) -> tuple[Step, ...]:
    """Return steps in the order in which they are made.

    Raises:
        NotAStep: one of them is none, or there are too many.
    """
    if not isinstance(found, list) or len(found) > MAX_STEPS:
        raise NotAStep
    return in_order(read(each) for each in found)


def in_order(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Return the steps as they are made: whoever accepted them in whichever order."""
    last = {step.place: step for step in steps}
    return tuple(last[place] for place in sorted(last))
