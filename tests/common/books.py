"""Makes workbooks as people and programs save them, and some that nobody should."""

import io
import struct
import zipfile
from datetime import date, datetime
from xml.sax.saxutils import escape

import openpyxl

ODS = "application/vnd.oasis.opendocument.spreadsheet"
OASIS = "urn:oasis:names:tc:opendocument:xmlns:"
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


def xls(*rows, title="Feuille"):
    """Return an XLS file of numbers and texts: BIFF 8 in an OLE file, and no more than it needs."""
    cells = b"".join(
        _biff_cell(row, column, value)
        for row, cells in enumerate(rows)
        for column, value in enumerate(cells)
        if value is not None
    )
    sheet = _record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0)) + cells + _record(0x0A)
    name = struct.pack("<BB", len(title), 1) + title.encode("utf-16-le")
    start = _record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0))
    start += _record(0x42, struct.pack("<H", 1200))
    offset = len(start) + 4 + 6 + len(name) + 4
    bound = _record(0x85, struct.pack("<IBB", offset, 0, 0) + name)
    return _ole("Workbook", start + bound + _record(0x0A) + sheet)


def _record(kind, content=b""):
    return struct.pack("<HH", kind, len(content)) + content


def _biff_cell(row, column, value):
    place = struct.pack("<HHH", row, column, 0)
    if isinstance(value, bool):
        return _record(0x205, place + struct.pack("<BB", value, 0))
    if isinstance(value, int | float):
        return _record(0x203, place + struct.pack("<d", value))
    text = struct.pack("<HB", len(value), 1) + value.encode("utf-16-le")
    return _record(0x204, place + text)


def _ole(name, content):
    """Return an OLE file of one stream: header, table of sectors, directory, the stream."""
    sectors = max(-(-len(content) // SECTOR), 8)
    chain = [FAT, END, *range(3, sectors + 2), END]
    header = struct.pack(
        "<8s16xHHHHH6xIII4xIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        0x3E, 3, 0xFFFE, 9, 6,
        0, 1, 1, 4096, END, 0, END, 0,
    )  # fmt: skip
    table = struct.pack("<128I", *chain, *[FREE] * (128 - len(chain)))
    entries = _entry("Root Entry", 5, 1, END, 0) + _entry(name, 2, FREE, 2, sectors * SECTOR)
    directory = entries.ljust(SECTOR, b"\0")
    places = struct.pack("<109I", 0, *[FREE] * 108)
    return header + places + table + directory + content.ljust(sectors * SECTOR, b"\0")


def _entry(name, kind, child, start, size):
    text = (name + "\0").encode("utf-16-le")
    return struct.pack(
        "<64sHBBIII16xI16xIQ", text, len(text), kind, 1, FREE, FREE, child, 0, start, size
    )
