"""Which copy is made of which kind."""

from __future__ import annotations

import codecs

from PIL import Image

from ckanext.complaints.domain.copies import NoCopy
from ckanext.complaints.domain.copies.images import clean_image
from ckanext.complaints.domain.copies.office import clean_document
from ckanext.complaints.domain.copies.pdf import clean_pdf
from ckanext.complaints.domain.evidence import (
    HEAD_BYTES,
    PACKAGES,
    PDF,
    TAIL_BYTES,
    TEXT,
    Kind,
    recognised,
)
from ckanext.opengov.shared.domain.errors import DomainError

# What is loaded where it is first needed is loaded here: later the process opens no files.
Image.init()
codecs.lookup("cp437")


def clean_copy(content: bytes) -> tuple[Kind, bytes]:
    """Return of which kind a file is, and its clean copy.

    Raises:
        NoCopy: there can be none.
    """
    try:
        kind = recognised(content[:HEAD_BYTES], content[-TAIL_BYTES:], len(content))
    except DomainError as error:
        raise NoCopy(error.code) from error
    if not kind.has_copy:
        raise NoCopy("original-only")
    if kind is TEXT:
        return kind, content
    if kind is PDF:
        return kind, clean_pdf(content)
    if kind in PACKAGES:
        return kind, clean_document(content, kind)
    return kind, clean_image(content, kind)
