"""What the printed number of a node says, whatever the language: "الفصل 3 -" and "Art. 3" are 3."""

from __future__ import annotations

from ckanext.consultation.domain.texts.headings import recognise
from ckanext.consultation.domain.texts.markers import Style, marker_of
from ckanext.consultation.domain.texts.nodes import CONTAINERS, Node, Text


def numeral_of(node: Node) -> str:
    """Return the number of a division or of an item that digits count, else an empty text."""
    for printed in node.number.values():
        if node.kind in CONTAINERS:
            heading = recognise(printed)
            return heading.number if heading else ""
        marker = marker_of(printed)
        return str(marker.value) if marker and marker.style is Style.DIGITS else ""
    return ""


def places_of(text: Text) -> list[tuple[str, str]]:
    """Return for each node what it is and its number or, without one, its place among its like.

    Under one parent, two nodes with the same place are the same thing to a reader.
    """
    counts: dict[tuple[str | None, str], int] = {}
    found = []
    for node in text:
        key = (node.parent_eid, str(node.kind))
        counts[key] = counts.get(key, 0) + 1
        numeral = numeral_of(node)
        found.append((str(node.kind), numeral or f"#{counts[key]}"))
    return found
