"""Tells what a file is by its bytes. Its name and its declared format may be wrong."""

from __future__ import annotations

import codecs
import lzma
import re
import struct
import zipfile
import zlib
from pathlib import Path

from ckanext.opengov.shared.domain.wording import N_

HEAD = 1 << 16
MAX_ENTRY = 1 << 16
"""Bytes read of an entry of an archive to tell what the archive is."""
MAX_ENTRIES = 10_000
"""Entries of an archive that are looked at."""

BOOKS = frozenset({"xlsx", "xls", "ods"})
TABLES = frozenset({"csv", "json", "jsonl", "geojson", "parquet"}) | BOOKS
"""Kinds that may hold a table. Anything that is text may be ``csv``."""

NAMES = {
    "csv": "CSV",
    "xlsx": "XLSX",
    "xls": "XLS",
    "ods": "ODS",
    "json": "JSON",
    "jsonl": "JSON Lines",
    "geojson": "GeoJSON",
    "parquet": "Parquet",
    "7z": N_("archive (7z)"),
    "access": N_("database (Access)"),
    "arrow": "Arrow",
    "avro": "Avro",
    "bmp": N_("image (BMP)"),
    "broken": N_("damaged archive"),
    "bzip2": N_("compressed file (bzip2)"),
    "doc": N_("text document (DOC)"),
    "docx": N_("text document (DOCX)"),
    "encrypted": N_("document with a password"),
    "epub": N_("book (EPUB)"),
    "fods": N_("spreadsheet as XML (FODS)"),
    "geotiff": N_("map image (GeoTIFF)"),
    "gif": N_("image (GIF)"),
    "gml": N_("geodata (GML)"),
    "gpkg": N_("geodata (GeoPackage)"),
    "gpx": N_("geodata (GPX)"),
    "gtfs": N_("timetables (GTFS)"),
    "gzip": N_("compressed file (gzip)"),
    "hdf5": N_("measurements (HDF5 or NetCDF)"),
    "html": N_("web page (HTML)"),
    "ical": N_("calendar (iCalendar)"),
    "jpeg": N_("image (JPEG)"),
    "kml": N_("geodata (KML)"),
    "kmz": N_("geodata (KMZ)"),
    "mp3": N_("sound (MP3)"),
    "mp4": N_("video (MP4)"),
    "netcdf": N_("measurements (NetCDF)"),
    "odp": N_("slides (ODP)"),
    "odt": N_("text document (ODT)"),
    "ogg": N_("sound or video (Ogg)"),
    "ole": N_("document of an old version of Office"),
    "orc": "ORC",
    "pdf": "PDF",
    "png": N_("image (PNG)"),
    "ppt": N_("slides (PPT)"),
    "pptx": N_("slides (PPTX)"),
    "rar": N_("archive (RAR)"),
    "rdf": "RDF",
    "riff": N_("sound or video (RIFF)"),
    "rtf": N_("text document (RTF)"),
    "sas": N_("table of SAS"),
    "shp": N_("part of a shapefile"),
    "shpzip": N_("geodata (shapefile)"),
    "spss": N_("table of SPSS"),
    "sqlite": N_("database (SQLite)"),
    "ss": N_("spreadsheet as XML (Excel 2003)"),
    "stata": N_("table of Stata"),
    "svg": N_("image (SVG)"),
    "tar": N_("archive (tar)"),
    "text": N_("plain text"),
    "tiff": N_("image (TIFF)"),
    "topojson": N_("geodata (TopoJSON)"),
    "webp": N_("image (WebP)"),
    "xlsb": N_("binary spreadsheet (XLSB)"),
    "xml": "XML",
    "xz": N_("compressed file (xz)"),
    "zip": N_("archive (ZIP)"),
    "zstd": N_("compressed file (Zstandard)"),
}
"""What each kind is called, to be translated."""

SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "pdf"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"BM", "bmp"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "rar"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"ARROW1\0\0", "arrow"),
    (b"ORC", "orc"),
    (b"Obj\x01", "avro"),
    (b"\x89HDF\r\n\x1a\n", "hdf5"),
    (b"CDF\x01", "netcdf"),
    (b"CDF\x02", "netcdf"),
    (b"\0\0\x27\x0a" + bytes(20), "shp"),
    (b"{\\rtf", "rtf"),
    (b"\0\1\0\0Standard Jet DB", "access"),
    (b"\0\1\0\0Standard ACE DB", "access"),
    (b"ID3", "mp3"),
    (b"OggS", "ogg"),
    (b"<stata_dta>", "stata"),
    (b"$FL2", "spss"),
    (b"PAR1", "parquet"),
    (b"SQLite format 3\0", "sqlite"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"RIFF", "riff"),
    (bytes(12) + b"\xc2\xea\x81\x60\xb3\x14\x11\xcf\xbd\x92\x08\x00", "sas"),
)
"""First bytes. Those that may as well begin a text count only where there is a NUL."""
MAY_BE_TEXT = frozenset({"bmp", "orc", "mp3", "bzip2", "spss", "parquet", "riff", "ogg"})
INSIDE = ((4, b"ftyp", "mp4"), (257, b"ustar", "tar"))
"""What stands further down, and where."""
GEOPACKAGES = (b"GPKG", b"GP10", b"GP11")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OLE_HEADER = 512
OLE_STREAMS = (
    ("EncryptedPackage", "encrypted"),
    ("Workbook", "xls"),
    ("Book", "xls"),
    ("WordDocument", "doc"),
    ("PowerPoint Document", "ppt"),
)
GEO_KEYS = 34735
"""Tag of TIFF that says where on Earth an image lies."""

PACKAGES = (
    ({"xl/workbook.xml"}, "xlsx"),
    ({"xl/workbook.bin"}, "xlsb"),
    ({"word/document.xml"}, "docx"),
    ({"ppt/presentation.xml"}, "pptx"),
    ({"doc.kml"}, "kmz"),
    ({"stops.txt", "routes.txt"}, "gtfs"),
)
"""What is in the archives that are documents."""
BROKEN_ARCHIVE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
)
"""What reading an archive that is none may raise."""
MANIFEST = "META-INF/manifest.xml"
MIMETYPES = {
    b"application/vnd.oasis.opendocument.spreadsheet": "ods",
    b"application/vnd.oasis.opendocument.text": "odt",
    b"application/vnd.oasis.opendocument.presentation": "odp",
    b"application/epub+zip": "epub",
}

HTML = re.compile(
    r"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|(?:html|head|body|table|meta|div|script|style)\b)",
    re.IGNORECASE | re.DOTALL,
)
XML = re.compile(r"\s*<(?:\?xml\b|!DOCTYPE\b|!--|[A-Za-z_][\w.-]*(?::[\w.-]+)?[\s>/])")
ROOTS = (
    ("urn:schemas-microsoft-com:office:spreadsheet", "ss"),
    ("urn:oasis:names:tc:opendocument:xmlns:office", "fods"),
    ("http://www.w3.org/1999/xhtml", "html"),
    ("http://www.opengis.net/kml", "kml"),
    ("http://earth.google.com/kml", "kml"),
    ("http://www.opengis.net/gml", "gml"),
    ("http://www.topografix.com/GPX", "gpx"),
    ("http://www.w3.org/1999/02/22-rdf-syntax-ns#", "rdf"),
    ("http://www.w3.org/2000/svg", "svg"),
)
"""Names that the first element of an XML file speaks in, the more telling first."""
JSON = re.compile(r'\s*(?:\{\s*(?:"|\}|$)|\[\s*(?:["{\[\]]|-?\d|true|false|null|$))')
GEO_TYPES = (
    "FeatureCollection|Feature|GeometryCollection|Point|MultiPoint|LineString|MultiLineString"
    "|Polygon|MultiPolygon"
)
TOP = re.compile(rf'\s*\{{\s*"type"\s*:\s*"(?:{GEO_TYPES})"')
TYPE = re.compile(rf'[{{,]\s*"type"\s*:\s*"(?P<type>{GEO_TYPES}|Topology)"')
FEATURES = re.compile(rf'"features"\s*:\s*\[\s*(?:\]|\{{[^{{}}]*"type"\s*:\s*"(?:{GEO_TYPES})")')
LINES = re.compile(r"\s*\{.*\}[ \t]*\r?\n\s*\{|\s*\[.*\][ \t]*\r?\n\s*\[")
LINES_LOOKED_AT = 20
SEPARATORS = "\t;,|"

