"""Writes sitemaps.

Source: https://www.sitemaps.org/protocol.html, and for the languages
https://developers.google.com/search/docs/specialty/international/localized-versions
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from xml.sax.saxutils import escape, quoteattr

MAX_ADDRESSES = 50_000
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
NAMESPACES = (
    'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml"'
)


def index(parts: Iterable[tuple[str, str | None]]) -> Iterator[str]:
    """Yield the index of a sitemap: the address of each part, and when it last changed."""
    yield f'{HEAD}<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    for address, changed in parts:
        time = f"<lastmod>{changed}</lastmod>" if changed else ""
        yield f"<sitemap><loc>{escape(address)}</loc>{time}</sitemap>\n"
    yield "</sitemapindex>\n"


def addresses(pages: Iterable[tuple[Mapping[str, str], str | None]]) -> Iterator[str]:
    """Yield a part: each page by its addresses in every language, and when it last changed."""
    yield f"{HEAD}<urlset {NAMESPACES}>\n"
    for by_language, changed in pages:
        time = f"<lastmod>{changed}</lastmod>" if changed else ""
        others = "".join(
            f'<xhtml:link rel="alternate" hreflang="{language}" href={quoteattr(address)}/>'
            for language, address in by_language.items()
        )
        for address in by_language.values():
            yield f"<url><loc>{escape(address)}</loc>{time}{others}</url>\n"
    yield "</urlset>\n"
