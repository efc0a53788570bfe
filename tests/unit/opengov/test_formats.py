"""Tables that are no text: what is read of them, and what broken and hostile ones end in."""

import io
import json
import struct
import zipfile
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from frictionless.formats import ExcelControl
from frictionless.resources import TableResource
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from tests.common import books
from tests.common.books import ODS, ods, ods_of, packed, xls, xlsx

from ckanext.opengov.validation import apart, engine, reading, report, sentences, sources
from ckanext.opengov.validation.__main__ import main
from ckanext.opengov.validation.formats import biff, kinds, members, open_table, tables
from ckanext.opengov.validation.formats.tables import Box, Hints

TUNISIA = Box(7.5, 30.2, 11.6, 37.6)
# Workbooks know no time zones.
DAY, MOMENT = datetime.fromisoformat("2024-03-15"), datetime.fromisoformat("2024-03-15T08:30")


@pytest.fixture
def file(tmp_path):
    """A function that writes a file."""

    def file(content):
        path = tmp_path / "file"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return file


@pytest.fixture
def check(file):
    """A function that checks bytes as a file."""

    def check(content, format="", **options):
        return engine.check_file(file(content), name="file", format=format, **options)

    return check


@pytest.fixture
def published(file, check):
    """A function that returns the rows that are published of a file."""

    def published(content):
        kept = check(content).as_dict()
        return list(engine.typed_rows(file(content), kept, None))

    return published


def read(path, kind):
    """Return the table in a file."""
    return open_table(path, kind, Hints())


def codes(found):
    return [(each.code, each.row, each.field) for each in found.findings.kept]


def types(found):
    return {field.name: field.type for field in found.fields}


def parquet(table, **options):
    out = io.BytesIO()
    pq.write_table(table, out, **options)
    return out.getvalue()


def collection(*geometries, properties=None, **members):
    features = [
        {"type": "Feature", "properties": properties or {"n": n}, "geometry": geometry}
        for n, geometry in enumerate(geometries)
    ]
    return json.dumps({"type": "FeatureCollection", **members, "features": features})


def shape(kind, *coordinates):
    return {"type": kind, "coordinates": list(coordinates)}


# What a file is


def tiff(tag):
    return b"II*\0" + struct.pack("<IHHHIII", 8, 1, tag, 3, 1, 0, 0)


def ole(name):
    return xls(["a"]).replace("Workbook".encode("utf-16-le"), name.encode("utf-16-le"))


RECOGNISED = {
    "csv": "a,b\n1,2\n",
    "xlsx": xlsx(["a"], [1]),
    "xls": xls(["a"], [1]),
    "ods": ods(["a"], [1]),
    "json": '[{"a": 1}]',
    "jsonl": '{"a": 1}\n{"a": 2}\n',
    "geojson": collection(shape("Point", 10, 36)),
    "topojson": '{"type": "Topology", "objects": {}, "arcs": []}',
    "parquet": parquet(pa.table({"a": [1]})),
    "pdf": b"%PDF-1.7\n",
    "png": b"\x89PNG\r\n\x1a\n\0",
    "docx": packed({"[Content_Types].xml": "", "word/document.xml": ""}),
    "pptx": packed({"[Content_Types].xml": "", "ppt/presentation.xml": ""}),
    "xlsb": packed({"[Content_Types].xml": "", "xl/workbook.bin": ""}),
    "odt": packed({"mimetype": "application/vnd.oasis.opendocument.text"}),
    "shpzip": packed({"a/communes.shp": "", "a/communes.dbf": "", "a/communes.shx": ""}),
    "gtfs": packed({"stops.txt": "", "routes.txt": ""}),
    "kmz": packed({"doc.kml": ""}),
    "zip": packed({"readme": ""}),
    "sqlite": b"SQLite format 3\0" + bytes(84),
    "gpkg": b"SQLite format 3\0" + bytes(52) + b"GPKG",
    "tiff": tiff(256),
    "geotiff": tiff(34735),
    "html": "<html><body><table><tr><td>a</td></tr></table></body></html>",
    "ss": '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
    '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
    "kml": '<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"/>',
    "xml": '<?xml version="1.0"?><rows><row/></rows>',
    "gzip": b"\x1f\x8b\x08\0",
    "ole": ole("Someblob"),
    "encrypted": xls(["a"]).replace(
        "Workbook".encode("utf-16-le").ljust(36, b"\0"), "EncryptedPackage\0\0".encode("utf-16-le")
    ),
    "tar": bytes(257) + b"ustar\x0000" + bytes(300),
    "shp": b"\0\0\x27\x0a" + bytes(96),
    "netcdf": b"CDF\x01\0",
}


@pytest.mark.parametrize("kind", RECOGNISED)
def test_a_file_is_what_its_bytes_say(file, kind):
    assert kinds.kind_of(file(RECOGNISED[kind])) == kind
    assert kind in kinds.NAMES


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\xef\xbb\xbf" + b'[{"a": 1}]', "json"),
        ('{"features": [{"type": "Feature"}]}', "geojson"),
        ('{"a": {"type": "Point", "coordinates": [1, 2]}}', "json"),
        ("BM,b\n1,2\n", "csv"),
        ("ID3;x\n1;2\n", "csv"),
        ("<5,a\n1,2\n", "csv"),
        ("{a},b\n1,2\n", "csv"),
        ("[a];b\n1;2\n", "csv"),
        (b"\xff\xfea\0,\0b\0\n\0", "csv"),
        (b"PK\x03\x04 broken", "broken"),
        (b"", None),
        (b"\0\1\2\3", None),
    ],
)
def test_likely_mistakes_are_not_made(file, content, kind):
    assert kinds.kind_of(file(content)) == kind


@pytest.mark.parametrize("kind", RECOGNISED)
def test_the_beginning_of_a_file_is_of_some_kind(file, kind):
    content = RECOGNISED[kind]
    content = content.encode() if isinstance(content, str) else content
    for length in (1, 2, 3, 5, 9, 20, 31, 50, 100, 511):
        assert kinds.kind_of(file(content[:length])) in {*kinds.NAMES, None}


