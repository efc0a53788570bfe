"""Writes Atom feeds.

Source: https://www.rfc-editor.org/rfc/rfc4287 (Atom), rfc5005 (pages of feeds)
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

ATOM = "http://www.w3.org/2005/Atom"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, not even escaped."""
NEVER = "1970-01-01T00:00:00Z"
"""When a feed without entries was updated: Atom wants a time."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in a feed."""

    id: str
    title: str
    updated: str
    page: str
    summary: str = ""
    author: str = ""
    categories: Sequence[Mapping[str, str]] = ()
    """``term``, ``label`` and ``scheme``."""
    enclosures: Sequence[Mapping[str, str]] = ()
    """Files: ``href``, ``type``, ``title``, ``length``."""


@dataclass(frozen=True, slots=True)
class Feed:
    """What a reader subscribes to."""

    id: str
    title: str
    language: str
    author: str
    links: Mapping[str, str]
    """Addresses by their relation: ``self``, ``alternate``, ``next`` …"""
    entries: Sequence[Entry] = ()
    translations: Mapping[str, str] = field(default_factory=dict)
    """Addresses of the same feed in other languages."""


def atom(feed: Feed) -> bytes:
    """Return the feed as an Atom document."""
    ET.register_namespace("", ATOM)
    root = ET.Element(f"{{{ATOM}}}feed", {XML_LANG: feed.language})
    _text(root, "id", feed.id)
    _text(root, "title", feed.title)
    _text(root, "updated", max((entry.updated for entry in feed.entries), default=NEVER))
    _author(root, feed.author)
    for relation, address in feed.links.items():
        kind = "text/html" if relation == "alternate" else "application/atom+xml"
        _child(root, "link", {"rel": relation, "type": kind, "href": address})
    for language, address in feed.translations.items():
        translated = {"rel": "alternate", "type": "application/atom+xml", "hreflang": language}
        _child(root, "link", {**translated, "href": address})
    for entry in feed.entries:
        _entry(root, entry)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _entry(root: ET.Element, entry: Entry) -> None:
    element = _child(root, "entry", {})
    _text(element, "id", entry.id)
    _text(element, "title", entry.title)
    _text(element, "updated", entry.updated)
    if entry.author:
        _author(element, entry.author)
    _child(element, "link", {"rel": "alternate", "type": "text/html", "href": entry.page})
    for file in entry.enclosures:
        _child(element, "link", {"rel": "enclosure", **file})
    for category in entry.categories:
        _child(element, "category", category)
    if entry.summary:
        _text(element, "summary", entry.summary)


def _author(parent: ET.Element, name: str) -> None:
    _text(_child(parent, "author", {}), "name", name)


def _text(parent: ET.Element, name: str, text: str) -> None:
    _child(parent, name, {}).text = FORBIDDEN.sub("", text)


def _child(parent: ET.Element, name: str, attributes: Mapping[str, str]) -> ET.Element:
    clean = {key: FORBIDDEN.sub("", value) for key, value in attributes.items() if value}
    return ET.SubElement(parent, f"{{{ATOM}}}{name}", clean)
