"""Rules about rows, by columns: which rows surely keep a rule, and which surely break it.

A formula becomes operations on whole columns, with a bound of their error. Rows of which
they cannot be sure, and formulas that are no such operations, are evaluated one by one.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from frictionless.fields import NumberField

from ckanext.opengov.validation.schema import Rule
from ckanext.opengov.validation.table import accept, masks, times
from ckanext.opengov.validation.table.column import EXACT, Checked, Column
from ckanext.opengov.validation.table.masks import Mask
from ckanext.opengov.validation.table.tokens import Cells

ROUNDING = 2.0**-51
"""Relative error of one step with binary fractions, generously."""

Floats = npt.NDArray[np.float64]


class NotByColumns(Exception):
    """The formula is evaluated row by row."""


@dataclass(slots=True)
class _Truth:
    """In which rows something surely holds, and in which it surely does not."""

    yes: Mask
    no: Mask


@dataclass(slots=True)
class _Numbers:
    kind: str
    """``int``, ``decimal``, ``float`` or ``date``: what Python would calculate with."""
    values: Floats
    error: Floats
    """How far each may be off; 0: it is exact."""
    sure: Mask
    nothing: Mask
    """Where there is no value."""


@dataclass(slots=True)
class _Texts:
    values: pa.StringArray
    nothing: Mask


_Value = _Truth | _Numbers | _Texts
_Cells = Mapping[str, Checked]
_Step = Callable[[_Cells], _Value]


class ByColumns:
    """A rule, for the columns of one table."""

    def __init__(self, rule: Rule, columns: Sequence[Column]) -> None:
        self.rule = rule
        self._columns = {each.name: each for each in columns}
        tree = rule.parsed
        assert isinstance(tree, ast.AST)  # noqa: S101 - tells the type checker
        names = {each.id for each in ast.walk(tree) if isinstance(each, ast.Name)}
        # To Frictionless, a name of no column is nothing.
        self._others = dict.fromkeys(names - self._columns.keys())
        self._used = [self._columns[name] for name in sorted(names & self._columns.keys())]
        self._nulls: dict[str, Mask] = {}
        self._size = 0
        try:
            self._step: _Step | None = self._compiled(
                tree.value if isinstance(tree, ast.Expr) else tree
            )
        except NotByColumns:
            self._step = None

    def broken_in(self, checked: Sequence[Checked]) -> Mask:
        """Return the rows that do not keep it."""
        size = len(checked[0].cells)
        unsure, broken = np.ones(size, bool), np.zeros(size, bool)
        if self._step is not None:
            cells = {each.name: checked[each.place] for each in self._used}
            if any(isinstance(each.cells, list) for each in cells.values()):
                # Python objects: each row on its own.
                self._step = None
        if self._step is not None:
            self._nulls = {name: found.nulls for name, found in cells.items()}
            self._size = size
            try:
                with np.errstate(all="ignore"):
                    truth = _truth(self._step(cells))
                unsure, broken = ~(truth.yes | truth.no), truth.no.copy()
            except NotByColumns:
                self._step = None
        for place in np.flatnonzero(unsure).tolist():
            texts = [cell_at(checked[each.place].cells, place) for each in self._used]
            broken[place] = self.is_broken_by(texts)
        return broken

    def is_broken_by(self, cells: Sequence[object]) -> bool:
        """Tell whether a row breaks it; ``cells`` are those of :attr:`used`."""
        row: dict[str, object] = dict(self._others)
        for each, cell in zip(self._used, cells, strict=True):
            row[each.name] = each.judge(cell).value
        return not self.rule.holds_in(row)

    @property
    def used(self) -> Sequence[Column]:
        """Return the columns that the formula names."""
        return self._used

    # Formulas

    def _compiled(self, node: ast.AST) -> _Step:
        makers: dict[type[ast.AST], Callable[[ast.AST], _Step]] = {
            ast.BoolOp: self._both,
            ast.Compare: self._compare,
            ast.UnaryOp: self._unary,
            ast.BinOp: self._calculate,
            ast.Name: self._name,
            ast.Constant: self._constant,
        }
        maker = makers.get(type(node))
        if maker is None:
            raise NotByColumns
        return maker(node)

    def _both(self, node: ast.AST) -> _Step:
        assert isinstance(node, ast.BoolOp)  # noqa: S101 - tells the type checker
        steps = [self._compiled(each) for each in node.values]
        is_and = isinstance(node.op, ast.And)

        def step(cells: _Cells) -> _Value:
            found = _truth(steps[0](cells))
            for each in steps[1:]:
                # What comes first decides, or else that what follows is looked at.
                after = _truth(each(cells))
                if is_and:
                    found = _Truth(found.yes & after.yes, found.no | (found.yes & after.no))
                else:
                    found = _Truth(found.yes | (found.no & after.yes), found.no & after.no)
            return found

        return step

    def _unary(self, node: ast.AST) -> _Step:
        assert isinstance(node, ast.UnaryOp)  # noqa: S101 - tells the type checker
        inner = self._compiled(node.operand)
        if isinstance(node.op, ast.Not):

            def negated(cells: _Cells) -> _Value:
                found = _truth(inner(cells))
                return _Truth(found.no, found.yes)

            return negated
        if not isinstance(node.op, ast.USub):
            raise NotByColumns

        def minus(cells: _Cells) -> _Value:
            found = _numbers(inner(cells))
            if found.kind == "date":
                raise NotByColumns
            sure = found.sure & ~found.nothing
            nothing = np.zeros(len(sure), bool)
            return _Numbers(found.kind, -found.values, found.error, sure, nothing)

        return minus

    def _calculate(self, node: ast.AST) -> _Step:
        assert isinstance(node, ast.BinOp)  # noqa: S101 - tells the type checker
        left, right = self._compiled(node.left), self._compiled(node.right)
        operation = _OPERATIONS.get(type(node.op))
        if operation is None:
            raise NotByColumns
        return lambda cells: operation(_numbers(left(cells)), _numbers(right(cells)))

    def _compare(self, node: ast.AST) -> _Step:
        assert isinstance(node, ast.Compare)  # noqa: S101 - tells the type checker
        steps = [self._compiled(each) for each in (node.left, *node.comparators)]
        compares = [_COMPARE.get(type(each)) for each in node.ops]

        def step(cells: _Cells) -> _Value:
            values = [each(cells) for each in steps]
            found: _Truth | None = None
            for compare, one, other in zip(compares, values, values[1:], strict=False):
                if compare is None:
                    raise NotByColumns
                after = _compared(compare, one, other)
                found = (
                    after
                    if found is None
                    else _Truth(found.yes & after.yes, found.no | (found.yes & after.no))
                )
            assert found is not None  # noqa: S101 - tells the type checker
            return found

        if None in compares:
            raise NotByColumns
        return step

    def _constant(self, node: ast.AST) -> _Step:
        assert isinstance(node, ast.Constant)  # noqa: S101 - tells the type checker
        value = node.value
        if isinstance(value, str):

            def text(cells: _Cells) -> _Value:
                size = self._size
                return _Texts(pa.array([value] * size, pa.string()), np.zeros(size, bool))

            return text
        if not isinstance(value, int | float | None) or isinstance(value, bool):
            raise NotByColumns
        size_of = abs(value or 0)
        if size_of >= EXACT:
            raise NotByColumns

        def number(cells: _Cells) -> _Value:
            size = self._size
            return _Numbers(
                type(value).__name__,
                np.full(size, float(value or 0)),
                np.full(size, 0.0 if size_of < 2**52 else size_of * ROUNDING),
                np.full(size, value is not None),
                np.full(size, value is None),
            )

        return number

    def _name(self, node: ast.AST) -> _Step:
        assert isinstance(node, ast.Name)  # noqa: S101 - tells the type checker
        column = self._columns.get(node.id)
        if column is None:
            return self._constant(ast.Constant(None))
        name, field = column.name, column.field
        if field.type in ("integer", "year"):
            return lambda cells: _whole(cells[name], self._nulls[name])
        if isinstance(field, NumberField):
            kind = "float" if field.float_number else "decimal"
            floats = accept.floats_of(field)
            if floats is not None:
                return lambda cells: _fractions(kind, *floats(cells[name].cells), self._nulls[name])
        if field.type == "date" and field.format == "default":
            return lambda cells: _days(cells[name], self._nulls[name])
        if field.type == "string":
            return lambda cells: _Texts(cells[name].cells, self._nulls[name])
        raise NotByColumns


def cell_at(cells: Cells, place: int) -> object:
    """Return one of the cells."""
    return cells[place] if isinstance(cells, list) else cells[place].as_py()


def _whole(found: Checked, nothing: Mask) -> _Value:
    if found.values is None or found.known is None:
        raise NotByColumns
    values = found.values.astype(np.float64)
    error = np.where(np.abs(values) < 2**52, 0.0, np.abs(values) * ROUNDING)
    return _Numbers("int", values, error, found.known, nothing)


def _fractions(kind: str, values: Floats, sure: Mask, nothing: Mask) -> _Value:
    # Whole numbers are exact, if a binary fraction holds all their digits.
    is_whole = (values == np.floor(values)) & (np.abs(values) < 2**50)
    error = np.where(is_whole, 0.0, np.abs(values) * ROUNDING + 1e-300)
    # What looks whole may have had more digits than were held.
    error = np.where(is_whole & (np.abs(values) > 2**20), np.abs(values) * ROUNDING, error)
    return _Numbers(kind, values, error, sure & ~nothing, nothing)


def _days(found: Checked, nothing: Mask) -> _Value:
    good = times.days(found.cells) & ~nothing
    cells = pc.if_else(pa.array(good), found.cells, "2000-01-01")
    values = pc.cast(pc.cast(cells, pa.date32()), pa.int32()).to_numpy().astype(np.float64)
    return _Numbers("date", values, np.zeros(len(values)), good, nothing)


def _truth(value: _Value) -> _Truth:
    """Return where Python takes a value for true."""
    if isinstance(value, _Truth):
        return value
    if isinstance(value, _Texts):
        is_empty = masks.lengths(value.values) == 0
        return _Truth(~is_empty & ~value.nothing, is_empty | value.nothing)
    if value.kind == "date":
        return _Truth(value.sure, value.nothing)
    is_zero = (value.values == 0) & (value.error == 0)
    return _Truth(
        value.sure & (np.abs(value.values) > value.error), (value.sure & is_zero) | value.nothing
    )


def _numbers(value: _Value) -> _Numbers:
    if not isinstance(value, _Numbers):
        raise NotByColumns
    return value


def _result(one: _Numbers, other: _Numbers, values: Floats, error: Floats, kind: str) -> _Numbers:
    kinds = {one.kind, other.kind}
    # Python does not add a decimal number and a binary fraction; days have rules of their own.
    if "date" in kinds or kinds == {"decimal", "float"}:
        raise NotByColumns
    is_exact = (one.error == 0) & (other.error == 0) & (values == np.floor(values))
    is_exact &= np.abs(values) < 2**52
    error = np.where(is_exact & (kind != "float"), 0.0, error + np.abs(values) * ROUNDING)
    sure = one.sure & other.sure & np.isfinite(values)
    return _Numbers(kind, values, error, sure, np.zeros(len(values), bool))


def _kind(one: _Numbers, other: _Numbers) -> str:
    for kind in ("float", "decimal"):
        if kind in (one.kind, other.kind):
            return kind
    return "int"


def _add(one: _Numbers, other: _Numbers) -> _Numbers:
    error = one.error + other.error
    return _result(one, other, one.values + other.values, error, _kind(one, other))


def _subtract(one: _Numbers, other: _Numbers) -> _Numbers:
    error = one.error + other.error
    return _result(one, other, one.values - other.values, error, _kind(one, other))


def _multiply(one: _Numbers, other: _Numbers) -> _Numbers:
    error = (
        np.abs(one.values) * other.error + np.abs(other.values) * one.error
    ) + one.error * other.error
    return _result(one, other, one.values * other.values, error, _kind(one, other))


def _divide(one: _Numbers, other: _Numbers) -> _Numbers:
    least = np.abs(other.values) - other.error
    values = one.values / other.values
    error = (one.error + np.abs(values) * other.error) / least
    kind = "decimal" if "decimal" in (one.kind, other.kind) else "float"
    found = _result(one, other, values, error, kind)
    found.error = found.error + np.abs(values) * ROUNDING
    found.sure = found.sure & (least > 0)
    return found


_OPERATIONS = {ast.Add: _add, ast.Sub: _subtract, ast.Mult: _multiply, ast.Div: _divide}
_COMPARE: dict[type[ast.cmpop], Callable[..., Mask]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


def _compared(compare: Callable[..., Mask], one: _Value, other: _Value) -> _Truth:
    if isinstance(one, _Texts) and isinstance(other, _Texts):
        return _compared_texts(compare, one, other)
    one, other = _numbers(one), _numbers(other)
    if ("date" in (one.kind, other.kind)) != (
        one.kind == other.kind == "date"
    ) and "NoneType" not in (one.kind, other.kind):
        raise NotByColumns
    distance = np.abs(one.values - other.values)
    error = one.error + other.error
    is_clear = (distance > error * 2) | (error == 0)
    values = (one.sure & (is_clear | other.nothing), other.sure & (is_clear | one.nothing))
    found = compare(one.values, other.values)
    return _decided(compare, values, (one.nothing, other.nothing), found)


def _compared_texts(compare: Callable[..., Mask], one: _Texts, other: _Texts) -> _Truth:
    if compare not in (operator.eq, operator.ne):
        raise NotByColumns
    same = masks.numpy_mask(pc.equal(one.values, other.values))
    found = same if compare is operator.eq else ~same
    return _decided(compare, (~one.nothing, ~other.nothing), (one.nothing, other.nothing), found)


def _decided(
    compare: Callable[..., Mask], values: tuple[Mask, Mask], nothing: tuple[Mask, Mask], found: Mask
) -> _Truth:
    """Return where a comparison holds. ``values``: where there are values to compare."""
    both = values[0] & values[1]
    yes, no = both & found, both & ~found
    # No value equals itself only, and has no order.
    same = nothing[0] & nothing[1]
    differs = (nothing[0] & values[1]) | (nothing[1] & values[0])
    if compare is operator.eq:
        return _Truth(yes | same, no | differs)
    if compare is operator.ne:
        return _Truth(yes | differs, no | same)
    return _Truth(yes, no)
