"""A table as a workbook, written as a stream: the size of the table needs no memory.

Texts stand in the cells themselves: a list of all different texts, as programs write it,
would have to be kept to the end.

Source: ECMA-376, part 1 (SpreadsheetML)
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

import pyarrow as pa
import pyarrow.compute as pc

from ckanext.opengov.casting.exported import text_columns

MOST_ROWS = 1 << 20
"""Of a sheet, the header included; Excel opens no more."""
MOST_SIGNS = 32_767
"""Of a cell, in UTF-16, where those beyond the first 65,536 are two."""
EXACT_DIGITS = 15
"""Digits of a number that Excel keeps."""
FIRST_DAY, DAYS_BEFORE = "1900-03-01", 25_569
"""Before, Excel counts a day that never was; its day 25569 is the first of 1970."""
SECONDS_A_DAY = 86_400
DAY, MOMENT = 1, 2
"""Styles of cells, by their place in ``styles.xml``."""
NOT_IN_XML = re.compile("[\x01-\x08\x0b-\x1f\ufffe\uffff]")
NOT_IN_XML_FOR_ARROW = r"[\x01-\x08\x0b-\x1f\x{FFFE}\x{FFFF}]"
ESCAPED = "_(x[0-9A-Fa-f]{4})"
"""How XLSX writes a sign that XML does not know, an underscore behind it.