@pytest.mark.parametrize("kind", sorted(kinds.TABLES))
@pytest.mark.parametrize("called", ["csv", ".XLSX", "json", ""])
def test_a_table_is_checked_whatever_it_is_called(check, kind, called):
    found = check(RECOGNISED[kind], called)

    assert (found.file.format, len(found.fields) > 0) == (kind, True)
    is_right = kinds.plain(called) in ("", kind) or (called, kind) == ("json", "geojson")
    is_right = is_right or (called, kind) == ("json", "jsonl")
    assert ("format-mismatch" in {code for code, *_ in codes(found)}) is not is_right
    assert found.blocking == 0


@pytest.mark.parametrize("kind", ["pdf", "html", "docx", "zip", "ss", "shpzip", "topojson"])
@pytest.mark.parametrize(
    ("called", "code", "verdict"),
    [("csv", "wrong-format", "blocked"), ("", "format-not-checked", "warned")],
)
def test_what_is_no_table_is_called_what_it_is(check, kind, called, code, verdict):
    found = check(RECOGNISED[kind], called)

    assert (codes(found), found.verdict) == ([(code, None, None)], verdict)
    assert found.findings.kept[0].params["kind"] == found.file.format == kind


def test_a_document_of_another_format_is_told(check):
    assert codes(check(b"%PDF-1.7", "docx")) == [
        ("format-mismatch", None, None),
        ("format-not-checked", None, None),
    ]


def test_text_that_is_no_table_is_plain_text(check):
    found = check("Read me.\nThis is about rain, mostly.\n", "txt")

    assert (codes(found), found.file.format) == ([("format-not-checked", None, None)], "text")
    assert check("a\tb\n1\t2\n", "txt").file.format == "csv"


@pytest.mark.parametrize("kind", ["xls", "docx"])
def test_a_document_with_a_password_is_told(check, kind):
    assert codes(check(RECOGNISED["encrypted"], kind)) == [("encrypted", None, None)]


def test_a_workbook_with_a_password_is_not_called_damaged(check):
    manifest = "<manifest:encryption-data/>"
    hidden = {"mimetype": ODS, "content.xml": "x", "META-INF/manifest.xml": manifest}
    old = xls(["a"], [1])
    at = old.index(struct.pack("<HH", 0x0809, 16)) + 20
    assert codes(check(packed(hidden), "ods")) == [("encrypted", None, None)]
    assert codes(check(old[:at] + b"\x2f\0" + old[at + 2 :], "xls")) == [("encrypted", None, None)]


# Workbooks

TEXTS = st.text("ab é ع\u00a0'\"<&>\n", min_size=1, max_size=8).filter(lambda text: text.strip())
CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    TEXTS,
    st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1)).map(  # noqa: DTZ001
        lambda moment: moment.replace(microsecond=0)
    ),
    st.dates(date(1950, 1, 1), date(2100, 1, 1)),
    st.times()
    .map(lambda moment: moment.replace(microsecond=0))
    .filter(lambda each: each != time()),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=st.lists(st.tuples(CELLS, CELLS, CELLS, st.integers(1, 9)), min_size=1, max_size=12))
@pytest.mark.parametrize("is_mac", [False, True])
def test_a_plain_workbook_is_read_as_frictionless_reads_it(tmp_path_factory, rows, is_mac):
    def change(book):
        book.epoch = CALENDAR_MAC_1904 if is_mac else book.epoch

    path = tmp_path_factory.mktemp("book") / "book.xlsx"
    path.write_bytes(xlsx(["a", "b", "c", "d"], *rows, change=change))
    with TableResource(path=str(path), format="xlsx", control=ExcelControl()) as reference:
        expected = list(reference.cell_stream)

    found = list(read(path, "xlsx"))

    assert found == expected
    assert [list(map(type, row)) for row in found] == [list(map(type, row)) for row in expected]


def test_each_format_of_workbooks_gives_the_same_table(file):
    rows = [["station", "rain"], ["Tunis", 1.5], ["صفاقس", 2], [None, 3]]
    tables = [
        list(read(file(make(*rows)), kind))
        for make, kind in ((xlsx, "xlsx"), (xls, "xls"), (ods, "ods"))
    ]

    assert tables == [rows] * 3
    assert {type(table[2][1]) for table in tables} == {int}


def test_days_moments_and_truths_of_ods_are_read(file):
    rows = [["day", "at", "is"], [DAY.date(), MOMENT, True]]

    assert list(read(file(ods(*rows)), "ods"))[1] == [DAY, MOMENT, True]


def test_a_percentage_is_its_share(file):
    def change(book):
        book.active["A2"].number_format = "0%"

    percentage = (
        '<table:table-row><table:table-cell office:value-type="percentage" office:value="0.05">'
        "<text:p>5%</text:p></table:table-cell></table:table-row>"
    )
    for content, kind in (
        (xlsx(["a"], [0.05], change=change), "xlsx"),
        (ods(["a"], after=percentage), "ods"),
    ):
        assert list(read(file(content), kind)) == [["a"], [0.05]]


def test_the_first_visible_sheet_with_a_table_is_read(check):
    def change(book):
        book.create_sheet("empty", 0)
        book.create_sheet("secret", 0).append(["x"])
        book["secret"].sheet_state = "hidden"
        book.create_sheet("more").append(["y"])

    found = check(xlsx(["a"], [1], title="main", change=change), "xlsx")

    assert (found.file.sheet, types(found), found.verdict) == ("main", {"a": "integer"}, "warned")
    told = {each.code: each.params["sheets"] for each in found.findings.kept}
    assert told == {"other-sheets": "more", "hidden-sheets": "secret"}


@pytest.mark.parametrize("sheet", ["more", "2"])
def test_another_sheet_is_read_on_demand(check, file, sheet):
    content = xlsx(["a"], [1], change=lambda book: book.create_sheet("more").append(["y"]))

    found = check(content, hints=Hints(sheet=sheet))

    assert (found.file.sheet, types(found).keys()) == ("more", {"y"})
    assert codes(found) == [("no-rows", None, None)]
    assert list(engine.cells(file(content), found.as_dict())) == [["y"]]


