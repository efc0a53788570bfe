"""Pictures inside documents: their metadata is cut out, their pixels stay as they are."""

from __future__ import annotations

import struct
from collections.abc import Iterator

START, SCAN, END = 0xD8, 0xDA, 0xD9
ALONE = frozenset({0x01, *range(0xD0, 0xDA)})
JFIF, ADOBE, COMMENT = 0xE0, 0xEE, 0xFE
METADATA = frozenset({COMMENT, *range(0xE0, 0xF0)})
PNG = b"\x89PNG\r\n\x1a\n"
PNG_PARTS = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"pHYs"}
)
CODESTREAM = b"\xff\x4f\xff\x51"
JPEG2000_BOXES = frozenset({b"jP  ", b"ftyp", b"jp2h", b"jp2c"})


def bare_jpeg(content: bytes) -> bytes | None:
    """Return a JPEG with what is needed to draw it; None: it cannot be read."""
    pieces = [b"\xff\xd8"]
    at = 2
    while at + 4 <= len(content):
        if content[at] != 0xFF:  # noqa: PLR2004 - every marker begins with it
            return None
        marker = content[at + 1]
        if marker == 0xFF:  # noqa: PLR2004 - filling
            at += 1
            continue
        if marker in ALONE:
            pieces.append(content[at : at + 2])
            at += 2
            continue
        (length,) = struct.unpack(">H", content[at + 2 : at + 4])
        if marker in (JFIF, ADOBE) or marker not in METADATA:
            pieces.append(content[at : at + 2 + length])
        at += 2 + length
        if marker == SCAN:
            end, scan = _scan(content, at)
            pieces.append(scan)
            at = end
            if content[at : at + 2] in (b"\xff\xd9", b""):
                return b"".join(pieces) + b"\xff\xd9"
    return None


def _scan(content: bytes, at: int) -> tuple[int, bytes]:
    """Return where the compressed pixels that begin here end, and them."""
    begin = at
    while (at := content.find(b"\xff", at)) >= 0:
        following = content[at + 1 : at + 2]
        # A byte 255 among pixels is followed by 0; restarts belong to them.
        if not following or not (following == b"\0" or 0xD0 <= following[0] <= 0xD7):  # noqa: PLR2004
            return at, content[begin:at]
        at += 2
    return len(content), content[begin:]


def bare_png(content: bytes) -> bytes | None:
    """Return a PNG with what is needed to draw it; None: it cannot be read."""
    pieces = [PNG]
    for name, part in _png_parts(content):
        if name in PNG_PARTS:
            pieces.append(part)
        if name == b"IEND":
            return b"".join(pieces)
    return None


def _png_parts(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(PNG)
    while at + 12 <= len(content):
        (length,) = struct.unpack(">L", content[at : at + 4])
        yield content[at + 4 : at + 8], content[at : at + 12 + length]
        at += 12 + length


def bare_jpeg2000(content: bytes) -> bytes | None:
    """Return a JPEG 2000 without boxes of metadata; None: it cannot be read."""
    if content.startswith(CODESTREAM):
        return content
    pieces = []
    at = 0
    while at + 8 <= len(content):
        length, name = struct.unpack(">L4s", content[at : at + 8])
        # The last box may say 0: up to the end. Lengths of eight bytes are for larger files.
        length = length or len(content) - at
        if length < 8:  # noqa: PLR2004
            return None
        if name in JPEG2000_BOXES:
            pieces.append(content[at : at + length])
        at += length
    return b"".join(pieces) if at == len(content) and pieces else None


def bare(content: bytes) -> bytes | None:
    """Return a picture without metadata; None: it is of a kind that may hide some."""
    if content.startswith(b"\xff\xd8\xff"):
        return bare_jpeg(content)
    if content.startswith(PNG):
        return bare_png(content)
    return None
