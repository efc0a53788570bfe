"""Columns cast by Arrow are the rows that Frictionless casts, for whatever file was found valid."""

import csv
import io
import tempfile
from datetime import datetime, time
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ckanext.opengov.casting import cells, columns, copying, source
from ckanext.opengov.validation import engine

NUMERIC = ("integer", "number")
ALPHABET = "aZé بت0159,;.\"'\\\t\n _=+-\u0661"
TEXTS = {
    "string": st.text(ALPHABET, max_size=8),
    "any": st.sampled_from(["x", "1", "true", "NA"]),
    "integer": st.one_of(
        st.integers().map(str), st.sampled_from(["+5", "007", " 12 ", "1_000", "٢٧", "-0"])
    ),
    "number": st.one_of(
        st.decimals(allow_nan=False, allow_infinity=False, places=3).map(str),
        st.sampled_from(["1e5", "-.5", "5.", " 1.5", "+0.10", "1E-7", "NaN"]),
    ),
    "date": st.one_of(st.dates().map(str), st.sampled_from(["2026-1-2", "٢٠٢٦-٠١-٠٢"])),  # noqa: RUF001
    "datetime": st.sampled_from(
        [
            *(f"2026-01-02T03:04:05{each}" for each in ("", "Z", "+01:00")),
            "2026-01-02T24:00:00",
            "9999-12-31T23:59:59-01:00",
            "0001-01-01T00:00:00+01:00",
        ]
    ),
    "time": st.sampled_from(["03:04:05", "23:59:59", "03:04:05Z", "03:04:05+05:00"]),
    "boolean": st.sampled_from(["true", "False", "1", "0"]),
    "year": st.integers(1000, 2999).map(str),
    "yearmonth": st.sampled_from(["2026-01", "0099-12"]),
    "duration": st.sampled_from(["P1Y", "PT36H"]),
    "geopoint": st.sampled_from(["36.8,10.2", "1, 2"]),
    "object": st.sampled_from(['{"a": 1e400}', '{"ب":[1, 2]}']),
}
FRENCH = {
    "number": (
        {"decimalChar": ",", "groupChar": " "},
        st.sampled_from(["1 234,5", "-12,25", "1 000 000", "7", " 8,5"]),
    ),
    "date": ({"format": "%d/%m/%Y"}, st.sampled_from(["02/01/2026", "2/1/2026", "31/12/1999"])),
}


@st.composite
def tables(draw):
    """A Table Schema, rows that it may allow, and how they are written."""
    fields, cells = [], []
    for place in range(draw(st.integers(2, 5))):
        kind = draw(st.sampled_from(sorted(TEXTS)))
        more, texts = {}, TEXTS[kind]
        if kind in FRENCH and draw(st.booleans()):
            more, texts = FRENCH[kind]
        fields.append({"name": f"c{place}", "type": kind, **more})
        cells.append(st.one_of(texts, st.sampled_from(["", "NA"])))
    rows = draw(st.lists(st.tuples(*cells), min_size=1, max_size=8))
    written = {
        "delimiter": draw(st.sampled_from(",;\t")),
        "quoting": draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
        "lineterminator": draw(st.sampled_from(["\n", "\r\n"])),
    }
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig"]))
    return {"fields": fields, "missingValues": ["", "NA"]}, rows, written, encoding


def file_of(folder, schema, rows, written, encoding):
    out = io.StringIO()
    writer = csv.writer(out, **written)
    writer.writerow(field["name"] for field in schema["fields"])
    writer.writerows(rows)
    path = Path(folder) / "table.csv"
    path.write_bytes(out.getvalue().encode(encoding))
    return path


def cells_of(batches, schema):
    """Return the columns whole, numbers as numbers: PostgreSQL knows no other."""
    found = [[] for _field in schema["fields"]]
    for batch in batches:
        for column, more in zip(found, batch, strict=True):
            column.extend(more.to_pylist())
    for column, field in zip(found, schema["fields"], strict=True):
        if field["type"] in NUMERIC:
            column[:] = [cell if cell in (None, "NaN") else Decimal(cell) for cell in column]
        if field["type"] == "datetime":
            column[:] = [cell and cell.replace("T", " ") for cell in column]
        if field["type"] == "time":
            column[:] = [cell and time.fromisoformat(cell) for cell in column]
    return found


COVERED = []