DECLARED = {
    "": frozenset[str](),
    "csv": {"csv"},
    "tsv": {"csv"},
    "tab": {"csv"},
    "txt": {"csv", "text"},
    "text": {"csv", "text"},
    "xlsx": {"xlsx"},
    "xlsm": {"xlsx"},
    "xls": {"xls"},
    "excel": {"xlsx", "xls", "xlsb"},
    "ods": {"ods"},
    "json": {"json", "jsonl", "geojson", "topojson"},
    "jsonl": {"jsonl", "json"},
    "ndjson": {"jsonl", "json"},
    "geojson": {"geojson"},
    "topojson": {"topojson"},
    "parquet": {"parquet"},
    "geoparquet": {"parquet"},
    "html": {"html"},
    "xml": {"xml", "ss", "fods", "kml", "gml", "gpx", "rdf", "svg", "html"},
    "rdf": {"rdf", "xml"},
    "doc": {"doc", "rtf"},
    "docx": {"docx"},
    "gml": {"gml", "xml"},
    "shp": {"shp", "shpzip", "zip"},
    "zip": {"zip", "shpzip", "gtfs", "kmz"},
    "gtfs": {"gtfs", "zip"},
    "tif": {"tiff", "geotiff"},
    "tiff": {"tiff", "geotiff"},
    "geotiff": {"tiff", "geotiff"},
    "jpg": {"jpeg"},
    "gz": {"gzip"},
    "nc": {"netcdf", "hdf5"},
    "netcdf": {"netcdf", "hdf5"},
    "ppt": {"ppt"},
    "gpkg": {"gpkg"},
    "ics": {"ical"},
}
"""What a file may be that people call so. A name that is not here is judged by itself."""


CALLED_TABLES = frozenset(
    [
        "csv",
        "tsv",
        "tab",
        "xlsx",
        "xlsm",
        "xls",
        "excel",
        "ods",
        "json",
        "jsonl",
        "ndjson",
        "geojson",
        "parquet",
        "geoparquet",
    ]
)
"""Names of formats under which readers expect a table."""
CALLED_CSV = frozenset({"csv", "tsv", "tab"})
CALLED_LINES = frozenset({"jsonl", "ndjson"})
CALLED_JSON = frozenset({"json", "geojson"}) | CALLED_LINES


def plain(declared: str) -> str:
    """Return a declared format as it is compared: ``.CSV`` and ``csv`` are one."""
    return declared.strip().lower().lstrip(".")


def contradicts(declared: str, kind: str) -> bool:
    """Tell whether a file that is of this kind should not be called so."""
    if not declared or kind == "encrypted":
        return False
    allowed = DECLARED.get(declared, {declared} if declared in NAMES else None)
    return allowed is not None and kind not in allowed


def kind_of(path: Path) -> str | None:
    """Return a key of :data:`NAMES`, by what is in the file.

    ``csv`` is any text that is nothing else; None: bytes that nothing here knows, or none.
    """
    with path.open("rb") as stream:
        head = stream.read(HEAD)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _archive(path)
    if head.startswith(OLE):
        return _ole(path, head)
    return _by_signature(path, head) or _text(head)


def _by_signature(path: Path, head: bytes) -> str | None:
    is_binary = b"\0" in head
    for signature, kind in SIGNATURES:
        if head.startswith(signature) and (is_binary or kind not in MAY_BE_TEXT):
            return _closer(path, head, kind)
    inside = (kind for place, sign, kind in INSIDE if is_binary and head[place:].startswith(sign))
    return next(inside, None)


