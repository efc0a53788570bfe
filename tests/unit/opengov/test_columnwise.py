"""Tables that are checked by columns give the very findings of Frictionless."""

import contextvars
import csv
import functools
import os
import sys
import warnings
from pathlib import Path

import pytest
from frictionless import Checklist
from tests.common.odd_tables import OddRows, odd_table

from ckanext.opengov.validation import bounds, reading, rowwise, validate
from ckanext.opengov.validation import schema as schemas
from ckanext.opengov.validation.report import Findings, is_readable, written
from ckanext.opengov.validation.sources import Source, finding_of
from ckanext.opengov.validation.table import check as checking
from ckanext.opengov.validation.table import columnwise, deviations, keys, retained, tokens

ODD_TABLES = int(os.environ.get("ODD_TABLES", "3000"))
"""`make fuzz` compares ten times as many."""
PARTS = 10
OURS = "formula-cell"
NO_COLUMN = "the file has no column"
"""Of a check after one that is struck off: Frictionless says nothing of it if there are no rows."""
KEPT = ("note", "other", "type")
"""What a finding tells beside the words that the schema has for its rules."""


def everything():
    return Findings(of_a_kind=sys.maxsize, most=sys.maxsize)


def what_frictionless_finds(source, schema, rules=()):
    """Return the findings of Frictionless' own report, or None where it has no table to check.

    ``rules`` are those of the descriptor.
    """
    types = {each.name: each.type for each in schema.fields}
    asked = [
        {name: each[name] for name in each if name not in ("id", "severity")} for each in rules
    ]
    try:
        checklist = Checklist.from_descriptor({"checks": asked})
        resource = source.open(schema.to_copy())
        # As it is alone, without what bounds our checks.
        alone = functools.partial(resource.validate, checklist, limit_errors=sys.maxsize)
        report = contextvars.Context().run(alone)
    except Exception:  # noqa: BLE001 - Frictionless fails on some tables in ways of its own
        return None
    errors = report.tasks[0].errors if report.tasks else report.errors
    if any(error.type in ("source-error", "encoding-error", "schema-error") for error in errors):
        return None
    return [finding_of(error, types) for error in errors]


def bare(findings):
    """Return findings without what is ours: the severity, and the words of a rule."""
    return [
        (
            *(each.code, each.row, each.field, each.cell),
            *(each.params.get(name) for name in KEPT),
        )
        for each in findings
        if each.code != OURS and NO_COLUMN not in each.params.get("note", "")
    ]


class Rows:
    """A watch that tells what it saw."""

    def __init__(self, *_of_the_columns):
        self.rows = []

    def see(self, columns, first_row):
        rows = zip(*(column.to_pylist() for column in columns), strict=True)
        self.rows += [(first_row + place, *cells) for place, cells in enumerate(rows)]

    def findings(self):
        return self.rows


class FilledRows(Rows):
    """The same. An empty line has no cells, or empty ones: either is nothing."""

    def findings(self):
        return [(row, *(cell or None for cell in cells)) for row, *cells in self.rows]


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
    source = Source(path, "csv", odd.encoding, text.lines, watch=FilledRows)
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
    expected = what_frictionless_finds(source, schema, odd.schema.get("rules", ()))
    assert expected is not None or odd.schema.get("rules")
    by_rows = rowwise.read(source, schema, given, everything(), lambda _share: None)
    for done in found.values():
        assert expected is None or bare(done.findings.kept) == bare(expected)
        assert done.findings.kept == by_rows.findings.kept
        assert list(done.findings.counts.items()) == list(by_rows.findings.counts.items())
        assert (done.rows, done.first) == (by_rows.rows, by_rows.first)
        assert done.watched == by_rows.watched
    return "compared" if False in found else "compared slowly"


def compare_rows(number):
    """Return whether a table of Python objects was compared."""
    odd = OddRows(number)
    try:
        given = schemas.read(odd.schema)
    except reading.Unreadable:
        return "unreadable"
    source = Source(Path("odd.xlsx"), "xlsx", table=odd, watch=Rows)
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
    assert done.watched == by_rows.watched
    return "compared"


