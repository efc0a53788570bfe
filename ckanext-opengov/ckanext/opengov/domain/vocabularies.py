"""Words of the suite as addresses of the European vocabularies, which other catalogues know.

Source: https://semiceu.github.io/DCAT-AP/releases/3.0.1/#controlled-vocs
"""

from __future__ import annotations

from collections.abc import Mapping

AUTHORITY = "http://publications.europa.eu/resource/authority/"
THEMES = AUTHORITY + "data-theme"
FREQUENCIES = AUTHORITY + "frequency"
FILE_TYPES = AUTHORITY + "file-type"
ACCESS_RIGHTS = AUTHORITY + "access-right"
PUBLIC = ACCESS_RIGHTS + "/PUBLIC"
MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
SHA256 = "https://spdx.org/rdf/terms#checksumAlgorithm_sha256"
"""With ``https``, as the shapes of DCAT-AP 3.0.1 insist; SPDX itself writes ``http``."""
LANGUAGE = AUTHORITY + "language"
LANGUAGES = {"ar": LANGUAGE + "/ARA", "en": LANGUAGE + "/ENG", "fr": LANGUAGE + "/FRA"}

FORMATS = {
    "CSV": "text/csv",
    "DOC": "application/msword",
    "DOCX": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "GEOJSON": "application/geo+json",
    "GML": "application/gml+xml",
    "GPKG": "application/geopackage+sqlite3",
    "HTML": "text/html",
    "JSON": "application/json",
    "JSON_LD": "application/ld+json",
    "KML": "application/vnd.google-earth.kml+xml",
    "KMZ": "application/vnd.google-earth.kmz",
    "ODS": "application/vnd.oasis.opendocument.spreadsheet",
    "ODT": "application/vnd.oasis.opendocument.text",
    "PARQUET": "application/vnd.apache.parquet",
    "PDF": "application/pdf",
    "RDF_TURTLE": "text/turtle",
    "RDF_XML": "application/rdf+xml",
    "TSV": "text/tab-separated-values",
    "TXT": "text/plain",
    "XLS": "application/vnd.ms-excel",
    "XLSX": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "XML": "application/xml",
    "ZIP": "application/zip",
}
"""Codes of the European list of file types, with their registered media types."""

OTHER_NAMES = {"JSON-LD": "JSON_LD", "JSONLD": "JSON_LD", "RDF": "RDF_XML", "TTL": "RDF_TURTLE"}


def format_code(name: str | None) -> str | None:
    """Return the European code of a format as people write it; None: it has none."""
    plain = (name or "").strip().lstrip(".").upper()
    code = OTHER_NAMES.get(plain, plain)
    return code if code in FORMATS else None


def media_type(resource: Mapping[str, object]) -> str | None:
    """Return the registered media type of a file, by its format before what CKAN guessed."""
    code = format_code(str(resource.get("format") or ""))
    guessed = resource.get("mimetype")
    return FORMATS[code] if code else (str(guessed) if guessed else None)


def licence_address(entry: Mapping[str, object]) -> str | None:
    """Return the address that names a licence of the register; None: it has none."""
    return str(entry.get("eu_uri") or entry.get("url") or "") or None


def is_address(text: str) -> bool:
    """Tell whether a text is an address on the web, and nothing else."""
    return text.startswith(("http://", "https://")) and not set(text) & set(' <>"{}|\\^`\n\t')
