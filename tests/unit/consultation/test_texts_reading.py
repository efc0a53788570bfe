"""Markdown and HTML become nodes: what is recognised has a number, what is not is a paragraph."""

import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.consultation.decree import ARABIC, FRENCH
from tests.unit.consultation.word_files import by_hand, paragraph

from ckanext.consultation.domain.texts import errors
from ckanext.consultation.domain.texts.blocks import Block
from ckanext.consultation.domain.texts.headings import recognise
from ckanext.consultation.domain.texts.nodes import MOST_CHARACTERS, Kind, normalised
from ckanext.consultation.domain.texts.numbers import read_number
from ckanext.consultation.domain.texts.reading import (
    decoded,
    text_of_file,
    text_of_html,
    text_of_markdown,
)
from ckanext.consultation.domain.texts.structure import nodes_of


def eids(text):
    return [node.eid for node in text]


def plain(lines, language="fr"):
    return nodes_of([Block(line) for line in lines], language)


def printed(text):
    """Return all that people see of a text, without blanks."""
    parts = (
        words
        for node in text
        for each in (node.number, node.heading, node.body)
        for words in each.values()
    )
    return "".join("".join(parts).split())


# -- headings


@pytest.mark.parametrize(
    ("line", "kind", "number"),
    [
        ("Titre premier", Kind.PART, "1"),
        ("TITRE II : DE L'EAU", Kind.PART, "2"),
        ("Deuxième partie", Kind.PART, "2"),
        ("Chapitre préliminaire", Kind.CHAPTER, "preliminary"),
        ("Chapitre IV", Kind.CHAPTER, "4"),
        ("Section 3.", Kind.SECTION, "3"),
        ("Article premier", Kind.ARTICLE, "1"),
        ("Article 1er.-", Kind.ARTICLE, "1"),
        ("Article 12 bis", Kind.ARTICLE, "12bis"),
        ("Art. 3 - Les jardins", Kind.ARTICLE, "3"),
        ("Article unique", Kind.ARTICLE, "unique"),
        ("Article 7 (nouveau) :", Kind.ARTICLE, "7"),
        ("Annexe 2", Kind.ANNEX, "2"),
        ("Part One", Kind.PART, "1"),
        ("Chapter 2: Water", Kind.CHAPTER, "2"),
        ("Section B", Kind.SECTION, "b"),
        ("Article 4", Kind.ARTICLE, "4"),
        ("Sole article", Kind.ARTICLE, "unique"),
        ("العنوان الأوّل", Kind.PART, "1"),
        ("الباب الثاني: أحكام", Kind.CHAPTER, "2"),
        ("البــاب الحادي عشر", Kind.CHAPTER, "11"),
        ("الباب الثاني والعشرون", Kind.CHAPTER, "22"),
        ("القسم الثالث", Kind.SECTION, "3"),
        ("القسم الفرعي الأول", Kind.SECTION, "1"),
        ("الفصل الأوّل", Kind.ARTICLE, "1"),
        ("الفصل 12 -", Kind.ARTICLE, "12"),
        ("الفصل ١٢ مكرّر", Kind.ARTICLE, "12bis"),
        ("الفصل 5 (جديد):", Kind.ARTICLE, "5"),
        ("فصل وحيد", Kind.ARTICLE, "unique"),
        ("المادّة الخامسة", Kind.ARTICLE, "5"),
        ("ملحق عدد 3", Kind.ANNEX, "3"),
    ],
)  # fmt: skip
def test_headings_of_laws_are_recognised_in_three_languages(line, kind, number):
    heading = recognise(line)

    assert heading
    assert (heading.level.kind, heading.number, heading.is_set_apart) == (kind, number, True)
    assert "".join((heading.printed + heading.rest).split()) == "".join(line.split())