@pytest.mark.parametrize("part", range(PARTS))
def test_odd_tables_have_the_findings_of_frictionless(tmp_path, part, monkeypatch):
    ways = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number in range(part, ODD_TABLES, PARTS):
            # Ragged rows are checked one by one, and many at once.
            monkeypatch.setattr(checking, "MANY", 1 + number % 2)
            try:
                with bounds.bounded():
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


@pytest.mark.parametrize("number", [3106, 4944])
def test_numbers_that_equal_nothing_and_large_ones_are_keys_as_frictionless_has_them(number):
    assert compare_rows(number) == "compared"


SEVERAL_BLOCKS = 3 * tokens.BLOCK


@pytest.fixture
def check(tmp_path):
    """A function that checks the text of a large file by columns, and in the other way."""

    def check(text, schema, encoding="utf-8"):
        path = tmp_path / "large.csv"
        path.write_bytes(text.encode(encoding))
        given = schemas.read(schema)
        source = Source(path, "csv", encoding)
        done = columnwise.read(source, given.schema, given, everything(), lambda _share: None)
        by_rows = rowwise.read(source, given.schema, given, everything(), lambda _share: None)
        assert done is not None
        assert done.findings.kept == by_rows.findings.kept
        assert done.rows == by_rows.rows
        return done.findings.kept

    return check


PLACES = {"fields": [{"name": "id", "type": "integer"}, {"name": "name", "type": "string"}]}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1256", "utf-16"])
@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_letters_of_several_bytes_are_read_over_the_ends_of_blocks(check, encoding, end):
    row = "{},تونس العاصمة\n"
    rows = [row.format(number) for number in range(SEVERAL_BLOCKS // len(row) // 2)]

    found = check("id,name\n" + "".join(rows) + "x,سوسة" + end, PLACES, encoding)

    assert [each.cell for each in found] == ["x"]


def test_rows_keep_their_numbers_among_ragged_ones_in_all_blocks(check):
    lines = [f"{number},place" + ",more" * (number % 997 == 0) for number in range(200_000)]
    lines[150_000] = "x,place"

    found = check("id,name\n" + "\n".join(lines), PLACES)

    assert [each.row for each in found if each.code == "type-error"] == [150_002]
    assert sum(each.code == "extra-cell" for each in found) == 201


def test_keys_are_compared_when_they_no_longer_fit_in_memory(check, monkeypatch):
    monkeypatch.setattr(keys, "MAX_IN_MEMORY", 1000)
    monkeypatch.setattr(retained, "MAX_RETAINED", 1000)
    schema = {
        **PLACES,
        "primaryKey": ["id", "name"],
        "foreignKeys": [
            {"fields": ["name"], "reference": {"resource": "", "fields": ["id"]}},
        ],
    }
    schema["fields"] = [{"name": "id", "type": "string"}, {"name": "name", "type": "string"}]
    lines = [f"{number % 5003},{number % 4999}" for number in range(20_000)]

    found = check("id,name\n" + "\n".join([*lines, "1,1", "2,none"]), schema)

    assert [(each.code, each.row, each.params.get("other")) for each in found] == [
        ("primary-key", 20_002, 3),
        ("foreign-key", 20_003, None),
    ]


@pytest.mark.parametrize("at_once", [1, 50_000])
def test_many_keys_share_memory_and_stay_right(check, monkeypatch, at_once):
    monkeypatch.setattr(keys, "MAX_IN_MEMORY", 1000)
    monkeypatch.setattr(keys, "SORTED", 300)
    monkeypatch.setattr(keys, "AT_ONCE", at_once)
    names = [f"c{place}" for place in range(40)]
    unique = [{"name": each, "type": "integer", "constraints": {"unique": True}} for each in names]
    lines = [",".join([str(number * 7919 % 10_007)] * 40) for number in range(6000)]
    lines[5000] = ",".join([*lines[10].split(",")[:39], "-1"])

    found = check("\n".join([",".join(names), *lines]), {"fields": unique})

    told = [(each.code, each.row, each.field, each.params["other"]) for each in found]
    assert told == [("unique-error", 5002, name, 12) for name in names[:39]]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"a," * 50_000 + b"a\n1\n", "too-many-columns"),
        (b"a,b\n1," + b"x" * (17 << 20), "too-long-row"),
        (b'a,b\n1,"' + b"x\n" * (9 << 20) + b'"\n', "too-long-row"),
    ],
)
def test_tables_without_end_are_not_read(tmp_path, content, code):
    path = tmp_path / "endless.csv"
    path.write_bytes(content)

    found = validate(path)

    assert [each.code for each in found.findings.kept] == [code]
    assert not is_readable(found.as_dict())


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        (["12 345,5", "1 234,567", "7"], {"type": "number", "decimalChar": ",", "groupChar": " "}),
        (["71 234 567", "98 765 432"], {"type": "string"}),
        (["oui", "non", "1"], {"type": "boolean"}),
        (["1", "0"], {"type": "integer"}),
        (["1", "NA", "3"], {"type": "integer", "missingValues": ["", "NA"]}),
        (["NA", "NA", "3"], {"type": "string"}),
        (["1", "2.5"], {"type": "number"}),
        (["2020-01-31", "2020-02-29", ""], {"type": "date"}),
        (["1", "007"], {"type": "string"}),
        (["1", " 007"], {"type": "string"}),
        (["1", "\u0660\u0660\u0667"], {"type": "string"}),
        (["+21671100000", "+21698765432"], {"type": "string"}),
        (["71100000", "\u00a0+21671100000 "], {"type": "string"}),
        (["1", "+٢١٦٧١١٠٠٠٠٠"], {"type": "string"}),
        (["+5", "-5", "+1234567", "-12345678901"], {"type": "integer"}),
        (["+12345678.5", "-1"], {"type": "number"}),
    ],
)
@pytest.mark.parametrize("late", [0, 30_000])
def test_types_are_told_from_every_row(tmp_path, cells, field, late):
    path = tmp_path / "table.csv"
    lines = [f'"{cells[0]}",x'] * late + [f'"{cell}",x' for cell in cells]
    path.write_text("n,m\n" + "\n".join(lines))

    found = validate(path)

    told = found.fields[0].as_dict()
    assert {name: told.get(name) for name in field} == field
    assert found.blocking == 0


