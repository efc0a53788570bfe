"""Documents packed anew: what they say stays, who wrote them and with what does not."""

from __future__ import annotations

import io
import re
import zipfile

from lxml import etree

from ckanext.complaints.domain.copies import NoCopy
from ckanext.complaints.domain.copies.embedded import bare
from ckanext.complaints.domain.evidence import MACROS, ODT, Kind
from ckanext.complaints.domain.packages import MAX_UNPACKED_BYTES, parts_of

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The only time that parts of the copy have."""
LEFT_OUT = re.compile(
    r"^(docProps/|customXml/|xl/persons/|word/people\.xml|meta\.xml|Thumbnails/|Configurations2/"
    r"|layout-cache|xl/printerSettings/|xl/calcChain\.xml|.*/printerSettings\d*\.bin|.*/$)",
    re.IGNORECASE,
)
CARRIED = re.compile(
    r"(^|/)(embeddings|activeX|ObjectReplacements|Object \d+)/|\.(bin|exe|vbs|js)$|afchunk",
    re.IGNORECASE,
)
"""Files within the file."""
XML = re.compile(r"\.(xml|rels|vml)$", re.IGNORECASE)
PICTURE = re.compile(r"\.(jpe?g|png|gif|bmp|tiff?|emf|wmf|webp|svg|heic)$", re.IGNORECASE)
PEOPLE = frozenset({"author", "initials", "userid", "providerid", "lastmodifiedby", "username"})
"""Attributes that name who wrote, in every namespace of the formats."""
MOMENTS = frozenset({"date", "dateutc"})
TRACKED = frozenset({"ins", "del", "comment", "rprchange", "pprchange", "movefrom", "moveto"})
NAMES = frozenset({"creator", "author", "initial-creator", "sender-initials"})
"""Elements whose text names who wrote."""
DIRECTORIES = ("META-INF/manifest.xml", "[Content_Types].xml")
PATHS = ("PartName", "full-path")
"""How their entries name a part."""
FETCHED = re.compile(r"\b(INCLUDEPICTURE|INCLUDETEXT|DDEAUTO|DDE|IMPORTDATA|WEBSERVICE)\b")


def clean_document(content: bytes, kind: Kind) -> bytes:
    """Return the document without properties, names of authors and metadata of its pictures.

    Raises:
        NoCopy: it brings programs or other files, fetches something, or cannot be read.
    """
    out = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as source:
            parts = {part.filename: part for part in parts_of(io.BytesIO(content))}
            _refuse_carried(parts)
            gone = {name for name in parts if LEFT_OUT.match(name)}
            with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
                budget = MAX_UNPACKED_BYTES
                for name in _ordered(parts, gone, kind):
                    inside = _read(source, name, budget)
                    budget -= len(inside)
                    how = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
                    info = zipfile.ZipInfo(name, EPOCH)
                    package.writestr(info, _cleaned(name, inside, gone), how)
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, etree.LxmlError) as error:
        raise NoCopy("unreadable") from error
    return out.getvalue()


def _refuse_carried(parts: dict[str, zipfile.ZipInfo]) -> None:
    kept = [name for name in parts if not LEFT_OUT.match(name)]
    if any(MACROS.search(name) for name in parts):
        raise NoCopy("macros")
    if any(CARRIED.search(name) for name in kept):
        raise NoCopy("carries-files")


def _ordered(parts: dict[str, zipfile.ZipInfo], gone: set[str], kind: Kind) -> list[str]:
    kept = [name for name in parts if name not in gone]
    # OpenDocument wants it first.
    return sorted(kept, key=lambda name: name != "mimetype") if kind is ODT else kept


def _read(source: zipfile.ZipFile, name: str, budget: int) -> bytes:
    """Return a part; what the directory says of its size is not believed."""
    with source.open(name) as part:
        inside = part.read(budget + 1)
    if len(inside) > budget:
        raise NoCopy("too-large")
    return inside


def _cleaned(name: str, inside: bytes, gone: set[str]) -> bytes:
    if XML.search(name):
        return _clean_xml(name, inside, gone)
    if PICTURE.search(name):
        picture = bare(inside)
        if picture is None:
            raise NoCopy("picture-kind")
        return picture
    if name == "mimetype":
        return inside
    raise NoCopy("carries-files")


def _clean_xml(name: str, inside: bytes, gone: set[str]) -> bytes:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True,
        remove_pis=True,
    )  # fmt: skip
    root = etree.fromstring(inside, parser)
    if root.getroottree().docinfo.internalDTD is not None:
        raise NoCopy("unreadable")
    for element in root.iter():
        _clean_element(element)
    folder = name.rpartition("_rels/")[0]
    if name.endswith(".rels"):
        _clean_relations(root, folder, gone)
    if name in DIRECTORIES:
        _forget_parts(root, gone)
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return written


def _clean_element(element: etree._Element) -> None:
    local = etree.QName(element).localname.lower()
    if local in NAMES and len(element) == 0:
        element.text = ""
    text = element.text
    if local in ("instrtext", "f") and text and FETCHED.search(text):
        raise NoCopy("fetches")
    for key in element.attrib:
        attribute = etree.QName(key).localname.lower()
        if attribute in PEOPLE:
            element.set(key, "")
        elif attribute.startswith("rsid") or (attribute in MOMENTS and local in TRACKED):
            del element.attrib[key]


def _clean_relations(root: etree._Element, folder: str, gone: set[str]) -> None:
    for relation in list(root):
        target = str(relation.get("Target", ""))
        if relation.get("TargetMode") == "External":
            if not str(relation.get("Type", "")).endswith("/hyperlink"):
                raise NoCopy("fetches")
        elif _resolved(folder, target) in gone:
            root.remove(relation)


def _resolved(folder: str, target: str) -> str:
    if target.startswith("/"):
        return target[1:]
    steps = [step for step in folder.split("/") if step]
    for step in target.split("/"):
        if step == "..":
            steps = steps[:-1]
        elif step != ".":
            steps.append(step)
    return "/".join(steps)


def _forget_parts(root: etree._Element, gone: set[str]) -> None:
    for entry in list(root):
        path = next(
            (value for key, value in entry.items() if etree.QName(key).localname in PATHS), ""
        )
        if path.lstrip("/") in gone:
            root.remove(entry)
