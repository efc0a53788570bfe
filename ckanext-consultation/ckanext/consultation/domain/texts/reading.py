"""Reads a file of any accepted format into the nodes of a text in one language."""

from __future__ import annotations

import re
from pathlib import PurePath

from ckanext.consultation.domain.texts import errors
from ckanext.consultation.domain.texts.from_html import blocks_of_html
from ckanext.consultation.domain.texts.from_markdown import blocks_of_markdown
from ckanext.consultation.domain.texts.from_word import blocks_of_word
from ckanext.consultation.domain.texts.nodes import Text
from ckanext.consultation.domain.texts.structure import nodes_of

DECLARED = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w\-]{1,40})""", re.IGNORECASE)
LOOKED_AT = 2_048
"""Bytes in which a page must declare its encoding, by the standard of HTML rounded up."""
MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
ENCODINGS = frozenset(
    {
        "utf-8", "utf-16", "windows-1256", "windows-1252", "iso-8859-6", "iso-8859-1",
        "iso-8859-15", "us-ascii",
    }
)  # fmt: skip


def text_of_word(content: bytes, language: str) -> Text:
    """Return the nodes of a Word document (.docx)."""
    return nodes_of(blocks_of_word(content), language)


def text_of_html(source: str, language: str) -> Text:
    """Return the nodes of a page of HTML."""
    return nodes_of(blocks_of_html(source), language)


def text_of_markdown(source: str, language: str) -> Text:
    """Return the nodes of a Markdown text."""
    return nodes_of(blocks_of_markdown(source), language)


def text_of_file(name: str, content: bytes, language: str) -> Text:
    """Return the nodes of a file; the end of its name says what it is.

    Raises:
        UnknownFormat: it ends otherwise than in .docx, .html, .htm, .md, .markdown or .txt.
        UnknownEncoding: the letters cannot be read.
        DomainError: another of ``errors``.
    """
    ending = PurePath(name).suffix.removeprefix(".").casefold()
    if ending in {"docx", "docm", "doc", "dotx", "dotm"}:
        return text_of_word(content, language)
    if ending in {"html", "htm"}:
        return text_of_html(decoded(content), language)
    if ending in {"md", "markdown", "txt"}:
        return text_of_markdown(decoded(content), language)
    raise errors.UnknownFormat


def decoded(content: bytes) -> str:
    """Return the letters of a file: by its mark, its declaration, or as UTF-8; never by guess.

    Raises:
        UnknownEncoding: they are not what they should be.
    """
    mark = next((encoding for sign, encoding in MARKS.items() if content.startswith(sign)), None)
    declared = DECLARED.search(content[:LOOKED_AT])
    encoding = mark or (declared[1].decode().lower() if declared else "utf-8")
    if mark is None and encoding not in ENCODINGS:
        raise errors.UnknownEncoding
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise errors.UnknownEncoding from error