EVERY_CHECK = [
    {"type": "ascii-value"},
    {"type": "deviated-cell", "interval": 2},
    {"type": "deviated-value", "fieldName": "id", "interval": 1},
    {"type": "deviated-value", "fieldName": "id", "interval": 2, "average": "median"},
    {"type": "deviated-value", "fieldName": "id", "interval": 2, "average": "mode"},
    {"type": "duplicate-row"},
    {"type": "row-constraint", "formula": "id < 100000"},
    {"type": "forbidden-value", "fieldName": "id", "values": [7, 150_000]},
    {"type": "required-value", "fieldName": "name", "values": ["place 7"]},
    {"type": "required-value", "fieldName": "name", "values": ["nowhere"]},
    {"type": "sequential-value", "fieldName": "id"},
    {"type": "table-dimensions", "maxRows": 5, "numFields": 3},
    {"type": "truncated-value"},
]


def test_checks_of_tables_see_all_blocks(check, monkeypatch):
    monkeypatch.setattr(deviations, "HELD", 1000)
    monkeypatch.setattr(keys, "MAX_IN_MEMORY", 5000)
    monkeypatch.setattr(checking, "MANY", 1)
    lines = [f"{number},place {number % 8011}" for number in range(1, 12_000)]
    lines[2_000] = "65535," + "y" * 255
    lines[5_000] = "7,place 7"
    lines[6_000] = "7,place 7,more"
    lines[7_000] = "150000,صفاقس"
    lines[8_000] = "1," + "z" * 6000
    lines[9_000] = "none"

    found = check("id,name\n" + "\n".join(lines), {**PLACES, "checks": EVERY_CHECK})

    seen = {each.code for each in found}
    assert seen >= {each["type"] for each in EVERY_CHECK}
    twins = [(each.row, each.params["other"]) for each in found if each.code == "duplicate-row"]
    assert twins == [(5_002, 8), (6_002, 5_002)]


