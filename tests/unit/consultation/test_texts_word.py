"""Word documents become nodes; those that mean harm are refused with their reason."""

import time

import pytest
from tests.unit.consultation.decree import FRENCH
from tests.unit.consultation.word_files import (
    RELATIONS,
    TYPES,
    W,
    by_hand,
    level,
    new_document,
    numbered,
    paragraph,
    saved,
    with_xml,
    zipped,
)

from ckanext.consultation.domain.texts import errors, word_package
from ckanext.consultation.domain.texts.matching import Anchor, anchors, match
from ckanext.consultation.domain.texts.reading import text_of_markdown, text_of_word


def said(text):
    """Return for each node its id and all that is printed of it."""
    return [
        (
            node.eid,
            " ".join(
                "".join(words.values()) for words in (node.number, node.heading, node.body)
            ).strip(),
        )
        for node in text
    ]


def test_headings_lists_and_tables_of_word_become_nodes():
    document = new_document()
    document.add_heading("Projet de décret", 0)
    document.add_paragraph("Vu la charte,")
    document.add_heading("Chapitre premier : Règles", 1)
    document.add_heading("Article premier : Objet", 2)
    document.add_paragraph("Les jardins sont :")
    document.add_paragraph("ouverts ;", style="List Number")
    document.add_paragraph("propres.", style="List Number")
    table = document.add_table(2, 2)
    for cell, words in zip(table._cells, ("Parcelle", "Droit", "petite", "12"), strict=True):
        cell.text = words

    text = text_of_word(saved(document), "fr")

    assert said(text) == [
        ("title", "Projet de décret"),
        ("preamble", ""),
        ("preamble__p_1", "Vu la charte,"),
        ("chp_1", "Chapitre premier : Règles"),
        ("chp_1__art_1", "Article premier : Objet"),
        ("chp_1__art_1__p_1", "Les jardins sont :"),
        ("chp_1__art_1__p_1__item_1", "1.  ouverts ;"),
        ("chp_1__art_1__p_1__item_2", "2.  propres."),
        ("chp_1__art_1__table_1", "Parcelle\tDroit\npetite\t12"),
    ]


def test_arabic_from_right_to_left_is_read_in_the_order_of_its_letters():
    document = new_document()
    for words in ("الباب الأوّل", "أحكام عامّة", "الفصل الأوّل – يضبط هذا الأمر:", "أ) القواعد،"):  # noqa: RUF001
        with_xml(
            document,
            f"<w:p><w:pPr><w:bidi/></w:pPr><w:r><w:rPr><w:rtl/></w:rPr><w:t>{words}</w:t></w:r></w:p>",
        )

    text = text_of_word(saved(document), "ar")

    assert said(text) == [
        ("chp_1", "الباب الأوّل أحكام عامّة"),
        ("chp_1__art_1", "الفصل الأوّل –"),  # noqa: RUF001
        ("chp_1__art_1__p_1", "يضبط هذا الأمر:"),
        ("chp_1__art_1__p_1__item_1", "أ)  القواعد،"),
    ]


def test_a_decree_has_the_same_ids_in_word_and_in_markdown():
    document = new_document()
    for line in FRENCH.splitlines():
        words = line.lstrip("#").strip()
        if line.startswith("#"):
            document.add_heading(words, len(line) - len(line.lstrip("#")) - 1)
        elif words.startswith("| petite"):
            table = document.add_table(3, 2)
            rows = ("Parcelle", "Droit annuel", "petite", "12 dinars", "grande", "30 dinars")
            for cell, said_there in zip(table._cells, rows, strict=True):
                cell.text = said_there
        elif words and not words.startswith("|"):
            document.add_paragraph(words)

    text = text_of_word(saved(document), "fr")

    wanted = text_of_markdown(FRENCH, "fr")
    assert [(each.eid, each.body) for each in text] == [(each.eid, each.body) for each in wanted]
    assert set(anchors(match(wanted, text)).values()) == {Anchor.SAME}


