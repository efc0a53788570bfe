"""Tells the types of the columns from every row of a table.

The type of a column is the first, in the order of Frictionless, that all its cells have;
:mod:`guesses` says where that would change the data. Ours are numbers as they are written
in French, yes and no in words, and cells such as «NA» among numbers and days.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc
from frictionless import Field, Schema, settings

from ckanext.opengov.validation import guesses
from ckanext.opengov.validation import schema as schemas
from ckanext.opengov.validation.sources import Source
from ckanext.opengov.validation.table import columnwise, limits, tokens
from ckanext.opengov.validation.table.column import Column

FIRST_ROWS = 200
"""Rows that leave few types to look for in the others."""
ROWS_AT_ONCE, BATCHES_AT_ONCE = 4096, 3
"""Rows that are looked at together, from so many batches at most."""
NOTHING_KNOWN = ("NA", "NaN", "nan", "N/A", "n/a", "na", "ND", "nd", "n.d.", "-", "--", "…", "..")
"""What stands among numbers and days where nothing is known."""
WITH_GAPS = frozenset({"integer", "number", "date", "datetime"})
GROUPS = (" ", "\u00a0", "\u202f")
_WITH_COMMA = r"\A[+-]?(?:[0-9]+|[0-9]{1,3}(?:GROUP[0-9]{3})+)(?:,[0-9]+)?\z"
_POINT = r"\A[ \t]*[+-]?[0-9]+\.[0-9]+[ \t]*,[ \t]*[+-]?[0-9]+\.[0-9]+[ \t]*\z"
_WORDS = (("oui", "non"), ("نعم", "لا"))
"""Yes and no."""
_DIGITS = ("1", "0")


@dataclass(slots=True)
class _Text:
    """A form that all cells of a column may have."""

    pattern: str
    evidence: str = ""
    """What one cell at least has."""
    is_seen: bool = False


@dataclass(slots=True)
class _Guess:
    """What a column may still be."""

    name: str
    types: dict[str, Column] = field(default_factory=dict)
    forms: dict[str, _Text] = field(default_factory=dict)
    gaps: set[str] = field(default_factory=set)
    """Of :data:`NOTHING_KNOWN`, what stands there."""
    known: int = 0
    """Cells with a value, and..."""
    unknown: int = 0
    """...those with a gap."""
    is_identifier: bool = False
    is_decimal: bool = False
    """A point is beyond doubt a decimal one."""

    def see(self, cells: pa.StringArray) -> None:
        """Drop what these cells are not."""
        filled = cells.filter(pc.greater(pc.binary_length(cells), 0))
        if not len(filled):
            return
        gaps = pc.is_in(filled, value_set=_GAPS)
        found = filled.filter(gaps).unique().to_pylist()
        self.gaps.update(found)
        self.unknown += pc.sum(gaps).as_py() or 0
        known = filled.filter(pc.invert(gaps)) if found else filled
        self.known += len(known)
        for kind in list(self.types):
            # What Frictionless takes for a whole number, it takes for a number.
            if kind == "number" and "integer" in self.types:
                continue
            cells_of_kind = known if kind in WITH_GAPS else filled
            if not self.types[kind].takes(cells_of_kind):
                del self.types[kind]
        if "number" in self.types and "integer" not in self.types and not self.is_decimal:
            matches = pc.match_substring_regex(known, guesses.SURE_POINT)
            self.is_decimal = bool(pc.any(matches).as_py())
        self._see_forms(known)

    def _see_forms(self, known: pa.StringArray) -> None:
        if pc.all(pc.ascii_is_decimal(known)).as_py():
            # Digits have every form of a number, and are evidence of none.
            self.forms.pop("point", None)
            starts = known.filter(pc.starts_with(known, "0"))
            if len(starts) and pc.max(pc.binary_length(starts)).as_py() > 1:
                self.is_identifier = True
            known = known.slice(0, FIRST_ROWS)
        for kind, form in list(self.forms.items()):
            if not pc.all(pc.match_substring_regex(known, form.pattern)).as_py():
                del self.forms[kind]
            elif form.evidence and not form.is_seen:
                form.is_seen = bool(pc.any(pc.match_substring_regex(known, form.evidence)).as_py())
        if {"integer", "number", *_COMMAS} & {*self.types, *self.forms} and not self.is_identifier:
            matches = pc.match_substring_regex(known, schemas.IDENTIFIER)
            self.is_identifier = bool(pc.any(matches).as_py())

    def descriptor(self) -> dict[str, object]:
        """Return the column as a field of a schema."""
        return {"name": self.name, **self._type()}

    def _type(self) -> dict[str, object]:
        if not self.known:
            return {"type": "string" if self.unknown else "any"}
        # Where most cells say that nothing is known, they are words like any other.
        may_gap = not self.gaps or self.known >= self.unknown
        kind = next((each for each in self.types if may_gap or each not in WITH_GAPS), "string")
        found = self._written(kind, may_gap=may_gap)
        if found["type"] in ("integer", "number") and self.is_identifier:
            return {"type": "string"}
        if found["type"] in WITH_GAPS and self.gaps:
            found["missingValues"] = ["", *sorted(self.gaps)]
        if found["type"] == "string":
            found.update(self._truth())
        return found

    def _written(self, kind: str, *, may_gap: bool) -> dict[str, object]:
        """Return a type as the marks in the cells confirm it."""
        # «7E1» and «INF» are classes and names, and «1.234» is a thousand to some.
        if kind == "number" and not self.is_decimal:
            kind = "string"
        if kind not in ("geopoint", "string"):
            return {"type": kind}
        group = next((each for each in _COMMAS if self._has_commas(each)), None)
        if group is not None and may_gap:
            return {**guesses.NUMBER_WITH_COMMA, **({"groupChar": group} if group else {})}
        is_place = "point" in self.forms or guesses.OF_PLACES.search(self.name)
        # A comma with neither points nor a blank parts no coordinates.
        return {"type": kind if is_place and "" not in self.forms else "string"}

    def _has_commas(self, group: str) -> bool:
        form = self.forms.get(group)
        return form is not None and form.is_seen

    def _truth(self) -> dict[str, object]:
        for yes, no in _WORDS:
            form = self.forms.get(yes)
            if form is not None and form.is_seen and not self.gaps:
                return {
                    "type": "boolean",
                    "trueValues": [yes, _DIGITS[0]],
                    "falseValues": [no, _DIGITS[1]],
                }
        return {}


_GAPS = pa.array(NOTHING_KNOWN, pa.string())
_COMMAS = ("", *GROUPS)
"""Forms of numbers with a decimal comma, by what parts their thousands."""


def _types() -> dict[str, Column]:
    """Return what a column may be, but a text: the same for all, of which tables may have many."""
    found = {}
    for place, candidate in enumerate(settings.DEFAULT_FIELD_CANDIDATES):
        if candidate["type"] != "string":
            shared = Field.from_descriptor({**candidate, "name": "shared"})
            found[candidate["type"]] = Column(place, shared, shared.create_cell_reader())
    return found


def _guess(name: str, types: Mapping[str, Column], *, is_decimal: bool) -> _Guess:
    guess = _Guess(name, dict(types), is_decimal=is_decimal)
    for group in _COMMAS:
        pattern = _WITH_COMMA.replace("GROUP", group) if group else r"\A[+-]?[0-9]+(?:,[0-9]+)?\z"
        # «1,234» is a thousand to some; «1 234,5» is beyond doubt.
        evidence = guesses.SURE_COMMA
        if group:
            evidence = rf"{group}[0-9]{{3}},|{evidence}"
        guess.forms[group] = _Text(pattern, evidence)
    guess.forms["point"] = _Text(_POINT)
    for yes, no in _WORDS:
        pattern = rf"\A(?:{yes}|{no}|{'|'.join(_DIGITS)})\z"
        guess.forms[yes] = _Text(pattern, rf"\A(?:{yes}|{no})\z")
    return guess


def infer(source: Source) -> Schema | None:
    """Return the schema that all rows of a CSV file have; None: it must be guessed otherwise."""
    # Its own guess of the types, of which nothing is needed, would take longer than ours.
    with source.open(None, columnwise.SAMPLE_ROWS, field_type="any") as resource:
        names = list(resource.schema.field_names)
        if not resource.labels or len(resource.labels) != len(names):
            return None
        layout = columnwise.layout_of(source, resource, len(names), blank_lines=True)
    for slowly in (False, True):
        try:
            found = _infer(layout, names, source.decimals, slowly=slowly)
        except tokens.Unfit:
            continue
        except tokens.Endless as error:
            raise limits.too_long(None) from error
        except (UnicodeError, csv.Error):
            return None
        return Schema.from_descriptor({"fields": found})
    return None


def _infer(
    layout: tokens.Layout, names: Sequence[str], decimals: Collection[str], *, slowly: bool
) -> list[dict[str, object]]:
    if not slowly and not layout.fits_arrow:
        raise tokens.Unfit
    types = _types()
    found = [
        _guess(name, types, is_decimal=name in decimals or guesses.is_of_degrees(name))
        for name in names
    ]
    for columns in _parts(layout, slowly=slowly):
        for guess, cells in zip(found, columns, strict=True):
            guess.see(cells)
    return [each.descriptor() for each in found]


def _parts(layout: tokens.Layout, *, slowly: bool) -> Iterator[Sequence[pa.StringArray]]:
    """Yield the columns of all rows, a few first."""
    is_first = True
    held: list[Sequence[pa.StringArray]] = []
    for batch in tokens.batches(layout, slowly=slowly):
        if len(batch.rows):
            columns: Sequence[pa.StringArray] = batch.columns
            if is_first:
                yield [each[:FIRST_ROWS] for each in columns]
                columns = [each[FIRST_ROWS:] for each in columns]
            is_first = False
            # To ask of a few cells takes as long as of many: wide tables have few in a batch.
            held.append(columns)
            if len(held) == BATCHES_AT_ONCE or sum(len(each[0]) for each in held) >= ROWS_AT_ONCE:
                yield _joined(held)
                held = []
        if batch.ragged:
            rows = [cells for _, cells in batch.ragged]
            yield [
                pa.array([row[place] for row in rows if place < len(row)], pa.string())
                for place in range(layout.width)
            ]
    if held:
        yield _joined(held)


def _joined(held: Sequence[Sequence[pa.StringArray]]) -> Sequence[pa.StringArray]:
    if len(held) == 1:
        return held[0]
    return [pa.concat_arrays(each) for each in zip(*held, strict=True)]
