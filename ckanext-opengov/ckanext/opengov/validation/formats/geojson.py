"""Reads GeoJSON: features as rows, and what is wrong with their places.

Source: RFC 7946
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

from ckanext.opengov.validation.formats import members
from ckanext.opengov.validation.formats.jsons import MAX_OTHERS
from ckanext.opengov.validation.formats.tables import (
    Box,
    Columns,
    Table,
    in_columns,
    refuse_many_columns,
)
from ckanext.opengov.validation.reading import Unreadable
from ckanext.opengov.validation.report import MAX_CELL, Finding, Findings, Severity

DEPTHS = {
    "Point": 0,
    "MultiPoint": 1,
    "LineString": 1,
    "MultiLineString": 2,
    "Polygon": 2,
    "MultiPolygon": 3,
}
"""How deep the positions of a geometry are nested."""
MAX_LONGITUDE, MAX_LATITUDE = 180, 90
MIN_LINE, MIN_RING = 2, 4
"""Positions that a line and a ring have at least."""
MAX_NESTED = 20
"""Collections of geometries in one another."""
WGS84 = re.compile(r"CRS84|WGS ?84|(?<!\d)4326(?!\d)")
MEMBERS = frozenset(
    {"type", "id", "bbox", "crs", "properties", "geometry", "coordinates", "geometries"}
)
"""What a feature has, and its table."""

Position = tuple[float, float]
Fault = tuple[str, str]
"""A code, and its variant."""


class _Malformed(Exception):
    """A geometry that is none; its argument is the variant of the finding."""


def open_geojson(path: Path, box: Box | None = None) -> Table:
    """Return the features as a table: their properties, then where they are.

    Points are in the columns ``longitude`` and ``latitude``, and ``altitude`` where one has it,
    other geometries in one as text. ``box``: where the country lies; None: swapped coordinates
    are only found where they are impossible.

    Raises:
        Unreadable: it is no GeoJSON.
    """
    scan = _Scan(box)
    for part in members.parts(path, scan.wants):
        scan.see(part)
    single = None if scan.rows or scan.is_collection else _single(path)
    if single is not None:
        scan.see(single)
    if not scan.rows:
        raise Unreadable(Finding("source-error", params={"variant": "empty"}))
    names, places = list(scan.names), scan.places()
    own = [] if scan.own_id is None else [scan.own_id]
    labels: list[object] = [*own, *names, *places]
    refuse_many_columns(len(labels))

    def rows() -> Iterator[list[object]]:
        found = members.records(path, "features") if single is None else iter([single])
        for feature in map(_object, found):
            properties = _object(feature.get("properties"))
            identifier = [feature.get("id")] if own else []
            cells = [*identifier, *map(properties.get, names)]
            yield [*map(members.plain, cells), *_place(feature.get("geometry"), len(places))]

    def batches() -> Iterator[Columns]:
        return in_columns(rows(), len(labels))

    kind = "number" if len(places) > 1 else "string"
    types = [*(None for _name in (*own, *names)), *(kind for _place in places)]
    return Table(labels, batches, scan.rows, scan.findings(), types=types)


def _single(path: Path) -> members.Record | None:
    """Return the one feature that a file is instead of a collection."""
    found = members.read_value(path)
    if isinstance(found, dict) and (found.get("type") in DEPTHS or "geometries" in found):
        return {"type": "Feature", "properties": {}, "geometry": found}
    return found if isinstance(found, dict) and found.get("type") == "Feature" else None


def _object(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _place(geometry: object, width: int) -> list[object]:
    """Return the cells that say where a feature is: one of any geometry, or those of a point."""
    if width == 1:
        return [None if geometry is None else members.as_json(geometry)]
    place = _object(geometry).get("coordinates")
    is_one = isinstance(place, list) and len(place) >= MIN_LINE and all(map(_is_number, place))
    known = place[:width] if is_one and isinstance(place, list) else []
    return [*known, *[None] * (width - len(known))]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


@dataclass(slots=True)
class _Scan:
    """Reads all features once."""

    box: Box | None
    rows: int = 0
    names: dict[str, None] = field(default_factory=dict)
    families: dict[str, None] = field(default_factory=dict)
    """Kinds of geometry: many points are of the kind of one."""
    has_only_points: bool = True
    has_altitude: bool = False
    has_ids: bool = False
    names_otherwise: bool = False
    """A feature has another identifier among its properties, or none there."""
    is_collection: bool = False
    nested: dict[str, int] = field(default_factory=dict)
    others: dict[str, None] = field(default_factory=dict)
    """What stands beside properties, or features, and is not read."""
    crs: str | None = None
    odd: Findings = field(default_factory=Findings)
    outside: Findings = field(default_factory=Findings)
    """Coordinates that no place in degrees has; they may have in another system."""

    def wants(self, name: str | None) -> bool:
        """Tell whether a list is that of the features."""
        if name not in ("features", *MEMBERS) and name:
            self.others.setdefault(name)
        return name == "features"

    def see(self, part: members.Part) -> None:
        """Take note of a feature, or of what stands beside them."""
        if isinstance(part, members.Member):
            self.is_collection |= part == members.Member("type", "FeatureCollection")
            if part.name == "crs" and part.value is not None:
                self.crs = _crs_name(part.value)
            return
        self.rows += 1
        if not isinstance(part, dict) or part.get("type") != "Feature":
            self._add("feature-invalid", "type")
            return
        properties = part.get("properties")
        if isinstance(properties, dict):
            self._see_properties(properties)
        elif properties is not None:
            self._add("feature-invalid", "properties")
        if part.get("id") is not None:
            self.has_ids = True
            self.names_otherwise |= str(part["id"]) != str(_object(properties).get("id"))
        if len(self.others) < MAX_OTHERS:
            self.others |= dict.fromkeys(part.keys() - MEMBERS)
        self._see_geometry(part.get("geometry"))

    def _see_properties(self, properties: dict[str, object]) -> None:
        for name, value in properties.items():
            if name not in self.names:
                refuse_many_columns(len(self.names) + 1)
                self.names[name] = None
            kind = type(value)
            if kind is members.Nan:
                self._add("not-a-number", "", name, str(value))
            elif kind in members.NESTED:
                self.nested[name] = self.nested.get(name, 0) + 1
        for name in members.names_twice(properties):
            self._add("duplicate-key", "", name)

    def _see_geometry(self, geometry: object) -> None:
        if geometry is None:
            self._add("geometry-empty", "")
            return
        kind = _object(geometry).get("type")
        self.has_only_points &= kind == "Point"
        self.families.setdefault(str(kind).removeprefix("Multi"))
        try:
            faults = dict.fromkeys(_faults(geometry, self.box))
        except _Malformed as error:
            self._add("geometry-invalid", str(error))
            return
        place = _object(geometry).get("coordinates")
        self.has_altitude |= kind == "Point" and isinstance(place, list) and len(place) > MIN_LINE
        for code, variant in faults:
            self._add(code, variant)

    def _add(
        self, code: str, variant: str, name: str | None = None, cell: str | None = None
    ) -> None:
        params = {"variant": variant} if variant else {}
        is_light = code in ("geometry-empty", "geometry-direction", "geometry-swapped")
        severity = Severity.WARNING if is_light else Severity.ERROR
        cut = None if cell is None else cell[:MAX_CELL]
        finding = Finding(code, self.rows + 1, name, cut, params, severity)
        (self.outside if code == "geometry-range" else self.odd).add(finding)

    def places(self) -> list[str]:
        """Return the names of the columns that say where the features are."""
        wanted = ["geometry"]
        if self.has_only_points:
            wanted = ["longitude", "latitude", *(["altitude"] if self.has_altitude else [])]
        return [_free(name, self.names) for name in wanted]

    @property
    def own_id(self) -> str | None:
        """The name of a column for what features have beside their properties: their ``id``."""
        if not self.has_ids or ("id" in self.names and not self.names_otherwise):
            return None
        return _free("feature_id", self.names) if "id" in self.names else "id"

    def findings(self) -> Findings:
        """Return what is to be said of the features, one by one and together."""
        is_other = self.crs is not None and not WGS84.search(self.crs)
        if is_other:
            self.odd.add(Finding("crs-other", params={"crs": self.crs}))
        else:
            self.odd.include(self.outside)
        warned: list[tuple[str, str | None, dict[str, object]]] = [
            ("nested-value", name, {"number": number}) for name, number in self.nested.items()
        ]
        if self.crs is not None and not is_other:
            warned.append(("crs-member", None, {}))
        if self.others:
            names = ", ".join(sorted(self.others))[:MAX_CELL]
            warned.append(("other-sheets", None, {"variant": "members", "sheets": names}))
        if len(self.families) > 1:
            warned.append(("geometry-mixed", None, {"types": ", ".join(self.families)}))
        for code, name, params in warned:
            self.odd.add(Finding(code, None, name, None, params, Severity.WARNING))
        return self.odd


def _crs_name(value: object) -> str:
    name = _object(_object(value).get("properties")).get("name")
    return str(name or members.as_json(value))[:MAX_CELL]


def _free(name: str, taken: dict[str, None]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free


def _faults(geometry: object, box: Box | None, level: int = 0) -> Iterator[Fault]:
    """Yield what is wrong with a geometry.

    Raises:
        _Malformed: it is none.
    """
    if not isinstance(geometry, dict) or level > MAX_NESTED:
        raise _Malformed("type")
    kind = geometry.get("type")
    if kind == "GeometryCollection":
        for each in _list(geometry.get("geometries")):
            yield from _faults(each, box, level + 1)
    elif isinstance(kind, str) and kind in DEPTHS:
        found = _list(geometry.get("coordinates"))
        yield from _faults_of(kind, found, box) if found else [("geometry-empty", "")]
    else:
        raise _Malformed("type")


def _faults_of(kind: str, found: list[object], box: Box | None) -> Iterator[Fault]:
    for line in _lines(found, DEPTHS[kind]):
        yield from _misplaced(line, box)
        if "Line" in kind and len(line) < MIN_LINE:
            raise _Malformed("line")
    if "Polygon" in kind:
        for polygon in [found] if kind == "Polygon" else found:
            yield from _rings(polygon)


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise _Malformed("coordinates")
    return value


def _lines(found: list[object], depth: int) -> Iterator[list[Position]]:
    """Yield the innermost lists of positions; a point is one of its own."""
    if depth == 0:
        yield [_position(found)]
    elif depth == 1:
        yield [_position(each) for each in found]
    else:
        for each in found:
            yield from _lines(_list(each), depth - 1)


def _position(value: object) -> Position:
    if not isinstance(value, list) or len(value) < MIN_LINE or not all(map(_is_number, value)):
        raise _Malformed("coordinates")
    return float(value[0]), float(value[1])


def _misplaced(line: list[Position], box: Box | None) -> Iterator[Fault]:
    for x, y in line:
        if abs(x) > MAX_LONGITUDE or abs(y) > MAX_LATITUDE:
            is_swapped = abs(y) <= MAX_LONGITUDE and abs(x) <= MAX_LATITUDE
            yield "geometry-range", "swapped" if is_swapped else ""
        elif box and not box.has(x, y) and box.has(y, x):
            yield "geometry-swapped", ""


def _rings(polygon: object) -> Iterator[Fault]:
    for number, ring in enumerate(_list(polygon)):
        line = [_position(each) for each in _list(ring)]
        if len(line) < MIN_RING or line[0] != line[-1]:
            raise _Malformed("ring")
        # Twice the area, positive against the clock.
        x, y = line[0]
        area = sum((a[0] - x) * (b[1] - y) - (b[0] - x) * (a[1] - y) for a, b in pairwise(line))
        if (area < 0) is (number == 0) and area:
            yield "geometry-direction", ""