def test_headings_in_bold_and_by_outline_level_are_headings():
    document = new_document()
    document.add_paragraph().add_run("Projet de décret").bold = True
    document.add_paragraph().add_run("Article 1").bold = True
    document.add_paragraph().add_run("Objet").bold = True
    document.add_paragraph("Les règles.")
    with_xml(
        document,
        '<w:p><w:pPr><w:outlineLvl w:val="0"/></w:pPr><w:r><w:t>Dispositions finales</w:t></w:r>'
        "</w:p>",
    )

    text = text_of_word(saved(document), "fr")

    assert said(text) == [
        ("title", "Projet de décret"),
        ("art_1", "Article 1 Objet"),
        ("art_1__p_1", "Les règles."),
        ("sec_1", "Dispositions finales"),
    ]


def test_automatic_numbers_are_those_that_word_prints():
    levels = (
        level(0, "decimal", "%1.") + level(1, "lowerLetter", "%2)") + level(2, "decimal", "%1.%3")
    )
    numbering = (
        f'<w:abstractNum w:abstractNumId="7">{levels}</w:abstractNum>'
        f'<w:abstractNum w:abstractNumId="8">{level(0, "upperRoman", "%1 -", 4)}</w:abstractNum>'
        f'<w:abstractNum w:abstractNumId="9">{level(0, "arabicAbjad", "%1)")}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num>'
        '<w:num w:numId="2"><w:abstractNumId w:val="7"/><w:lvlOverride w:ilvl="0">'
        '<w:startOverride w:val="1"/></w:lvlOverride></w:num>'
        '<w:num w:numId="3"><w:abstractNumId w:val="8"/></w:num>'
        '<w:num w:numId="4"><w:abstractNumId w:val="9"/></w:num>'
    )
    rows = [(1, 0), (1, 1), (1, 1), (1, 0), (1, 1), (1, 2), (2, 0), (3, 0), (3, 0), (4, 0), (4, 0)]
    body = "".join(numbered(f"x{at}", *row) for at, row in enumerate(rows))

    text = text_of_word(by_hand(body, numbering=numbering), "fr")

    printed = [node.number["fr"] for node in text]
    assert printed == ["1.", "a)", "b)", "2.", "a)", "2.1", "1.", "IV -", "V -", "أ)", "ب)"]
    assert text[2].eid == "item_1__item_2"


def test_articles_that_word_counts_itself_are_articles():
    numbering = (
        f'<w:abstractNum w:abstractNumId="1">{level(0, "decimal", "Article %1 -")}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num>'
    )

    text = text_of_word(
        by_hand(
            numbered("Les jardins ouvrent.", 1) + numbered("Ils ferment.", 1), numbering=numbering
        ),
        "fr",
    )

    assert said(text) == [
        ("art_1", "Article 1 -"),
        ("art_1__p_1", "Les jardins ouvrent."),
        ("art_2", "Article 2 -"),
        ("art_2__p_1", "Ils ferment."),
    ]


def test_styles_rest_on_styles_even_in_a_circle():
    styles = (
        '<w:style w:styleId="A"><w:name w:val="Mine"/><w:basedOn w:val="B"/></w:style>'
        '<w:style w:styleId="B"><w:name w:val="heading 2"/><w:basedOn w:val="A"/></w:style>'
    )

    text = text_of_word(by_hand(paragraph("Article 3 Des clôtures", "A"), styles=styles), "fr")

    assert said(text) == [("art_3", "Article 3 Des clôtures")]


def test_notes_stand_under_the_paragraph_that_refers_to_them():
    body = (
        '<w:p><w:r><w:t>Les jardins</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r>'
        "<w:r><w:t> ouvrent.</w:t></w:r></w:p>"
    )
    notes = f'<w:footnote w:id="2">{paragraph("Ceux du registre.")}</w:footnote>'

    (node,) = text_of_word(by_hand(body, footnotes=notes), "fr")

    assert node.body["fr"] == "Les jardins[2] ouvrent.\n[2] Ceux du registre."


def test_tracked_changes_count_as_accepted_and_hidden_text_is_not_read():
    body = (
        "<w:p><w:r><w:t>Les </w:t></w:r><w:ins><w:r><w:t>grands </w:t></w:r></w:ins>"
        "<w:del><w:r><w:delText>petits </w:delText></w:r></w:del>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>secrets </w:t></w:r>"
        "<w:hyperlink><w:r><w:t>jardins</w:t></w:r></w:hyperlink>"
        '<w:r><w:instrText>PAGE</w:instrText></w:r><w:r><w:br w:type="page"/></w:r></w:p>'
        "<w:sdt><w:sdtContent>" + paragraph("Contrôle.") + "</w:sdtContent></w:sdt>"
    )

    text = text_of_word(by_hand(body), "fr")

    assert [node.body["fr"] for node in text] == ["Les grands jardins", "Contrôle."]


