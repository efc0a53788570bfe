"""Opens a Word document with suspicion: bounded, without macros, entities or anything from outside.

The standard library does it: python-docx reads every part of the file, pictures too, into
memory before it can be asked for anything, has no bound, and leaves out what tracked changes,
footnotes, content controls and automatic numbers say.
"""

from __future__ import annotations

import posixpath
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile

from ckanext.consultation.domain.texts import errors

MEGABYTE = 1_000_000
MOST_MEGABYTES = 40
"""Of the file, and of all its parts that are read, unpacked."""
MOST_PARTS = 5_000
MOST_ELEMENTS = 600_000
DEEPEST = 250

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""With it begin the old ``.doc``, and any document with a password."""
ENCRYPTED = 0x1
MAIN = ("http://schemas.openxmlformats.org/wordprocessingml/", "http://purl.oclc.org/ooxml/word")


@dataclass(slots=True)
class Element:
    """An element of XML: ``w:p`` for those of Word's own language, ``:x`` for all others."""

    name: str
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    text: str = ""

    def find(self, *names: str) -> Element | None:
        """Return the first descendant on this path, or ``None``."""
        found = self
        for name in names:
            inner = next((each for each in found.children if each.name == name), None)
            if inner is None:
                return None
            found = inner
        return found

    def all(self, name: str) -> Iterator[Element]:
        """Yield the children of a name."""
        return (each for each in self.children if each.name == name)

    def value(self, *names: str) -> str | None:
        """Return what a descendant's ``w:val`` says."""
        found = self.find(*names)
        return found.attributes.get("val") if found else None


class Package:
    """The parts of a document, each read when asked for."""

    def __init__(self, content: bytes) -> None:
        if content.startswith(OLE):
            raise errors.OldWord
        if len(content) > MOST_MEGABYTES * MEGABYTE:
            raise errors.FileTooLarge(most=MOST_MEGABYTES)
        try:
            self._zip = ZipFile(BytesIO(content))
        except (BadZipFile, ValueError, EOFError, NotImplementedError) as error:
            raise errors.NotWord from error
        self._left = MOST_MEGABYTES * MEGABYTE
        self._names = self._zip.namelist()
        self._check()

    def _check(self) -> None:
        if len(self._names) > MOST_PARTS:
            raise errors.FileTooLarge(most=MOST_MEGABYTES)
        if any(entry.flag_bits & ENCRYPTED for entry in self._zip.infolist()):
            raise errors.OldWord
        if any(name.lower().endswith("vbaproject.bin") for name in self._names):
            raise errors.WithMacros
        if b"macroEnabled" in (self._bytes("[Content_Types].xml") or b""):
            raise errors.WithMacros

    def document(self) -> tuple[str, Element]:
        """Return the name and content of the main part.

        Raises:
            NotWord: there is none.
        """
        targets = self.related("")
        name = next(iter(targets.get("officeDocument", [])), "word/document.xml")
        root = self.part(name)
        if root is None or root.name != "w:document":
            raise errors.NotWord
        return name, root

    def related(self, name: str) -> dict[str, list[str]]:
        """Return the parts of the file that a part names, by what they are to it."""
        folder, file = posixpath.split(name)
        root = self.part(posixpath.join(folder, "_rels", f"{file}.rels"))
        found: dict[str, list[str]] = {}
        for each in root.children if root else ():
            kind = each.attributes.get("Type", "").rpartition("/")[2]
            if each.attributes.get("TargetMode") != "External":
                target = posixpath.join("/", folder, each.attributes.get("Target", ""))
                found.setdefault(kind, []).append(posixpath.normpath(target).lstrip("/"))
        return found

    def part(self, name: str) -> Element | None:
        """Return a part's root element, or ``None`` if the file lacks the part."""
        content = self._bytes(name)
        return _parsed(content) if content is not None else None

    def _bytes(self, name: str) -> bytes | None:
        """Unpack no more than is left of the bound; the sizes that a file declares may lie."""
        if name not in self._names:
            return None
        try:
            with self._zip.open(name) as stream:
                content = stream.read(self._left + 1)
        except (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise errors.NotWord from error
        if len(content) > self._left:
            raise errors.FileTooLarge(most=MOST_MEGABYTES)
        self._left -= len(content)
        return content


def _parsed(content: bytes) -> Element:
    """Return the root of an XML document.

    Raises:
        ForeignEntities: it declares a document type.
        NestedTooDeep, FileTooLarge: it is deeper or has more elements than Word writes.
        NotWord: it is not well-formed.
    """
    builder = _Builder()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = builder.refuse
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.characters
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise errors.NotWord from error
    return builder.root


class _Builder:
    """Makes elements of what the parser reports."""

    def __init__(self) -> None:
        self.root = Element("", {})
        self.open = [self.root]
        self.count = 0

    def refuse(self, *_declared: object) -> None:
        raise errors.ForeignEntities

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.count += 1
        if self.count > MOST_ELEMENTS:
            raise errors.FileTooLarge(most=MOST_MEGABYTES)
        if len(self.open) > DEEPEST:
            raise errors.NestedTooDeep
        space, _, local = name.rpartition(" ")
        short = f"w:{local}" if space.startswith(MAIN) else f":{local}"
        plain = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        element = Element(short, plain)
        if len(self.open) == 1:
            self.root = element
        self.open[-1].children.append(element)
        self.open.append(element)

    def end(self, _name: str) -> None:
        self.open.pop()

    def characters(self, text: str) -> None:
        self.open[-1].text += text
