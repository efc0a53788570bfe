"""CKAN's helpers for Markdown, which remember: lists show the same texts again and again."""

from __future__ import annotations

from functools import lru_cache

from markupsafe import Markup

from ckan.lib import helpers as core

REMEMBERED = 2048
LONGEST = 20_000
"""Characters of a text beyond which memory is worth more than time."""


def markdown_extract(text: str, extract_length: int = 190) -> str:
    """Return the plain text of Markdown, cut to a length; 0: not cut."""
    extract = _extract if len(text or "") <= LONGEST else core.markdown_extract
    return extract(text, extract_length)


def render_markdown(data: str, auto_link: bool = True, allow_html: bool = False) -> Markup | str:
    """Return Markdown as HTML."""
    render = _render if len(data or "") <= LONGEST else core.render_markdown
    rendered = render(data, False, allow_html)
    # Links to tags and datasets are another text in another language.
    return core.literal(core.html_auto_link(rendered)) if rendered and auto_link else rendered


@lru_cache(REMEMBERED)
def _extract(text: str, length: int) -> str:
    return core.markdown_extract(text, length)


@lru_cache(REMEMBERED)
def _render(data: str, auto_link: bool, allow_html: bool) -> Markup | str:
    return core.render_markdown(data, auto_link, allow_html)