@pytest.mark.parametrize(
    "line",
    [
        "Article 3 du présent décret s'applique.",
        "Articles de jardin",
        "Partie de pétanque",
        "Le chapitre 3 s'applique.",
        "الفصل 3 من هذا الأمر يطبّق.",
        "فصل الربيع",
        "Section of the river",
        "Section d'irrigation :",
        "Partie I'm in",
        "Title",
    ],
)
def test_a_sentence_about_an_article_is_no_article(line):
    heading = recognise(line)

    assert heading is None or not heading.is_set_apart
    assert eids(plain([line])) == ["p_1"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("XIV", "14"),
        ("IIII", None),
        ("٣", "3"),
        ("۱۲", "12"),
        ("12-1", "12_1"),
        ("vingtième", "20"),
        ("", None),
    ],
)
def test_numbers_of_all_scripts_are_read(text, value):
    number = read_number(text)

    assert (number.value if number else None) == value


def test_a_decree_is_numbered_by_its_articles_and_paragraphs():
    text = text_of_markdown(FRENCH, "fr")

    assert eids(text)[:11] == [
        "title", "preamble", "preamble__p_1", "preamble__p_2", "chp_1", "chp_1__art_1",
        "chp_1__art_1__p_1", "chp_1__art_1__p_1__item_1", "chp_1__art_1__p_1__item_2",
        "chp_1__art_2", "chp_1__art_2__p_1",
    ]  # fmt: skip
    assert sum(node.kind is Kind.ARTICLE for node in text) == 12


def test_a_decree_typed_without_any_style_has_the_same_articles():
    lines = [line.lstrip("# ") for line in FRENCH.splitlines() if line and "|" not in line]

    text = plain(lines)

    typed = [node.eid for node in text if node.kind is Kind.ARTICLE]
    styled = [node.eid for node in text_of_markdown(FRENCH, "fr") if node.kind is Kind.ARTICLE]
    assert typed == styled


@pytest.mark.parametrize(
    ("lines", "last"),
    [
        (["Il faut :", "1. un", "a) deux", "b) trois", "2. quatre"], "p_1__item_2"),
        (["Il faut :", "a) un", "i) deux", "ii) trois"], "p_1__item_1__item_2"),
        (["Il faut :", "g) un", "h) deux", "i) trois"], "p_1__item_3"),
        (["Il faut :", "- un", "- deux"], "p_1__item_2"),
        (["يجب:", "أ) أوّلا،", "ب) ثانيا"], "p_1__item_2"),
        (["يجب:", "1 - أوّلا،", "أ - ثانيا", "2 - ثالثا"], "p_1__item_2"),
        (["Il faut :", "1° un", "2° deux", "Fin."], "p_2"),
        (["2026. Une année", "1.5 mètre"], "p_2"),
    ],
)
def test_typed_markers_make_lists_in_lists(lines, last):
    assert eids(plain(lines))[-1] == last


def test_the_same_number_twice_gets_two_ids():
    assert eids(plain(["Article 3", "Article 3"])) == ["art_3", "art_3_2"]


def test_headings_without_a_word_of_the_law_are_sections_by_their_level():
    text = text_of_markdown("# Plan\n\n## Eau\n\n### Puits\n\nTexte.\n\n## Air\n\nTexte.", "fr")

    assert eids(text) == [
        "title",
        "sec_1",
        "sec_1__sec_1",
        "sec_1__sec_1__p_1",
        "sec_2",
        "sec_2__p_1",
    ]


def test_a_heading_that_only_begins_like_one_of_the_law_is_a_section_of_its_own():
    text = text_of_markdown(
        "# Plan\n\n## Section d'irrigation\n\nTexte.\n\n## Parties prenantes", "fr"
    )

    assert [node.heading.get("fr") for node in text if node.kind is Kind.SECTION] == [
        "Section d'irrigation",
        "Parties prenantes",
    ]


# -- nothing is lost


