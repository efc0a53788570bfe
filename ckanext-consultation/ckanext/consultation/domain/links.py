"""Links in comments: to the web alone, and nobody is led elsewhere than it looks."""

from __future__ import annotations

import html
from urllib.parse import urlsplit

import nh3
import regex

from ckanext.opengov.shared.domain import characters

HOST = regex.compile(r"(?:[a-z0-9_-]{1,63}\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])\.?")
"""A name under a domain, other alphabets in Punycode: no number, none of the own network."""
LEADING_MARK = regex.compile(r"(?<=^|\n)(?=[\p{Mn}\p{Me}])")
SHOWN_ALONE = "\u25cc"
"""The ring that carries a mark without a letter. Without it the mark would join the ``>`` of
the tag before it, wherever someone composes the page (NFC)."""


def anchor(address: str, label: str) -> str | None:
    """Return a link, followed by the host where the label does not show it.

    None if the address is not one of the web; ``rel`` is added where the page is cleaned.
    """
    host = host_of(address)
    if host is None or not _would_stay(address):
        return None
    label = characters.without_directions(label).strip() or address
    link = f'<a href="{html.escape(address)}"><bdi>{escaped(label)}</bdi></a>'
    shown = host_of(label if "://" in label else f"https://{label}")
    return link if shown == host else f"{link} <bdi>({escaped(host)})</bdi>"


def host_of(address: str) -> str | None:
    """Return the host of an address of the web; None for any other address.

    An address with a user name is none: ``https://bank.example@evil.example`` leads to evil.
    """
    if not address.isprintable() or " " in address or "\\" in address:
        return None
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return None
    is_web = parts.scheme in ("http", "https") and address.lower().startswith(f"{parts.scheme}://")
    if not is_web or "@" in parts.netloc or HOST.fullmatch(host or "") is None:
        return None
    return host


def _would_stay(address: str) -> bool:
    """Tell whether the tool that cleans the page reads the address as we do."""
    link = f'<a href="{html.escape(address)}">x</a>'
    return "href=" in nh3.clean(link, tags={"a"}, url_schemes={"http", "https"})


def escaped(text: str) -> str:
    """Return text as HTML that stands well after any tag."""
    return html.escape(LEADING_MARK.sub(SHOWN_ALONE, text))