@pytest.mark.parametrize("sheet", ["x", "²", "chart"])
def test_a_sheet_that_is_not_there_is_told(check, sheet):
    content = xlsx(["a"], [1], change=lambda book: book.create_chartsheet("chart"))

    assert codes(check(content, hints=Hints(sheet=sheet))) == [("no-such-sheet", None, None)]


def test_names_of_columns_in_two_lines_are_joined(check):
    def change(book):
        book.active.merge_cells("A3:A4")
        book.active.merge_cells("B3:C3")

    rows = [["Population"], [None], ["gov", "2023"], [None, "m", "f"], ["Tunis", 1, 2]]
    found = check(xlsx(*rows, ["Sfax", "x", 4], change=change))

    assert types(found) == {"gov": "string", "2023 / m": "any", "2023 / f": "integer"}
    assert codes(found) == [("header-lines", None, None), ("table-below", None, None)]
    assert (found.file.header_rows, found.file.rows) == (4, 2)
    assert [row["row"] for row in found.first] == [5, 6]
    fields = [{"name": name, "type": "integer"} for name in ("2023 / m", "2023 / f")]
    schema = {"fields": [{"name": "gov", "type": "string"}, *fields]}
    assert codes(check(xlsx(*rows, ["Sfax", "x", 4], change=change), schema=schema))[2:] == [
        ("type-error", 6, "2023 / m")
    ]


def test_a_table_may_begin_anywhere(check):
    def change(book):
        book.active.insert_rows(1, 3)
        book.active.insert_cols(1, 2)

    found = check(xlsx(["a", "b"], [1, "x"], [None, "#REF!"], change=change))

    assert types(found) == {"a": "integer", "b": "string"}
    assert codes(found) == [
        ("table-below", None, None),
        ("error-cell", 6, "b"),
        ("blank-row", 6, None),
    ]
    assert found.first[0] == {"row": 5, "cells": ["1", "x"]}


def test_a_column_without_a_name_is_told_by_its_place_in_the_sheet(check):
    found = check(
        xlsx(["a", None, "c"], [1, 2, 3], change=lambda book: book.active.insert_cols(1, 2))
    )

    assert [each.params["position"] for each in found.findings.kept] == [4]


def test_macros_are_told(check):
    out = io.BytesIO(xlsx(["a"], [1]))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0")

    assert codes(check(out.getvalue(), "xlsm")) == [("macros", None, None)]


@pytest.mark.parametrize("since", [1900, 1904])
def test_days_and_shares_of_xls_are_those_that_excel_shows(check, published, since):
    rows = [
        ["day", "moment", "share", "own"],
        [
            DAY.date(),
            MOMENT,
            books.Styled(0.255, books.PERCENT),
            books.Styled(40_000, books.OWN_DAY),
        ],
        [DAY.date(), DAY, books.Styled(1.0, books.PERCENT), books.Styled(40_001, books.OWN_DAY)],
    ]
    content = books.xls_of(books.Sheet(rows), since=since)

    found, first = check(content, "xls"), date(2009, 7, 6) if since == 1900 else date(2013, 7, 7)
    assert codes(found) == []
    assert [each.type for each in found.fields] == ["date", "datetime", "number", "date"]
    days = [[DAY.date(), MOMENT, Decimal("0.255"), first]]
    days.append([DAY.date(), DAY, Decimal(1), first + timedelta(days=1)])
    assert published(content) == days


@pytest.mark.parametrize("is_small", [False, True])
def test_failed_formulas_of_xls_are_told_where_they_stand(check, is_small):
    failed = [books.Styled(code, books.ERROR) for code in books.CODES.values()]
    last = books.Styled(23, books.ERROR, is_formula=True)
    other = books.Sheet([["z"], [books.Styled(7, books.ERROR)]], "other")
    sheet = books.Sheet([["a", "b", "c"], failed, [1, 2.5, True], [None, last, None]])

    found = check(books.xls_of(sheet, other, is_small=is_small), "xls")
    told = [each for each in found.findings.kept if each.code == "error-cell"]
    assert [(each.row, each.field, each.cell) for each in told] == [
        (2, "a", "#DIV/0!"), (2, "b", "#REF!"), (2, "c", "#N/A"), (4, "b", "#REF!")
    ]  # fmt: skip


def test_names_of_xls_may_be_merged_and_sheets_hidden(check):
    rows = [["gov", "2023", None], [None, "men", "women"], ["Tunis", 1, 2]]
    merged = [(0, 1, 0, 0), (0, 0, 1, 2)]
    sheets = [books.Sheet(rows, merged=merged)]
    sheets += [books.Sheet([["a"], [1]], name, visible) for visible, name in ((1, "h"), (2, "v"))]
    found = check(books.xls_of(*sheets, macros=["_VBA_PROJECT_CUR"]), "xls")

    assert [each.name for each in found.fields] == ["gov", "2023 / men", "2023 / women"]
    told = {each.code: each.params for each in found.findings.kept}
    assert list(told) == ["hidden-sheets", "macros", "header-lines"]
    assert told["hidden-sheets"]["sheets"] == "h, v"


@settings(max_examples=300, deadline=None)
@given(
    at=st.integers(0, 2600),
    change=st.binary(min_size=1, max_size=8),
    cut=st.integers(0, 3000),
)
def test_whatever_an_old_workbook_holds_its_errors_end_nothing(tmp_path_factory, at, change, cut):
    sheet = books.Sheet([["a"], [books.Styled(7, books.ERROR)]])
    content = books.xls_of(sheet, is_small=at % 2 == 0)
    path = tmp_path_factory.mktemp("old") / "file"
    path.write_bytes((content[:at] + change + content[at + len(change) :])[: len(content) - cut])

    errors, _has_macros = biff.of_sheet(path, 0)
    assert len(errors) <= 1


def test_an_old_workbook_without_a_root_has_no_errors_to_tell(tmp_path):
    content = books.xls_of(books.Sheet([["a"], [books.Styled(7, books.ERROR)]]), is_small=True)
    name = "Root Entry".encode("utf-16-le").ljust(64, b"\0")
    at = content.index(name) + 66
    path = tmp_path / "file"
    path.write_bytes(content[:at] + b"\x02" + content[at + 1 :])

    assert biff.of_sheet(path, 0) == ({}, False)


