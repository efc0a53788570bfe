"""Makes workbooks as people and programs save them, and some that nobody should."""

import io
import struct
import zipfile
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from xml.sax.saxutils import escape

import openpyxl

ODS = "application/vnd.oasis.opendocument.spreadsheet"
OASIS = "urn:oasis:names:tc:opendocument:xmlns:"
DAY_ZERO = {1900: datetime.fromisoformat("1899-12-30"), 1904: datetime.fromisoformat("1904-01-01")}
"""For days from March 1900 on: Excel counts a 29 February 1900."""
SECTOR = 512
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def xlsx(*rows, title="Feuille", change=None):
    """Return an XLSX file; ``change`` is given the workbook before it is saved."""
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    if change:
        change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def packed(entries):
    """Return a ZIP file of these entries by name."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()


def ods(*rows, after=""):
    """Return an ODS file; ``after`` is XML of rows behind these."""
    body = "".join(f"<table:table-row>{''.join(map(_cell, row))}</table:table-row>" for row in rows)
    return ods_of(f'<table:table table:name="Feuille">{body}{after}</table:table>')


def ods_of(tables):
    """Return an ODS file of these tables in XML."""
    names = " ".join(f'xmlns:{name}="{OASIS}{name}:1.0"' for name in ("office", "table", "text"))
    content = (
        f'<?xml version="1.0"?><office:document-content {names} office:version="1.2">'
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    manifest = (
        '<?xml version="1.0"?><manifest:manifest xmlns:manifest="' + OASIS + 'manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{ODS}"/>'
        "</manifest:manifest>"
    )
    return packed({"mimetype": ODS, "META-INF/manifest.xml": manifest, "content.xml": content})


def _cell(value):
    if value is None:
        return "<table:table-cell/>"
    if isinstance(value, bool):
        kind = f'boolean" office:boolean-value="{str(value).lower()}'
    elif isinstance(value, int | float):
        kind = f'float" office:value="{value}'
    elif isinstance(value, date | datetime):
        kind = f'date" office:date-value="{value.isoformat()}'
    else:
        kind = "string"
    text = f"<text:p>{escape(str(value))}</text:p>"
    return f'<table:table-cell office:value-type="{kind}">{text}</table:table-cell>'


@dataclass
class Sheet:
    """A sheet of an XLS file."""

    rows: list
    """Of ``None``, numbers, texts, dates and :class:`Styled`."""
    title: str = "Feuille"
    visible: int = 0
    """1: hidden, 2: to be shown by a macro alone."""
    merged: list = field(default_factory=list)
    """First and last row, first and last column."""


@dataclass
class Styled:
    """A number with a format of its own, or a failed formula, which has the code of its error."""

    value: float
    style: int
    is_formula: bool = False


PLAIN, DAY, MOMENT, PERCENT, OWN_DAY, ERROR = range(6)
OWN = 164
FORMATS = (0, 14, 22, 10, OWN)
"""Of the styles but the last, in the numbers of BIFF; own ones begin at 164."""
CODES = {"#DIV/0!": 7, "#REF!": 23, "#N/A": 42}


def xls(*rows, title="Feuille"):
    """Return an XLS file of one sheet."""
    return xls_of(Sheet(rows, title))


def xls_of(*sheets, since=1900, is_small=False, macros=()):
    """Return an XLS file: BIFF 8 in an OLE file, and no more than it needs.

    ``since``: 1900, or 1904 as Excel counted days on old Macs. ``is_small``: in small sectors, as
    files below 4 KB are. ``macros``: the name of an empty stream.
    """
    start = _record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0))
    start += _record(0x42, struct.pack("<H", 1200)) + _record(
        0x22, struct.pack("<H", since == 1904)
    )
    own = "dd/mm/yyyy"
    start += _record(0x41E, struct.pack("<HHB", OWN, len(own), 0) + own.encode())
    for each in FORMATS:
        start += _record(0xE0, struct.pack("<HHH14x", 0, each, 0))
    names = [struct.pack("<BB", len(s.title), 1) + s.title.encode("utf-16-le") for s in sheets]
    offset = len(start) + sum(4 + 6 + len(name) for name in names) + 4
    bound = content = b""
    for sheet, name in zip(sheets, names, strict=True):
        bound += _record(0x85, struct.pack("<IBB", offset + len(content), sheet.visible, 0) + name)
        content += _biff_sheet(sheet, since)
    book = start + bound + _record(0x0A) + content
    return _small_ole("Workbook", book) if is_small else _ole("Workbook", book, *macros)


def _biff_sheet(sheet, since):
    cells = b"".join(
        _biff_cell(row, column, value, since)
        for row, cells in enumerate(sheet.rows)
        for column, value in enumerate(cells)
        if value is not None
    )
    merged = struct.pack("<H", len(sheet.merged))
    merged += b"".join(struct.pack("<HHHH", *area) for area in sheet.merged)
    start = _record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0))
    return start + cells + (_record(0xE5, merged) if sheet.merged else b"") + _record(0x0A)


def _record(kind, content=b""):
    return struct.pack("<HH", kind, len(content)) + content


def _biff_cell(row, column, value, since=1900):
    style = value.style if isinstance(value, Styled) else PLAIN
    if isinstance(value, date):
        moment = value if isinstance(value, datetime) else datetime.combine(value, time())
        style = MOMENT if isinstance(value, datetime) else DAY
        value = (moment - DAY_ZERO[since]) / timedelta(days=1)
    place = struct.pack("<HHH", row, column, style % ERROR)
    if style == ERROR:
        result = struct.pack("<BxB3xH", 2, value.value, 0xFFFF)
        formula = _record(0x06, place + result + struct.pack("<HIH", 0, 0, 0))
        plain = _record(0x205, place + struct.pack("<BB", value.value, 1))
        return formula if value.is_formula else plain
    if isinstance(value, Styled):
        value = value.value
    if isinstance(value, bool):
        return _record(0x205, place + struct.pack("<BB", value, 0))
    if isinstance(value, int | float):
        return _record(0x203, place + struct.pack("<d", value))
    text = struct.pack("<HB", len(value), 1) + value.encode("utf-16-le")
    return _record(0x204, place + text)


def _ole(name, content, *others):
    """Return an OLE file of one stream: header, table of sectors, directory, the stream."""
    sectors = max(-(-len(content) // SECTOR), 8)
    entries = _entry("Root Entry", 5, 1, END, 0) + _entry(name, 2, FREE, 2, sectors * SECTOR)
    entries += b"".join(_entry(each, 2, FREE, END, 0) for each in others)
    chain = [FAT, END, *range(3, sectors + 2), END]
    return _ole_head(END) + _table(chain) + entries.ljust(SECTOR, b"\0") + _padded(content, sectors)


def _small_ole(name, content):
    """Return an OLE file of one stream in small sectors, whose table stands before it."""
    small, sectors = -(-len(content) // 64), -(-len(content) // SECTOR)
    entries = _entry("Root Entry", 5, 1, 3, sectors * SECTOR)
    entries += _entry(name, 2, FREE, 0, len(content))
    chain = [FAT, END, END, *range(4, sectors + 3), END]
    small_chain = _table([*range(1, small), END])
    directory = entries.ljust(SECTOR, b"\0")
    return _ole_head(2) + _table(chain) + directory + small_chain + _padded(content, sectors)


def _ole_head(first_small):
    header = struct.pack(
        "<8s16xHHHHH6xIII4xIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        0x3E, 3, 0xFFFE, 9, 6,
        0, 1, 1, 4096, first_small, first_small != END, END, 0,
    )  # fmt: skip
    return header + struct.pack("<109I", 0, *[FREE] * 108)


def _table(chain):
    return struct.pack("<128I", *chain, *[FREE] * (128 - len(chain)))


def _padded(content, sectors):
    return content.ljust(sectors * SECTOR, b"\0")


def _entry(name, kind, child, start, size):
    text = (name + "\0").encode("utf-16-le")
    return struct.pack(
        "<64sHBBIII16xI16xIQ", text, len(text), kind, 1, FREE, FREE, child, 0, start, size
    )
