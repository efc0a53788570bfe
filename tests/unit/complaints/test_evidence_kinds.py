"""What a file is, its bytes say; and what it is called deceives nobody."""

from __future__ import annotations

import pytest
from tests.unit.complaints import evidence_files as made

from ckanext.complaints.domain import evidence
from ckanext.complaints.domain.evidence import (
    HEAD_BYTES,
    TAIL_BYTES,
    FileDisguised,
    FileEmpty,
    HasMacros,
    KindNotTaken,
    recognised,
    tidy_name,
)
from ckanext.complaints.domain.packages import PackageBroken, PackageTooLarge


def kind_of(content):
    return recognised(content[:HEAD_BYTES], content[-TAIL_BYTES:], len(content)).code


XLSX = made.package({"[Content_Types].xml": made.TYPES, "xl/workbook.xml": "<workbook/>"})


@pytest.mark.parametrize(
    ("code", "content"),
    [
        ("jpeg", made.photo()),
        ("png", made.photo("PNG")),
        ("webp", made.photo("WEBP")),
        ("heic", made.box(b"heic")),
        ("pdf", made.pdf()),
        ("text", "رشوة في البلدية\n".encode()),
        ("text", "رشوة في البلدية\n".encode("cp1256")),
        ("text", b"day;amount\n1;200\n"),
        ("docx", made.docx()),
        ("xlsx", XLSX),
        ("odt", made.odt()),
        ("mp4", made.box(b"isom")),
        ("3gp", made.box(b"3gp4")),
        ("m4a", made.box(b"M4A ")),
        ("mp3", b"ID3\4" + bytes(200)),
        ("mp3", b"\xff\xfb\x90\x64" + bytes(200)),
        ("ogg", b"OggS\0" + bytes(200)),
    ],
)
def test_each_kind_is_told_by_its_bytes(code, content):
    assert kind_of(content) == code


@pytest.mark.parametrize(
    "content",
    [
        b"<html><body>hello</body></html>",
        b"  \n<!DOCTYPE html><p>x",
        b"\xef\xbb\xbf<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<?xml version='1.0'?><svg/>",
        b"text first\n<script>alert(1)</script>",
        b"{\\rtf1 hello}",
        b"%!PS-Adobe-3.0",
        b"#!/bin/sh\nrm -rf /",
        b"GIF89a" + bytes(50),
        b"MZ" + bytes(60),
        b"\x7fELF" + bytes(60),
        b"Rar!\x1a\x07\x00" + bytes(60),
        made.package({"a.txt": "hello"}),
        made.package({"META-INF/MANIFEST.MF": "x", "A.class": "x"}),
        made.box(b"avif"),
    ],
)
def test_other_kinds_are_not_taken(content):
    with pytest.raises(KindNotTaken):
        kind_of(content)


@pytest.mark.parametrize(
    "content",
    [
        # A photo that Java runs as a program, a GIFAR's younger brother.
        made.photo() + made.package({"META-INF/MANIFEST.MF": "x", "A.class": "x"}),
        made.photo("PNG") + made.docx(),
        made.pdf() + made.package({"a.exe": "MZ"}),
        b"%PDF-1.7\n<html><script>alert(1)</script>\n" + made.pdf()[9:],
        made.photo()[:20] + b"<?php system($_GET[0]);" + made.photo()[20:],
        made.photo()[:20] + b"%PDF-1.4 " + made.photo()[20:],
        b"readable\n" + made.package({"a": "x"}, None).replace(b"\0", b" ") + b"PK\5\6",
    ],
)
def test_a_file_of_two_kinds_is_refused(content):
    with pytest.raises((FileDisguised, KindNotTaken)):
        kind_of(content)


def test_no_photo_is_taken_for_a_package_by_chance():
    assert kind_of(made.photo() + b"....PK\5\6" + b"\7" * 30) == "jpeg"


def test_a_package_behind_a_long_comment_is_found():
    content = made.photo() + made.package({"A.class": "x"})[:-2] + b"\xff\xff" + b"c" * 0xFFFF
    with pytest.raises(FileDisguised):
        kind_of(content)


def test_what_unpacks_to_very_much_is_refused():
    content = made.bomb()
    assert len(content) < 1 << 20
    with pytest.raises(PackageTooLarge):
        kind_of(content)


def test_a_document_of_very_many_parts_is_refused():
    with pytest.raises(PackageTooLarge):
        kind_of(made.docx({f"word/p{n}.xml": "" for n in range(1100)}))


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "word\\..\\x.xml"])
def test_a_document_that_reaches_out_is_refused(name):
    with pytest.raises(PackageBroken):
        kind_of(made.docx({name: "x"}))


def test_a_document_behind_something_else_is_refused():
    whole = made.docx()
    with pytest.raises((PackageBroken, KindNotTaken)):
        kind_of(b"PK\3\4" + b"x" * 100 + whole)


@pytest.mark.parametrize(
    "name", ["word/vbaProject.bin", "xl/macrosheets/sheet1.xml", "Basic/Standard/Module1.xml"]
)
def test_documents_with_programs_are_refused(name):
    with pytest.raises(HasMacros):
        kind_of(made.docx({name: "x"}))


def test_an_empty_file_is_refused():
    with pytest.raises(FileEmpty):
        kind_of(b"")


@pytest.mark.parametrize(
    ("given", "kind", "name"),
    [
        ("photo.JPG", evidence.JPEG, "photo.JPG"),
        ("photo.png", evidence.JPEG, "photo.png.jpg"),
        ("C:\\Users\\salma\\facture.pdf", evidence.PDF, "facture.pdf"),
        ("../../../etc/passwd", evidence.TEXT, "passwd.txt"),
        ("photo\u202egpj.exe", evidence.JPEG, "photogpj.exe.jpg"),
        ("a\u2066b\u200fc\x00d\ne.pdf", evidence.PDF, "abcd e.pdf"),
        ("\ud800.pdf", evidence.PDF, "file.pdf"),
        ("", evidence.PDF, "file.pdf"),
        ("...", evidence.PNG, "file.png"),
        ("con<script>.png", evidence.PNG, "con_script_.png"),
        ("وثيقة 1.pdf", evidence.PDF, "وثيقة 1.pdf"),
        ("x.exe", None, "x.exe"),
    ],
)
def test_names_are_made_tidy(given, kind, name):
    assert tidy_name(given, kind) == name


def test_long_names_are_cut_and_keep_their_extension():
    name = tidy_name("ق" * 500 + ".pdf", evidence.PDF)
    assert len(name) == evidence.MAX_NAME
    assert name.endswith(".pdf")