def test_a_check_without_its_column_is_a_finding(check):
    rules = [
        {"type": "sequential-value", "fieldName": "other"},
        {"type": "forbidden-value", "fieldName": "id", "values": [1]},
    ]

    found = check("id,name\n1,x\n", {**PLACES, "rules": rules})

    assert [(each.code, each.row) for each in found] == [
        ("check-error", None),
        ("forbidden-value", 2),
    ]


def test_checks_of_tables_speak_for_themselves_and_may_warn(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("id,name\n1,x\n1,x\n5,y\n")
    rules = [
        {"type": "duplicate-row", "severity": "warning"},
        {"type": "table-dimensions", "minRows": 9, "message_translated": {"en": "Too few."}},
    ]

    kept = validate(path, {**PLACES, "rules": rules}).as_dict()

    assert [(each["code"], each["severity"]) for each in kept["findings"]] == [
        ("duplicate-row", "warning"),
        ("table-dimensions", "error"),
    ]
    messages = [each["message"] for each in written(kept, str, "en")["findings"]]
    assert messages == ["This row is the same as row 2.", "Too few."]


def test_numbers_without_end_are_not_written_out(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("n\n1\n1e999999999\n")
    fields = [{"name": "n", "type": "number"}]
    rules = [{"type": "deviated-value", "fieldName": "n"}]

    found = validate(path, {"fields": fields, "rules": rules}).findings.kept

    assert [each.code for each in found] == ["deviated-value"]
    assert "more than 5000 digits" in str(found[0].params["note"])


@pytest.mark.parametrize("content", ["\n" * 2000, "1,x\n" * 2000, "1,x,y,z\n" * 2000])
def test_files_of_nothing_but_odd_rows_are_checked_at_once(check, content):
    fields = [*PLACES["fields"], {"name": "more", "type": "string"}]
    fields[0]["constraints"] = {"required": True}

    found = check("id,name,more\n" + content, {"fields": fields, "primaryKey": ["more"]})

    assert len(found) >= 2000


def test_an_endless_cell_is_told_with_its_row(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text('a,b\n1,2\n2,"open' + "x\n" * (5 << 20))

    assert [(each.code, each.row) for each in validate(path).findings.kept] == [("too-long-row", 3)]


def test_carriage_returns_end_the_first_line(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("a,b\r" + "1,2\r" * 5000)

    found = validate(path)

    assert (found.verdict, found.file.rows) == ("clean", 5000)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1256", "utf-16"])
def test_lone_carriage_returns_end_rows_in_columns_too(tmp_path, encoding, monkeypatch):
    monkeypatch.setattr(tokens, "BLOCK", 4096)
    path = tmp_path / "table.csv"
    rows = "".join(f'{number},"تونس\r\n{number}"\r' for number in range(3000))
    path.write_bytes(f"id,name\r{rows}".encode(encoding))
    layout = tokens.Layout(path, encoding, csv.excel, width=2, first=2, blank_lines=False)

    found = [batch.columns[1].to_pylist() for batch in tokens.batches(layout) if len(batch.rows)]

    cells = [cell for each in found for cell in each]
    assert cells == [f"تونس\r\n{number}" for number in range(3000)]


@pytest.mark.parametrize("kept", [0, 1, 2])
@pytest.mark.parametrize("encoding", ["utf-8", "cp1256"])
def test_line_ends_in_cells_are_whole_where_blocks_end(check, kept, encoding):
    before = "id,name\r\n" + "1,x\r\n" * ((tokens.BLOCK - 100) // 5)
    cell = "y" * (tokens.BLOCK - len(before) - len('x,"') - kept) + "\r\nz"

    found = check(
        f'{before}x,"{cell}"\r\n' + "1,=x\r\n",
        {
            "fields": [
                {"name": "id", "type": "string"},
                {"name": "name", "type": "string", "constraints": {"pattern": "x|=x"}},
            ]
        },
        encoding,
    )

    assert [each.cell for each in found if each.code == "constraint-error"] == [cell]


def test_long_rows_are_read_in_bounded_memory(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("a,b\n" + "1,2\n" * 20_000 + ("1," * 200_000 + "\n") * 3)

    found = validate(path)

    assert found.findings.counts["extra-cell", None, "error"] == 3 * 199_999
    assert len(found.findings.kept) == 100
