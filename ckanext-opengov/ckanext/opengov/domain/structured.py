"""Datasets, bodies and the catalogue in the words of schema.org, for search engines.

Source: https://schema.org/Dataset, and
https://developers.google.com/search/docs/appearance/structured-data/dataset
"""

from __future__ import annotations

import json
from collections.abc import Mapping

Thing = dict[str, object]

CONTEXT = "https://schema.org"
UNSAFE = {sign: f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}
"""What could end the element that holds the data, or start another."""


def as_script(thing: Thing) -> str:
    """Return a thing as JSON-LD that cannot leave its ``script`` element."""
    text = json.dumps({"@context": CONTEXT, **thing}, ensure_ascii=False)
    return "".join(UNSAFE.get(sign, sign) for sign in text)


def thing(kind: str, **values: object) -> Thing:
    """Return a thing with those of the values that say something."""
    said = {name: value for name, value in values.items() if value not in (None, "", [], {})}
    return {"@type": kind, **said}


def period(start: str | None, end: str | None) -> str | None:
    """Return a period as schema.org writes it; an open end is ``..``."""
    return f"{start or '..'}/{end or '..'}" if start or end else None


def download(
    resource: Mapping[str, object], name: str, media: str | None, licence: str | None
) -> Thing:
    """Return a file of a dataset."""
    size = resource.get("size")
    return thing(
        "DataDownload",
        name=name,
        description=resource.get("description"),
        contentUrl=resource.get("url"),
        encodingFormat=media or resource.get("format"),
        contentSize=f"{size} B" if size else None,
        sha256=resource.get("sha256"),
        license=licence,
        dateModified=resource.get("last_modified"),
    )
