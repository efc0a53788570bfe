"""Makes the files that the tests send: real ones, and ones made with bad intentions."""

from __future__ import annotations

import io
import struct
import zipfile

import pikepdf
from PIL import Image
from PIL.PngImagePlugin import PngInfo

SECRET = "canary-5b1f-left-behind"
LATITUDE = (36.0, 48.0, 23.0)
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def exif(orientation=1):
    tags = Image.Exif()
    tags[0x010F] = SECRET
    tags[0x0112] = orientation
    gps = tags.get_ifd(0x8825)
    gps[1], gps[2] = "N", LATITUDE
    return tags


def photo(kind="JPEG", size=(60, 40), orientation=1, **more):
    image = Image.new("RGB", size, (200, 30, 30))
    image.putpixel((0, 0), (0, 0, 255))
    out = io.BytesIO()
    xmp = f"<x:xmpmeta>{SECRET}</x:xmpmeta>".encode()
    if kind == "PNG":
        texts = PngInfo()
        texts.add_text("Author", SECRET)
        more["pnginfo"] = texts
    else:
        more["xmp"] = xmp
    image.save(out, kind, exif=exif(orientation), **more)
    return out.getvalue()


def pdf(text="A page", picture=True, **keys):
    """A page with text, a photo as the camera made it, a note, and all that should not be there."""
    with pikepdf.new() as made:
        page = made.add_blank_page(page_size=(200, 200))
        font = pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
        )
        page.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        drawing = f"BT /F1 12 Tf 10 100 Td ({text}) Tj ET"
        if picture:
            image = made.make_stream(
                photo(),
                Type=pikepdf.Name.XObject,
                Subtype=pikepdf.Name.Image,
                Width=60,
                Height=40,
                BitsPerComponent=8,
                ColorSpace=pikepdf.Name.DeviceRGB,
            )
            image.Filter = pikepdf.Name.DCTDecode
            image.Metadata = made.make_stream(SECRET.encode())
            page.obj.Resources.XObject = pikepdf.Dictionary(Im1=image)
            drawing += " q 60 0 0 40 10 10 cm /Im1 Do Q"
        page.obj.Contents = made.make_stream(drawing.encode())
        drawn = made.make_stream(
            b"BT /F1 9 Tf 2 2 Td (Note seen) Tj ET",
            Subtype=pikepdf.Name.Form,
            BBox=[0, 0, 80, 20],
            Resources=page.obj.Resources,
        )
        note = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot,
            Subtype=pikepdf.Name.FreeText,
            Rect=[100, 100, 180, 120],
            Contents="Note seen",
            T=SECRET,
            F=4,
            AP=pikepdf.Dictionary(N=drawn),
        )
        page.obj.Annots = made.make_indirect(pikepdf.Array([made.make_indirect(note)]))
        script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert('script')")
        made.Root.OpenAction = script
        launch = pikepdf.Dictionary(S=pikepdf.Name.Launch, F="cmd.exe")
        page.obj.AA = pikepdf.Dictionary(O=launch)
        made.attachments["inner.exe"] = pikepdf.AttachedFileSpec(made, b"MZ" + SECRET.encode())
        with made.open_metadata() as told:
            told["dc:creator"] = [SECRET]
        made.docinfo["/Author"] = SECRET
        out = io.BytesIO()
        made.save(out, **keys)
        return out.getvalue()


def package(parts, first=None):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        if first:
            made.writestr(zipfile.ZipInfo(first[0]), first[1])
        for name, inside in parts.items():
            made.writestr(name, inside)
    return out.getvalue()


RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/docProps/core.xml" ContentType="core"/></Types>'
)


def docx(more=None, relations=""):
    body = (
        f'<w:document xmlns:w="{W}" xmlns:a="x"><w:body><w:p w:rsidR="00AA11BB">'
        f'<w:ins w:author="{SECRET}" w:date="2026-01-01T00:00:00Z"><w:r><w:t>Seen text</w:t></w:r>'
        "</w:ins></w:p></w:body></w:document>"
    )
    rels = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{RELATION}/officeDocument" Target="word/document.xml"/>'
        f'<Relationship Id="r2" Type="{RELATION}/core" Target="docProps/core.xml"/>'
        "</Relationships>"
    )
    parts = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": rels,
        "word/document.xml": body,
        "word/_rels/document.xml.rels": rels.split("<Relationship ", maxsplit=1)[0]
        + relations
        + "</Relationships>",
        "word/media/image1.jpeg": photo(),
        "word/media/image2.png": photo("PNG"),
        "docProps/core.xml": f"<core>{SECRET}</core>",
        "docProps/thumbnail.jpeg": photo(),
    }
    return package(parts | (more or {}))


def odt():
    office = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
    dc = "http://purl.org/dc/elements/1.1/"
    content = (
        f'<office:document-content xmlns:office="{office}" xmlns:dc="{dc}">'
        f"<office:body><dc:creator>{SECRET}</dc:creator>Seen text</office:body>"
        "</office:document-content>"
    )
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        '<manifest:file-entry manifest:full-path="content.xml"/>'
        '<manifest:file-entry manifest:full-path="meta.xml"/></manifest:manifest>'
    )
    return package(
        {"content.xml": content, "meta.xml": f"<m>{SECRET}</m>", "META-INF/manifest.xml": manifest},
        ("mimetype", "application/vnd.oasis.opendocument.text"),
    )


def bomb():
    """A document of some kilobytes that unpacks to 200 MB."""
    return docx({"word/huge.xml": b"\0" * (200 << 20)})


def box(brand):
    return struct.pack(">L", 24) + b"ftyp" + brand + b"\0\0\0\0" + brand + b"mp42" + bytes(64)
