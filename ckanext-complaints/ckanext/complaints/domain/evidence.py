"""What citizens may send as evidence: told by the bytes, never by a name or a header."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from ckanext.complaints.domain.packages import Tail, is_package, parts_of
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.wording import N_

HEAD_BYTES = 4 * 1024
TAIL_BYTES = 128 * 1024
"""Of each file the beginning and the end are looked at. Zip files have their directory at
the end, a comment of up to 64 KiB behind it."""
MAX_NAME = 100
NAMELESS = "file"


class BadEvidence(DomainError):
    """A file is not taken."""

    field = "files"


class FileEmpty(BadEvidence):
    """There is nothing in it."""

    code = "file-empty"
    template = N_("This file is empty.")


class FileTooLarge(BadEvidence):
    """It has more bytes than one file may have."""

    code = "file-too-large"
    template = N_("This file is larger than {limit} MB. Send a smaller one, or a part of it.")


class TooManyFiles(BadEvidence):
    """More files came than one message may have."""

    code = "too-many-files"
    template = N_(
        "Too many files at once: the most is {limit}. Send the others in another message."
    )


class KindNotTaken(BadEvidence):
    """Nothing that handlers could open safely."""

    code = "kind-not-taken"
    template = N_(
        "Files of this kind are not accepted. Send photos (JPEG, PNG, WebP, HEIC), PDF, plain text,"
        " DOCX, XLSX or ODT documents, or recordings (MP4, 3GP, MP3, M4A, OGG)."
    )


class FileDisguised(BadEvidence):
    """It is two kinds of file at once: one for people, one for programs."""

    code = "file-disguised"
    template = N_(
        "This file hides a file of another kind. Open it, save it again under a new name and send"
        " that."
    )


class HasMacros(BadEvidence):
    """The document brings a program with it."""

    code = "has-macros"
    template = N_("This document contains macros. Save it without macros, or as PDF.")


class NotStored(BadEvidence):
    """The disk is full or the storage is away."""

    code = "not-stored"
    template = N_("The file could not be stored now. Try again in a few minutes.")


class FileGone(DomainError):
    """The storage has no such file."""

    code = "file-gone"
    template = N_("This file is not there any more.")


class FileDamaged(DomainError):
    """What the storage has is not what was put there."""

    code = "file-damaged"
    template = N_("This file is damaged and cannot be opened.")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file that is taken."""

    code: str
    media_type: str
    extensions: tuple[str, ...]
    has_copy: bool = False
    """A clean copy can be made for handlers; else there is the original alone."""


JPEG = Kind("jpeg", "image/jpeg", (".jpg", ".jpeg"), has_copy=True)
PNG = Kind("png", "image/png", (".png",), has_copy=True)
WEBP = Kind("webp", "image/webp", (".webp",), has_copy=True)
HEIC = Kind("heic", "image/heic", (".heic", ".heif"))
PDF = Kind("pdf", "application/pdf", (".pdf",), has_copy=True)
TEXT = Kind("text", "text/plain", (".txt", ".csv", ".md", ".log"), has_copy=True)
OOXML = "application/vnd.openxmlformats-officedocument."
DOCX = Kind("docx", f"{OOXML}wordprocessingml.document", (".docx",), has_copy=True)
XLSX = Kind("xlsx", f"{OOXML}spreadsheetml.sheet", (".xlsx",), has_copy=True)
ODT = Kind("odt", "application/vnd.oasis.opendocument.text", (".odt",), has_copy=True)
MP4 = Kind("mp4", "video/mp4", (".mp4",))
THREE_GP = Kind("3gp", "video/3gpp", (".3gp", ".3g2"))
M4A = Kind("m4a", "audio/mp4", (".m4a",))
MP3 = Kind("mp3", "audio/mpeg", (".mp3",))
OGG = Kind("ogg", "application/ogg", (".ogg", ".oga", ".opus", ".ogv"))

KINDS = {
    kind.code: kind
    for kind in (
        JPEG, PNG, WEBP, HEIC, PDF, TEXT, DOCX, XLSX, ODT, MP4, THREE_GP, M4A, MP3, OGG,
    )
}  # fmt: skip
PACKAGES = (DOCX, XLSX, ODT)

BRANDS = (
    (re.compile(rb"hei[cxms]|hev[cxms]|mif1|msf1"), HEIC),
    (re.compile(rb"3g[pers2]."), THREE_GP),
    (re.compile(rb"M4[AB] "), M4A),
    (re.compile(rb"isom|iso[2-9]|mp4[12]|avc1|M4V |MSNV|dash"), MP4),
)
MARKUP = re.compile(
    rb"<\s*(!doctype\s+html|html|head|body|script|svg|iframe|object|embed)[\s>/]|<\?php",
    re.IGNORECASE,
)
OTHER_TEXTS = (b"{\\rtf", b"%!", b"#!", b"<?xml", b"@echo", b"mime-version:")
"""Files of text that programs open as something else."""
MACROS = re.compile(r"(^|/)(vbaproject\.bin|macrosheets/|basic/|scripts/)", re.IGNORECASE)