A text that looks so is escaped itself. That underscore may begin the next, or only be written.
"""
DOUBLE = r"[\x{10000}-\x{10FFFF}]"

Render = Callable[[pa.StringArray], pa.StringArray]

HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
STYLES = (
    f'{HEAD}<styleSheet xmlns="{MAIN}">'
    '<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>'
    '<fonts count="1"><font/></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="3"><xf/><xf numFmtId="164" applyNumberFormat="1"/>'
    '<xf numFmtId="165" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    "</styleSheet>"
)


class TooLong(Exception):
    """A text has more signs than a cell takes."""


def write(source: Path, types: Mapping[str, str], target: Path) -> None:
    """Write the table that PostgreSQL wrote as CSV; an empty file where a workbook can't hold it.

    ``types`` are PostgreSQL's, by the names of the columns. What has too many rows for one
    sheet goes on in the next.
    """
    try:
        with ZipFile(target, "w", ZIP_DEFLATED, compresslevel=1) as book:
            count = _write_sheets(book, source, types)
            for name, text in _parts(count):
                book.writestr(name, text)
    except TooLong:
        target.write_bytes(b"")


def _write_sheets(book: ZipFile, source: Path, types: Mapping[str, str]) -> int:
    """Write the rows; return on how many sheets."""
    rows = _rows(source, list(types.values()))
    header = b"<row>" + b"".join(_text_cell(name).encode() for name in types) + b"</row>"
    batch = next(rows, None)
    for number in itertools.count(1):
        with book.open(f"xl/worksheets/sheet{number}.xml", "w", force_zip64=True) as sheet:
            sheet.write(f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData>'.encode() + header)
            room = MOST_ROWS - 1
            while batch is not None and room:
                now, batch = batch[:room], batch[room:]
                room -= len(now)
                sheet.write(_joined(now))
                batch = batch if len(batch) else next(rows, None)
            sheet.write(b"</sheetData></worksheet>")
        if batch is None:
            return number
    raise AssertionError


def _joined(rows: pa.StringArray) -> bytes:
    return "".join(rows.to_pylist()).encode()


def _rows(source: Path, types: list[str]) -> Iterator[pa.StringArray]:
    """Yield rows as XML, some thousands at once."""
    renders = [RENDERS.get(kind, _texts) for kind in types]
    for columns in text_columns(source, len(types)):
        cells = [
            pc.fill_null(render(column), "<c/>")
            for render, column in zip(renders, columns, strict=True)
        ]
        yield pc.binary_join_element_wise("<row>", *cells, "</row>", "")


def _texts(column: pa.StringArray) -> pa.StringArray:
    length = pc.utf8_length(column)
    if (pc.max(length).as_py() or 0) > MOST_SIGNS // 2:
        units = pc.add(length, pc.count_substring_regex(column, DOUBLE))
        if pc.max(units).as_py() > MOST_SIGNS:
            raise TooLong
    if pc.any(pc.match_substring_regex(column, ESCAPED)).as_py():
        column = pc.replace_substring_regex(column, ESCAPED, r"_x005F_\1")
    for sign, written in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        column = pc.replace_substring(column, sign, written)
    if pc.any(pc.match_substring_regex(column, NOT_IN_XML_FOR_ARROW)).as_py():
        texts = column.to_pylist()
        column = pa.array([each and NOT_IN_XML.sub(_code, each) for each in texts], pa.string())
    return _wrapped('<c t="inlineStr"><is><t xml:space="preserve">', column, "</t></is></c>")


def _code(sign: re.Match[str]) -> str:
    return f"_x{ord(sign[0]):04X}_"


def _text_cell(text: str) -> str:
    inside = NOT_IN_XML.sub(_code, escape(re.sub(ESCAPED, r"_x005F_\1", text)))
    return f'<c t="inlineStr"><is><t xml:space="preserve">{inside}</t></is></c>'


def _wrapped(before: str, column: pa.StringArray, behind: str) -> pa.StringArray:
    return pc.binary_join_element_wise(before, column, behind, "")


def _numbers(column: pa.StringArray) -> pa.StringArray:
    """Return cells with numbers; one with more digits than Excel keeps is a text."""
    digits = pc.utf8_length(pc.replace_substring_regex(column, "[^0-9]|^[-0.]+", ""))
    is_exact = pc.and_(
        pc.less_equal(digits, EXACT_DIGITS), pc.match_substring_regex(column, "[0-9]$")
    )
    return pc.if_else(is_exact, _wrapped("<c><v>", column, "</v></c>"), _texts(column))


def _booleans(column: pa.StringArray) -> pa.StringArray:
    number = pc.if_else(pc.equal(column, "true"), "1", "0")
    return _wrapped('<c t="b"><v>', number, "</v></c>")


def _days(column: pa.StringArray) -> pa.StringArray:
    return _counted(column, pa.date32(), 1, DAY)


def _moments(column: pa.StringArray) -> pa.StringArray:
    return _counted(column, pa.timestamp("s"), SECONDS_A_DAY, MOMENT)


def _counted(
    column: pa.StringArray, kind: pa.DataType, parts_a_day: int, style: int
) -> pa.StringArray:
    """Return cells with days since Excel's first; what it can't count is a text."""
    is_usual = pc.match_substring_regex(column, r"^[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9:]{8})?$")
    is_usual = pc.and_(is_usual, pc.greater_equal(column, FIRST_DAY))
    usual = pc.if_else(is_usual, column, pa.scalar(None, pa.string()))
    count = usual.cast(kind).cast(pa.int32() if parts_a_day == 1 else pa.int64())
    days = pc.add(pc.divide(count.cast(pa.float64()), parts_a_day), DAYS_BEFORE)
    number = days.cast(pa.int64()) if parts_a_day == 1 else days
    cells = _wrapped(f'<c s="{style}"><v>', number.cast(pa.string()), "</v></c>")
    return pc.coalesce(cells, _texts(column))


RENDERS: Mapping[str, Render] = {
    "boolean": _booleans,
    "date": _days,
    "integer": _numbers,
    "numeric": _numbers,
    "timestamp without time zone": _moments,
}


def _parts(count: int) -> Iterator[tuple[str, str]]:
    """Yield the files that lead to so many sheets."""
    numbers = range(1, count + 1)
    kinds = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{SHEET}.worksheet+xml"/>'
        for n in numbers
    )
    yield (
        "[Content_Types].xml",
        f'{HEAD}<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{SHEET}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{SHEET}.styles+xml"/>{kinds}</Types>',
    )
    yield "_rels/.rels", _links([("rId1", "officeDocument", "xl/workbook.xml")])
    sheets = "".join(f'<sheet name="{n}" sheetId="{n}" r:id="rId{n}"/>' for n in numbers)
    yield (
        "xl/workbook.xml",
        f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{sheets}</sheets></workbook>',
    )
    links = [(f"rId{n}", "worksheet", f"worksheets/sheet{n}.xml") for n in numbers]
    yield "xl/_rels/workbook.xml.rels", _links([*links, ("rIdStyles", "styles", "styles.xml")])
    yield "xl/styles.xml", STYLES


def _links(found: list[tuple[str, str, str]]) -> str:
    links = "".join(
        f'<Relationship Id="{id_}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for id_, kind, target in found
    )
    return f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{links}</Relationships>'
