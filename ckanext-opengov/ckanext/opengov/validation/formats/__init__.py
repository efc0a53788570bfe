"""Tables that are no text: workbooks, JSON, GeoJSON, Parquet. What a file is, its bytes say."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ckanext.opengov.validation.formats.tables import Box, Table


def open_table(path: Path, kind: str, sheet: str | None = None, box: Box | None = None) -> Table:
    """Return the table in a file of this kind, which is none of text.

    ``sheet``: of a workbook; ``box``: where the country of GeoJSON lies.

    Raises:
        Unreadable: there is none.
    """
    # Each reader brings a library that the others do without.
    from ckanext.opengov.validation.formats import books, geojson, jsons, kinds, parquet

    if kind in kinds.BOOKS:
        return books.open_book(path, kind, sheet)
    if kind == "geojson":
        return geojson.open_geojson(path, box)
    return parquet.open_parquet(path) if kind == "parquet" else jsons.open_json(path)
