"""Tables that are no text: workbooks, JSON, GeoJSON, Parquet. What a file is, its bytes say."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ckanext.opengov.validation.formats.tables import Hints, Table


def open_table(path: Path, kind: str, hints: Hints) -> Table:
    """Return the table in a file of this kind, which is none of text.

    Raises:
        Unreadable: there is none.
    """
    # Each reader brings a library that the others do without.
    if kind == "parquet":
        from ckanext.opengov.validation.formats import parquet  # noqa: PLC0415

        return parquet.open_parquet(path)
    if kind in ("json", "jsonl"):
        from ckanext.opengov.validation.formats import jsons  # noqa: PLC0415

        return jsons.open_lines(path) if kind == "jsonl" else jsons.open_json(path)
    if kind == "geojson":
        from ckanext.opengov.validation.formats import geojson  # noqa: PLC0415

        return geojson.open_geojson(path, hints.box)
    from ckanext.opengov.validation.formats import books  # noqa: PLC0415

    return books.open_book(path, kind, hints.sheet)