def recognised(head: bytes, tail: bytes, size: int) -> Kind:
    """Return the kind of a file of which this is the beginning and the end.

    Raises:
        FileEmpty: it has no bytes.
        KindNotTaken: it is of no kind that is taken.
        FileDisguised: it is of another kind as well.
        HasMacros: it is a document with a program in it.
        PackageTooLarge: it would unpack to very much.
        PackageBroken: it cannot be unpacked.
    """
    if not size:
        raise FileEmpty
    kind = next((kind for is_it, kind in SIGNATURES if is_it(head)), None)
    if head.startswith(b"PK\3\4"):
        kind = _document(head, tail, size)
    elif kind is None:
        return _text(head, tail, size)
    if _is_disguised(kind, head, tail, size):
        raise FileDisguised
    return kind


def _brand(*wanted: Kind) -> Callable[[bytes], bool]:
    def is_it(head: bytes) -> bool:
        found = next((kind for brand, kind in BRANDS if brand.match(head[8:12])), None)
        return head[4:8] == b"ftyp" and found in wanted

    return is_it


def _is_mp3(head: bytes) -> bool:
    return head.startswith(b"ID3") or re.match(rb"\xff[\xe2\xe3\xf2\xf3\xfa\xfb]", head) is not None


SIGNATURES: tuple[tuple[Callable[[bytes], bool], Kind], ...] = (
    (lambda head: head.startswith(b"\xff\xd8\xff"), JPEG),
    (lambda head: head.startswith(b"\x89PNG\r\n\x1a\n"), PNG),
    (lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP", WEBP),
    (lambda head: re.match(rb"%PDF-[12]\.\d", head) is not None, PDF),
    (lambda head: head.startswith(b"OggS\0"), OGG),
    *((_brand(kind), kind) for kind in (HEIC, THREE_GP, M4A, MP4)),
    (_is_mp3, MP3),
)


def _is_disguised(kind: Kind, head: bytes, tail: bytes, size: int) -> bool:
    return (
        MARKUP.search(head) is not None
        or (b"%PDF-" in head and kind is not PDF)
        or (kind not in PACKAGES and is_package(tail, size))
    )


def _document(head: bytes, tail: bytes, size: int) -> Kind:
    names = {part.filename for part in parts_of(Tail(tail, size))}
    if any(MACROS.search(name) for name in names):
        raise HasMacros
    if "[Content_Types].xml" in names:
        for part, kind in (("word/document.xml", DOCX), ("xl/workbook.xml", XLSX)):
            if part in names:
                return kind
    # The format asks for it as the first part, unpacked.
    if head[30:].startswith(b"mimetype" + ODT.media_type.encode()) and "content.xml" in names:
        return ODT
    raise KindNotTaken


def _text(head: bytes, tail: bytes, size: int) -> Kind:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n\f").lower()
    if start.startswith(OTHER_TEXTS) or not (_is_text(head) and _is_text(tail)):
        raise KindNotTaken
    if MARKUP.search(head):
        raise KindNotTaken
    if b"%PDF-" in head[:1024] or is_package(tail, size):
        raise FileDisguised
    return TEXT


def _is_text(piece: bytes) -> bool:
    """Tell whether people could read this. Old programs write Arabic without UTF-8."""
    if piece.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    return not re.search(rb"[\x00-\x08\x0e-\x1f\x7f]", piece)


def tidy_name(given: str, kind: Kind | None = None) -> str:
    """Return a name that deceives nobody: no path, nothing unseen, the extension of its kind.

    It is shown and given to who downloads the file; the storage knows another.
    """
    name = re.split(r"[/\\]", unicodedata.normalize("NFC", given))[-1]
    # Control signs, and what turns the direction of writing, so that a program reads as a photo.
    seen = "".join(" " if sign.isspace() else sign for sign in name if _is_seen(sign))
    stem, extension = _parted(re.sub(r'[<>:"|?*]', "_", seen).strip())
    if kind is not None and extension.lower() not in kind.extensions:
        stem, extension = stem + extension, kind.extensions[0]
    stem = re.sub(r" +", " ", stem)[: MAX_NAME - len(extension)].strip(" .")
    return (stem or NAMELESS) + extension


def _parted(name: str) -> tuple[str, str]:
    found = re.search(r"\.[A-Za-z0-9]{1,8}$", name)
    return (name[: found.start()], found.group()) if found else (name, "")


def _is_seen(sign: str) -> bool:
    return sign.isspace() or not unicodedata.category(sign).startswith(("C", "Z"))