def _closer(path: Path, head: bytes, kind: str) -> str:
    """Return what a file of a kind is that has others within it."""
    if kind == "sqlite" and head[68:72] in GEOPACKAGES:
        return "gpkg"
    if kind == "tiff" and _has_geo_keys(path, head):
        return "geotiff"
    return "webp" if kind == "riff" and head[8:12] == b"WEBP" else kind


def _has_geo_keys(path: Path, head: bytes) -> bool:
    order = "<" if head.startswith(b"II") else ">"
    with path.open("rb") as stream:
        stream.seek(struct.unpack(f"{order}I", head[4:8].ljust(4, b"\0"))[0])
        found = stream.read(2)
        entries = stream.read(12 * struct.unpack(f"{order}H", found.ljust(2, b"\0"))[0])
    tags = (entries[at : at + 2] for at in range(0, len(entries) - 11, 12))
    return any(struct.unpack(f"{order}H", tag)[0] == GEO_KEYS for tag in tags)


def _ole(path: Path, head: bytes) -> str:
    """Return what an old document of Office is, by the names in its directory."""
    head = head.ljust(OLE_HEADER, b"\0")
    shift, first = struct.unpack("<H", head[30:32])[0], struct.unpack("<I", head[48:52])[0]
    with path.open("rb") as stream:
        stream.seek(min((first + 1) << min(shift, 12), 1 << 62))
        names = head + stream.read(HEAD)
    for name, kind in OLE_STREAMS:
        if (name + "\0").encode("utf-16-le") in names:
            return kind
    return "ole"


def _archive(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = {entry.filename for entry in archive.infolist()[:MAX_ENTRIES]}
            declared = manifest = b""
            if "mimetype" in names:
                with archive.open("mimetype") as stream:
                    declared = stream.read(MAX_ENTRY).strip()
            if declared and MANIFEST in names:
                with archive.open(MANIFEST) as stream:
                    manifest = stream.read(MAX_ENTRY)
    except BROKEN_ARCHIVE:
        return "broken"
    found = MIMETYPES.get(declared)
    if found and b"encryption-data" in manifest:
        return "encrypted"
    return (
        found or next((kind for inside, kind in PACKAGES if inside <= names), None) or _zip(names)
    )


def _zip(names: set[str]) -> str:
    if "[Content_Types].xml" in names and any(name.startswith("xl/") for name in names):
        return "xlsx"
    ends = {name.lower().rpartition(".")[2] for name in names}
    return "shpzip" if {"shp", "dbf"} <= ends else "zip"


def _text(head: bytes) -> str | None:
    text = _decoded(head)
    if text is None:
        return None
    if HTML.match(text):
        return "html"
    if text.lstrip().startswith("BEGIN:VCALENDAR"):
        return "ical"
    if JSON.match(text):
        return _json(text)
    if XML.match(text):
        return next((kind for name, kind in ROOTS if name in text), "xml")
    return "csv" if text.strip() else None


def _decoded(head: bytes) -> str | None:
    """Return the text that the file begins with; None: it is none."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head.decode("utf-16", "replace")
    if b"\0" in head:
        return None
    return head.decode("utf-8-sig", "replace")


def _json(text: str) -> str:
    found = TYPE.search(text)
    if LINES.match(text):
        return "jsonl"
    if found and found["type"] == "Topology" and '"arcs"' in text:
        return "topojson"
    is_geo = TOP.match(text) or FEATURES.search(text) or (found and '"features"' in text)
    return "geojson" if is_geo and text.lstrip()[:1] == "{" else "json"


def is_tabular(path: Path) -> bool:
    """Tell whether the first lines of a text have the same separators, as a table's have."""
    with path.open("rb") as stream:
        head = stream.read(HEAD)
    lines = (_decoded(head) or "").splitlines()[:LINES_LOOKED_AT]
    # A read that ends within a line says nothing of it.
    lines = lines[:-1] if len(head) == HEAD else lines
    counts = [tuple(line.count(sign) for sign in SEPARATORS) for line in lines if line.strip()]
    return len(counts) > 1 and any(
        column[0] and len(set(column)) == 1 for column in zip(*counts, strict=True)
    )