WORDS = st.sampled_from(
    [
        "Article", "Art.", "premier", "12", "bis", "Chapitre", "IV", "Titre", "Annexe", "Vu", "-",
        "الفصل", "الباب", "الأوّل", "٣", "المادة", "فصل", "وحيد", "(nouveau)", "2026", "la charte",
        "a)", "1.", "أ)", "i)", "x)", ":", "•", "*", "e\u0301", "،",
    ]
)  # fmt: skip
SIGNS = st.text("aé1ب .)-", min_size=1, max_size=5)
LINES = st.lists(
    st.lists(WORDS | SIGNS, min_size=1, max_size=5).map(" ".join), min_size=1, max_size=12
)
BLOCKS = st.builds(
    Block,
    LINES.map(lambda lines: lines[0]),
    level=st.integers(0, 4),
    is_strong=st.booleans(),
    marker=st.sampled_from(["", "", "1.", "a)", "•", "ii)"]),
    depth=st.integers(0, 4),
    is_table=st.booleans(),
)


@settings(max_examples=250, deadline=None)
@given(st.lists(BLOCKS, min_size=1, max_size=12))
def test_no_visible_character_of_the_blocks_is_lost(blocks):
    source = "".join(normalised(f"{block.marker} {block.text}") for block in blocks)

    try:
        text = nodes_of(blocks, "fr")
    except errors.EmptyText:
        assert not source.strip()
        return

    assert printed(text) == "".join(source.split())


@settings(max_examples=150, deadline=None)
@given(LINES)
def test_no_visible_character_of_a_page_or_document_is_lost(lines):
    source = "".join("".join(normalised(line) for line in lines).split())
    if not source:
        return

    page = text_of_html("".join(f"<p>{line}</p>" for line in lines), "fr")
    document = text_of_file("a.docx", by_hand("".join(map(paragraph, lines))), "fr")

    assert printed(page) == source
    assert printed(document) == source


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text("abcéب ج123", min_size=1, max_size=20), min_size=1, max_size=8))
def test_no_visible_character_of_markdown_is_lost(lines):
    source = "".join("".join(lines).split())
    if not source:
        return

    text = text_of_markdown("\n\n".join(f"{line}" for line in lines), "fr")

    assert printed(text) == source


# -- Markdown


def test_lists_of_markdown_keep_the_numbers_that_stand_there():
    text = text_of_markdown("Il faut :\n\n3. trois\n4. quatre\n   - sous\n\n     suite\n", "fr")

    assert [(node.eid, node.number.get("fr", "")) for node in text] == [
        ("p_1", ""),
        ("p_1__item_1", "3."),
        ("p_1__item_2", "4."),
        ("p_1__item_2__item_1", "•"),
        ("p_1__item_2__item_1__p_1", ""),
    ]


def test_articles_on_lines_without_a_blank_one_between_are_articles():
    text = text_of_markdown("Article 1\nLes jardins\nouvrent.\nArticle 2 - Ils ferment.\n", "fr")

    assert eids(text) == ["art_1", "art_1__p_1", "art_2", "art_2__p_1"]
    assert text[1].body["fr"] == "Les jardins\nouvrent."


def test_html_in_markdown_is_read_as_letters():
    (node,) = text_of_markdown("Avant <script>alert(1)</script> après.", "fr")

    assert node.body["fr"] == "Avant <script>alert(1)</script> après."


# -- HTML


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<style>p{}</style>",
        "<!-- hidden -->",
        "<svg><script>alert(1)</script></svg>",
        "<iframe srcdoc='<p>x</p>'></iframe>",
        "<template><p>x</p></template>",
        "<math><mi xlink:href='javascript:x'>y</mi></math>",
        "<img src=x onerror=alert(1)>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    ],
)
def test_what_is_not_text_says_nothing(hostile):
    text = text_of_html(f"<p>Avant.</p>{hostile}<p onclick=alert(1)>Après.</p>", "fr")

    said = " ".join(node.body["fr"] for node in text)
    assert "alert" not in said
    assert said.startswith("Avant.")
    assert said.endswith("Après.")


