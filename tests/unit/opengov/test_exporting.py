"""Files made of a table: every cell as it was, however odd."""

import decimal
from datetime import date, datetime

import openpyxl
import pytest
from openpyxl.utils.escape import unescape
from pyarrow import parquet as arrow

from ckanext.opengov.casting import exported, parquet, xlsx

ODD = (
    'a,<b> & "c"',
    "_x0041_x0042_ _x0043\x07",
    "line\nline",
    "tab\tbell\x07\r.",
    " ends with a blank ",
    "",
    "é ب",
)
TYPES = {
    "text": "text",
    "n": "numeric",
    "is": "boolean",
    "day": "date",
    "at": "timestamp without time zone",
}


@pytest.fixture
def source(tmp_path):
    """What PostgreSQL's COPY would write."""
    lines = ["text,n,is,day,at"]
    for text in ODD:
        quoted = '"' + text.replace('"', '""') + '"'
        lines.append(f"{quoted},-12.50,true,2026-01-02,2026-01-02 06:00:00")
    lines += [
        ",,,,",
        "x,12345678901234567890,false,1899-12-31,1899-12-31 00:00:00",
        "x,0.1,false,0044-03-15 BC,infinity",
    ]
    path = tmp_path / "raw"
    path.write_bytes(("\n".join(lines) + "\n").encode())
    return path


def test_a_workbook_has_every_cell(source, tmp_path):
    xlsx.write(source, TYPES, tmp_path / "book.xlsx")

    rows = list(openpyxl.load_workbook(tmp_path / "book.xlsx").worksheets[0].values)

    assert rows[0] == tuple(TYPES)
    assert [unescape(row[0] or "") for row in rows[1:8]] == list(ODD)
    day, at = datetime.fromisoformat("2026-01-02"), datetime.fromisoformat("2026-01-02T06:00")
    assert {row[1:] for row in rows[1:8]} == {(-12.5, True, day, at)}
    assert rows[8] == (None,) * 5
    assert rows[9] == ("x", "12345678901234567890", False, "1899-12-31", "1899-12-31 00:00:00")
    assert rows[10] == ("x", 0.1, False, "0044-03-15 BC", "infinity")


def test_rows_beyond_a_sheet_go_on_in_the_next(source, tmp_path, monkeypatch):
    monkeypatch.setattr(xlsx, "MOST_ROWS", 5)

    xlsx.write(source, TYPES, tmp_path / "book.xlsx")

    sheets = openpyxl.load_workbook(tmp_path / "book.xlsx").worksheets
    assert [len(list(sheet.values)) for sheet in sheets] == [5, 5, 3]
    assert {next(iter(sheet.values)) for sheet in sheets} == {tuple(TYPES)}


@pytest.mark.parametrize(
    ("text", "fits"),
    [("x" * 32_767, True), ("x" * 32_768, False), ("😀" * 16_383, True), ("😀" * 16_384, False)],
)
def test_a_text_too_long_for_a_cell_makes_no_workbook_rather_than_a_cut_one(tmp_path, text, fits):
    source, target = tmp_path / "raw", tmp_path / "book.xlsx"
    source.write_text(f"text\n{text}\n")

    xlsx.write(source, {"text": "text"}, target)

    assert bool(target.read_bytes()) == fits


def test_a_table_without_rows_has_files_too(tmp_path):
    source = tmp_path / "raw"
    source.write_text("text,n\n")

    xlsx.write(source, {"text": "text", "n": "numeric"}, tmp_path / "book.xlsx")
    parquet.write(source, [("text", "text", 0, 0), ("n", "numeric", 0, 0)], tmp_path / "p")

    book = openpyxl.load_workbook(tmp_path / "book.xlsx")
    assert list(book.worksheets[0].values) == [("text", "n")]
    assert arrow.read_table(tmp_path / "p").to_pydict() == {"text": [], "n": []}


@pytest.mark.parametrize(
    ("digits", "cells", "expected"),
    [
        ((2, 0), ["12", "", "-3"], [12, None, -3]),
        ((2, 2), ["12.50", "", "0.1"], [12.5, None, 0.1]),
        ((20, 0), ["12345678901234567890"], [decimal.Decimal("12345678901234567890")]),
        ((2, 16), ["1.0000000000000001"], [decimal.Decimal("1.0000000000000001")]),
        ((0, 0), ["NaN", "9" * 50], ["NaN", "9" * 50]),
    ],
)
def test_numbers_keep_all_their_digits(tmp_path, digits, cells, expected):
    source = tmp_path / "raw"
    source.write_text("n,t\n" + "".join(f"{cell},x\n" for cell in cells))

    parquet.write(source, [("n", "numeric", *digits), ("t", "text", 0, 0)], tmp_path / "p")

    assert arrow.read_table(tmp_path / "p")["n"].to_pylist() == expected


def test_other_types_are_kept(source, tmp_path):
    usual = "".join(source.read_text().splitlines(keepends=True)[0:1])
    source.write_text(f'{usual}é,1,true,2026-01-02,2026-01-02 06:00:00\n"",,,,\n')
    kinds = [(name, kind, 1, 0) for name, kind in TYPES.items()]

    parquet.write(source, kinds, tmp_path / "p")

    day, at = date(2026, 1, 2), datetime.fromisoformat("2026-01-02T06:00")
    found = arrow.read_table(tmp_path / "p").to_pylist()
    assert [tuple(row.values()) for row in found] == [
        ("é", 1, True, day, at),
        ("", None, None, None, None),
    ]


def test_a_row_longer_than_a_block_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(exported, "BLOCK", 1000)
    source = tmp_path / "raw"
    source.write_text("a,b\n" + "1,2\n" * 900 + "x" * 5000 + ",y\n3,4\n")

    batches = list(exported.text_columns(source, 2))

    rows = [row for batch in batches for row in zip(*(c.to_pylist() for c in batch), strict=True)]
    assert rows == [("1", "2")] * 900 + [("x" * 5000, "y"), ("3", "4")]


@pytest.mark.parametrize("shift", ["", "x"])
def test_line_ends_in_a_text_stay_whole_wherever_a_block_ends(tmp_path, monkeypatch, shift):
    monkeypatch.setattr(exported, "BLOCK", 1000)
    source, text = tmp_path / "raw", shift + "\r\n" * 200
    source.write_bytes(("a,b\n" + f'1,"{text}"\n' * 20).encode())

    found = [cell for batch in exported.text_columns(source, 2) for cell in batch[1].to_pylist()]

    assert found == [text] * 20
