"""A bounded look into zip files: what they hold, before anything of it is unpacked."""

from __future__ import annotations

import io
import struct
import zipfile
from typing import IO

from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.wording import N_

MAX_PARTS = 1000
MAX_UNPACKED_BYTES = 100 << 20
END = b"PK\5\6"
END_BYTES = 22
DIRECTORY = b"PK\1\2"
ENCRYPTED = 0x1
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class PackageTooLarge(DomainError):
    """It would unpack to more than anybody wants to unpack."""

    code = "package-too-large"
    field = "files"
    template = N_("This file would become too large when it is opened. Send a smaller document.")


class PackageBroken(DomainError):
    """No office program writes such a file."""

    code = "package-broken"
    field = "files"
    template = N_(
        "This document is damaged or protected by a password. Save it again without a password,"
        " or as PDF."
    )


class Tail(io.RawIOBase):
    """A file of which only the end is at hand."""

    def __init__(self, tail: bytes, size: int) -> None:
        super().__init__()
        self._file = io.BytesIO(tail)
        self._missing = size - len(tail)

    def seekable(self) -> bool:
        """Tell that it can be read from anywhere."""
        return True

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a place that is at hand."""
        if whence == io.SEEK_SET:
            offset -= self._missing
            if offset < 0:
                raise zipfile.BadZipFile("before the end")
        return self._file.seek(offset, whence) + self._missing

    def tell(self) -> int:
        """Return where it stands, counted from the beginning of the whole."""
        return self._file.tell() + self._missing

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes."""
        return self._file.read(size)


def is_package(tail: bytes, size: int) -> bool:
    """Tell whether a program that reads zip files from their end would take this for one."""
    at = tail.rfind(END)
    while at >= 0:
        record = tail[at : at + END_BYTES]
        if len(record) == END_BYTES:
            (length,) = struct.unpack("<L", record[12:16])
            begin = at - length
            # By chance the four letters stand in one of 65536 photos; both, in none.
            if (begin < 0 and length < size) or tail[begin:at].startswith(DIRECTORY):
                return True
        at = tail.rfind(END, 0, at)
    return False


def parts_of(file: IO[bytes] | io.RawIOBase) -> list[zipfile.ZipInfo]:
    """Return what the package holds, by its directory alone.

    Raises:
        PackageTooLarge: too many parts, or too large ones.
        PackageBroken: parts that overlap, are encrypted, come twice or lie elsewhere.
    """
    try:
        with zipfile.ZipFile(file) as package:
            parts = package.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise PackageBroken from error
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
        raise PackageTooLarge
    names = [part.filename for part in parts]
    if len(set(names)) != len(names) or not all(map(_is_plain, parts)) or _overlap(parts):
        raise PackageBroken
    return parts


def _is_plain(part: zipfile.ZipInfo) -> bool:
    steps = part.filename.split("/")
    lies_inside = ".." not in steps and not part.filename.startswith("/")
    return (
        lies_inside
        and "\\" not in part.filename
        and not part.flag_bits & ENCRYPTED
        and part.compress_type in METHODS
    )


def _overlap(parts: list[zipfile.ZipInfo]) -> bool:
    """Tell whether parts share bytes, as in bombs, or something stands before the first."""
    end = 0
    for part in sorted(parts, key=lambda part: part.header_offset):
        if part.header_offset < end or (end == 0 and part.header_offset != 0):
            return True
        end = part.header_offset + max(part.compress_size, 1)
    return False
