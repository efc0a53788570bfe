"""Word documents for tests: by python-docx as people make them, and by hand as nobody should."""

from __future__ import annotations

import io
import zipfile

import docx
from docx.document import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/package/2006"
TYPES = (
    f'<?xml version="1.0"?><Types xmlns="{OFFICE}/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)


def _relations(**targets: str) -> str:
    each = (
        f'<Relationship Id="{kind}" Type="http://x/{kind}" Target="{target}"/>'
        for kind, target in targets.items()
    )
    space = f"{OFFICE}/relationships"
    return f'<?xml version="1.0"?><Relationships xmlns="{space}">{"".join(each)}</Relationships>'


RELATIONS = _relations(officeDocument="word/document.xml")
OWN_RELATIONS = _relations(
    numbering="numbering.xml", styles="styles.xml", footnotes="footnotes.xml"
)


def saved(document: Document) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def new_document() -> Document:
    return docx.Document()


def with_xml(document: Document, xml: str) -> None:
    """Put an element before the last one, with ``w:`` declared."""
    body = document.element.body
    element = parse_xml(xml.replace(">", f" {nsdecls('w')}>", 1))
    body.insert(len(body) - 1, element)


def by_hand(body: str, **parts: str) -> bytes:
    """Return a document of this XML; ``parts`` are others of its folder, by name."""
    document = (
        f'<?xml version="1.0"?><w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>'
    )
    return zipped(
        {
            "[Content_Types].xml": TYPES,
            "_rels/.rels": RELATIONS,
            "word/document.xml": document,
            "word/_rels/document.xml.rels": OWN_RELATIONS,
            **{
                f"word/{name}.xml": f'<?xml version="1.0"?><w:{name} xmlns:w="{W}">{xml}</w:{name}>'
                for name, xml in parts.items()
            },
        }
    )


def zipped(files: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def paragraph(text: str, style: str = "", extra: str = "") -> str:
    """Return a paragraph's XML; ``extra`` goes among its properties."""
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    return (
        f'<w:p><w:pPr>{named}{extra}</w:pPr><w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'
    )


def numbered(text: str, number: int, level: int = 0) -> str:
    """Return a paragraph that a list counts."""
    own = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'
    return paragraph(text, extra=own)


def level(at: int, way: str, pattern: str, start: int = 1) -> str:
    """Return a level of a list's definition."""
    return (
        f'<w:lvl w:ilvl="{at}"><w:start w:val="{start}"/><w:numFmt w:val="{way}"/>'
        f'<w:lvlText w:val="{pattern}"/></w:lvl>'
    )