def test_merged_names_of_ods_are_joined_too(file):
    wide = '<table:table-cell office:value-type="string" table:number-columns-spanned="2">'
    tall = wide.replace("columns", "rows")
    text = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    rows = (
        f"<table:table-row>{tall}<text:p>gov</text:p></table:table-cell>{wide}<text:p>2023</text:p>"
        "</table:table-cell><table:covered-table-cell/></table:table-row>"
        f"<table:table-row><table:covered-table-cell/>{text.format('m')}{text.format('f')}"
        f"</table:table-row><table:table-row>{''.join(map(text.format, 'abc'))}</table:table-row>"
    )
    table = read(file(ods_of(f'<table:table table:name="t">{rows}</table:table>')), "ods")

    assert list(table) == [["gov", "2023 / m", "2023 / f"], ["a", "b", "c"]]


def test_a_row_of_texts_below_a_merged_name_stays_a_row(file):
    content = xlsx(
        ["الولاية", "المعتمدية", None],
        ["تونس", "باردو", "المدينة"],
        ["صفاقس", "طينة", "ساقية"],
        change=lambda book: book.active.merge_cells("B1:C1"),
    )

    assert [row[0] for row in read(file(content), "xlsx")] == ["الولاية", "تونس", "صفاقس"]


def test_a_month_above_a_column_is_named_as_a_day(check):
    content = xlsx(["gov", DAY], ["Tunis", 1], ["Sfax", "#N/A"])

    assert list(types(check(content))) == ["gov", "2024-03-15"]
    assert codes(check(content)) == [("error-cell", 3, "2024-03-15")]


CELL = '<c r="A%d"%s><f>%s</f><v>%s</v></c>'


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([("", "B1+C1", "0")] * 3, {"formula-empty": "zero"}),
        ([("", "B1+C1", "0"), ("", "B1", "5")], {}),
        ([(' t="n"', "B1+C1", "")] * 2, {"formula-empty": None}),
        ([("", "1+" * 3000 + "1", "")], {"formula-empty": None}),
    ],
)
def test_formulas_that_nobody_computed_are_told(check, cells, expected):
    rows = "".join(
        f'<row r="{row}">{CELL % (row, *cell)}<c r="B{row}"><v>{row}</v></c></row>'
        for row, cell in enumerate(cells, 2)
    )
    head = '<row r="1">' + "".join(
        f'<c r="{name}1" t="inlineStr"><is><t>{name}</t></is></c>' for name in "AB"
    )
    namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    sheet = f'<worksheet xmlns="{namespace}"><sheetData>{head}</row>{rows}</sheetData></worksheet>'
    found = check(with_sheet(sheet.encode()), "xlsx").findings.kept

    assert {
        each.code: each.params.get("variant") for each in found if each.code == "formula-empty"
    } == expected


def test_a_merged_name_above_numbers_is_one_line(file):
    content = xlsx(
        ["a", "b", None], [1, 2, 3], change=lambda book: book.active.merge_cells("B1:C1")
    )

    assert read(file(content), "xlsx").header_rows == 1


def test_merged_cells_among_the_rows_are_told(check):
    content = xlsx(
        ["gov", "n"], ["Tunis", 1], [None, 2], change=lambda book: book.active.merge_cells("A2:A3")
    )

    assert codes(check(content)) == [("merged-cells", None, None)]


def test_failed_formulas_are_found_where_they_are(check):
    def change(book):
        for place, text in (("A2", "#REF!"), ("B3", "#N/A")):
            book.active[place].value, book.active[place].data_type = text, "e"

    found = check(xlsx(["a", "b"], [None, 1], [2, None], change=change))

    assert codes(found) == [("error-cell", 2, "a"), ("error-cell", 3, "b")]
    assert (types(found), found.verdict) == ({"a": "integer", "b": "integer"}, "blocked")
    error = (
        '<table:table-row><table:table-cell xmlns:calcext="urn:org:documentfoundation:names:'
        'experimental:calc:xmlns:calcext:1.0" office:value-type="string" '
        'calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>'
        "<table:table-cell office:value-type='float' office:value='1'/></table:table-row>"
    )
    assert codes(check(ods(["a", "b"], after=error))) == [("error-cell", 2, "a")]


def test_empty_rows_and_columns_at_the_end_are_left_out(check):
    def change(book):
        book.active["CZ3000"].number_format = "0%"

    found = check(xlsx(["a", "b"], [1, 2], [None], [None, 4], change=change))

    assert codes(found) == [("blank-area", None, None), ("blank-row", 3, None)]
    assert (found.file.rows, len(found.fields)) == (3, 2)


def test_a_late_text_makes_a_workbooks_column_one_of_anything(check, published, monkeypatch):
    monkeypatch.setattr(sources, "SAMPLE_ROWS", 2)
    content = xlsx(["n"], [1], [2], ["none"])

    assert (types(check(content)), check(content).verdict) == ({"n": "any"}, "clean")
    assert published(content) == [[1], [2], ["none"]]


def styled(rows, columns):
    """Return a sheet of empty cells that have a format."""
    cells = b'<c s="1"/>' * columns
    head = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    )
    return head + (b"<row>" + cells + b"</row>") * rows + b"</sheetData></worksheet>"


