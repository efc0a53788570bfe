"""What a sheet says that the library does not: failed formulas, margins, merged cells."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from lxml import etree

from ckanext.opengov.validation.formats import biff
from ckanext.opengov.validation.formats.hidden import Hidden
from ckanext.opengov.validation.reading import MB
from ckanext.opengov.validation.report import MAX_CELL

ERROR_CELL = re.compile(
    rb'<(?:\w+:)?c\b([^>]*\bt="e"[^>]*)>.{0,2000}?<(?:\w+:)?v>([^<]{1,40})<', re.DOTALL
)
COMPUTE = re.compile(rb'<(?:\w+:)?calcPr\b[^>]*\bfullCalcOnLoad="(?:1|true)"')
PLACE = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
DIMENSION = re.compile(rb'<(?:\w+:)?dimension\b[^>]*\bref="[^":]*:([A-Z]{1,3})([0-9]{1,7})"')
RELATIONS = "{http://schemas.openxmlformats.org/package/2006/relationships}"
OFFICE = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
PURL = "{http://purl.oclc.org/ooxml/officeDocument/relationships}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
ODS_MARKS = (b'value-type="error"', b"-spanned=")
MACROS = ("xl/vbaProject.bin", "Basic/", "Scripts/")
OVERLAP = 1 << 14

Place = tuple[int, int]
"""Row and column of a cell, from 0."""
Merged = tuple[Place, Place]
"""First and last cell of a merged area."""
Errors = dict[Place, str]


@dataclass(slots=True)
class Part:
    """What the XML of a sheet says that the library does not."""

    errors: Errors = field(default_factory=dict)
    rows: int = 0
    columns: int = 0
    merged: list[Merged] = field(default_factory=list)
    """Of ODS alone."""
    has_macros: bool = False
    hidden: Hidden = field(default_factory=Hidden)
    """Of XLSX alone."""

    @classmethod
    def of(cls, path: Path, kind: str, name: str, number: int) -> Part:
        """Read the part of the sheet with this name, and number from 0."""
        part = cls()
        if kind == "xls":
            part.errors, part.has_macros = biff.of_sheet(path, number)
            return part
        with zipfile.ZipFile(path) as archive:
            part.has_macros = any(each.startswith(MACROS) for each in archive.namelist())
            entry = "content.xml" if kind == "ods" else _target(archive, number)
            if kind == "xlsx":
                with archive.open("xl/workbook.xml") as stream:
                    part.hidden.is_uncomputed = COMPUTE.search(stream.read(MB)) is not None
            with archive.open(entry) as stream:
                is_odd = part._scan(stream)
            if kind == "ods" and is_odd:
                with archive.open(entry) as stream:
                    part._walk(stream, name)
        return part

    def _scan(self, stream: IO[bytes]) -> bool:
        """Find errors and the size of a sheet of XLSX; tell whether ODS needs a closer look."""
        before, is_odd = b"", False
        while chunk := stream.read(MB):
            text = before + chunk
            is_odd = is_odd or any(mark in text for mark in ODS_MARKS)
            if not before and (size := DIMENSION.search(text)):
                self.rows, self.columns = int(size[2]), _column(size[1]) + 1
            if b't="e"' in text:
                for found in ERROR_CELL.finditer(text):
                    if place := PLACE.search(found[1]):
                        at = int(place[2]) - 1, _column(place[1])
                        self.errors[at] = found[2].decode("utf-8", "replace")
            self.hidden.see(text, len(before))
            # Cells that a chunk cuts are whole in the next.
            before = chunk[-OVERLAP:]
        return is_odd

    def _walk(self, stream: IO[bytes], name: str) -> None:
        events = etree.iterparse(
            stream,
            events=("start", "end"),
            tag=(f"{TABLE}table", f"{TABLE}table-row"),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
        )
        row, is_wanted = 0, False
        for event, element in events:
            if element.tag == f"{TABLE}table":
                is_wanted = event == "start" and element.get(f"{TABLE}name") == name
                row = 0
            elif event == "end":
                if is_wanted:
                    self._see_row(element, row)
                row += int(element.get(f"{TABLE}number-rows-repeated", 1))
                element.clear()

    def _see_row(self, element: etree._Element, row: int) -> None:
        column = 0
        for cell in element:
            if cell.get(f"{CALC}value-type") == "error":
                self.errors[row, column] = "".join(cell.itertext())[:MAX_CELL]
            down = int(cell.get(f"{TABLE}number-rows-spanned", 1)) - 1
            across = int(cell.get(f"{TABLE}number-columns-spanned", 1)) - 1
            if down or across:
                self.merged.append(((row, column), (row + down, column + across)))
            column += int(cell.get(f"{TABLE}number-columns-repeated", 1))


def _target(archive: zipfile.ZipFile, number: int) -> str:
    """Return the name of the part of a sheet; the library gives no way to it."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    with archive.open("xl/workbook.xml") as stream:
        sheets = etree.parse(stream, parser).findall(".//{*}sheets/{*}sheet")
    wanted = sheets[number].get(f"{OFFICE}id") or sheets[number].get(f"{PURL}id")
    with archive.open("xl/_rels/workbook.xml.rels") as stream:
        relations = etree.parse(stream, parser).findall(f"{RELATIONS}Relationship")
    target = next(str(each.get("Target")) for each in relations if each.get("Id") == wanted)
    return target[1:] if target.startswith("/") else f"xl/{target}"


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number - 1
