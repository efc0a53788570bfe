"""Frictionless' own checks of whole tables, where a schema asks for them among its rules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from frictionless import Check, Error, FrictionlessException, Resource, checks
from frictionless import errors as known
from frictionless.resources import TableResource
from frictionless.table import Row

from ckanext.opengov.validation.report import Finding, Severity

PARAMS: Mapping[str, tuple[str, ...]] = {
    "ascii-value": (),
    "deviated-cell": ("interval", "ignoreFields"),
    "deviated-value": ("fieldName", "interval", "average"),
    "duplicate-row": (),
    "forbidden-value": ("fieldName", "values"),
    "required-value": ("fieldName", "values"),
    "sequential-value": ("fieldName",),
    "table-dimensions": (
        *("numRows", "minRows", "maxRows"),
        *("numFields", "minFields", "maxFields"),
    ),
    "truncated-value": (),
}
"""What each check is told, in Frictionless' words."""
AVERAGES = ("mean", "median", "mode")
MAX_NUMBER = 1e9
MAX_VALUES = 10_000
MAX_DIGITS = 5000
ENDLESS = f'calculation issue "a number has more than {MAX_DIGITS} digits"'
"""What is told of 1e999999999, which would be written out to be added to others."""


NOTES = {
    "deviated-cell": re.compile(
        r'cell at row "(?P<other>\d+)" and field "(?P<name>.*)" has deviated size', re.DOTALL
    ),
    "deviated-value": re.compile(
        r'value "(?P<value>.*)" in row at position "(?P<other>\d+)" and field "(?P<name>.*)"'
        r' is deviated "\[(?P<least>.*), (?P<most>.*)\]"',
        re.DOTALL,
    ),
    "required-value": re.compile(
        r'The value "(?P<value>.*)" is required to be present in field "(?P<name>.*)" in .*',
        re.DOTALL,
    ),
    "table-dimensions": re.compile(
        r"number of (?P<what>\w+) is (?P<number>\d+), the (?P<how>\w+) is (?P<wanted>.+)"
    ),
}


def words_in(code: str, note: str) -> dict[str, object]:
    """Return what a sentence needs to know of a note of Frictionless."""
    if code not in NOTES:
        return {}
    found = NOTES[code].fullmatch(note)
    if found is None:
        return {"variant": "calculation"}
    words: dict[str, object] = {**found.groupdict()}
    if "other" in words:
        words["other"] = int(found["other"])
    if "what" in words:
        words["variant"] = f"{found['what']}-{found['how']}"
    return words


def is_endless(value: object) -> bool:
    """Tell whether a number has too many digits to calculate with, written out."""
    if not isinstance(value, Decimal) or not value.is_finite():
        return False
    return abs(value.adjusted()) > MAX_DIGITS


class _DeviatedValue(checks.deviated_value):
    """The check of Frictionless, which calculates with no endless numbers."""

    def connect(self, resource: Resource) -> None:
        super().connect(resource)
        self.has_endless = False

    def validate_row(self, row: Row) -> Iterable[Error]:
        self.has_endless = self.has_endless or is_endless(row[self.field_name])
        return super().validate_row(row)

    def validate_end(self) -> Iterable[Error]:
        if self.has_endless:
            return [known.DeviatedValueError(note=ENDLESS)]
        return super().validate_end()


