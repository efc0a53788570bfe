"""PDF written anew from its pages: no scripts, attachments, links to programs, or metadata.

Filled-in fields and notes are drawn onto their pages first, so that nothing seen gets lost.
"""

from __future__ import annotations

import io

import pikepdf
from pikepdf import Name

from ckanext.complaints.domain.copies import NoCopy
from ckanext.complaints.domain.copies.embedded import bare_jpeg, bare_jpeg2000

MAX_PAGES = 2000
PAGE_KEYS = frozenset(
    {
        "/Type", "/Parent", "/Resources", "/Contents", "/MediaBox", "/CropBox", "/BleedBox",
        "/TrimBox", "/ArtBox", "/Rotate", "/Group", "/UserUnit",
    }
)  # fmt: skip
HIDING = frozenset(
    {
        "/A", "/AA", "/AF", "/Alternates", "/EF", "/EmbeddedFiles", "/F", "/JS", "/JavaScript",
        "/LastModified", "/Launch", "/Measure", "/Metadata", "/OPI", "/OpenAction", "/PieceInfo",
        "/PtData", "/Ref", "/URI",
    }
)  # fmt: skip
"""Keys of objects that carry metadata, programs or files, or point out of the file."""
PICTURE_FILTERS = {"/DCTDecode": bare_jpeg, "/JPXDecode": bare_jpeg2000}
PICTURES = frozenset(PICTURE_FILTERS)


def clean_pdf(content: bytes) -> bytes:
    """Return what the pages show.

    Raises:
        NoCopy: it cannot be read without a password, or not at all, or has too many pages.
    """
    try:
        with pikepdf.open(io.BytesIO(content)) as source, pikepdf.new() as fresh:
            if len(source.pages) > MAX_PAGES:
                raise NoCopy("too-many-pages")
            _draw_notes(source)
            for page in source.pages:
                for key in [key for key in page.obj.keys() if key not in PAGE_KEYS]:  # noqa: SIM118
                    del page.obj[key]
                fresh.pages.append(page)
            return _written(fresh)
    except pikepdf.PasswordError as error:
        raise NoCopy("password") from error
    except (pikepdf.PdfError, OSError, ValueError, RuntimeError, MemoryError) as error:
        raise NoCopy("unreadable") from error


def _draw_notes(source: pikepdf.Pdf) -> None:
    if "/AcroForm" in source.Root:
        source.generate_appearance_streams()
    source.flatten_annotations("screen")


def _written(fresh: pikepdf.Pdf) -> bytes:
    _strip(fresh)
    for key in [key for key in fresh.Root.keys() if key not in ("/Type", "/Pages")]:  # noqa: SIM118
        del fresh.Root[key]
    if "/Info" in fresh.trailer:
        del fresh.trailer.Info
    out = io.BytesIO()
    # The id of the file would be made from the time and its content.
    fresh.save(out, static_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def _strip(fresh: pikepdf.Pdf) -> None:
    for each in fresh.objects:
        _strip_object(each, depth=0)


def _strip_object(each: pikepdf.Object, depth: int) -> None:
    """Strip an object and what lies directly in it; others come by themselves."""
    if depth > 50:  # noqa: PLR2004 - nobody nests deeper
        raise NoCopy("unreadable")
    if isinstance(each, pikepdf.Stream):
        if _is_file_stream(each):
            each.write(b"")
            return
        _strip_picture(each)
        _strip_keys(each.stream_dict, depth, is_stream=True)
    elif isinstance(each, pikepdf.Dictionary):
        _strip_keys(each, depth, is_stream=False)
    elif isinstance(each, pikepdf.Array):
        for inner in each.as_list():
            _strip_inner(inner, depth)


def _strip_keys(each: pikepdf.Object, depth: int, *, is_stream: bool) -> None:
    for key in list(each.keys()):
        # /F of a stream names a file outside; of other objects it may be a flag or a font.
        if key in HIDING and (key not in ("/F", "/A") or is_stream):
            del each[key]
        else:
            _strip_inner(each[key], depth)


def _strip_inner(inner: object, depth: int) -> None:
    if isinstance(inner, pikepdf.Dictionary | pikepdf.Array) and not inner.is_indirect:
        _strip_object(inner, depth + 1)


def _is_file_stream(stream: pikepdf.Stream) -> bool:
    return stream.get("/Type") in (Name.EmbeddedFile, Name.Metadata)


def _strip_picture(stream: pikepdf.Stream) -> None:
    """Cut the metadata out of a photo: many programs put it into the PDF as the camera made it."""
    found = stream.get("/Filter")
    if found is None:
        return
    names = [str(each) for each in found] if isinstance(found, pikepdf.Array) else [str(found)]
    if not PICTURES.intersection(names):
        return
    # One that is packed twice would have to be unpacked first; who makes such files hides much.
    bare = PICTURE_FILTERS[names[0]](stream.read_raw_bytes()) if len(names) == 1 else None
    if bare is None:
        raise NoCopy("picture-kind")
    given = stream.get("/DecodeParms")
    parameters = given if isinstance(given, pikepdf.Dictionary) else None
    stream.write(bare, filter=Name(names[0]), decode_parms=parameters)
