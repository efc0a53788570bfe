"""The schema of a table: read from a descriptor that anybody may have written, or inferred."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import simpleeval
from frictionless import FrictionlessException, Schema

from ckanext.opengov.validation import bounds, checks
from ckanext.opengov.validation.checks import TableCheck
from ckanext.opengov.validation.reading import Unreadable
from ckanext.opengov.validation.report import MAX_CELL, Finding, Severity

MAX_FIELDS = 2000
MAX_FORMULA, MAX_PATTERN = 2000, 20_000
"""Characters."""
MAX_DEPTH = 150
"""How deeply a formula may be nested: Python evaluates no deeper ones."""
PATTERN = "^{0}$"
"""As which Frictionless runs a pattern."""
KEPT = ("fields", "missingValues", "primaryKey", "foreignKeys", "fieldsMatch")
"""What is read of a descriptor, with ``rules`` and ``checks``."""
ELSEWHERE = frozenset({"cross-row", "foreign-file"})
"""Rules about other files, or about groups of rows: not ours."""
BOUNDS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})
NESTED = frozenset({"array", "list", "object", "geojson"})
_BLANKS, _ZERO, _DIGIT = "[\\s\u00a0\u202f]*", "[0\u0660\u06f0]", "[0-9\u0660-\u0669\u06f0-\u06f9]"
IDENTIFIER = rf"\A(?:{_BLANKS}(?:[+-]?{_ZERO}{_DIGIT}|\+{_DIGIT}{{8,}}{_BLANKS}$)|[^_]*_)"
"""A leading zero, an underscore, which Python reads over, or the plus of a telephone number.