def test_a_box_is_read_once_though_word_writes_it_twice():
    mc = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    box = f"<w:txbxContent>{paragraph('Dans la boîte.')}</w:txbxContent>"
    body = (
        f"<w:p><w:r><w:t>Avant.</w:t><mc:AlternateContent {mc}><mc:Choice>{box}</mc:Choice>"
        f"<mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )

    text = text_of_word(by_hand(body), "fr")

    assert [node.body["fr"] for node in text] == ["Avant.", "Dans la boîte."]


def test_a_table_that_only_frames_the_page_is_read_as_its_paragraphs():
    cell = paragraph("Article 1") + paragraph("Les jardins ouvrent.")
    body = f"<w:tbl><w:tr><w:tc>{cell}</w:tc></w:tr></w:tbl>"

    text = text_of_word(by_hand(body), "fr")

    assert [node.eid for node in text] == ["art_1", "art_1__p_1"]


BOMB = zipped(
    {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": RELATIONS,
        "word/document.xml": b"<a>" + b" " * 80_000_000,
    }
)
ENTITIES = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    f'<w:document xmlns:w="{W}"><w:body><w:p><w:r><w:t>&b;&f;</w:t></w:r></w:p></w:body>'
    "</w:document>"
)


def with_main(content: str | bytes, **others: str) -> bytes:
    return zipped(
        {
            "[Content_Types].xml": TYPES,
            "_rels/.rels": RELATIONS,
            "word/document.xml": content,
            **others,
        }
    )


@pytest.mark.parametrize(
    ("content", "error"),
    [
        pytest.param(b"", errors.NotWord, id="nothing"),
        pytest.param(b"PK\x03\x04 but no zip", errors.NotWord, id="no zip"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, errors.OldWord, id="old"),
        pytest.param(zipped({"a.txt": "x"}), errors.NotWord, id="another zip"),
        pytest.param(with_main("<a/>"), errors.NotWord, id="another XML"),
        pytest.param(with_main("<a>"), errors.NotWord, id="broken XML"),
        pytest.param(with_main(ENTITIES), errors.ForeignEntities, id="entities"),
        pytest.param(BOMB, errors.FileTooLarge, id="bomb"),
        pytest.param(by_hand("<w:p>" * 300 + "</w:p>" * 300), errors.NestedTooDeep, id="deep"),
        pytest.param(
            with_main("<a/>", **{"word/vbaProject.bin": "x"}), errors.WithMacros, id="macros"
        ),
        pytest.param(
            zipped(
                {"[Content_Types].xml": TYPES.replace("application/xml", "x.macroEnabled.main+xml")}
            ),
            errors.WithMacros,
            id="macros declared",
        ),
        pytest.param(by_hand(""), errors.EmptyText, id="empty"),
        pytest.param(by_hand(paragraph("a" * 20_001)), errors.ParagraphTooLong, id="long"),
        pytest.param(by_hand(paragraph("a") * 5_001), errors.TooManyParagraphs, id="many"),
    ],
)
def test_what_is_no_honest_document_is_refused_by_name(content, error):
    begun = time.monotonic()

    with pytest.raises(error):
        text_of_word(content, "fr")

    assert time.monotonic() - begun < 10


def test_more_elements_than_word_writes_are_refused(monkeypatch):
    monkeypatch.setattr(word_package, "MOST_ELEMENTS", 1_000)

    with pytest.raises(errors.FileTooLarge):
        text_of_word(by_hand("<w:p/>" * 1_001), "fr")


@pytest.mark.parametrize("cut", range(0, 2_000, 97))
def test_a_damaged_document_is_refused_not_half_read(cut):
    content = bytearray(by_hand(paragraph("Les jardins ouvrent.")))
    at = cut % len(content)
    content[at] ^= 0xFF

    try:
        text = text_of_word(bytes(content), "fr")
    except errors.DomainError:
        return
    assert [node.body["fr"] for node in text] == ["Les jardins ouvrent."]