@given(tables())
@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
def check_equality(table):
    schema, *_ = table
    with tempfile.TemporaryDirectory() as folder:
        path = file_of(folder, *table)
        report = engine.check_file(path, name="t.csv", format="csv", schema=schema).as_dict()
        if report["blocking"]:
            return
        expected = cells_of(columns.by_rows(path, report, schema), schema)
        try:
            found = cells_of(columns.by_columns(path, report, schema), schema)
        except columns.NotCovered:
            return
        COVERED.append(table)
        assert found == expected


def test_columns_are_cast_as_frictionless_casts_rows():
    COVERED.clear()
    check_equality()
    assert len(COVERED) > 10


def report_of(path, schema=None):
    return engine.check_file(path, name="t.csv", format="csv", schema=schema).as_dict()


@pytest.mark.parametrize(
    "text",
    [
        'a,b\n1,5" pipe\n',
        'a,b\n1,x "y" z\n',
        'a,b\n"1"2,x\n',
        "a\n1\n\n",
        "a,b\n1,2\n\n3,4\n",
        'a, b\n1, "x"\n2, "y"\n',
    ],
)
def test_what_readers_disagree_on_is_read_by_rows_or_alike(tmp_path, text):
    path = tmp_path / "t.csv"
    path.write_text(text)
    report = report_of(path)
    schema = {"fields": report["fields"]}

    try:
        found = cells_of(columns.by_columns(path, report, None), schema)
    except columns.NotCovered:
        return
    assert found == cells_of(columns.by_rows(path, report, None), schema)


def test_columns_that_the_file_lacks_are_empty(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n")
    schema = {"fields": [{"name": name, "type": "string"} for name in "abc"]}
    report = engine.check_file(path, name="x", format="csv", schema=schema).as_dict()

    (found,) = columns.by_rows(path, report, schema)
    assert [each.to_pylist() for each in found] == [["1"], ["2"], [None]]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, None),
        ("", ""),
        (True, "true"),
        (Decimal("-Infinity"), "-Infinity"),
        ([1, "é"], '[1, "é"]'),
        (time.fromisoformat("00:30:00+01:00"), "23:30:00"),
        (time(10), "10:00:00"),
        (datetime.fromisoformat("2026-01-02T10:00:00+01:00"), "2026-01-02 09:00:00"),
        (datetime.fromisoformat("2026-01-02T10:00:00"), "2026-01-02 10:00:00"),
        (datetime.fromisoformat("9999-12-31T23:59:59.5-01:00"), "9999-12-31 23:59:59.500000"),
        (datetime.fromisoformat("0001-01-01T00:00:00+01:00"), "0001-01-01 00:00:00"),
    ],
)
def test_a_cell_is_written_as_postgresql_reads_it(cell, text):
    assert cells.as_text(cell) == text


def test_cells_are_compared_as_postgresql_compares_them():
    same = cells.comparable
    assert same(Decimal("1.0")) == same(Decimal("1.00")) == same(1)
    assert same(Decimal("NaN")) == same(Decimal("NaN"))
    assert same(time.fromisoformat("10:00:00+01:00")) == same(time(9)) != same(time(10))


def test_lines_for_copy_carry_every_sign(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('a,b\n"x\ty\\z","line\nline"\nNA,\n')
    schema = {
        "fields": [{"name": "a", "type": "string"}, {"name": "b", "type": "string"}],
        "missingValues": ["NA"],
    }

    batches = columns.by_columns(path, report_of(path, schema), schema)

    assert b"".join(copying.lines(batches)) == b"1\tx\\ty\\\\z\tline\\nline\n2\t\\N\t\n"


def test_files_of_windows_are_read_by_columns(tmp_path):
    path = tmp_path / "t.csv"
    text = "".join(f"ولاية تونس,{number}\n" for number in range(50))
    path.write_bytes(f"الولاية,b\n{text}".encode("cp1256"))
    report = report_of(path)

    (found,) = columns.by_columns(path, report, None)

    assert report["file"]["encoding"] == "cp1256"
    assert found[0].to_pylist() == ["ولاية تونس"] * 50


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("shift", ["", "x"])
def test_line_ends_in_a_text_stay_whole_wherever_a_block_ends(
    tmp_path, monkeypatch, encoding, shift
):
    monkeypatch.setattr(source, "BLOCK", 1000)
    path, text = tmp_path / "t.csv", f"{shift}élan" + "\r\n" * 200
    path.write_bytes(("a,b\r\n" + f'1,"{text}"\r\n' * 20).encode(encoding))

    batches = columns.by_columns(path, report_of(path), None)

    assert [cell for batch in batches for cell in batch[1].to_pylist()] == [text] * 20