A number would damage such an identifier. Python and Arrow read it alike. A sign before few
digits is that of a number.
"""
_IDENTIFIER = re.compile(IDENTIFIER)


@dataclass(frozen=True, slots=True)
class Rule:
    """A formula that holds in every row."""

    id: str
    formula: str
    parsed: object
    severity: Severity
    messages: dict[str, object]
    """What it says to people, by language."""

    def holds_in(self, row: Mapping[str, object]) -> bool:
        """Tell whether the row keeps it; as in Frictionless, a formula that fails does not hold."""
        return bounds.kept(self.formula, lambda: self._holds_in(row), None)

    def _holds_in(self, row: Mapping[str, object]) -> bool:
        evaluator = simpleeval.EvalWithCompoundTypes(names=row)  # type: ignore[no-untyped-call]
        try:
            return bool(evaluator.eval(self.formula, self.parsed))  # type: ignore[no-untyped-call]
        except Exception:  # noqa: BLE001 - the formula may raise anything
            return False

    def broken_in(self, row: int) -> Finding:
        """Return the finding of a row that does not keep it."""
        note = f'the row constraint to conform is "{self.formula}"'
        params = {
            "note": note[:500],
            "formula": self.formula[:500],
            "variant": "formula",
            "rule": self.id,
            "messages": self.messages,
        }
        return Finding("row-constraint", row=row, params=params, severity=self.severity)


@dataclass(frozen=True, slots=True)
class Given:
    """A schema that came with the file."""

    schema: Schema
    rules: tuple[Rule | TableCheck, ...]

    def slow(self, found: Mapping[str, object]) -> Iterator[Finding]:
        """Yield a finding for each pattern and formula that took too long, and on what."""
        for each in self.schema.fields:
            pattern = PATTERN.format(each.constraints.get("pattern"))
            if pattern in found:
                yield Finding("slow-pattern", None, each.name, str(found[pattern])[:MAX_CELL])
        for rule in self.rules:
            if isinstance(rule, Rule) and rule.formula in found:
                params = {"formula": rule.formula[:500], "rule": rule.id}
                yield Finding("slow-rule", params=params)

    def asks_for(self, kind: str) -> bool:
        """Tell whether one of the checks is among the rules."""
        return any(isinstance(each, TableCheck) and each.type == kind for each in self.rules)


def read(descriptor: Mapping[str, object]) -> Given:
    """Return the schema of a descriptor. Nothing outside the descriptor is read.

    Raises:
        Unreadable: it is none.
    """
    fields = descriptor.get("fields")
    if not isinstance(fields, list) or not 0 < len(fields) <= MAX_FIELDS:
        raise _fault(f"fields: a list of 1 to {MAX_FIELDS}")
    for place, field in enumerate(fields):
        # A text would be the path or the address of another descriptor.
        if not isinstance(field, dict) or not isinstance(field.get("name"), str):
            raise _fault(f"fields[{place}]")
        _check_pattern(field)
    kept = {name: descriptor[name] for name in KEPT if name in descriptor}
    try:
        schema = Schema.from_descriptor(kept)
        _check_bounds(schema)
        _check_unique(schema)
    except Unreadable:
        raise
    except FrictionlessException as error:
        raise _fault("; ".join(each.note for each in error.reasons or [error.error])) from error
    except Exception as error:
        raise _fault(type(error).__name__) from error
    return Given(schema, tuple(_rules(descriptor)))


def _check_pattern(field: Mapping[str, object]) -> None:
    constraints = field.get("constraints") or {}
    pattern = constraints.get("pattern", "") if isinstance(constraints, dict) else ""
    if not isinstance(pattern, str) or len(pattern) > MAX_PATTERN:
        raise _fault(f"{field['name']}: pattern")
    try:
        re.compile(pattern)
        re.compile(PATTERN.format(pattern))
    except (re.error, RecursionError, OverflowError) as error:
        raise _fault(f"{field['name']}: pattern") from error


def _check_bounds(schema: Schema) -> None:
    """See that each bound is a value of its field; the library would fail on the first row."""
    for field in schema.fields:
        read_value = field.create_value_reader()
        for name in BOUNDS & field.constraints.keys():
            if read_value(field.constraints[name]) is None:
                raise _fault(f"{field.name}: {name}")


def _check_unique(schema: Schema) -> None:
    """See that what is unique can be compared; the library would fail on the first row."""
    for field in schema.fields:
        is_unique = field.constraints.get("unique") or field.name in schema.primary_key
        if is_unique and field.type in NESTED:
            raise _fault(f"{field.name}: unique: {field.type}")


def _rules(descriptor: Mapping[str, object]) -> Iterator[Rule | TableCheck]:
    """Yield the rules about single rows, and the checks of the table, in their order."""
    for name in ("rules", "checks"):
        found = descriptor.get(name)
        for place, rule in enumerate(found if isinstance(found, list) else []):
            kind = rule.get("type") if isinstance(rule, dict) else None
            if name == "rules" and isinstance(kind, str) and kind in ELSEWHERE:
                continue
            rule_id = str(rule.get("id", place)) if isinstance(rule, dict) else str(place)
            try:
                yield _rule(rule, rule_id)
            except BAD_RULE as error:
                raise _fault(f"{name}: {rule_id}: {error or type(error).__name__}") from error


def _rule(rule: object, rule_id: str) -> Rule | TableCheck:
    if not isinstance(rule, dict):
        raise ValueError("no object")  # noqa: TRY004 - of the descriptor, not of our code
    severity = Severity.WARNING if rule.get("severity") == Severity.WARNING else Severity.ERROR
    found = rule.get("message_translated")
    messages = found if isinstance(found, dict) else {}
    kind = rule.get("type")
    if kind == "row-constraint":
        formula = rule.get("formula")
        if not isinstance(formula, str) or len(formula) > MAX_FORMULA:
            raise ValueError(f"formula: at most {MAX_FORMULA} characters")
        parsed = parse(formula)
        if _depth(parsed) > MAX_DEPTH:
            raise ValueError("formula: too deeply nested")
        return Rule(rule_id, formula, parsed, severity, messages)
    if isinstance(kind, str) and kind in checks.PARAMS:
        return checks.read(rule, rule_id, severity, messages)
    raise ValueError(f'type "{kind}"')


def _depth(tree: object) -> int:
    """Return how deeply a formula is nested."""
    depth, level = 0, [tree]
    while level:
        depth += 1
        level = [
            child
            for each in level
            if isinstance(each, ast.AST)
            for child in ast.iter_child_nodes(each)
        ]
    return depth


def parse(formula: str) -> object:
    """Return the formula, ready to be evaluated."""
    parsed: object = simpleeval.SimpleEval.parse(formula)  # type: ignore[no-untyped-call]
    return parsed


BAD_RULE = (
    SyntaxError,
    ValueError,
    RecursionError,
    MemoryError,
    simpleeval.InvalidExpression,
)
"""What is raised of a rule that is none; of too many brackets, the parser's stack runs over."""


def _fault(note: str) -> Unreadable:
    return Unreadable(Finding("schema-error", params={"note": note[:500]}))


def identifiers(schema: Schema, rows: Sequence[Sequence[object]]) -> set[str]:
    """Return the columns that were taken for numbers and hold identifiers."""
    return {
        field.name
        for position, field in enumerate(schema.fields)
        if field.type in ("integer", "number")
        and any(position < len(row) and is_identifier(row[position]) for row in rows)
    }


def is_identifier(cell: object) -> bool:
    """Tell whether a number would lose this cell's leading zero, its underscore or its plus."""
    return isinstance(cell, str) and _IDENTIFIER.match(cell) is not None