def with_sheet(sheet):
    """Return a workbook with this XML as its sheet."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(xlsx(["a"], [1]))) as book,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for entry in book.namelist():
            is_sheet = entry == "xl/worksheets/sheet1.xml"
            archive.writestr(entry, sheet if is_sheet else book.read(entry))
    return out.getvalue()


FAR = (
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    b'<row r="1"><c r="A1"><v>1</v></c></row>'
    b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
)
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "'
    + b"x" * 1000
    + b'">'
    + b"".join(b'<!ENTITY %c "%s">' % (n + 1, b"&%c;" % n * 10) for n in range(97, 110))
    + b']><worksheet><sheetData><row><c t="inlineStr"><is><t>&n;</t></is></c></row></sheetData>'
    b"</worksheet>"
)
REPEATED = (
    '<table:table table:name="t"><table:table-row table:number-rows-repeated="1048576">'
    '<table:table-cell office:value-type="float" office:value="1"'
    ' table:number-columns-repeated="16384"/></table:table-row></table:table>'
)


@pytest.mark.parametrize(
    ("content", "format", "expected"),
    [
        (with_sheet(FAR), "xlsx", {"check-aborted"}),
        (with_sheet(LAUGHS), "xlsx", {"format-error"}),
        (ods_of(REPEATED), "ods", {"format-error", "check-aborted"}),
        (with_sheet(styled(1000, 16384)), "xlsx", {"source-error"}),
        (packed({"xl/workbook.xml": bytes(400 << 20)}), "xlsx", {"too-large-inside"}),
        (packed({"mimetype": ODS, "content.xml": bytes(400 << 20)}), "ods", {"too-large-inside"}),
        (xlsx([f"c{n}" for n in range(16384)]), "xlsx", {"too-many-columns"}),
        (b"PK\x03\x04" + bytes(1000), "xlsx", {"source-error"}),
        (xls(["a"])[:600], "xls", {"wrong-format"}),
        (xls(["a"])[:1600], "xls", {"format-error"}),
    ],
)
def test_a_bomb_in_a_workbook_ends_in_a_finding(check, content, format, expected):
    found = {finding.code for finding in check(content, format).findings.kept}

    assert found
    assert found <= expected


def test_a_workbook_is_read_within_a_check_apart(file):
    options = {"name": "book", "format": "xlsx", "schema": None, "progress": print}

    good = apart.check_file(file(xlsx(["a"], [1])), **options)
    bad = apart.check_file(file(with_sheet(FAR)), **options)

    assert (good["verdict"], good["file"]["sheet"]) == ("clean", "Feuille")
    assert [count["code"] for count in bad["counts"]] == ["check-aborted"]


# JSON


@pytest.mark.parametrize(
    "content",
    [
        '[{"a": 1, "b": "x"}, {"a": 2.5, "b": null}]',
        '[["a", "b"], [1, "x"], [2.5, null]]',
        '{"count": 2, "data": [{"a": 1, "b": "x"}, {"a": 2.5, "b": null}], "next": null}',
        '{"a": 1, "b": "x"}\n\n{"a": 2.5, "b": null}\n',
        '["a", "b"]\n[1, "x"]\n[2.5, null]',
        '{"meta": [{"x": 1}], "records": [{"a": 1, "b": "x"}, {"a": 2.5, "b": null}]}',
        '{"fields": [{"id": "a"}, {"id": "b"}], "records": [[1, "x"], [2.5, null]]}',
        '\ufeff[{"a": 1, "b": "x"},\r\n{"a": 2.5, "b": null}]\n',
    ],
)
def test_tables_of_json_are_read(file, check, published, content):
    kind = kinds.kind_of(file(content))

    assert list(read(file(content), kind)) == [["a", "b"], [1, "x"], [2.5, None]]
    assert (check(content).verdict, check(content).file.rows) == ("clean", 2)
    assert types(check(content)) == {"a": "number", "b": "string"}
    assert published(content) == [[1, "x"], [Decimal("2.5"), None]]


@pytest.mark.parametrize(
    "content",
    [
        '{"columns": ["a", "b"], "index": [0, 1], "data": [["x", "y"], ["z", "w"]]}',
        '{"meta": {"view": {"columns": [{"name": "a"}, {"name": "b"}]}},'
        ' "data": [["x", "y"], ["z", "w"]]}',
        '{"rows": [["x", "y"], ["z", "w"]], "fields": [{"name": "a"}, {"name": "b"}]}',
        '{"fields": ["a", "b"], "values": [["x", "y"], ["z", "w"]]}',
    ],
)
def test_names_of_columns_may_stand_beside_the_rows(file, check, content):
    assert list(read(file(content), "json")) == [["a", "b"], ["x", "y"], ["z", "w"]]
    assert check(content, "json").verdict == "clean"


def test_lists_that_are_not_read_are_told(check):
    found = check('{"data": [{"a": 1}], "people": [{"b": 1}, {"b": 2}]}', "json")

    assert (codes(found), types(found)) == ([("other-sheets", None, None)], {"a": "integer"})
    assert found.findings.kept[0].params["sheets"] == "people"


def test_records_are_read_across_pieces(file, monkeypatch):
    monkeypatch.setattr(members, "CHUNK", 7)
    rows = [{"n": n, "text": "é" * n, "more": 12345} for n in range(50)]
    for content in (
        json.dumps(rows, ensure_ascii=False, indent=1),
        "\n".join(map(json.dumps, rows)),
        json.dumps({"count": 123456789, "data": rows, "last": 123456789}),
    ):
        path = file(content)
        found = list(read(path, kinds.kind_of(path)))
        assert found[1:] == [[n, "é" * n, 12345] for n in range(50)]


def test_few_rows_are_held_at_once_where_they_are_long(file, monkeypatch):
    monkeypatch.setattr(tables, "BATCH_BYTES", 1 << 20)
    path = file(json.dumps([{"n": n, "text": "نص" * 50_000} for n in range(40)]))
    table = read(path, "json")

    assert [len(columns[0]) for columns in table.batches()] == [6] * 6 + [4]
    with sources.Source(path, "json", table=table).open(None) as resource:
        assert len(resource.fragment) == 18


def test_a_geometry_is_an_object_and_is_not_held_against_its_schema(check):
    place = {"type": "Point", "coordinates": [10, 36]}
    content = json.dumps([{"n": n, "place": place} for n in range(3)])

    assert types(check(content)) == {"n": "integer", "place": "object"}


def test_a_truth_among_numbers_is_no_number(check):
    assert types(check('[{"a": true}, {"a": 1}, {"a": 0}]')) == {"a": "any"}


def test_nested_values_are_text(check, published):
    content = '[{"a": {"b": [1, 2.5]}, "c": 1}, {"a": ["é"], "c": 2}]'

    assert codes(check(content)) == [("nested-value", None, "a")]
    assert published(content) == [['{"b": [1, 2.5]}', 1], ['["é"]', 2]]


def test_names_that_differ_between_records_are_told(check):
    found = check('[{"a": 1}, {"a": 2, "b": 3}, {"b": 4}]')

    assert codes(found) == [("keys-differ", 4, "a"), ("keys-differ", 2, "b")]
    assert [each.params["number"] for each in found.findings.kept] == [1, 1]
    assert found.verdict == "warned"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('[{"a": 1, "a": 2}]', [("duplicate-key", 2, "a")]),
        ('[{"a": 1, "b": 1}, {"a": NaN, "b": 2}]', [("not-a-number", 3, "a")]),
        ('[{"a": 1, "b": 1}, {"a": -Infinity, "b": 2}]', [("not-a-number", 3, "a")]),
        ('[{"a": 1, "b": 1}, {"a": 1e999, "b": 2}]', [("not-a-number", 3, "a")]),
        ('[["a"], [1, 2]]', [("extra-cell", 2, None)]),
        ('[["a", "b"], [1]]', [("missing-cell", 2, "b")]),
        ('[{"a": 1}, [2]]', [("record-differs", 3, None)]),
        ('[{"a": 1}, 5]', [("record-differs", 3, None), ("blank-row", 3, None)]),
        ('{"a": 1}\nnull\n{"a": 2}', [("record-differs", 3, None), ("blank-row", 3, None)]),
        ('[["a"], [1], null]', [("record-differs", 3, None), ("blank-row", 3, None)]),
        ('[{"a": 1},\n{"a": }]', [("source-error", 2, None)]),
        ('[{"a": 1}] x', [("source-error", 1, None)]),
        ('[{"a": 1}', [("source-error", 1, None)]),
        ('{"a": 1}\n{"a": 2}\n{"a"', [("source-error", 3, None)]),
        ('[{"a": "\\u0000"}]', [("nul-character", 1, None)]),
        ('[{"a": "\\ud800"}]', [("nul-character", 1, None)]),
        (b'[{"a": 1},\n{"a": "\xe9"}]', [("encoding-error", 2, None)]),
        ("[" * 100_000, [("too-deep", None, None)]),
        ('[{"a": ' + "[" * 100_000 + "1" + "]" * 100_000 + "}]", [("too-deep", None, None)]),
        ("[]", [("source-error", None, None)]),
        ("[1, 2]", [("format-not-checked", None, None)]),
        ('{"a": 1}', [("format-not-checked", None, None)]),
        (json.dumps([{f"c{n}": n for n in range(100_000)}]), [("too-many-columns", None, None)]),
        (json.dumps([[f"c{n}" for n in range(100_000)]]), [("too-many-columns", None, None)]),
    ],
)
def test_broken_and_hostile_json_ends_in_a_finding(check, content, expected):
    assert codes(check(content, "json")) == expected


def test_an_endless_record_is_not_read_to_its_end(check, monkeypatch):
    monkeypatch.setattr(members, "MAX_RECORD", 1 << 20)

    assert codes(check('[{"a": "' + "x" * (3 << 20), "json")) == [("record-too-large", None, None)]


@pytest.mark.parametrize("declared", ["jsonl", "ndjson"])
def test_a_lone_record_is_a_row_where_lines_are_promised(check, declared):
    content = '{"a": 1, "b": "x"}\n'

    found = check(content, declared)

    assert (types(found), found.file.rows) == ({"a": "integer", "b": "string"}, 1)
    assert codes(check(content, "json")) == [("format-not-checked", None, None)]


# GeoJSON


def test_points_are_in_two_columns(check, published):
    content = collection(shape("Point", 10.18, 36.8), shape("Point", 10, 34), None)

    found = check(content)

    assert types(found) == {"n": "integer", "longitude": "number", "latitude": "number"}
    assert codes(found) == [("geometry-empty", 4, None)]
    assert published(content)[:2] == [
        [0, Decimal("10.18"), Decimal("36.8")],
        [1, Decimal(10), Decimal(34)],
    ]


def test_points_keep_how_high_they_are(check, published):
    content = collection(shape("Point", 10, 36, 120.5), shape("Point", 10, 34))

    assert types(check(content)) == {
        "n": "integer",
        **dict.fromkeys(("longitude", "latitude", "altitude"), "number"),
    }
    assert [row[1:] for row in published(content)] == [
        [Decimal(10), Decimal(36), Decimal("120.5")],
        [Decimal(10), Decimal(34), None],
    ]


@pytest.mark.parametrize(
    ("inner", "names"),
    [
        ({"n": 1}, ["id", "n"]),
        ({"id": 7, "n": 1}, ["id", "n"]),
        ({"id": "other", "n": 1}, ["feature_id", "id", "n"]),
        ({"id": "other", "feature_id": 1}, ["feature_id_2", "id", "feature_id"]),
    ],
)
def test_what_identifies_a_feature_is_a_column_unless_its_properties_say_the_same(
    check, published, inner, names
):
    feature = {"type": "Feature", "id": 7, "properties": inner, "geometry": None}
    content = json.dumps({"type": "FeatureCollection", "features": [feature]})

    assert list(types(check(content)))[: len(names)] == names
    assert published(content)[0][0] == 7


SQUARE = [[10, 36], [11, 36], [11, 37], [10, 37], [10, 36]]


def test_other_places_are_text(check, published):
    content = collection(shape("Polygon", SQUARE), properties={"geometry": "x"})

    assert (types(check(content)), check(content).verdict) == (
        {"geometry": "string", "geometry_2": "string"},
        "clean",
    )
    assert json.loads(published(content)[0][1]) == shape("Polygon", SQUARE)


@pytest.mark.parametrize(
    "content",
    [
        '{"type": "Feature", "properties": {"n": 0}, "geometry": {"type": "Point",'
        ' "coordinates": [10, 36]}}',
        '{"features": [{"geometry": {"coordinates": [10, 36], "type": "Point"},'
        ' "properties": {"n": 0}, "type": "Feature"}], "type": "FeatureCollection"}',
    ],
)
def test_features_alone_and_in_any_order_are_read(check, content):
    found = check(content, "geojson")

    assert (found.file.rows, found.verdict) == (1, "clean")
    assert types(found).keys() == {"n", "longitude", "latitude"}


@pytest.mark.parametrize(
    ("geometry", "code", "variant"),
    [
        (shape("Point", 200, 36), "geometry-range", None),
        (shape("Point", 36, 100), "geometry-range", "swapped"),
        (shape("Point", 36.8, 10.18), "geometry-swapped", None),
        (shape("Point", "10", "36"), "geometry-invalid", "coordinates"),
        (shape("Point", 10), "geometry-invalid", "coordinates"),
        (shape("Point", True, 1), "geometry-invalid", "coordinates"),
        (shape("Circle", 10, 36), "geometry-invalid", "type"),
        (shape("LineString", [10, 36]), "geometry-invalid", "line"),
        (shape("Polygon", SQUARE[:-1]), "geometry-invalid", "ring"),
        (shape("Polygon", SQUARE[::-1]), "geometry-direction", None),
        (shape("Polygon", 1), "geometry-invalid", "coordinates"),
        (shape("MultiPolygon", [SQUARE[:3]]), "geometry-invalid", "ring"),
        (shape("Polygon"), "geometry-empty", None),
        ([10, 36], "geometry-invalid", "type"),
        ({"type": "GeometryCollection", "geometries": [{}]}, "geometry-invalid", "type"),
    ],
)
def test_what_is_wrong_with_a_place_is_told(check, geometry, code, variant):
    found = check(collection(geometry), "geojson", hints=Hints(box=TUNISIA))

    assert codes(found) == [(code, 2, None)]
    assert found.findings.kept[0].params.get("variant") == variant


def test_without_a_country_only_impossible_places_are_swapped(check):
    assert check(collection(shape("Point", 36.8, 10.18))).verdict == "clean"


def test_the_old_member_for_the_system_is_told(check):
    def crs(name):
        return {"crs": {"type": "name", "properties": {"name": name}}}

    far = shape("Point", 600_000, 4_000_000)
    here = shape("Point", 10, 36)
    old = "urn:ogc:def:crs:OGC:1.3:CRS84"
    assert codes(check(collection(here, **crs(old)))) == [("crs-member", None, None)]
    assert codes(check(collection(far, **crs("EPSG:32632")))) == [("crs-other", None, None)]
    assert codes(check(collection(far))) == [("geometry-range", 2, None)]


@pytest.mark.parametrize(
    ("name", "code"),
    [("WGS 84", "crs-member"), ("urn:ogc:def:crs:EPSG::4326", "crs-member"),
     ("EPSG:104326", "crs-other")],
)  # fmt: skip
def test_systems_are_told_apart(check, name, code):
    crs = {"crs": {"type": "name", "properties": {"name": name}}}

    assert codes(check(collection(shape("Point", 10, 36), **crs))) == [(code, None, None)]


def test_what_stands_beside_properties_is_told(check):
    feature = {"type": "Feature", "cin": "01234567", "properties": {"n": 1}, "geometry": None}
    found = check(json.dumps({"type": "FeatureCollection", "features": [feature]}), "geojson")

    told = next(each for each in found.findings.kept if each.code == "other-sheets")
    assert told.params == {"variant": "members", "sheets": "cin"}


def test_a_feature_alone_is_checked_as_others_are(check):
    content = '{"type": "Feature", "properties": {"a": NaN}, "geometry": null}'
    plain = content.replace("NaN", "1").encode("utf-16")

    assert ("not-a-number", 2, "a") in codes(check(content, "geojson"))
    assert codes(check(plain, "geojson")) == [("geometry-empty", 2, None)]


def test_places_of_several_kinds_are_told(check):
    several = collection(shape("Point", 10, 36), shape("LineString", [10, 36], [11, 36]))

    assert codes(check(several)) == [("geometry-mixed", None, None)]


def test_what_is_no_feature_is_told(check):
    content = '{"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": null},'
    content += ' {"a": 1}, {"type": "Feature", "properties": 3, "geometry": null}, null]}'

    found = [
        (code, row) for code, row, _field in codes(check(content)) if code == "feature-invalid"
    ]
    assert found == [("feature-invalid", row) for row in (3, 4, 5)]


@pytest.mark.parametrize("odd", ["null", "5"])
def test_one_record_that_is_none_keeps_no_personal_data_from_being_found(check, odd):
    people = [{"nom": f"Ben Ali {n}", "cin": f"0{1234567 + 37 * n}"} for n in range(50)]
    features = [{"type": "Feature", "properties": each, "geometry": None} for each in people]
    lines = "\n".join(map(json.dumps, people))
    for content in (
        json.dumps([*people, 0])[:-2] + odd + "]",
        f"{lines}\n{odd}\n",
        json.dumps({"type": "FeatureCollection", "features": [*features, 0]})[:-3] + odd + "]}",
    ):
        found = check(content)
        assert {"record-differs", "feature-invalid"} & {code for code, *_ in codes(found)}
        assert ("personal-data", "cin") in {(code, name) for code, _row, name in codes(found)}


def test_collections_in_collections_end(check):
    geometry = {"type": "Point", "coordinates": [1, 2]}
    for _level in range(100):
        geometry = {"type": "GeometryCollection", "geometries": [geometry]}

    assert codes(check(collection(geometry))) == [("geometry-invalid", 2, None)]


# Parquet


def test_parquet_brings_its_types(check, published):
    moment = datetime(2026, 1, 2, 8, tzinfo=UTC)
    columns = {
        "code": ["007", None],
        "n": pa.array([1, 2], pa.uint64()),
        "rain": [1.5, None],
        "price": pa.array([Decimal("1.10"), None], pa.decimal128(9, 2)),
        "day": [date(2026, 1, 2), None],
        "at": pa.array([moment, None], pa.timestamp("ns", "UTC")),
        "clock": pa.array([time(8, 30), None], pa.time64("ns")),
        "wet": [True, None],
        "kind": pa.array(["a", "b"]).dictionary_encode(),
        "wait": pa.array([timedelta(hours=1), None]),
    }
    content = parquet(pa.table(columns))

    assert list(types(check(content)).values()) == (
        [
            "string",
            "integer",
            "number",
            "number",
            "date",
            "datetime",
            "time",
            "boolean",
            "string",
            "string",
        ]
    )
    assert check(content).verdict == "clean"
    first, second = published(content)
    assert first[:6] == ["007", 1, Decimal("1.5"), Decimal("1.10"), date(2026, 1, 2), moment]
    assert first[6:] == [time(8, 30), True, "a", "1:00:00"]
    assert second == [None, 2, None, None, None, None, None, None, "b", None]


def test_nested_columns_and_bytes_of_parquet_are_text(check, published):
    columns = {"a": [[1, 2], None], "b": [{"c": "é"}, None], "d": [b"\1\xff", None], "n": [1, 2]}
    content = parquet(pa.table(columns))

    assert codes(check(content)) == [
        ("nested-value", None, "a"),
        ("nested-value", None, "b"),
        ("binary-value", None, "d"),
    ]
    assert published(content) == [["[1, 2]", '{"c": "é"}', "01ff", 1], [None, None, None, 2]]


def test_whatever_is_nested_in_parquet_is_written_as_json(check, published):
    kind = pa.struct(
        [("at", pa.timestamp("us")), ("raw", pa.binary()), ("d", pa.decimal128(30, 2))]
    )
    price = Decimal("12345678901234567890.12")
    columns = {
        "days": pa.array([[DAY.date(), None]], pa.list_(pa.date32())),
        "all": pa.array([{"at": MOMENT, "raw": b"\1\xff", "d": price}], kind),
        "rain": [[{"mm": float("nan")}, {"mm": 1.5}]],
        "wait": [[timedelta(hours=1)]],
    }
    content = parquet(pa.table(columns))

    assert {code for code, *_ in codes(check(content))} == {"nested-value"}
    assert published(content) == [
        [
            '["2024-03-15", null]',
            '{"at": "2024-03-15T08:30:00", "raw": "01ff", "d": "12345678901234567890.12"}',
            '[{"mm": null}, {"mm": 1.5}]',
            '["1:00:00"]',
        ]
    ]


def test_moments_that_python_has_not_are_read(check, published):
    until = pa.array([253402300799_000000, 0], pa.timestamp("us", "Africa/Tunis"))
    odd = pa.array([253402300800, 0], pa.timestamp("s"))
    content = parquet(pa.table({"a": ["x", "y"], "until": until}))
    beyond = parquet(pa.table({"a": ["x", "y"], "until": odd}))

    first, last = published(content)
    assert (first[1].year, last[1].year) == (9999, 1970)
    assert codes(check(beyond)) == []
    assert published(beyond)[0] == ["x", "10000-01-01 00:00:00.000"]


def test_few_rows_of_wide_parquet_are_held_at_once(file):
    table = read(file(parquet(pa.table({f"c{n}": range(500) for n in range(2000)}))), "parquet")

    assert max(len(columns[0]) for columns in table.batches()) < 250


def test_numbers_that_are_none_are_empty_cells_and_endless_ones_are_told(check, published):
    columns = {"n": [1, 2, 3], "rain": [1.5, float("nan"), 2.0]}
    endless = parquet(pa.table({**columns, "rain": [1.5, 2.0, float("-inf")]}))

    assert published(parquet(pa.table(columns)))[1] == [2, None]
    assert codes(check(endless)) == [("not-a-number", 4, "rain")]


def test_row_groups_are_read_one_after_the_other(file):
    content = parquet(pa.table({"n": range(10_000)}), row_group_size=1000)
    table = read(file(content), "parquet")

    assert table.rows == 10_000
    assert [len(columns[0]) for columns in table.batches()][:1] < [4097]
    assert [row[0] for row in table][1:] == list(range(10_000))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"PAR1" + bytes(100) + b"PAR1", "format-error"),
        (parquet(pa.table({"a": [1]}))[:-20], "format-error"),
        (parquet(pa.table({f"c{n}": [n] for n in range(10_001)})), "too-many-columns"),
        (parquet(pa.table({"a": pa.nulls(30_000_000)})), "too-large-inside"),
        (parquet(pa.table({"a": ["x\0y"]})), "nul-character"),
    ],
)
def test_broken_and_hostile_parquet_ends_in_a_finding(check, content, code):
    assert [finding.code for finding in check(content, "parquet").findings.kept] == [code]


# All


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(content=st.text('{}[]",: \n\\u0d8ab1e.-NatrufseCFypoi\u0661', max_size=80))
@pytest.mark.parametrize("head", ["[{", '{"features": [{"type": "Feature", ', '{"a":1}\n{', "[["])
def test_whatever_json_holds_there_is_a_report(tmp_path_factory, head, content):
    path = tmp_path_factory.mktemp("any") / "file"
    path.write_text(head + content)

    kept = engine.check_file(path, name="file", format="json").as_dict()

    json.dumps(report.written(kept, str, "fr"))
    assert {each["code"] for each in kept["counts"]} <= {
        *report.WARNINGS,
        *(key.partition("/")[0] for key in sentences.SENTENCES),
    }


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (",".join(f"c{n}" for n in range(100_000)) + "\n1\n", "too-many-columns"),
        (b"a,b\n1," + b"x" * (40 << 20), "too-long-row"),
    ],
)
def test_endless_lines_of_text_end_in_a_finding(check, content, code):
    assert [finding.code for finding in check(content, "csv").findings.kept] == [code]


@pytest.mark.parametrize("kind", sorted(kinds.TABLES - {"csv"}))
def test_a_damaged_file_has_a_report(check, kind):
    content = RECOGNISED[kind]
    content = content.encode() if isinstance(content, str) else content
    for at in range(0, len(content), max(len(content) // 12, 1)):
        for damaged in (content[:at], content[:at] + b"\xff\0" + content[at + 2 :]):
            kept = check(damaged, kind).as_dict()
            json.dumps(kept)
            assert kept["verdict"] in ("clean", "warned", "blocked")


def test_the_command_takes_a_sheet_and_no_format(tmp_path, capsys):
    path = tmp_path / "book.csv"
    path.write_bytes(xlsx(["a"], [1], change=lambda book: book.create_sheet("two").append(["b"])))

    assert main([str(path), "--sheet", "two", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert (printed["file"]["format"], printed["file"]["sheet"]) == ("xlsx", "two")


def test_limits_are_those_that_the_sentences_name(check, monkeypatch):
    monkeypatch.setattr(reading, "MAX_UNPACKED", 1 << 20)
    found = check(packed({"xl/workbook.xml": bytes(2 << 20)}), "xlsx")

    assert found.findings.kept[0].params == {"most": 1}