def test_a_page_has_articles_lists_and_tables():
    page = """<h1>Décret</h1><h2>Article 1<br></h2><p>Il <b>faut</b>&nbsp;:
    <ol type=a start=3><li>un<ul><li>deux</ul><li value=9>trois</ol>
    <table><caption>Droits</caption><tr><th>a<th>b<tr><td><p>1</p><p>2</p><td></table>
    <p><strong>Article 2</strong></p>Reste"""

    text = text_of_html(page, "fr")

    assert [(node.eid, node.number.get("fr"), node.body.get("fr")) for node in text[1:]] == [
        ("art_1", "Article 1", None),
        ("art_1__p_1", None, "Il faut :"),
        ("art_1__p_1__item_1", "c.", "un"),
        ("art_1__p_1__item_1__item_1", "•", "deux"),
        ("art_1__p_1__item_2", "i.", "trois"),
        ("art_1__p_2", None, "Droits"),
        ("art_1__table_1", None, "a\tb\n1 2\t"),
        ("art_2", "Article 2", None),
        ("art_2__p_1", None, "Reste"),
    ]


@pytest.mark.parametrize(
    ("page", "error"),
    [
        ("<div>" * 100_000 + "x", errors.NestedTooDeep),
        ("<ul><li>" * 300 + "x", errors.NestedTooDeep),
        ("<table><tr><td>" * 300 + "x", errors.NestedTooDeep),
        ("a" * (4 * MOST_CHARACTERS + 1), errors.TextTooLong),
        ("<p>a" * 5_001, errors.TooManyParagraphs),
        ("<p>" + "a" * 20_001, errors.ParagraphTooLong),
        ("<p> </p>", errors.EmptyText),
        ("", errors.EmptyText),
    ],
    ids=range(8),
)
def test_a_page_beyond_all_bounds_is_refused_in_time(page, error):
    begun = time.monotonic()

    with pytest.raises(error):
        text_of_html(page, "fr")

    assert time.monotonic() - begun < 10


@pytest.mark.parametrize(
    ("source", "error"),
    [
        (">" * 500 + " x", errors.NestedTooDeep),
        ("\n".join("  " * depth + "- x" for depth in range(100)), errors.NestedTooDeep),
        ("a" * (MOST_CHARACTERS + 1), errors.TextTooLong),
        ("a\n\n" * 5_001, errors.TooManyParagraphs),
        ("\n\n", errors.EmptyText),
    ],
    ids=range(5),
)
def test_markdown_beyond_all_bounds_is_refused_in_time(source, error):
    begun = time.monotonic()

    with pytest.raises(error):
        text_of_markdown(source, "fr")

    assert time.monotonic() - begun < 10


@pytest.mark.parametrize("sign", ["*a ", "[", "`a", "](", "<a", "**a", "![", "_a ", "&#", "|-"])
def test_no_sign_of_markdown_makes_it_slow(sign):
    begun = time.monotonic()

    with suppress(errors.DomainError):
        text_of_markdown(sign * (18_000 // len(sign)), "fr")

    assert time.monotonic() - begun < 10


def test_signs_that_turn_or_hide_text_are_taken_out():
    (node,) = plain(["a\u202eb\u2066c\u200bd\u0000e\ufefff \ud800"])

    assert node.body["fr"] == "abcdef"


# -- files


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("été".encode(), "été"),
        (b"\xef\xbb\xbf" + "été".encode(), "été"),
        ("été".encode("utf-16"), "été"),
        ('<meta charset="windows-1256">فصل'.encode("cp1256"), '<meta charset="windows-1256">فصل'),
    ],
)
def test_letters_are_read_as_the_file_declares_them(content, said):
    assert decoded(content) == said


@pytest.mark.parametrize("content", [b"\xe9t\xe9", b'<meta charset="utf-7">x', b"\xff\xfe\x00"])
def test_letters_are_never_guessed(content):
    with pytest.raises(errors.UnknownEncoding):
        decoded(content)


@pytest.mark.parametrize("name", ["a.pdf", "docx", "a", "a.md.exe"])
def test_other_files_are_refused_by_the_end_of_their_name(name):
    with pytest.raises(errors.UnknownFormat):
        text_of_file(name, b"x", "fr")


@pytest.mark.parametrize(
    ("name", "source"), [("a.MD", ARABIC), ("b.html", "<p>فصل</p>"), ("c.txt", "نصّ")]
)
def test_a_file_is_read_by_the_end_of_its_name(name, source):
    assert text_of_file(name, source.encode(), "ar")[0].languages == {"ar"}
