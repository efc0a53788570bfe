"""A column under its field: which cells are wrong, which stand for nothing, what the keys hold."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from typing import NamedTuple, TypeGuard

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from frictionless import Field

from ckanext.opengov.validation.table import accept, masks
from ckanext.opengov.validation.table.masks import Integers, Mask
from ckanext.opengov.validation.table.tokens import Cells

MAX_REMEMBERED = 50_000
"""Values of a column that are judged once."""
MAX_REMEMBERED_LENGTH = 200
LOOKED_AT = 256
"""Cells of which the different ones are judged together."""
TYPE = "type"
UNHASHABLE = frozenset({"array", "list", "object", "geojson"})
"""Types whose values can be no keys: Frictionless fails on them."""

Codes = npt.NDArray[np.uint64]
NONE = np.uint64(0x9E3779B97F4A7C15)
TEXT = np.uint64(0xC2B2AE3D27D4EB4F)
"""Keeps the numbers of texts apart from those of numbers, and of nothing."""
EXACT = 1 << 60
"""Whole numbers below it are their own codes."""
LONG = 500
"""Digits of a number that is not written out to be compared."""
BITS = (1 << 64) - 1


class Judged(NamedTuple):
    """What Frictionless makes of a cell."""

    value: object
    errors: tuple[tuple[str, str], ...]
    """Code and note of each, in the order in which it tells them."""

    @property
    def is_blank(self) -> bool:
        """Tell whether the cell stands for nothing."""
        return self.value is None and not (self.errors and self.errors[0][0] == "type-error")


@dataclass(slots=True)
class Wrong:
    """The wrong cells of a column, in a batch."""

    places: npt.NDArray[np.int64]
    which: npt.NDArray[np.int64]
    """Of the values, the one that each cell has."""
    values: list[str]
    judged: list[Judged]


@dataclass(slots=True)
class Checked:
    """What is known of a column in a batch."""

    cells: Cells
    missing: Mask
    wrong: Wrong | None
    values: Integers | None
    """Whole numbers, where there is one; 0 elsewhere."""
    known: Mask | None
    """Where ``values`` are what the cells are; None: everywhere but in ``missing``."""

    @property
    def nulls(self) -> Mask:
        """The cells without a value: nothing stands there, or nothing of the type."""
        wrong = self.wrong
        if wrong is None:
            return self.missing
        lost = np.array([each.value is None for each in wrong.judged], bool)[wrong.which]
        if not lost.any():
            return self.missing
        nulls = self.missing.copy()
        nulls[wrong.places[lost]] = True
        return nulls


class Column:
    """A column of the table."""

    def __init__(
        self,
        place: int,
        field: Field,
        read: Callable[[object], tuple[object, dict[str, str] | None]],
    ) -> None:
        self.place, self.field, self.name = place, field, field.name
        self._read = read
        missing = field.missing_values
        if not field.has_defined("missing_values") and field.schema:
            missing = field.schema.missing_values
        self._missing = tuple(dict.fromkeys(str(each) for each in missing))
        self._missing_array = pa.array(self._missing, pa.string())
        self._missing_lengths = sorted({len(each.encode()) for each in self._missing})
        self.is_required = bool(field.constraints.get("required"))
        self._test = accept.test_for(field)
        self._remembered: dict[object, Judged] = {}
        self.most_remembered = MAX_REMEMBERED
        self.has_inexact_codes = False
        """Different values may have had the same code."""

    @property
    def has_empty_as_missing(self) -> bool:
        """Tell whether an empty cell stands for nothing."""
        return "" in self._missing

    def judge(self, cell: object) -> Judged:
        """Return what Frictionless makes of a cell."""
        kind = _key(cell)
        try:
            found = self._remembered.get(kind)
        except TypeError:
            return self._judged(cell)
        if found is None:
            found = self._judged(cell)
            if not isinstance(cell, str) or len(cell) <= MAX_REMEMBERED_LENGTH:
                if len(self._remembered) >= self.most_remembered:
                    self._remembered.clear()
                self._remembered[kind] = found
        return found

    def _judged(self, cell: object) -> Judged:
        value, notes = self._read(cell)
        if not notes:
            return Judged(value, ())
        kinds = sorted(notes, key=lambda name: name != TYPE)
        return Judged(
            value,
            tuple(
                ("type-error" if name == TYPE else "constraint-error", notes[name])
                for name in kinds
            ),
        )

    def missing_in(self, cells: pa.StringArray) -> Mask:
        """Return which of the cells stand for nothing."""
        lengths = masks.lengths(cells)
        if self._missing_lengths == [0]:
            return lengths == 0
        found = np.zeros(len(cells), bool)
        for length in self._missing_lengths:
            found |= lengths == length
        if self._missing_lengths[:1] == [0] and np.array_equal(found, lengths == 0):
            return found
        if found.any():
            maybe = cells.filter(pa.array(found))
            found[found] = masks.numpy_mask(pc.is_in(maybe, value_set=self._missing_array))
        return found

    def check(self, cells: Cells) -> Checked:
        """Return what is wrong with the cells."""
        if isinstance(cells, list):
            return self._check_objects(cells)
        missing, good, values = self._accepted(cells)
        wrong, known = None, None
        if good is not None and not good.all():
            wrong, known, values = self._judge_rest(cells, good, missing, values)
        if values is not None and known is None:
            known = ~missing
        return Checked(cells, missing, wrong, values, known)

    def takes(self, cells: pa.StringArray) -> bool:
        """Tell whether no cell is wrong: as soon as one is found that is."""
        if len(cells) and self.judge(cells[0].as_py()).errors:
            return False
        _, good, _ = self._accepted(cells)
        if good is None or good.all():
            return True
        rest = cells.filter(pa.array(~good))
        # In pieces: of the types that a column may have, most are refuted by the first cells.
        return all(
            not self.judge(cell).errors
            for start in range(0, len(rest), LOOKED_AT)
            for cell in rest[start : start + LOOKED_AT].unique().to_pylist()
        )

    def _accepted(self, cells: pa.StringArray) -> tuple[Mask, Mask | None, Integers | None]:
        """Return which cells are missing, which are surely right (None: all), and the numbers."""
        missing = self.missing_in(cells)
        if self._test is None:
            accepted = masks.Accepted(np.zeros(len(cells), bool))
        else:
            accepted = self._test(cells, missing)
        good = accepted.good
        if good is None:
            good = ~missing if self.is_required else None
        elif self.is_required:
            good = good & ~missing
        else:
            good = good | missing
        return missing, good, accepted.values

    def _check_objects(self, cells: list[object]) -> Checked:
        classes = set(map(type, cells))
        if classes <= {str, type(None)} and self.has_empty_as_missing and "" not in cells:
            return self._check_texts(cells)
        if classes <= {int, float, type(None)} and self._takes_numbers:
            found = self._check_numbers(cells)
            if found is not None:
                return found
        numbers: dict[object, int] = {}
        judged: list[Judged] = []
        different: list[object] = []
        which = np.empty(len(cells), np.int64)
        for place, cell in enumerate(cells):
            try:
                number = numbers.setdefault(_key(cell), len(judged))
            except TypeError:
                number = len(judged)
            if number == len(judged):
                judged.append(self.judge(cell))
                different.append(cell)
            which[place] = number
        is_blank = np.array([each.is_blank for each in judged], bool)[which]
        is_wrong = np.array([bool(each.errors) for each in judged], bool)[which]
        wrong = None
        if is_wrong.any():
            texts = list(map(str, different))
            wrong = Wrong(np.flatnonzero(is_wrong), which[is_wrong], texts, judged)
        return Checked(cells, is_blank, wrong, None, None)

    def _check_texts(self, cells: list[object]) -> Checked:
        """Check texts as if they stood in a text file, where nothing is an empty cell."""
        found = self.check(pa.array(["" if each is None else each for each in cells], pa.string()))
        if found.wrong is not None:
            found.wrong.values = [each or "None" for each in found.wrong.values]
        return Checked(cells, found.missing, found.wrong, found.values, found.known)

    @property
    def _takes_numbers(self) -> bool:
        """Tell whether a number is right if it is within the bounds."""
        limits = {name for name, limit in self.field.constraints.items() if limit is not None}
        is_text = not any(sign.isdigit() for each in self._missing for sign in each)
        return (
            is_text
            and self.field.type in ("integer", "number")
            and limits <= {"required", "unique"}
            and not self.is_required
        )

    def _check_numbers(self, cells: list[object]) -> Checked | None:
        nothing = np.array([each is None for each in cells], bool)
        found = np.array([0 if each is None else each for each in cells])
        if found.dtype == np.int64:
            # Larger ones are no codes of their own.
            known = ~nothing & (found > -EXACT) & (found < EXACT)
            return Checked(cells, nothing, None, np.where(known, found, 0), known)
        if found.dtype != np.float64 or not np.isfinite(found).all():
            return None
        if self.field.type == "number":
            return Checked(cells, nothing, None, None, None)
        whole = (found == np.floor(found)) & (np.abs(found) < EXACT >> 8)
        if not whole.all():
            return None
        return Checked(cells, nothing, None, found.astype(np.int64), ~nothing)

    def _judge_rest(
        self, cells: pa.StringArray, good: Mask, missing: Mask, values: Integers | None
    ) -> tuple[Wrong | None, Mask | None, Integers | None]:
        """Let Frictionless judge what the test does not accept."""
        rest = np.flatnonzero(~good)
        encoded = pc.dictionary_encode(cells.filter(pa.array(~good)))
        which = encoded.indices.to_numpy().astype(np.int64)
        different = encoded.dictionary.to_pylist()
        judged = [self.judge(each) for each in different]
        known = None
        if values is not None:
            known, values = good & ~missing, values.copy()
            held = np.array([is_exact(each.value) for each in judged], bool)
            exact = [each.value if is_exact(each.value) else 0 for each in judged]
            numbers = np.array(exact, np.int64)
            known[rest] = held[which]
            values[rest] = numbers[which]
        is_wrong = np.array([bool(each.errors) for each in judged], bool)[which]
        if not is_wrong.any():
            return None, known, values
        return Wrong(rest[is_wrong], which[is_wrong], different, judged), known, values

    def codes(self, checked: Checked) -> tuple[Codes, Mask]:
        """Return a number for each cell, the same for equal values, and which cells have one.

        Those without have no value, or one that equals nothing.
        """
        cells = checked.cells
        if checked.values is not None and checked.known is not None:
            codes, known = checked.values.view(np.uint64), checked.known
            others = np.flatnonzero(~known & ~checked.missing)
            if len(others):
                self.has_inexact_codes = True
                codes, known = codes.copy(), known.copy()
                for place in others.tolist():
                    cell = cells[place] if isinstance(cells, list) else cells[place].as_py()
                    code = code_of(self.judge(cell).value)
                    known[place] = code is not None
                    codes[place] = code or 0
            return codes, known
        known, self.has_inexact_codes = ~checked.missing, True
        texts = (
            cells if isinstance(cells, list) or self.field.type != "string" else cells.to_pylist()
        )
        if self.field.type == "string" and set(map(type, texts)) <= {str, type(None)}:
            codes = np.fromiter(map(hash, texts), np.int64, len(texts)).view(np.uint64) ^ TEXT
            if checked.wrong is not None:
                lost = np.array([each.value is None for each in checked.wrong.judged], bool)
                known[checked.wrong.places[lost[checked.wrong.which]]] = False
            return codes, known
        if isinstance(cells, list):
            each_code = [code_of(self.judge(cell).value) for cell in cells]
            codes = np.array([code or 0 for code in each_code], np.uint64)
            return codes, np.array([code is not None for code in each_code], bool)
        encoded = pc.dictionary_encode(checked.cells)
        which = encoded.indices.to_numpy()
        each_code = [code_of(self.judge(each).value) for each in encoded.dictionary.to_pylist()]
        codes = np.array([code or 0 for code in each_code], np.uint64)[which]
        return codes, np.array([code is not None for code in each_code], bool)[which]


def _key(cell: object) -> object:
    """Return what is the same for the same cell only, not for all that are equal to it."""
    kind = cell.__class__
    if kind is str:
        return cell
    return (kind, str(cell)) if kind in _WRITTEN_IN_WAYS else (kind, cell)


_WRITTEN_IN_WAYS = frozenset({Decimal, datetime, time})


def is_exact(value: object) -> TypeGuard[int]:
    """Tell whether a value is its own code."""
    return isinstance(value, int) and -EXACT < value < EXACT


def code_of(value: object) -> int | None:
    """Return a number that is the same for equal values; None: for what equals nothing."""
    if value is None or value != value:  # noqa: PLR0124 - what is no number equals nothing
        return None
    if isinstance(value, int | float | Decimal):
        if -EXACT < value < EXACT and value == int(value):
            return int(value) & BITS
        # Python's own number for 2**63 is that of 4.
        return hash(_written(value)) & BITS
    # Python's own number for an empty text is that of 0.
    return (hash(value) & BITS) ^ int(TEXT)


def _written(value: int | float | Decimal) -> str:
    """Return the same text for equal numbers, and another for all others but enormous ones."""
    is_long = isinstance(value, Decimal) and not -LONG < value.adjusted() < LONG
    if is_long or abs(value) == math.inf:
        return f"n{hash(value)}"
    return "{}/{}".format(*value.as_integer_ratio())


def mixed(codes: Sequence[Codes], known: Sequence[Mask]) -> Codes:
    """Return one code for the values of several columns; no value counts as one."""
    found = np.full(len(codes[0]), 0xCBF29CE484222325, np.uint64)
    for each, is_known in zip(codes, known, strict=True):
        found = (found ^ np.where(is_known, each, NONE)) * np.uint64(0x9E3779B97F4A7C15)
        found ^= found >> np.uint64(29)
    return found
