"""Clean copies show what the original shows, and tell nothing else."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
import zipfile

import docx
import openpyxl
import pikepdf
import pytest
from openpyxl.comments import Comment
from openpyxl.drawing.image import Image as Picture
from PIL import Image, ImageCms
from tests.unit.complaints import evidence_files as made

from ckanext.complaints import copying
from ckanext.complaints.domain.copies import NoCopy
from ckanext.complaints.domain.copies.making import clean_copy
from ckanext.complaints.domain.crypto import opened

SECRET = made.SECRET.encode()
MB = 1 << 20


def copy(content):
    return clean_copy(content)[1]


def parts(content):
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return {name: package.read(name) for name in package.namelist()}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_photos_lose_place_and_camera(kind):
    content = made.photo(kind)
    assert Image.open(io.BytesIO(content)).getexif().get_ifd(0x8825)
    clean = Image.open(io.BytesIO(copy(content)))
    assert (clean.format, clean.size) == (kind, (60, 40))
    assert not clean.getexif()
    assert not {"exif", "xmp", "comment", "icc_profile", "Author"} & set(clean.info)
    assert SECRET not in copy(content)


def test_photos_stand_upright():
    assert Image.open(io.BytesIO(copy(made.photo(orientation=6)))).size == (40, 60)


def test_colours_are_brought_to_srgb_and_the_profile_left_out():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    clean = Image.open(io.BytesIO(copy(made.photo(icc_profile=profile))))
    assert "icc_profile" not in clean.info
    assert clean.convert("RGB").getpixel((30, 20))[0] > 180


def test_transparency_and_palettes_survive():
    out = io.BytesIO()
    image = Image.new("P", (4, 4), 1)
    image.putpalette([0, 0, 0, 9, 99, 200])
    image.save(out, "PNG", transparency=1)
    assert Image.open(io.BytesIO(copy(out.getvalue()))).convert("RGBA").getpixel((0, 0))[3] == 0


def test_a_picture_of_too_many_pixels_is_not_drawn():
    out = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(out, "PNG")
    assert len(out.getvalue()) < MB
    with pytest.raises(NoCopy, match="too-many-pixels"):
        copy(out.getvalue())


def test_half_a_picture_has_no_copy():
    with pytest.raises(NoCopy, match="unreadable"):
        copy(made.photo(size=(600, 400))[:1500])


def test_pdf_keeps_what_is_seen_and_loses_the_rest():
    clean = copy(made.pdf())
    with pikepdf.open(io.BytesIO(clean)) as read:
        page = read.pages[0]
        drawn = b"".join(
            each.read_bytes()
            for each in read.objects
            if isinstance(each, pikepdf.Stream) and each.get("/Subtype") != "/Image"
        )
        assert b"A page" in drawn
        assert b"Note seen" in drawn
        assert set(read.Root.keys()) == {"/Type", "/Pages"}
        assert set(page.obj.keys()) <= {"/Type", "/Parent", "/Resources", "/Contents", "/MediaBox"}
        image = next(iter(page.get_images().values()))
        assert Image.open(io.BytesIO(image.read_raw_bytes())).size == (60, 40)
        with_data = [
            each.read_raw_bytes() for each in read.objects if isinstance(each, pikepdf.Stream)
        ]
        assert "/Info" not in read.trailer
        assert not read.attachments
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(clean)) as read:
        read.save(out, compress_streams=False, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    for sign in (
        SECRET,
        b"JavaScript",
        b"Launch",
        b"cmd.exe",
        b"EmbeddedFile",
        b"Metadata",
        b"Exif",
    ):
        assert sign not in out.getvalue()
        assert not any(sign in each for each in with_data)


def test_pdf_under_a_password_has_no_copy():
    locked = made.pdf(encryption=pikepdf.Encryption(owner="a", user="b"))
    with pytest.raises(NoCopy, match="password"):
        copy(locked)


def test_damaged_pdf_has_no_copy():
    with pytest.raises(NoCopy):
        copy(b"%PDF-1.7\n" + bytes(range(32, 127)) * 30)


def test_documents_lose_their_authors():
    clean = parts(copy(made.docx()))
    assert b"Seen text" in clean["word/document.xml"]
    assert not [name for name in clean if name.startswith("docProps")]
    assert b"docProps" not in clean["_rels/.rels"] + clean["[Content_Types].xml"]
    assert b"word/document.xml" in clean["_rels/.rels"]
    assert not [name for name, inside in clean.items() if SECRET in inside]
    assert Image.open(io.BytesIO(clean["word/media/image1.jpeg"])).size == (60, 40)
    assert not Image.open(io.BytesIO(clean["word/media/image1.jpeg"])).getexif()
    assert Image.open(io.BytesIO(clean["word/media/image2.png"])).size == (60, 40)
    assert b"2026-01-01" not in clean["word/document.xml"]
    assert b"rsid" not in clean["word/document.xml"]


def test_open_documents_lose_their_authors():
    content = copy(made.odt())
    clean = parts(content)
    assert next(iter(clean)) == "mimetype"
    assert b"Seen text" in clean["content.xml"]
    assert "meta.xml" not in clean
    assert b"meta.xml" not in clean["META-INF/manifest.xml"]
    assert b"content.xml" in clean["META-INF/manifest.xml"]
    assert SECRET not in b"".join(clean.values())


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"word/embeddings/oleObject1.bin": "x"}, "carries-files"),
        ({"word/media/image1.emf": "x"}, "picture-kind"),
        ({"word/other.zip": "x"}, "carries-files"),
        ({"word/x.xml": "<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>"}, "unreadable"),
        ({"word/x.xml": "<x>" * 20}, "unreadable"),
        ({"word/x.xml": "<x><instrText>DDEAUTO c:\\cmd.exe</instrText></x>"}, "fetches"),
    ],
)
def test_documents_that_carry_or_fetch_have_no_copy(more, code):
    with pytest.raises(NoCopy, match=code):
        copy(made.docx(more))


def test_links_stay_and_templates_from_elsewhere_do_not():
    target = 'Target="http://x.example/" TargetMode="External"'
    link = f'<Relationship Id="a" Type="{made.RELATION}/%s" {target}/>'
    assert copy(made.docx(relations=link % "hyperlink"))
    with pytest.raises(NoCopy, match="fetches"):
        copy(made.docx(relations=link % "attachedTemplate"))


def test_a_package_that_lies_about_its_size_is_not_unpacked():
    lying = bytearray(made.docx({"word/huge.xml": b"a" * (5 * MB)}))
    at = lying.rfind(b"word/huge.xml") - 46
    lying[at + 24 : at + 28] = (10).to_bytes(4, "little")
    with pytest.raises(NoCopy):
        copy(bytes(lying))


def test_videos_have_no_copy():
    with pytest.raises(NoCopy, match="original-only"):
        copy(made.box(b"isom"))


def through(content, **more):
    kind, sealing = copying.clean_copy([content[:100], content[100:]], 50 * MB, **more)
    clean = b"".join(opened(sealing.key, sealing.sealed()))
    sealing.drop()
    return kind.code, clean


@pytest.mark.parametrize(
    ("code", "content"),
    [
        ("jpeg", made.photo(size=(1600, 1200))),
        ("png", made.photo("PNG")),
        ("webp", made.photo("WEBP")),
        ("pdf", made.pdf()),
        ("docx", made.docx()),
        ("odt", made.odt()),
        ("text", "نص\n".encode() * 100_000),
    ],
)
def test_the_process_apart_makes_the_same_copies(code, content):
    kind, clean = through(content)
    assert kind == code
    assert SECRET not in clean
    assert clean == copy(content)


def test_the_process_apart_says_why_there_is_no_copy():
    with pytest.raises(NoCopy, match="original-only"):
        through(made.box(b"isom"))
    with pytest.raises(NoCopy, match="too-large"):
        copying.clean_copy([b"words " * 100_000], 1000)


def test_the_process_apart_has_little_time(monkeypatch):
    monkeypatch.setattr(copying, "MODULE", "tests_no_such_module")
    with pytest.raises(NoCopy, match="crashed"):
        through(made.photo())

    def slowly():
        yield made.photo()
        time.sleep(3)

    monkeypatch.undo()
    begin = time.monotonic()
    with pytest.raises(NoCopy, match="crashed"):
        copying.clean_copy(slowly(), MB, seconds=1)
    assert time.monotonic() - begin < 10


def test_the_process_apart_can_write_no_file_and_has_little_memory(tmp_path):
    code = (
        "from ckanext.complaints.domain.copies.child import give_up_powers; give_up_powers()\n"
        "import sys\n"
        "try:\n  f = open(sys.argv[1], 'wb'); f.write(b'x'); f.close(); print('written')\n"
        "except OSError as e: print('refused')\n"
        "try: x = bytearray(3 << 30); print('large')\n"
        "except MemoryError: print('small')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "x")],
        capture_output=True,
        text=True,
        check=True,
        env=dict(os.environ),
    )
    assert done.stdout.split() == ["refused", "small"]
    assert (tmp_path / "x").stat().st_size == 0


def test_real_documents_still_open():
    written = docx.Document()
    written.core_properties.author = made.SECRET
    written.add_heading("شكاية")
    written.add_paragraph("Seen text")
    written.add_picture(io.BytesIO(made.photo()))
    out = io.BytesIO()
    written.save(out)
    clean = copy(out.getvalue())
    assert SECRET not in b"".join(parts(clean).values())
    read = docx.Document(io.BytesIO(clean))
    assert [each.text for each in read.paragraphs[:2]] == ["شكاية", "Seen text"]
    assert len(read.inline_shapes) == 1


def test_real_tables_still_open():
    book = openpyxl.Workbook()
    book.properties.creator = made.SECRET
    book.active.append(["day", "amount"])
    book.active["A2"] = "=1+1"
    book.active["A1"].comment = Comment("what for?", made.SECRET)
    book.active.add_image(Picture(io.BytesIO(made.photo())))
    out = io.BytesIO()
    book.save(out)
    clean = copy(out.getvalue())
    assert SECRET not in b"".join(parts(clean).values())
    read = openpyxl.load_workbook(io.BytesIO(clean)).active
    assert [cell.value for cell in read[1]] == ["day", "amount"]
    assert read["A2"].value == "=1+1"
    assert read["A1"].comment.text == "what for?"
