"""Tables that are checked by columns give the very findings of Frictionless."""

import os
import sys
import warnings
from pathlib import Path

import pytest
from tests.common.odd_tables import OddRows, odd_table

from ckanext.opengov.validation import reading, rowwise
from ckanext.opengov.validation import schema as schemas
from ckanext.opengov.validation.report import Findings
from ckanext.opengov.validation.sources import Source, finding_of
from ckanext.opengov.validation.table import columnwise, tokens

ODD_TABLES = int(os.environ.get("ODD_TABLES", "3000"))
"""`make fuzz` compares ten times as many."""
PARTS = 10
OURS = ("formula-cell", "row-constraint")
"""Frictionless takes rules about rows apart from the schema."""


def everything():
    return Findings(of_a_kind=sys.maxsize, most=sys.maxsize)


def what_frictionless_finds(source, schema):
    """Return the findings of Frictionless' own report, or None where it has no table to check."""
    types = {each.name: each.type for each in schema.fields}
    try:
        report = source.open(schema.to_copy()).validate(limit_errors=sys.maxsize)
    except Exception:  # noqa: BLE001 - Frictionless fails on some tables in ways of its own
        return None
    errors = report.tasks[0].errors if report.tasks else report.errors
    if any(error.type in ("source-error", "encoding-error", "schema-error") for error in errors):
        return None
    return [finding_of(error, types) for error in errors]


def compare(tmp_path, number, most_rows=14):
    """Return whether a table was compared, and in which ways it was cut."""
    odd = odd_table(number, most_rows=most_rows)
    path = tmp_path / "odd.csv"
    path.write_bytes(odd.content)
    try:
        text = reading.look_at_text(path)
        given = schemas.read(odd.schema)
    except reading.Unreadable:
        return "unreadable"
    source = Source(path, "csv", odd.encoding, text.lines)
    schema = given.schema
    found = {}
    for slowly in (False, True):
        try:
            done = columnwise.read_once(
                source, schema, given, everything(), lambda _share: None, slowly=slowly
            )
        except tokens.Unfit:
            continue
        except Exception:  # noqa: BLE001 - it must fail in Frictionless as well
            return "left to Frictionless"
        found[slowly] = done
    expected = what_frictionless_finds(source, schema)
    assert expected is not None
    by_rows = rowwise.read(source, schema, given, everything(), lambda _share: None)
    for done in found.values():
        own = [each for each in done.findings.kept if each.code in OURS]
        assert [each for each in done.findings.kept if each not in own] == expected
        assert done.findings.kept == by_rows.findings.kept
        assert list(done.findings.counts.items()) == list(by_rows.findings.counts.items())
        assert (done.rows, done.first) == (by_rows.rows, by_rows.first)
    return "compared" if False in found else "compared slowly"


def compare_rows(number):
    """Return whether a table of Python objects was compared."""
    odd = OddRows(number)
    try:
        given = schemas.read(odd.schema)
    except reading.Unreadable:
        return "unreadable"
    source = Source(Path("odd.xlsx"), "xlsx", table=odd)
    try:
        done = columnwise.read_once(
            source, given.schema, given, everything(), lambda _share: None, slowly=False
        )
    except Exception:  # noqa: BLE001 - it must fail in Frictionless as well
        return "left to Frictionless"
    by_rows = rowwise.read(source, given.schema, given, everything(), lambda _share: None)
    assert done.findings.kept == by_rows.findings.kept
    assert list(done.findings.counts.items()) == list(by_rows.findings.counts.items())
    assert (done.rows, done.first) == (by_rows.rows, by_rows.first)
    return "compared"


@pytest.mark.parametrize("part", range(PARTS))
def test_odd_tables_have_the_findings_of_frictionless(tmp_path, part):
    ways = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number in range(part, ODD_TABLES, PARTS):
            try:
                ways.append(compare(tmp_path, number))
            except AssertionError as error:
                error.add_note(f"odd_table({number})")
                raise
    # Most of them must have gone the fast way, or the test shows nothing.
    assert ways.count("compared") > len(ways) / 2, {way: ways.count(way) for way in ways}


def test_odd_tables_of_objects_have_the_findings_of_frictionless():
    ways = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number in range(ODD_TABLES // 5):
            try:
                ways.append(compare_rows(number))
            except AssertionError as error:
                error.add_note(f"OddRows({number})")
                raise
    assert ways.count("compared") > len(ways) / 2, {way: ways.count(way) for way in ways}