@dataclass(frozen=True, slots=True)
class TableCheck:
    """A check that the schema asks for."""

    id: str
    asked: Mapping[str, object]
    """Its descriptor, as Frictionless reads it."""
    severity: Severity
    messages: Mapping[str, object]
    """What it says to people, by language."""

    @property
    def type(self) -> str:
        """Return which of the checks it is."""
        return str(self.asked["type"])

    @property
    def column(self) -> str | None:
        """Return the column that it is about; None: the whole table."""
        return str(self.asked["fieldName"]) if "fieldName" in self.asked else None

    @property
    def fails_on_nothing(self) -> bool:
        """Tell whether Frictionless, to which a column that is not there holds nothing, fails."""
        values = self.asked.get("values")
        is_forbidden = isinstance(values, list) and None in values
        return self.type == "sequential-value" or (self.type == "forbidden-value" and is_forbidden)

    def made(self) -> Check:
        """Return the check of Frictionless, for one reading of a table.

        Raises:
            FrictionlessException: it is none.
        """
        found: Check = Check.from_descriptor(dict(self.asked))
        if isinstance(found, checks.deviated_value):
            return _DeviatedValue(
                field_name=found.field_name, interval=found.interval, average=found.average
            )
        return found

    def told(self, finding: Finding) -> Finding:
        """Return what the check found as the schema wants it to be told."""
        if finding.code != self.type:
            return replace(finding, params={**finding.params, "rule": self.id})
        own = {"rule": self.id} | ({"messages": self.messages} if self.messages else {})
        return replace(finding, params={**finding.params, **own}, severity=self.severity)

    def broken(self, note: str) -> known.CheckError:
        """Return the error of a check that cannot be made."""
        return known.CheckError(note=f"{self.type}: {note}")


def read(
    rule: Mapping[str, object], id: str, severity: Severity, messages: Mapping[str, object]
) -> TableCheck:
    """Return the check that a rule of a schema, which anybody may have written, asks for.

    Raises:
        ValueError: it asks for what no such check does.
    """
    kind = str(rule["type"])
    asked = {name: rule[name] for name in ("type", *PARAMS[kind]) if name in rule}
    found = TableCheck(id, asked, severity, messages)
    try:
        found.made()
    except FrictionlessException as error:
        reasons = error.reasons or [error.error]
        raise ValueError("; ".join(each.note for each in reasons)) from error
    for name, value in asked.items():
        if not _is_sound(name, value):
            raise ValueError(name)
    return found


def _is_sound(name: str, value: object) -> bool:
    """Tell whether a parameter is one that the check can calculate with."""
    if name == "average":
        return value in AVERAGES
    if name == "values":
        if not isinstance(value, list) or len(value) > MAX_VALUES:
            return False
        return all(isinstance(each, str | int | float | None) for each in value)
    if isinstance(value, bool):
        return False
    if isinstance(value, int | float):
        return abs(value) <= MAX_NUMBER
    return True


@dataclass(frozen=True, slots=True)
class Started:
    """The checks of a table that can be made, by their places among the rules."""

    checks: Mapping[int, Check]
    errors: Sequence[tuple[TableCheck, Error]]
    """What was found before the first row."""


def start(rules: Sequence[object], resource: TableResource) -> Started:
    """Begin to check an open table."""
    there = {each.name for each in resource.header.get_expected_fields()}
    begun: dict[int, Check] = {}
    errors: list[tuple[TableCheck, Error]] = []
    is_passed_over = False
    for place, rule in enumerate(rules):
        is_started, is_passed_over = not is_passed_over, False
        if not isinstance(rule, TableCheck):
            continue
        check = rule.made()
        check.connect(resource)
        found = list(check.validate_start()) if is_started else []
        # Frictionless strikes a check that cannot be made off the list that it goes through:
        # so it does not start the next one.
        is_passed_over = any(each.type == "check-error" for each in found)
        if not is_passed_over and rule.column not in {None, *there} and rule.fails_on_nothing:
            found = [rule.broken(f'the file has no column "{rule.column}"')]
        elif not is_passed_over:
            begun[place] = check
        errors += [(rule, each) for each in found]
    return Started(begun, errors)


def at_end(rules: Sequence[object], started: Started) -> Iterator[tuple[TableCheck, Error]]:
    """Yield what the checks find when all rows were seen."""
    for place, check in started.checks.items():
        rule = rules[place]
        assert isinstance(rule, TableCheck)  # noqa: S101 - tells the type checker
        yield from ((rule, each) for each in check.validate_end())


def errors_of(check: Check, row: Row) -> Iterator[Error]:
    """Yield what a check finds in a row."""
    try:
        yield from check.validate_row(row)
    except ArithmeticError:  # A signalling NaN cannot be compared with anything.
        return
